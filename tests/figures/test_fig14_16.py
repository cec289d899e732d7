"""Figs 14-16 on made-up classified patches."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_rgba

from paper_repro.figures import class_panels, fig14, fig16, style, venus
from paper_repro.patches import dataset
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import write_csv
from paper_repro.profiles.profile import Venus, VenusSet
from paper_repro.profiles.provenance import Provenance
from paper_repro.profiles.run import Run, open_run

NAME = "uvi-3000km"


def make(out: Path, n: int = 80, side: int = 24) -> Run:
    """A run with one classified set of n patches of noise."""
    run = open_run("sample", out)
    one = Venus("simulated", (VenusSet("uvi", 3000.0),), (0,), 1)
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=one))
    rng = np.random.default_rng(0)
    rows = pd.DataFrame({"id": range(n), "source": "a.fit", "longitude_deg": rng.uniform(-180, 180, n),
                         "latitude_deg": rng.uniform(-60, 60, n), "local_time_h": rng.uniform(8, 16, n)})
    record = Provenance("patches", "patches", "sample", True)
    for end in ("", "-flat"):
        dataset.save(run.patches(NAME + end), rng.integers(0, 255, (n, side, side)).astype(np.uint8), rows, record, {})
    folder = run.results / f"{NAME}-flat"
    write_csv(folder / "classes.csv", pd.DataFrame({"id": range(n), "class": np.sort(np.arange(n) % 4)}))
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": range(n), "x": rng.normal(size=n), "y": rng.normal(size=n)}))
    Provenance("venus", "experiments", "sample", True, {"encoder": "simclr"}).write(folder / "provenance.json")
    return run


def test_four_parts_are_drawn_once_and_marked_simulated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make(tmp_path)
    files = fig14.draw(run)
    assert [path.name for path in files] == [f"fig14{letter}{end}" for letter in "abcd" for end in (".png", ".pdf")]
    before = {path: path.read_bytes() for path in files}
    monkeypatch.setattr(style, "save", None)
    assert fig14.draw(run) == files
    monkeypatch.undo()
    for path in run.figures.glob("*.json"):
        assert '"simulated": true' in path.read_text()
        path.unlink()
    fig14.draw(run)
    assert {path: path.read_bytes() for path in files} == before


def test_local_time_runs_from_evening_to_morning(tmp_path: Path) -> None:
    data = venus.open_classified(make(tmp_path), NAME)
    for part in (venus.thumbnails, venus.classes):
        left, right = part(data, "").axes[:2]
        late, early = right.get_xlim()
        assert early < 8.2
        assert late > 15.8
        west, east = left.get_xlim()
        assert west <= -180
        assert east >= 180
        assert (left.get_xlabel(), right.get_xlabel()) == ("Longitude [deg]", "Local time [h]")
        assert left.get_ylim() == right.get_ylim()


def test_every_patch_is_marked_at_its_place_in_its_colour(tmp_path: Path) -> None:
    data = venus.open_classified(make(tmp_path), NAME)
    marks = style.marks(data.classes)
    for axes, xy in zip(venus.classes(data, "").axes[:2], data.places, strict=True):
        [drawn] = axes.collections
        assert drawn.get_rasterized()
        offsets = np.asarray(drawn.get_offsets())
        order = [int(np.flatnonzero((xy == place).all(axis=1))[0]) for place in offsets]
        assert sorted(order) == list(range(80))
        for place, index in enumerate(order):
            colour = to_rgba(marks[f"Class {data.labels[index]}"].colour)
            assert np.asarray(drawn.get_facecolor())[place] == pytest.approx(colour)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40), st.integers(1, 20))
def test_thinned_squares_do_not_touch_and_no_other_would_fit(places: list[tuple[int, int]], side: int) -> None:
    corners = np.array(places, dtype=np.int64).reshape(-1, 2)
    shown = class_panels.thin(corners, side).tolist()

    def hides(a: int, b: int) -> bool:
        return bool((np.abs(corners[a] - corners[b]) < side).all())

    assert not any(hides(a, b) for a in shown for b in shown if a != b)
    assert all(any(hides(a, b) for b in shown) for a in range(len(corners)) if a not in shown)


def test_ten_thousand_patches_stay_small_files(tmp_path: Path) -> None:
    run = make(tmp_path, n=10_000, side=128)
    data = venus.open_classified(run, NAME)
    with style.paper_style():
        made = style.save(venus.thumbnails(data, ""), run, "fig14a", Provenance("t", "figures", "sample", True))
        made += style.save(venus.classes(data, ""), run, "fig14c", Provenance("t", "figures", "sample", True))
    assert max(path.stat().st_size for path in made) < 20e6


def test_examples_are_the_classes_own(tmp_path: Path) -> None:
    images = np.arange(30, dtype=np.uint8)[:, None, None] + np.zeros((30, 4, 4), np.uint8)
    labels = np.array([0] * 20 + [1] * 7 + [2] * 3)
    figure = class_panels.examples(images, labels, class_panels.names(3))
    shown = [int(np.asarray(axes.images[0].get_array())[0, 0]) for axes in figure.axes]
    assert [sum(labels[one] == c for one in shown) for c in range(3)] == [8, 7, 3]
    assert len(set(shown)) == 18
    assert not list(tmp_path.iterdir())


def test_mistakes_and_sets_that_the_run_does_not_have(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make(tmp_path)
    assert fig16.draw(run) == []
    assert "fig16: this run has no set vmc-25km" in capsys.readouterr().err
    classes = run.results / f"{NAME}-flat" / "classes.csv"
    write_csv(classes, pd.DataFrame({"id": range(1, 81), "class": 0}))
    with pytest.raises(UserError, match="expected the ids of"):
        fig14.draw(run)
    classes.unlink()
    with pytest.raises(UserError, match="run `make venus PROFILE=sample`"):
        fig14.draw(run)
