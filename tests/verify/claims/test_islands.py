"""What is measured of classes that lie together: points and images by hand, against distances written out."""

from collections.abc import Mapping

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.run import COLOUR, GRAY, Run
from tests import records_made
from tests.verify import runs_made as made
from tests.verify.runs_made import literal_silhouettes, measure

LABELS = [name for name in paper.CLASS_NAMES for _ in range(3)]
OTHERS = "the photographs of this run are others"
Places = list[tuple[float, float]]


def places(apart: float) -> Places:
    """Three places for each class about one of its own; the classes are so far apart."""
    rng = np.random.default_rng(3)
    return [(apart * (n // 3) + rng.normal(), rng.normal()) for n in range(len(LABELS))]


def mapped(run: Run, on_map: Places, before: Places) -> None:
    """Classified photographs with these places on the map, and these features."""
    made.photographs(run, COLOUR, {"label": LABELS, "x": [x for x, _ in on_map], "y": [y for _, y in on_map]})
    records_made.features(run, run.features(COLOUR, "simclr"), np.array(before, np.float32))


@pytest.mark.parametrize(("on_map", "before", "holds"), [(20.0, 2.0, True), (2.0, 20.0, False), (4.0, 3.0, True)])
def test_islands_are_better_separated_on_the_map(real: Run, on_map: float, before: float, holds: bool) -> None:
    mapped(real, places(on_map), places(before))
    values = [float(np.mean(literal_silhouettes(places(apart), LABELS))) for apart in (on_map, before)]
    assert (values[0] > values[1]) is holds
    found = measure(real, "map.a.islands")
    assert (found.value, found.shown) == (holds, f"{values[0]:.2f} / {values[1]:.2f}")
    assert (found.comparable, len(found.files)) == (True, 3)


def test_where_nothing_is_separated_there_are_no_islands(real: Run) -> None:
    nowhere = [(0.0, 0.0)] * len(LABELS)
    mapped(real, nowhere, nowhere)
    found = measure(real, "map.a.islands")
    assert (found.value, found.shown) == (False, "0.00 / 0.00")


def test_islands_of_what_is_not_there_or_not_comparable(real: Run) -> None:
    assert measure(real, "map.a.islands").why == "this run has not classified such photographs"
    mapped(real, places(9.0), places(2.0))
    path = real.features(COLOUR, "simclr")
    path.unlink()
    assert measure(real, "map.a.islands").why == "no features of these photographs"
    mapped(real, places(9.0), places(2.0)[1:])
    assert measure(real, "map.a.islands").why == "no features of these photographs"
    mapped(real, places(9.0), places(2.0))
    made.change(real, COLOUR, notes=[made.STAND_IN])
    found = measure(real, "map.a.islands")
    assert (found.value, found.why, found.comparable) == (True, "stand-in weights", False)
    made.photographs(real, COLOUR, {"label": ["Veil", "Veil", "Clear sky"]})
    assert measure(real, "map.a.islands").why == OTHERS


def described(run: Run, name: str, values: Mapping[str, list[float]], notes: tuple[str, ...] = ()) -> dict[str, float]:
    """Photographs with one feature each; of each class the share whose nearest other one is of the class."""
    labels = [label for label, of_class in values.items() for _ in of_class]
    every = [value for of_class in values.values() for value in of_class]
    made.patches(run, name, {"label": labels}, classes=paper.CLASS_NAMES)
    records_made.features(run, run.features(name, "simclr"), np.array(every, np.float32)[:, None], notes)
    nearest = [min((m for m in range(len(every)) if m != n), key=lambda m: abs(every[m] - value))
               for n, value in enumerate(every)]
    return {label: float(np.mean([labels[nearest[n]] == label for n in range(len(every)) if labels[n] == label]))
            for label in values}


@pytest.mark.parametrize(("letter", "name"), [("a", COLOUR), ("b", GRAY)])
@pytest.mark.parametrize(("veil", "share", "fits"), [
    ([200.0, 201, 202, 203], 1.0, True), ([200.0, 201, 97, 104.5], 0.5, True), ([200.0, 506, 97, 304.5], 0.0, False),
    ([200.0, 201, 97, 104.5, 304.5], 0.4, False),
])
def test_images_of_a_class_are_alike(real: Run, letter: str, name: str, veil: list[float], share: float, fits: bool
                                     ) -> None:
    values = {label: [100.0 * n + step for step in range(4)] for n, label in enumerate(paper.CLASS_NAMES)}
    shares = described(real, name, values | {"Veil": veil})
    assert shares == dict.fromkeys(paper.CLASS_NAMES, 1.0) | {"Veil": share}
    found = measure(real, f"features.{letter}.alike")
    assert found.value == share
    assert found.shown == f"{share:.2f} ({'Veil' if share < 1 else 'Clear sky'})"
    assert (found.comparable, len(found.files)) == (True, 2)
    assert made.BY_ID[f"features.{letter}.alike"].fits(share) is fits


@pytest.mark.parametrize(("letter", "name"), [("a", COLOUR), ("b", GRAY)])
def test_images_without_features_of_other_classes_or_weights(real: Run, letter: str, name: str) -> None:
    values = {label: [10.0 * n, 10.0 * n + 1] for n, label in enumerate(paper.CLASS_NAMES)}
    claim = f"features.{letter}.alike"
    assert measure(real, claim).why == "no features of such photographs by SimCLR"
    described(real, name, values, (made.STAND_IN,))
    found = measure(real, claim)
    assert (found.value, found.why, found.comparable) == (1.0, "stand-in weights", False)
    made.patches(real, name, {"label": ["Veil"]}, classes=["Veil", "Clear sky"])
    assert (measure(real, claim).value, measure(real, claim).why) == (None, OTHERS)
    (real.patches(name) / "provenance.json").unlink()
    assert measure(real, claim).why == "this run has no such photographs"
    real.features(name, "simclr").unlink()
    assert measure(real, claim).why == "no features of such photographs by SimCLR"


def flat(run: Run, deviations: Mapping[str, list[int]], simulated: bool = False) -> None:
    """Gray photographs, each half darker and half brighter than 100 by its deviation."""
    labels = [label for label, of_class in deviations.items() for _ in of_class]
    images = np.full((len(labels), 4, 4), 100, np.uint8)
    for image, deviation in zip(images, (each for of_class in deviations.values() for each in of_class), strict=True):
        image[:2] += np.uint8(deviation)
        image[2:] -= np.uint8(deviation)
    made.patches(run, GRAY, {"label": labels}, images, simulated, classes=paper.CLASS_NAMES)


@pytest.mark.parametrize(("changed", "holds", "first"), [
    ({}, True, "Clear sky 3.0, Veil 4.0, "),
    ({"Thick dark": [0, 9]}, True, "Clear sky 3.0, Veil 4.0, Thick dark 4.5, "),  # the mean decides
    ({"Thick dark": [0, 7]}, False, "Clear sky 3.0, Thick dark 3.5, Veil 4.0, "),
    ({"Clear sky": [22, 22]}, False, "Veil 4.0, Patterned 21.0, "),
])
def test_flat_classes_vary_least_in_gray(real: Run, changed: dict[str, list[int]], holds: bool, first: str) -> None:
    flat(real, {"Clear sky": [2, 4], "Patterned": [21, 21], "Veil": [1, 7], "Thin white": [30, 30],
                "Thick white": [40, 40], "Thick dark": [50, 50]} | changed)
    found = measure(real, "photos.flat-classes")
    assert (found.value, found.comparable, len(found.files)) == (holds, True, 2)
    assert found.shown.startswith(first)


def test_flat_classes_of_photographs_that_are_not_there_others_or_simulated(real: Run, sample: Run) -> None:
    flat(sample, {name: [n] for n, name in enumerate(paper.CLASS_NAMES)}, simulated=True)
    found = measure(sample, "photos.flat-classes")
    assert (found.value, found.comparable, found.simulated, found.why) == (False, False, True, "simulated input")
    assert measure(real, "photos.flat-classes").why == "this run has no such photographs"
    made.patches(real, GRAY, {"label": ["Veil"]}, classes=["Veil", "Clear sky"])
    assert (measure(real, "photos.flat-classes").value, measure(real, "photos.flat-classes").why) == (None, OTHERS)
