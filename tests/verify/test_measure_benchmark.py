"""What is measured on the benchmark's photographs and on its maps: photographs counted, maps drawn by hand."""

from typing import Any

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.patches.dataset import open_set
from paper_repro.tables.comparable import SWIMCAT
from paper_repro.verify.measure import benchmark
from tests.verify import runs_made as made
from tests.verify.runs_made import literal_silhouettes, measure

THIN, THICK = "Thin white", "Thick white"
OTHERS = 2 * [name for name in paper.CLASS_NAMES if name not in {THIN, THICK}]


def map_of(near: tuple[str, ...], also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Four images of each class about a place of its own; the classes `near` share one, and so do those `also`."""
    rng = np.random.default_rng(5)
    columns: dict[str, list[Any]] = {"label": [], "x": [], "y": []}
    for n, name in enumerate(paper.CLASS_NAMES):
        place = 100.0 if name in near else -100.0 if name in also else 10.0 * n
        for _ in range(4):
            columns["label"].append(name)
            columns["x"].append(place + rng.normal())
            columns["y"].append(rng.normal())
    return columns


def least_separated(columns: dict[str, Any], count: int) -> set[frozenset[str]]:
    """The pairs of classes with the smallest mean silhouette of the two classes' points alone, written out."""
    found: dict[frozenset[str], float] = {}
    for one in paper.CLASS_NAMES:
        for other in paper.CLASS_NAMES:
            if one < other:
                rows = [n for n, label in enumerate(columns["label"]) if label in {one, other}]
                places = [(columns["x"][n], columns["y"][n]) for n in rows]
                found[frozenset({one, other})] = float(np.mean(
                    literal_silhouettes(places, [columns["label"][n] for n in rows])))
    assert len(found) == 15
    return set(sorted(found, key=lambda pair: found[pair])[:count])


@pytest.mark.parametrize(("letter", "near", "also", "holds"), [
    ("a", ("Thin white", "Thick white"), (), True), ("a", ("Veil", "Thick white"), (), False),
    ("b", ("Thin white", "Thick white"), ("Veil", "Clear sky"), True),
    ("b", ("Thin white", "Thick white"), ("Veil", "Thick dark"), False),
])
def test_blended_pairs_are_the_least_separated(real: Run, letter: str, near: tuple[str, ...], also: tuple[str, ...],
                                               holds: bool) -> None:
    columns = map_of(near, also)
    made.photographs(real, {"a": COLOUR, "b": "photos-gray"}[letter], columns)
    pairs = {frozenset(near), frozenset(also)} - {frozenset()}
    assert least_separated(columns, len(pairs)) == pairs
    found = measure(real, f"map.{letter}.blended")
    assert found.value is holds
    assert {frozenset(pair.split("/")) for pair in found.shown.split(" and ")} == pairs
    assert found.comparable


def test_without_distinct_clusters_beside_the_named_pair_nothing_is_said_to_blend(
    real: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.photographs(real, COLOUR, map_of(("Thin white", "Thick white"), ()))
    assert measure(real, "map.a.blended").value is True
    monkeypatch.setattr(benchmark, "DISTINCT", 0.99)
    assert measure(real, "map.a.blended").value is False


def white(thin: list[tuple[float, str]], thick: list[float]) -> dict[str, Any]:
    """Thin white images at places x, taken for a class, Thick white ones at places x, and two of each other class."""
    return {"label": [THIN] * len(thin) + [THICK] * len(thick) + OTHERS,
            "matched": [name for _, name in thin] + [THICK] * len(thick) + OTHERS,
            "x": [x for x, _ in thin] + thick + [4.0] * len(OTHERS)}


@pytest.mark.parametrize(("thin", "holds"), [
    ([(0.0, THIN), (1.0, THIN), (5.0, THICK)], True),   # the wrong one lies between
    ([(0.0, THICK), (1.0, THICK), (5.0, THIN)], False),
    ([(0.0, THIN), (1.0, THIN), (5.0, "Veil"), (0.5, THICK)], False),  # what is taken for Veil doesn't count
])
def test_the_zone_between_two_classes(real: Run, thin: list[tuple[float, str]], holds: bool) -> None:
    thick = [9.0, 10.0, 11.0]
    made.photographs(real, COLOUR, white(thin, thick))
    places = [(x, 0.0) for x in [x for x, _ in thin] + thick]
    inside = literal_silhouettes(places, [THIN] * len(thin) + [THICK] * len(thick))
    wrong, right = ([inside[n] for n, (_, taken) in enumerate(thin) if taken == name] for name in (THICK, THIN))
    assert (np.mean(wrong) < np.mean(right)) == holds
    found = measure(real, "map.a.transition")
    assert (found.value, found.comparable) == (holds, True)


@pytest.mark.parametrize("taken", [THIN, THICK])
def test_no_zone_without_images_on_both_sides(real: Run, taken: str) -> None:
    made.photographs(real, COLOUR, white([(0.0, taken), (1.0, taken)], [9.0, 10.0]))
    found = measure(real, "map.a.transition")
    assert found.value is None
    assert found.why == "no Thin white image was taken for Thick white, or none was classified right"


@pytest.mark.parametrize(("name", "of"), [("map.a.blended", COLOUR), ("map.b.blended", GRAY),
                                          ("map.a.transition", COLOUR)])
def test_maps_that_are_not_run_or_not_comparable(real: Run, name: str, of: str) -> None:
    missing = "this run has not classified such photographs"
    assert (measure(real, name).value, measure(real, name).why) == (None, missing)
    columns = white([(0.0, THIN), (5.0, THICK)], [9.0, 10.0])
    made.photographs(real, of, columns)
    for path in sorted((real.results / of).iterdir()):
        aside = path.rename(path.with_suffix(".aside"))
        assert measure(real, name).why == missing
        aside.rename(path)
    for of_record, why in (({"notes": (made.STAND_IN,)}, "stand-in weights"), ({"encoder": "simple"}, "encoder Simple"),
                           ({"notes": ("Made with other images.",)}, "see the notes")):
        made.photographs(real, of, columns, **of_record)
        found = measure(real, name)
        assert (found.why, found.comparable) == (why, False)
        assert found.value is not None
    made.photographs(real, of, {"label": ["Veil", "NA", "NA"]})
    assert (measure(real, name).value, measure(real, name).why) == (None, "the photographs of this run are others")


def test_photographs_are_counted(real: Run) -> None:
    labels = [name for n, name in enumerate(paper.CLASS_NAMES) for _ in range(n + 2)]
    images = np.zeros((len(labels), 7, 7, 3), np.uint8)
    made.patches(real, COLOUR, {"label": labels}, images, classes=paper.CLASS_NAMES)
    values = {what: measure(real, f"photos.{what}") for what in ("images", "smallest", "largest", "side")}
    assert {what: one.value for what, one in values.items()} == {
        "images": 27.0, "smallest": 2.0, "largest": 7.0, "side": 7.0}
    assert [one.shown for one in values.values()] == ["27", "2", "7", "7"]
    assert all(one.comparable and not one.simulated and len(one.files) == 2 for one in values.values())
    assert measure(real, "photos.swimcat").why == "the photographs of this run are others"


def test_swimcat_is_counted(real: Run) -> None:
    made.patches(real, COLOUR, {"label": [*SWIMCAT, "Veil"]}, classes=list(SWIMCAT))
    found = measure(real, "photos.swimcat")
    assert (found.value, found.shown) == (6.0, "6")
    assert measure(real, "photos.images").why == "the photographs of this run are others"


def test_photographs_that_are_not_there_or_simulated(real: Run) -> None:
    assert measure(real, "photos.images").why == "this run has no colour photographs"
    made.patches(real, COLOUR, {"label": paper.CLASS_NAMES}, simulated=True, classes=paper.CLASS_NAMES)
    found = measure(real, "photos.images")
    assert (found.value, found.why, found.simulated) == (6.0, "simulated input", True)
    assert len(open_set(real.patches(COLOUR))) == 6
    (real.patches(COLOUR) / "patches.csv").unlink()
    assert measure(real, "photos.swimcat").why == "this run has no colour photographs"
