"""What is measured on the method itself: against plain computations, and once with a part of the method spoiled."""

import dataclasses
import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from torchvision.models import resnet18

from paper_repro import paper
from paper_repro.base.files import write_csv, write_json
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.encoders import augment
from paper_repro.encoders.augment import Draw
from paper_repro.patches.viewpoints import Viewpoints, grid
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure import method, text
from tests.verify import runs_made as made
from tests.verify.runs_made import measure

RADIUS_KM = 6051.8


@pytest.fixture
def sample(tmp_path: Path) -> Run:
    """A run of the small profile, yet without any output."""
    return open_run("sample", tmp_path)


def with_encoders(run: Run, **changes: Any) -> Run:
    encoders = dataclasses.replace(run.profile.encoders, **changes)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def test_numbers_of_the_method(sample: Run) -> None:
    network = resnet18(weights=None)
    count = sum(each.numel() for name, each in network.named_parameters() if not name.startswith("fc."))
    luma = (0.2989, 0.587, 0.114)
    expected = {
        "parameters": count, "features": network.fc.in_features, "head-hidden": 256, "head-out": 64,
        "train-images": 1680, "window": 1.5, "blur-km": 16 / 128 * 3000, "blur-kernel": 97,
        "gray-mean": float(np.dot(luma, (0.485, 0.456, 0.406))),
        "gray-std": float(np.dot(luma, (0.229, 0.224, 0.225))),
    }
    for name, value in expected.items():
        found = measure(sample, f"method.{name}")
        assert found.value == pytest.approx(value, rel=1e-12), name
        assert found.comparable
        assert not found.simulated
    assert (measure(sample, "method.gray-mean").shown, measure(sample, "method.gray-std").shown) == (
        "0.4589225", "0.2255861")


def test_viewpoints(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = grid(3000.0, (-1.0, 1.0), (-1.0, 1.0)).vectors
    level = [one for one in vectors if abs(one[2]) < 1e-9]
    apart = min(math.dist(one, other) for one, other in itertools.combinations(level, 2)) * RADIUS_KM
    found = measure(sample, "method.spacing-km")
    assert found.value == pytest.approx(apart, rel=1e-9)
    assert found.shown == "3000"
    assert measure(sample, "method.central-viewpoint").value is True

    def beside(scale: float, *ranges: tuple[float, float]) -> Viewpoints:
        """At one of the scales no viewpoint looks at the centre."""
        made = grid(scale, *ranges)
        return dataclasses.replace(made, vectors=made.vectors + (1e-3 if scale == 500 else 0.0))

    monkeypatch.setattr(method, "grid", beside)
    assert measure(sample, "method.central-viewpoint").value is False


@pytest.mark.parametrize(("settings", "name", "value", "words"), [
    ("KMEANS_SETTINGS", "algorithm", "elkan", "KMeans algorithm"),
    ("TSNE_SETTINGS", "init", "random", "TSNE init"),
    ("PCA_SETTINGS", "whiten", True, "PCA whiten"),
    ("HAC_SETTINGS", "linkage", "single", "AgglomerativeClustering linkage"),
])
def test_a_setting_that_is_no_default_is_named(
    sample: Run, monkeypatch: pytest.MonkeyPatch, settings: str, name: str, value: object, words: str
) -> None:
    assert measure(sample, "method.library-defaults").value is True
    monkeypatch.setitem(getattr(method, settings), name, value)
    found = measure(sample, "method.library-defaults")
    assert (found.value, found.shown) == (False, words)


@pytest.mark.parametrize(("starts", "holds"), [(1, True), (10, True), (5, False)])
def test_the_starts_of_k_means_are_a_default_of_now_or_then(sample: Run, starts: int, holds: bool) -> None:
    profile = sample.profile
    changed = dataclasses.replace(profile, grid=dataclasses.replace(profile.grid, kmeans_n_init=starts))
    found = measure(dataclasses.replace(sample, profile=changed), "method.library-defaults")
    assert (found.value, found.shown) == (holds, "yes" if holds else "KMeans n_init")


def test_choices_of_the_views(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    side = 224
    draws = iter([
        Draw(0.0, (0, 0, side, side // 2), False, (0.6, 1.4, True), 0.0),
        Draw(0.0, (0, 0, side, side), False, (1.5, 0.5, False), 0.25),
        Draw(0.0, (9, 9, side // 2, side // 2), False, (1.0, 1.0, True), 1.75),
        Draw(0.0, (0, 0, side, side), False, (0.7, 0.9, True), 0.0),
    ])
    monkeypatch.setattr(method, "draw_view", lambda *_, **__: next(draws))
    monkeypatch.setattr(method, "VIEWS", 4)
    views = method._views.__wrapped__()
    monkeypatch.setattr(method, "_views", lambda: views)
    assert {name: measure(sample, f"views.{name}").value for name in
            ("crop-scale", "brightness", "contrast", "blur-sigma", "blur-share")} == {
        "crop-scale": (0.25, 1.0), "brightness": (0.6, 1.5), "contrast": (0.5, 1.4), "blur-sigma": (0.25, 1.75),
        "blur-share": 0.5}


def test_views_as_they_are_drawn_reach_the_ends_of_the_papers_ranges(sample: Run) -> None:
    for name, (low, high) in {"crop-scale": (0.5, 1), "brightness": (0.5, 1.5), "contrast": (0.5, 1.5),
                              "blur-sigma": (0.1, 2)}.items():
        found = measure(sample, f"views.{name}").value
        assert isinstance(found, tuple)
        assert found == pytest.approx((low, high), abs=0.01)
    assert measure(sample, "views.blur-share").value == pytest.approx(0.5, abs=0.02)


def test_the_kernel_of_the_blur_is_that_of_the_recipe(sample: Run) -> None:
    assert measure(sample, "views.blur-kernel").value == 25.0
    assert measure(with_encoders(sample, recipe="authors"), "views.blur-kernel").value == 45.0
    assert measure(with_encoders(sample, switches={"blur_kernel": 11}), "views.blur-kernel").value == 11.0


@pytest.mark.parametrize("views", ["fused", "chain"])
def test_an_empty_corner_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, views: str) -> None:
    for crop in ("inside", "authors"):
        run = with_encoders(sample, switches={"views": views, "rotation_crop": crop})
        assert measure(run, "views.no-empty-area").value is (crop == "inside")
    run = with_encoders(sample, switches={"views": views})
    margin = augment.inscribed_margin
    for less in (1, 1000):
        monkeypatch.setattr(augment, "inscribed_margin", lambda *of, less=less: max(margin(*of) - less, 0))
        assert measure(run, "views.no-empty-area").value is False


def test_a_view_that_is_not_white_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = augment.Augmenter.plain
    monkeypatch.setattr(augment.Augmenter, "plain", lambda self, images: plain(self, images // 2))
    assert measure(sample, "views.no-empty-area").value is False


def test_settings_of_the_profile(sample: Run, real: Run) -> None:
    assert [measure(real, f"settings.{name}").value for name in ("side", "repeats")] == [224.0, 8.0]
    assert measure(real, "settings.side").comparable
    small = measure(sample, "settings.side")
    assert (small.value, small.why, small.comparable) == (64.0, "the profile sample has 64", False)
    assert measure(sample, "settings.repeats").comparable
    # the paper's own profile has no excuse
    other = measure(with_encoders(real, side=96), "settings.side")
    assert (other.value, other.why, other.comparable) == (96.0, "the profile paper has 96", True)


def test_weights_of_the_lowest_loss(real: Run) -> None:
    path = real.encoder(COLOUR, "simclr") / "losses.csv"
    missing = measure(real, "settings.lowest-loss")
    assert (missing.value, missing.why) == (None, "no SimCLR encoder trained here on colour photographs")
    write_csv(path, pd.DataFrame({"epoch": [1, 2, 3, 4], "train_loss": [4.0, 3, 2, 1], "test_loss": [5.0, 3, 2, 2.5]}))
    assert measure(real, "settings.lowest-loss").value is None
    for epoch, holds in ((3, True), (4, False), (2, False)):
        made.record(real, "train", "encoders").write(path.with_name("provenance.json"), {"weights_of_epoch": epoch})
        found = measure(real, "settings.lowest-loss")
        assert (found.value, found.comparable, found.files) == (holds, True, (path,))
    made.record(real, "train", "encoders", notes=(made.STAND_IN,)).write(
        path.with_name("provenance.json"), {"weights_of_epoch": 3})
    assert measure(real, "settings.lowest-loss").why == "stand-in weights"


def used(run: Run, table: int, **settings: Any) -> None:
    write_csv(run.tables / f"table{table}.csv", pd.DataFrame({"key": list(settings)}))
    write_json(run.tables / f"table{table}.json", {"settings": {"used": settings}})


@pytest.mark.parametrize(("name", "value", "shown", "fits"), [
    ("table2.batch_size", 32, "32", True), ("table2.max_epochs", 6, "6", False),
    ("table2.lars_weight_decay", 1e-4, "0.0001", True), ("table2.lars_weight_decay", 1e-5, "0.00001", False),
    ("table4.contrast", 0.33, "0.33", True), ("table4.interpolation", "nearest", "Nearest", True),
    ("table4.interpolation", "cubic", "Cubic", False),
])
def test_rows_of_tables_2_and_4(sample: Run, real: Run, name: str, value: Any, shown: str, fits: bool) -> None:
    table, _, setting = name.partition(".")
    for run in (real, sample):
        assert measure(run, name).why == f"no {table}.csv"
        used(run, int(table[-1]), **{setting: value})
        found = measure(run, name)
        assert (found.shown, made.BY_ID[name].fits(found.value)) == (shown, fits)  # type: ignore[arg-type]
        number = not isinstance(value, str)
        assert found.comparable is not (number and not fits and run is sample)
        assert found.why == (f"the profile {run.profile.name} has {shown}" if number and not fits else "")
        used(run, int(table[-1]), other=1)
        assert (measure(run, name).value, measure(run, name).why) == (None, "not used by this run")


def test_the_arithmetic_of_table_3(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for letter, part in (("a", paper.TABLE3_COLOUR), ("b", paper.TABLE3_GRAY)):
        shares = [100 * row[n] / sum(row) for n, row in enumerate(part.matrix)]
        found = measure(sample, f"table3.{letter}.arithmetic")
        assert found.value == pytest.approx(sum(shares) / 6, abs=1e-9)
        assert found.shown == part.total
    spoiled = dataclasses.replace(paper.TABLE3_GRAY, matrix=paper.TABLE3_COLOUR.matrix)
    monkeypatch.setattr(paper, "TABLE3_GRAY", spoiled)
    claim: Claim = made.BY_ID["table3.b.arithmetic"]
    assert not claim.fits(measure(sample, claim.id).value or 0.0)


def test_scan_is_not_run(sample: Run) -> None:
    found = text.scan(sample, made.BY_ID["text.scan"])
    assert (found.value, found.files) == (None, ())
    assert found.why.startswith("SCAN was not run")
