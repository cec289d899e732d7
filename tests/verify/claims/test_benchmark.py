"""What is measured of Sect. 4.1: the split, the weights that are kept, confusions, and maps drawn by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.verify.claims import benchmark
from paper_repro.verify.verdict import judge
from tests.verify import runs_made as made
from tests.verify.runs_made import literal_silhouettes, measure

THIN, THICK = "Thin white", "Thick white"
OTHERS = 2 * [name for name in paper.CLASS_NAMES if name not in {THIN, THICK}]
MATRICES = {"a": np.array(paper.TABLE3_COLOUR.matrix), "b": np.array(paper.TABLE3_GRAY.matrix)}
Counts = np.ndarray[Any, np.dtype[np.int64]]


def test_weights_of_the_lowest_loss(real: Run) -> None:
    path = real.encoder(COLOUR, "simclr") / "losses.csv"
    missing = measure(real, "settings.lowest-loss")
    assert (missing.value, missing.why) == (None, "no SimCLR encoder trained here on colour photographs")
    write_csv(path, pd.DataFrame({"epoch": [1, 2, 3, 4], "train_loss": [4.0, 3, 2, 1], "test_loss": [5.0, 3, 2, 2.5]}))
    assert measure(real, "settings.lowest-loss").value is None
    for epoch, holds in ((3, True), (4, False), (2, False)):
        made.record(path.with_name("provenance.json"), real, "train", weights_of_epoch=epoch)
        found = measure(real, "settings.lowest-loss")
        assert (found.value, found.comparable, found.files) == (holds, True, (path,))
    made.record(path.with_name("provenance.json"), real, "train", notes=(made.STAND_IN,), weights_of_epoch=3)
    assert measure(real, "settings.lowest-loss").why == "stand-in weights"


def test_number_of_clusters(real: Run, sample: Run) -> None:
    missing = measure(real, "settings.clusters")
    assert (missing.value, missing.why) == (None, "this run has not classified such photographs")
    claim = made.BY_ID["settings.clusters"]
    for run in (real, sample):
        made.patches(run, COLOUR, {"label": paper.CLASS_NAMES}, simulated=run is sample, classes=paper.CLASS_NAMES)
        for labels, clusters, fits in ((paper.CLASS_NAMES, (0, 1, 2, 3, 4, 5), True),
                                       (paper.CLASS_NAMES, (0, 1, 2, 3, 3, 0), False)):
            made.photographs(run, COLOUR, {"label": labels, "cluster": clusters})
            found = measure(run, "settings.clusters")
            assert (found.value, found.shown) == (len(set(clusters)), str(len(set(clusters))))
            assert claim.fits(len(set(clusters))) is fits
            assert judge(claim, found).verdict == ("as specified" if fits else "differs")
    made.photographs(real, COLOUR, {"label": ["Veil", "Thin white"], "cluster": (0, 1)})
    assert measure(real, "settings.clusters").why == "the photographs of this run are others"


def with_cells(counts: Counts, **cells: int) -> Counts:
    """Counts with some cells changed: r2c4=7 is row 2, column 4."""
    changed = counts.copy()
    for place, count in cells.items():
        changed[int(place[1]), int(place[3])] = count
    return changed


# Clear sky, Patterned, Veil, Thin white, Thick white, Thick dark: the classes' places
@pytest.mark.parametrize(("name", "letter", "holds", "fails"), [
    ("a.thin-white.thick-white", "a", {"r2c4": 107}, {"r2c4": 109}),
    ("a.thin-white.thick-white", "a", {}, {"r3c4": 0, "r0c4": 0}),
    ("a.veil.thick-white", "a", {"r3c4": 0}, {"r2c0": 80}),
    ("b.thin-white.thick-dark", "b", {}, {"r1c4": 153}),
    ("b.clear-sky.veil", "b", {"r2c0": 100}, {"r2c0": 0}),  # both ways added: 141, and 41 below 114
    ("b.thin-white.thick-white", "b", {"r3c4": 120}, {"r3c4": 90, "r4c3": 5}),
])
def test_confusions(real: Run, name: str, letter: str, holds: dict[str, int], fails: dict[str, int]) -> None:
    for cells, expected in ((holds, True), (fails, False)):
        made.table3(real, {letter: with_cells(MATRICES[letter], **cells)})
        found = measure(real, f"confusion.{name}")
        assert (found.value, found.comparable) == (expected, True)


def test_where_nothing_is_confused_nothing_is_confused_most(real: Run) -> None:
    right = np.diag(np.full(6, 350))
    made.table3(real, {"a": right, "b": right})
    for name in made.BY_ID:
        if name.startswith("confusion."):
            assert measure(real, name).value is False, name
    assert measure(real, "table3.a.veil.thick-white").value == 0.0


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
    made.photographs(real, {"a": COLOUR, "b": GRAY}[letter], columns)
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
                           ({"notes": ("Made with other images.",)}, "Made with other images")):
        made.photographs(real, of, columns, **of_record)
        found = measure(real, name)
        assert (found.why, found.comparable) == (why, False)
        assert found.value is not None
    made.photographs(real, of, {"label": ["Veil", "NA", "NA"]})
    assert (measure(real, name).value, measure(real, name).why) == (None, "the photographs of this run are others")
