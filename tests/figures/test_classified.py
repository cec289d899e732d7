"""Figures of a user's own folder: those that its results give, and no others."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run, open_run
from paper_repro.figures import class_panels, classified
from paper_repro.figures.classified import draw
from paper_repro.patches import dataset

N, K = 24, 3
BOTH = ["mine-tsne.png", "mine-tsne.pdf", "mine-examples.png", "mine-examples.pdf"]
NOTE = "Made with stand-in weights."
Drawn = dict[str, tuple[NDArray[np.int64], tuple[str, ...], str]]


def results(run: Run, k: int = K, *, mapped: bool = True, colour: bool = True, count: int = N) -> None:
    """A classified set of noise."""
    rng = np.random.default_rng(0)
    shape = (count, 12, 12, 3) if colour else (count, 12, 12)
    record = Provenance("folder", "patches", run.profile.name, False)
    table = pd.DataFrame({"id": range(count), "source": "x.png"})
    dataset.save(run.patches("mine"), rng.integers(0, 256, shape, dtype=np.uint8), table, record, {})
    folder = run.results / "mine"
    table["class"] = np.arange(count) % k
    write_csv(folder / "classes.csv", table.assign(distance=1.0, silhouette=0.0))
    (folder / "tsne2.csv").unlink(missing_ok=True)
    if mapped:
        xy = rng.normal(size=(count, 2))
        write_csv(folder / "tsne2.csv", pd.DataFrame({"id": range(count), "x": xy[:, 0], "y": xy[:, 1]}))
    made = Provenance("classify", "experiments", run.profile.name, False, {"encoder": "simclr"}, {}, (NOTE,))
    made.write(folder / "provenance.json")


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run("classify", tmp_path, photographs=False)


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
def test_both_figures_are_drawn_and_say_what_they_are_made_with(run: Run, colour: bool) -> None:
    results(run, colour=colour)
    files = draw(run, "mine")
    assert files == [run.figures / name for name in BOTH]
    assert all(path.stat().st_size > 5000 for path in files)
    record = read_json(run.figures / "mine-tsne.json")
    assert record is not None
    assert (record["notes"], record["settings"]["encoder"], record["simulated"]) == ([NOTE], "simclr", False)


def test_a_figure_is_drawn_of_the_classes_found(run: Run, drawn: Drawn) -> None:
    results(run)
    draw(run, "mine")
    for labels, classes, title in drawn.values():
        assert labels.tolist() == (np.arange(N) % K).tolist()
        assert classes == ("Class 0", "Class 1", "Class 2")
        assert title == "mine: 24 images, 3 classes, encoder SimCLR"
    assert drawn.keys() == {"tsne", "examples"}


def test_only_what_changed_is_drawn_again(run: Run, drawn: Drawn) -> None:
    results(run)
    first = draw(run, "mine")
    drawn.clear()
    assert draw(run, "mine") == first
    assert drawn == {}
    results(run, k=4)
    draw(run, "mine")
    assert drawn.keys() == {"tsne", "examples"}


def test_without_a_map_there_is_no_figure_of_one(run: Run, drawn: Drawn) -> None:
    results(run)
    draw(run, "mine")
    results(run, mapped=False)
    assert draw(run, "mine") == [run.figures / name for name in BOTH[2:]]
    assert {path.name for path in run.figures.iterdir()} == {*BOTH[2:], "mine-examples.json"}


def test_of_very_many_classes_examples_of_the_largest_are_drawn(run: Run, drawn: Drawn) -> None:
    results(run, k=50, count=60)
    draw(run, "mine")
    assert drawn["examples"][1] == class_panels.names(classified.SHOWN)
    assert drawn["examples"][2].endswith(f"50 classes, encoder SimCLR (the {classified.SHOWN} largest shown)")
    assert len(drawn["tsne"][1]) == 50


def test_what_was_not_classified_to_its_end_is_refused(run: Run) -> None:
    results(run)
    (run.results / "mine" / "provenance.json").unlink()
    with pytest.raises(UserError, match=r"mine: expected a finished classification, found none; make it with `python"):
        draw(run, "mine")
    assert not run.figures.exists()
