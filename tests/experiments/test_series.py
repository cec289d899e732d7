"""Known truth: sets as they were asked for, scores against plain loops, planted classes found and noise not."""

import dataclasses
import itertools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run, open_run
from paper_repro.base.turned import Truth
from paper_repro.clustering import ward
from paper_repro.experiments import detection, series, settings, turned_sets
from paper_repro.experiments.truth import types
from paper_repro.figures import truth as figure
from paper_repro.patches.dataset import open_set
from paper_repro.patches.flatten import flatten, to_bytes
from paper_repro.simulated import venus_patches
from paper_repro.simulated.venus_fields import TYPES
from paper_repro.steps import steps_of
from paper_repro.steps.targets import resolve
from paper_repro.tables import truth as table
from tests import records_made, tiny_profile
from tests.experiments import venus_made
from tests.experiments.venus_made import NAME
from tests.steps_made import finish, make, stale

ASKED = Truth(24, 7.0, (0, 1), {"contrast": (0.0, 7.0), "patches": (16, 24)})


def with_truth(run: Run, asked: Truth = ASKED) -> Run:
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, truth=asked))


def plant(run: Run, spread: float) -> None:
    """Sets of images of a few pixels, with features in four groups `spread` apart."""
    for one in settings.truth(run).sets():
        kinds = np.arange(one.patches) % 4
        rng = np.random.default_rng([one.seed, one.patches])
        rows = pd.DataFrame({"id": range(one.patches), "source": "simulated", "label": one.kinds(TYPES)})
        records_made.patch_set(run, one.name, rng.integers(0, 9, (one.patches, 4, 4)).astype(np.uint8), rows, TYPES)
        for model in run.profile.encoders.models:
            values = spread * np.eye(4, 8)[kinds] + rng.normal(size=(one.patches, 8))
            records_made.features(run, run.features(one.name, model), values.astype(np.float32), ("made up",))


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run with planted classes in all sets, of the simulated archive too; compared with the truth."""
    run = with_truth(venus_made.make_run(tmp_path_factory.mktemp("planted"), seeds=(0,)))
    plant(run, 50.0)
    others: tuple[Model, ...] = ("simple", "autoencoder")
    for model in others:
        apart = settings.of_truth(run, NAME, model)
        records_made.features(apart, apart.features(NAME, model), venus_made.features(1), ("made up",))
    series.gather(run)
    return run


def read(run: Run, name: str) -> pd.DataFrame:
    return pd.read_csv(settings.truth_folder(run) / name)


def literal_ari(true: NDArray[np.str_], labels: NDArray[np.int64]) -> float:
    """Hubert & Arabie: agreeing pairs above what chance gives, over the most there could be."""
    pairs = list(itertools.combinations(range(len(true)), 2))
    same_type = np.array([true[a] == true[b] for a, b in pairs])
    same_class = np.array([labels[a] == labels[b] for a, b in pairs])
    both, types_, classes = (same_type & same_class).sum(), same_type.sum(), same_class.sum()
    expected = types_ * classes / len(pairs)
    return float((both - expected) / ((types_ + classes) / 2 - expected))


def test_scores_equal_plain_loops() -> None:
    rng = np.random.default_rng(0)
    for _ in range(5):
        true, labels = np.array(TYPES)[rng.integers(0, 4, 40)], rng.integers(0, 5, 40)
        found = series.score(true, labels)
        assert found["ari"] == pytest.approx(literal_ari(true, labels))
        waves = [sum(1 for t, c in zip(true, labels, strict=True) if (t, c) == ("wave", one)) for one in range(5)]
        of_waves = waves.index(max(waves))
        assert found["recall"] == pytest.approx(max(waves) / sum(waves))
        assert found["precision"] == pytest.approx(max(waves) / sum(1 for c in labels if c == of_waves))


def test_planted_classes_are_recovered(planted: Run) -> None:
    found = read(planted, "series.csv")
    assert (found.loc[found["k"] == 4, detection.SCORES] == 1).all().all()
    assert (found.loc[found["k"] != 4, "ari"] < 1).all()
    assert (found.loc[found["k"] > 4, "recall"] < 1).any()
    expected = {(name, value, seed, encoder, k) for name, values in ASKED.turned.items() for value in values
                for seed in (0, 1) for encoder in ("simple", "simclr", "autoencoder") for k in range(2, 11)}
    keys = ["property", "value", "seed", "encoder", "k"]
    assert set(found[keys].itertuples(index=False, name=None)) == expected
    assert len(found) == len(expected)
    assert set(found["patches"]) == {16, 24}
    assert found.loc[(found["property"] == "patches") & (found["value"] == 16), "patches"].eq(16).all()
    best = detection.summary(found, 4)
    assert (best["best_k_mean"] == 4).all()
    assert (best["seeds"] == 2).all()
    assert detection.limit(best[(best["property"] == "contrast") & (best["encoder"] == "simple")]) == 0


def test_where_there_is_no_signal_the_index_is_about_zero(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, encoders=("simple",))
    asked = Truth(100, 7.0, tuple(range(12)), {"contrast": (7.0,)})
    run = with_truth(dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=None)), asked)
    plant(run, 0.0)
    series.gather(run)
    found = read(run, "series.csv")
    means = found.groupby("k")["ari"].mean()
    deviation = found.groupby("k")["ari"].std() / np.sqrt(12)
    assert (means.abs() < 3 * deviation + 0.01).all()
    assert found["ari"].abs().max() < 0.12
    rows = detection.summary(found, 4)
    assert detection.limit(rows) is None
    assert abs(rows["precision_mean"].iloc[0] - 0.25) < 0.15
    assert read(run, "sets.csv").empty


def test_the_archives_sets_are_scored_too(planted: Run) -> None:
    found, kinds = read(planted, "sets.csv"), types(planted, NAME)
    assert set(found["encoder"]) == {"simple", "simclr", "autoencoder"}
    assert (found["patches"] == venus_made.N).all()
    assert (found["waves"] == (kinds == "wave").sum()).all()
    labels = ward.cut(ward.linkage(venus_made.features(0)), 4)
    mine = found[(found["encoder"] == "simclr") & (found["k"] == 4)].iloc[0]
    assert mine["ari"] == pytest.approx(literal_ari(kinds, labels))
    counts = read(planted, "recovered.csv")
    part = counts[(counts["set"] == NAME) & (counts["encoder"] == "simclr")]
    for row in part.to_dict("records"):
        assert row["patches"] == sum(1 for kind, label in zip(kinds, labels, strict=True)
                                     if (kind, label) == (row["type"], row["class"]))
    assert part["patches"].sum() == venus_made.N
    assert counts[counts["set"] == "series"].groupby("encoder")["patches"].sum().eq(24).all()


def test_found_needs_both_scores_at_every_easier_value() -> None:
    def limit(name: str, *scores: tuple[float, float, float]) -> float | None:
        return detection.limit(pd.DataFrame(scores, columns=["value", "recall_mean", "precision_mean"]).assign(
            property=name))

    assert limit("contrast", (1, 0.9, 0.9), (2, 0.79, 1), (4, 0.8, 0.8), (7, 1, 1)) == 4
    assert limit("patches", (7, 1, 1), (1, 0.8, 0.8)) == 1
    assert limit("contrast", (1, 1, 1), (7, 1, 0.5)) is None
    assert limit("blending", (0, 1, 1), (0.1, 0.8, 0.8), (0.2, 1, 0.7), (0.3, 1, 1)) == 0.1
    assert limit("holes", (0.5, 1, 1), (0, 0.5, 1)) is None
    nothing = float("nan")
    assert limit("patches", (16, nothing, nothing), (60, 0.9, 0.9), (240, 0.9, 0.9)) == 60
    assert limit("patches", (16, 0.9, nothing)) is None
    assert limit("patches", (16, nothing, 0.9)) is None


def test_fewer_different_patches_than_classes_are_one_sentence(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path, encoders=("simple",), classes=20)
    run = with_truth(run, Truth(16, 7.0, (0,), {"contrast": (7.0,)}))
    plant(run, 50.0)
    with pytest.raises(UserError, match=r"simple-s0.npy: expected different features of at least as many patches as "
                                        r"classes \(20\), found 16; name fewer classes, or more patches in \[truth\]"):
        series.gather(run)


def test_values_come_from_the_nearest_pixel_that_is_not_lost() -> None:
    rng = np.random.default_rng(0)
    values, lost = rng.normal(size=(13, 13)), rng.random((13, 13)) < 0.3
    found = turned_sets.interpolated(values, lost, 20)
    kept = np.argwhere(~lost)
    for row, column in itertools.product(range(20), repeat=2):
        pixel = [int((row + 0.5) * 13 / 20), int((column + 0.5) * 13 / 20)]
        distances = ((kept - pixel) ** 2).sum(axis=1)
        nearest = kept[distances == distances.min()]
        assert found[row, column] in values[nearest[:, 0], nearest[:, 1]]
    np.testing.assert_array_equal(turned_sets.interpolated(values, np.zeros_like(lost), 13), values)


def test_small_form_from_drawing_to_figures_and_what_is_stale_after(tmp_path: Path) -> None:
    path = tmp_path / "tiny.toml"
    small = tiny_profile.text_of(["simple", "simclr", "autoencoder"], epochs=3)
    path.write_text(small.replace("side = 32\nepochs", "side = 64\nepochs") + """
[encoders.switches]
split = "floor"
[patches]
resolution_px = 32
[truth]
patches = 16
contrast = 7
seeds = [3]
[truth.turned]
contrast = [1, 7]
holes = [0.5]
""")
    run = open_run(str(path), tmp_path)
    steps = make(run, "truth")
    assert not [name for name in steps.by_name if "photos" in name and steps.by_name[name].record.is_file()]
    assert len(read(run, "series.csv")) == 3 * 3 * 9
    for name in ("truth.md", "truth.csv", "truth.tex"):
        assert (run.tables / name).is_file()
    text = (run.tables / "truth.md").read_text()
    for said in ("Made from simulated images.", "random weights", "Encoders at 64 px, trained for 3 epochs on each "
                 "set, recipe paper, split = floor, seed 0"):
        assert said in text
    for name in ("truth", "truth_recovered"):
        assert (run.figures / f"{name}.png").is_file()
        assert (read_json(run.figures / f"{name}.json") or {})["simulated"] is True
    first = settings.truth(run).sets()[-1]
    patches = open_set(run.patches(first.name))
    assert patches.provenance["simulated"] is True
    assert patches.table["label"].tolist() == list(TYPES) * 4
    values, lost = next(venus_patches.draw(first))
    patch = to_bytes(turned_sets.interpolated(values, lost, 32))
    np.testing.assert_array_equal(patches.images[0], flatten(patch[np.newaxis], run.profile.patches)[0])
    assert stale(run, "truth") == {}
    assert not list(tmp_path.rglob("resume.safetensors"))
    more = with_truth(run, dataclasses.replace(settings.truth(run), turned={"contrast": (1.0, 2.0), "holes": (0.5,)}))
    assert "patches truth-n16-c2-b0-l0-h0-s3" in stale(more, "truth")
    assert not [name for name in stale(more, "truth") if "truth-n16-c1" in name]
    alone = with_truth(run, dataclasses.replace(settings.truth(run), turned={"contrast": (1.0,)}))
    needed = {step.name for step in steps_of(alone).closure(["truth"])}
    assert "patches truth-n16-c1-b0-l0-h0-s3" in needed
    assert not [name for name in needed if "truth-n16-c7" in name], "a set that no point has isn't made"
    assert "figure truth_recovered" not in steps_of(alone).by_name
    series.gather(alone)
    assert len(read(alone, "series.csv")) == 3 * 9
    assert read(alone, "recovered.csv").empty


def test_the_table_and_the_figure_say_what_was_measured(planted: Run) -> None:
    with pytest.raises(UserError, match=r"expected classes compared with the truth, found none .*run truth"):
        table.write(planted, Origin())
    with pytest.raises(UserError, match=r"expected classes compared with the truth"):
        figure.draw(planted, Origin())
    finish(planted, "truth")
    steps = steps_of(planted)
    steps.make(steps.by_name["table truth"])
    text = (planted.tables / "truth.md").read_text()
    assert re.search(r"\| Simple +\| 4 +\| +from 0 \| +from 16 \|", text)
    assert "1.00 ± 0.00" in text
    assert "uvi-3000km" in text
    assert "none" in text  # no waves at that scale
    rows = pd.read_csv(planted.tables / "truth.csv")
    assert len(rows) == 2 * 2 * 3


def test_without_settings_there_is_nothing_for_it(tmp_path: Path) -> None:
    run = open_run("swimcat", tmp_path, images=tmp_path)
    assert not [name for name in steps_of(run).by_name if "truth" in name]
    with pytest.raises(UserError, match=r"truth: this run has nothing for it"):
        resolve(steps_of(run), ["truth"])
    with pytest.raises(UserError, match="has no settings for known truth"):
        settings.truth(run)


def test_it_is_not_in_all(tmp_path: Path) -> None:
    steps = steps_of(open_run("sample", tmp_path))
    assert not [step.name for step in steps.closure(resolve(steps, ["all"])) if "truth" in step.name]
    wanted = {step.name for step in steps.closure(resolve(steps, ["truth"]))}
    assert {"truth", "table truth", "figure truth", "figure truth_recovered", "archive"} <= wanted
    for target in ("train", "patches", "encode", "tables", "figures"):
        assert not [name for name in resolve(steps, [target]) if "truth" in name]


def test_a_property_that_an_encoder_was_not_run_with_is_not_called_found_nowhere() -> None:
    rows = pd.DataFrame({"property": ["contrast"], "encoder": ["simclr"], "value": [7.0], "seeds": [1],
                         "recall_mean": [1.0], "precision_mean": [1.0]})
    assert table.found(rows, "") == "at 7", "nothing is known of lower values"
    assert table.found(rows.assign(recall_mean=0.7), "") == "not at 7"
    assert table.found(pd.concat([rows, rows.assign(value=2.0)]), "") == "from 2"
    assert table.found(rows[rows["encoder"] == "autoencoder"], "") == "not run"
