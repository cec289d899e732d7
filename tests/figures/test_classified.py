"""Figures of a user's own folder: those that its results give, and no others."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run, open_run
from paper_repro.figures import class_panels, classified, style
from paper_repro.figures.classified import draw
from tests.records_made import patch_set, record

N, K = 24, 3
BOTH = ["mine-tsne.png", "mine-tsne.pdf", "mine-examples.png", "mine-examples.pdf"]
NOTE = "Made with stand-in weights."
ORIGIN = Origin(False, (NOTE,))
Drawn = dict[str, tuple[NDArray[np.int64], tuple[str, ...], str]]


def results(run: Run, k: int = K, *, mapped: bool = True, colour: bool = True, count: int = N) -> None:
    """A classified set of noise."""
    rng = np.random.default_rng(0)
    shape = (count, 12, 12, 3) if colour else (count, 12, 12)
    table = pd.DataFrame({"id": range(count), "source": "x.png"})
    patch_set(run, "mine", rng.integers(0, 256, shape, dtype=np.uint8), table)
    folder = run.results / "mine"
    table["class"] = np.arange(count) % k
    write_csv(folder / "classes.csv", table.assign(distance=1.0, silhouette=0.0))
    (folder / "tsne2.csv").unlink(missing_ok=True)
    if mapped:
        xy = rng.normal(size=(count, 2))
        write_csv(folder / "tsne2.csv", pd.DataFrame({"id": range(count), "x": xy[:, 0], "y": xy[:, 1]}))
    record(folder / "provenance.json", run, "classify", [NOTE], {"encoder": "simclr"})


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run("classify", tmp_path)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """What is asked to be drawn, of each kind of figure, in place of drawing it."""
    asked: Drawn = {}

    def tsne(images: object, xy: NDArray[np.float64], labels: NDArray[np.int64], classes: tuple[str, ...],
             title: str) -> Figure:
        assert xy.shape == (len(labels), 2)
        asked["tsne"] = labels, classes, title
        return Figure(figsize=(1, 1))

    def examples(images: object, labels: NDArray[np.int64], classes: tuple[str, ...], title: str) -> Figure:
        asked["examples"] = labels, classes, title
        return Figure(figsize=(1, 1))

    monkeypatch.setattr(class_panels, "tsne", tsne)
    monkeypatch.setattr(class_panels, "examples", examples)
    return asked


@pytest.mark.parametrize("colour", [True, False])
def test_both_figures_are_drawn_and_say_what_they_are_made_with(
    run: Run, colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Origin] = []

    def stamp(origin: Origin) -> str:
        said.append(origin)
        return ""

    monkeypatch.setattr(style, "stamp", stamp)
    results(run, colour=colour)
    files = draw(run, "mine", ORIGIN).files
    assert files == tuple(run.figures / name for name in BOTH)
    assert all(path.stat().st_size > 5000 for path in files)
    assert said == [ORIGIN, ORIGIN]


def test_a_figure_is_drawn_of_the_classes_found(run: Run, drawn: Drawn) -> None:
    results(run)
    draw(run, "mine", ORIGIN)
    for labels, classes, title in drawn.values():
        assert labels.tolist() == (np.arange(N) % K).tolist()
        assert classes == ("Class 0", "Class 1", "Class 2")
        assert title == "mine: 24 images, 3 classes, encoder SimCLR"
    assert drawn.keys() == {"tsne", "examples"}


def test_without_a_map_there_is_no_figure_of_one(run: Run, drawn: Drawn) -> None:
    results(run, mapped=False)
    assert draw(run, "mine", ORIGIN).files == tuple(run.figures / name for name in BOTH[2:])
    assert {path.name for path in run.figures.iterdir()} == set(BOTH[2:])


def test_of_very_many_classes_examples_of_the_largest_are_drawn(run: Run, drawn: Drawn) -> None:
    results(run, k=50, count=60)
    draw(run, "mine", ORIGIN)
    assert drawn["examples"][1] == style.class_names(classified.SHOWN)
    assert drawn["examples"][2].endswith(f"50 classes, encoder SimCLR (the {classified.SHOWN} largest shown)")
    assert len(drawn["tsne"][1]) == 50


def test_what_was_not_classified_to_its_end_is_refused(run: Run) -> None:
    results(run)
    (run.results / "mine" / "provenance.json").unlink()
    with pytest.raises(UserError, match=r"mine: expected a finished classification, found none; make it with `python"):
        draw(run, "mine", ORIGIN)
    assert not run.figures.exists()
