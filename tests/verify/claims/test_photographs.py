"""What is measured on the benchmark's photographs: sets whose images are counted."""

import dataclasses

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.run import COLOUR, Run
from paper_repro.patches.dataset import open_set
from paper_repro.tables.comparable import SWIMCAT
from tests.verify import runs_made as made
from tests.verify.runs_made import measure


def test_photographs_are_counted(real: Run) -> None:
    labels = [name for n, name in enumerate(paper.CLASS_NAMES) for _ in range(n + 330)]
    images = np.zeros((len(labels), 7, 7, 3), np.uint8)
    made.patches(real, COLOUR, {"label": labels}, images, classes=paper.CLASS_NAMES)
    values = {what: measure(real, f"photos.{what}") for what in ("images", "smallest", "largest", "side")}
    assert {what: one.value for what, one in values.items()} == {
        "images": 1995.0, "smallest": 330.0, "largest": 335.0, "side": 7.0}
    assert [one.shown for one in values.values()] == ["1995", "330", "335", "7"]
    assert all(one.comparable and not one.simulated and len(one.files) == 2 for one in values.values())
    assert measure(real, "photos.swimcat").why == "the photographs of this run are others"


def test_swimcat_is_counted(real: Run) -> None:
    made.patches(real, COLOUR, {"label": [*SWIMCAT, "Veil"]}, classes=list(SWIMCAT))
    found = measure(real, "photos.swimcat")
    assert (found.value, found.shown) == (6.0, "6")
    assert (found.comparable, found.why) == (False, "these photographs are not SWIMCAT")
    assert measure(real, "photos.images").why == "the photographs of this run are others"


@pytest.mark.parametrize(("of_each", "comparable"), [(350, True), (315, True), (314, False), (385, True), (386, False)])
def test_a_folder_with_far_fewer_or_more_images_is_another_one(real: Run, of_each: int, comparable: bool) -> None:
    labels = [name for name in paper.CLASS_NAMES for _ in range(of_each)]
    made.patches(real, COLOUR, {"label": labels}, classes=paper.CLASS_NAMES)
    found = measure(real, "photos.images")
    assert (found.comparable, found.why) == (comparable, "" if comparable else "these photographs are not Cloud-ImVN")


def test_colour_photographs_of_a_run_on_gray_ones_are_none_of_its_own(real: Run) -> None:
    made.patches(real, COLOUR, {"label": paper.CLASS_NAMES}, classes=paper.CLASS_NAMES)
    gray = dataclasses.replace(real, gray=True)
    for name in ("photos.images", "map.a.islands", "replicated.simple-sufficient"):
        assert measure(gray, name).value is None
    assert measure(gray, "photos.images").why == "this run has no colour photographs"


def test_photographs_that_are_not_there_or_simulated(real: Run) -> None:
    assert measure(real, "photos.images").why == "this run has no colour photographs"
    made.patches(real, COLOUR, {"label": paper.CLASS_NAMES}, simulated=True, classes=paper.CLASS_NAMES)
    found = measure(real, "photos.images")
    assert (found.value, found.why, found.simulated) == (6.0, "simulated input", True)
    assert len(open_set(real.patches(COLOUR))) == 6
    (real.patches(COLOUR) / "patches.csv").unlink()
    assert measure(real, "photos.swimcat").why == "this run has no colour photographs"
