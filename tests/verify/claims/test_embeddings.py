"""What is measured on embeddings: gradients and holes in the autoencoder's, and images turned, in SimCLR's."""

import dataclasses
import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_json
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import COLOUR, Run
from paper_repro.encoders import encode, weights_file
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.encoders.simclr import SimCLR
from paper_repro.encoders.weights import open_base
from paper_repro.verify.claims import changes, embeddings
from paper_repro.verify.claims.embeddings import SET
from tests import records_made
from tests.verify import runs_made as made
from tests.verify.runs_made import measure

SIDE = 32


def features(run: Run, name: str, model: Model, values: NDArray[np.float64], notes: tuple[str, ...] = ()) -> Path:
    path = run.features(name, model)
    extra = encode.save(path, values.astype(np.float32)).extra
    records_made.record(path.with_suffix(".json"), run, "encode", notes,
                        {"set": name, "model": model, "side": SIDE}, simulated=False, **extra)
    return path


def plane(image: NDArray[np.float64]) -> list[float]:
    """Slopes along columns and rows of the plane a + b column + c row that fits an image best."""
    rows, columns = np.indices(image.shape)
    design = np.column_stack([np.ones(image.size), columns.ravel(), rows.ravel()])
    return list(np.linalg.lstsq(design, image.ravel(), rcond=None)[0][1:])


@pytest.mark.parametrize("side", [5, 8])
def test_slopes_are_those_of_the_plane_that_fits_best(side: int) -> None:
    images = np.random.default_rng(side).integers(0, 256, (7, side, side), dtype=np.uint8)
    rows, columns = np.indices((side, side))
    images[0] = 10 + 3 * columns + 7 * rows
    found = embeddings.slopes(images)
    np.testing.assert_allclose(found, [plane(image.astype(np.float64)) for image in images], atol=1e-10)
    np.testing.assert_allclose(found[0], [3, 7], atol=1e-12)


@pytest.mark.parametrize("constant", [False, True])
def test_explained_is_the_share_of_variance_of_a_linear_regression(constant: bool) -> None:
    rng = np.random.default_rng(3)
    causes = rng.normal(5, 2, (60, 3))
    if constant:
        causes[:, 2] = 1.0
    values = (causes @ rng.normal(0, 1, (3, 8)) + 7 + rng.normal(0, 3, (60, 8)) * np.arange(8)).astype(np.float32)
    fitted = LinearRegression().fit(causes, values).predict(causes)
    expected = r2_score(values.astype(np.float64), fitted, multioutput="variance_weighted")
    assert 0.05 < expected < 0.95
    assert embeddings.explained(values, causes) == pytest.approx(expected, rel=1e-5)


def test_explained_is_all_or_nothing_where_it_must_be() -> None:
    causes = np.array([[1.0, 1], [-1, 1], [1, -1], [-1, -1]])
    assert embeddings.explained((causes @ np.array([[1.0, 2], [3, -4]]) + 9).astype(np.float32), causes) == (
        pytest.approx(1))
    uncorrelated = np.array([[1.0], [-1], [-1], [1]], np.float32)
    assert embeddings.explained(uncorrelated, causes) == pytest.approx(0)


def gradients(run: Run, notes: tuple[str, ...] = ()) -> float:
    """Patches with features of both encoders: the autoencoder's follow slopes and holes. Returns the ratio."""
    rng = np.random.default_rng(4)
    images = rng.integers(0, 256, (40, 8, 8), dtype=np.uint8)
    holes = rng.uniform(0, 1, 40)
    made.patches(run, SET, {"density_min_bin": holes}, images)
    causes = np.array([[*plane(image.astype(np.float64)), hole] for image, hole in zip(images, holes, strict=True)])
    shares = []
    for model, strength in (("autoencoder", 3.0), ("simclr", 0.3)):
        scaled = (causes - causes.mean(axis=0)) / causes.std(axis=0)
        values = strength * scaled @ rng.normal(0, 1, (3, 6)) + rng.normal(0, 1, (40, 6))
        path = features(run, SET, model, values, notes if model == "simclr" else ())  # type: ignore[arg-type]
        stored = np.load(path).astype(np.float64)
        fitted = LinearRegression().fit(causes, stored).predict(causes)
        shares.append(float(r2_score(stored, fitted, multioutput="variance_weighted")))
    return shares[0] / shares[1]


def test_gradients_explain_more_of_the_autoencoder(real: Run) -> None:
    expected = gradients(real)
    found = measure(real, "embeddings.autoencoder")
    assert found.value == pytest.approx(expected, rel=1e-5)
    assert expected > 1.5
    assert found.shown.startswith(f"{expected:.2f} (")
    assert (found.comparable, found.why, len(found.files)) == (True, "", 4)


def test_gradients_are_of_the_training_whose_classes_are_shown(real: Run) -> None:
    assert real.profile.venus is not None
    venus = dataclasses.replace(real.profile.venus, seeds=(1, 2))
    run = dataclasses.replace(real, profile=dataclasses.replace(real.profile, venus=venus))
    expected = gradients(run)
    assert (run.data / "features" / SET / "simclr-s1.npy").is_file()
    assert measure(run, "embeddings.autoencoder").value == pytest.approx(expected, rel=1e-5)


def test_gradients_with_other_weights_or_without_an_encoder(real: Run) -> None:
    gradients(real, (made.STAND_IN,))
    found = measure(real, "embeddings.autoencoder")
    assert (found.comparable, found.why) == (False, "stand-in weights")
    paths = [real.features(SET, "simclr"), real.features(SET, "autoencoder").with_suffix(".json"),
             real.patches(SET) / "images.npy"]
    for path in paths:
        aside = path.rename(path.with_suffix(".aside"))
        found = measure(real, "embeddings.autoencoder")
        assert (found.value, found.why) == (None, f"no features of {SET} by both encoders")
        aside.rename(path)


def trained(run: Run, images: NDArray[np.uint8], notes: tuple[str, ...] = ()) -> SimCLR:
    """A small network as if trained on colour photographs, and its features of them."""
    torch.manual_seed(1)
    network = SimCLR(None, torch.Generator().manual_seed(1))
    made.patches(run, COLOUR, {"label": (paper.CLASS_NAMES * len(images))[: len(images)]}, images,
                 classes=paper.CLASS_NAMES)
    folder = run.encoder(COLOUR, "simclr")
    folder.mkdir(parents=True)
    save_tensors(folder / "checkpoint.safetensors", network.state_dict())
    features(run, COLOUR, "simclr", embedded(network, images), notes)
    return network


def embedded(network: SimCLR, images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Features of each image on its own."""
    plain = Augmenter(SIDE, True, RECIPES["paper"], jitter_and_blur=False).plain
    network.eval()
    with torch.inference_mode():
        return np.array([network.encoder(plain(image[None]))[0].numpy() for image in images], np.float64)


def test_turned_is_a_ratio_of_mean_distances(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings, "TURNED_IMAGES", 4)
    images = np.random.default_rng(6).integers(0, 256, (10, SIDE, SIDE, 3), dtype=np.uint8)
    images[3, :, :16] //= 4  # one that looks otherwise when turned
    network = trained(real, images)
    chosen = images[[0, 3, 6, 9]]  # evenly spread
    there = embedded(network, chosen)
    again = embedded(network, np.array([[[image[column, SIDE - 1 - row] for column in range(SIDE)]
                                         for row in range(SIDE)] for image in chosen]))
    of_turns = [float(np.linalg.norm(a - b)) for a, b in zip(there, again, strict=True)]
    of_pairs = [float(np.linalg.norm(a - b)) for a, b in itertools.combinations(there, 2)]
    found = measure(real, "embeddings.rotation")
    assert found.value == pytest.approx(np.mean(of_turns) / np.mean(of_pairs), rel=1e-3)
    assert (found.shown, found.comparable, len(found.files)) == (f"{found.value:.2f}", True, 3)


def test_what_looks_the_same_turned_has_no_distance(real: Run) -> None:
    noise = np.random.default_rng(7).integers(0, 60, (3, SIDE, SIDE, 3))
    images = np.sum([np.rot90(noise, turns, axes=(1, 2)) for turns in range(4)], axis=0).astype(np.uint8)
    trained(real, images, (made.STAND_IN,))
    found = measure(real, "embeddings.rotation")
    assert found.value == pytest.approx(0, abs=1e-3)
    assert (found.comparable, found.why) == (False, "stand-in weights")


def test_turned_is_not_run_without_an_encoder(real: Run) -> None:
    trained(real, np.zeros((2, SIDE, SIDE, 3), np.uint8))
    path = real.features(COLOUR, "simclr")
    checkpoint = real.encoder(COLOUR, "simclr") / "checkpoint.safetensors"
    for missing in (path, path.with_suffix(".json"), checkpoint, real.patches(COLOUR) / "images.npy"):
        aside = missing.rename(missing.with_suffix(".aside"))
        found = measure(real, "embeddings.rotation")
        assert (found.value, found.why) == (None, "no SimCLR encoder trained here on colour photographs")
        aside.rename(missing)


def with_simple(run: Run, images: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch, notes: tuple[str, ...] = ()
                ) -> SimCLR:
    """Another network whose encoder is the base model, and its features of the images."""
    torch.manual_seed(2)
    network = SimCLR(None, torch.Generator().manual_seed(2))
    monkeypatch.setattr(embeddings, "base_model", lambda _: network.encoder)
    features(run, COLOUR, "simple", embedded(network, images), notes)
    return network


@pytest.mark.parametrize("name", ["halved", "dimmed", "flatter"])
def test_how_far_a_change_moves_simclr_over_how_far_simple(real: Run, monkeypatch: pytest.MonkeyPatch, name: str
                                                           ) -> None:
    monkeypatch.setattr(embeddings, "TURNED_IMAGES", 3)
    images = np.random.default_rng(8).integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)
    networks = trained(real, images), with_simple(real, images, monkeypatch)
    chosen = images[[0, 2, 4]]
    changed = {"halved": changes.halved(chosen), "dimmed": np.rint(0.75 * chosen).astype(np.uint8),
               "flatter": changes.flatter(chosen)}[name]
    moved = []
    for network in networks:
        there, again = embedded(network, chosen), embedded(network, changed)
        pairs = [float(np.linalg.norm(a - b)) for a, b in itertools.combinations(there, 2)]
        moved.append(np.mean(np.linalg.norm(there - again, axis=1)) / np.mean(pairs))
    found = measure(real, f"embeddings.less-sensitive.{name}")
    assert found.value == pytest.approx(moved[0] / moved[1], rel=1e-3)
    assert found.shown.startswith(f"{found.value:.2f} (")
    assert (found.comparable, found.why, len(found.files)) == (True, "", 4)


def test_judging_leaves_what_is_noted_of_base_weights_that_are_gone(real: Run) -> None:
    images = np.random.default_rng(8).integers(0, 256, (5, SIDE, SIDE, 3), dtype=np.uint8)
    network = trained(real, images)
    features(real, COLOUR, "simple", embedded(network, images))
    folder = weights_file.folder_of(real)
    folder.mkdir(parents=True)
    write_json(folder / weights_file.BASE, {"kind": "imagenet", "sha256": "0" * 64})
    write_json(folder / "provenance.json", {"notes": []})
    found = measure(real, "embeddings.less-sensitive.halved")
    assert (found.value, found.why) == (None, "the file of the base weights isn't where it was found")
    assert (folder / weights_file.BASE).is_file()
    with pytest.raises(UserError, match="found others or none"):
        open_base(real)
    assert not (folder / weights_file.BASE).exists()  # so that training looks for them again


def test_less_sensitive_is_at_most_as_far() -> None:
    claims = [claim for name, claim in made.BY_ID.items() if name.startswith("embeddings.less-sensitive.")]
    assert [(claim.fits(0.3), claim.fits(1.0), claim.fits(1.001)) for claim in claims] == 3 * [(True, True, False)]


def test_less_sensitive_needs_both_encoders(real: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "embeddings.less-sensitive.dimmed"
    images = np.random.default_rng(8).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
    assert measure(real, name).why == "no SimCLR encoder trained here on colour photographs"
    trained(real, images)
    path = real.features(COLOUR, "simple")
    assert (measure(real, name).value, measure(real, name).why) == (
        None, "no features of colour photographs by the Simple encoder")
    with_simple(real, images, monkeypatch, (made.STAND_IN,))
    found = measure(real, name)
    assert found.value is not None
    assert (found.comparable, found.why) == (False, "stand-in weights")
    for missing in (path, path.with_suffix(".json")):
        aside = missing.rename(missing.with_suffix(".aside"))
        assert measure(real, name).why == "no features of colour photographs by the Simple encoder"
        aside.rename(missing)


@pytest.mark.parametrize(("kept", "verdict"), [(0.93, True), (0.89, False)])
def test_turned_patches_of_venus_that_keep_their_class(real: Run, kept: float, verdict: bool) -> None:
    name = "vmc-25km"
    assert measure(real, f"embeddings.turned.{name}").why == "this run has no classes of these patches"
    made.venus(real, name, {"class": [0, 1, 1]})
    path = real.results / f"{name}-flat" / "orientation.csv"
    assert measure(real, f"embeddings.turned.{name}").value is None
    path.write_text(f"class,images,kept,all\n0,1,1.0,1.0\n1,2,0.5,0.0\nall,3,{kept},0.3\n")
    found = measure(real, f"embeddings.turned.{name}")
    assert (found.value, found.shown) == (kept, f"{kept:.2f} (3 patches)")
    assert (found.comparable, found.files) == (True, (path,))
    assert made.BY_ID[f"embeddings.turned.{name}"].fits(kept) == verdict
    path.write_text("class,images,kept,all\n0,0,,\nall,0,,\n")
    assert measure(real, f"embeddings.turned.{name}").why == "no patch has points enough at every angle"


def test_turned_patches_of_a_simulated_venus_are_not_held_against_the_paper(real: Run) -> None:
    made.venus(real, "uvi-500km", {"class": [0, 1]}, simulated=True)
    (real.results / "uvi-500km-flat" / "orientation.csv").write_text("class,images,kept,all\nall,2,0.48,0.1\n")
    found = measure(real, "embeddings.turned.uvi-500km")
    assert (found.value, found.comparable, found.why) == (0.48, False, "simulated input")
