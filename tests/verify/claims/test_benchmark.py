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
    alone = made.with_encoders(real, models=("simple",))  # which that training is none of
    assert measure(alone, "settings.lowest-loss").why == "no SimCLR encoder trained here on colour photographs"


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


@pytest.mark.parametrize(("cells", "among", "all_of_them", "fits"), [
    ({}, 518, 846, True),  # 191 + 11, 123 + 41 and 152 + 0 of the paper's
    ({"r0c4": 284}, 518, 1036, True), ({"r0c4": 285}, 518, 1037, False),
    ({"r4c3": 0, "r2c0": 0}, 384, 712, True), ({"r5c3": 0, "r3c4": 0}, 175, 503, False),
])
def test_most_that_is_confused_in_gray(real: Run, cells: dict[str, int], among: int, all_of_them: int,
                                       fits: bool) -> None:
    made.table3(real, {"b": with_cells(MATRICES["b"], **cells)})
    found = measure(real, "confusion.b.most")
    assert found.value == among / all_of_them
    assert (found.shown, found.comparable) == (f"{among / all_of_them:.2f} ({among} of {all_of_them})", True)
    assert made.BY_ID["confusion.b.most"].fits(among / all_of_them) is fits


def test_where_nothing_is_confused_nothing_is_confused_most(real: Run) -> None:
    right = np.diag(np.full(6, 350))
    made.table3(real, {"a": right, "b": right})
    for name in made.BY_ID:
        if name.startswith("confusion."):
            share = name == "confusion.b.most"
            assert measure(real, name).value is (None if share else False), name
    assert measure(real, "confusion.b.most").why == "no image is taken for another class"
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


def between(true: str, images: list[tuple[float, str]], thick: list[float]) -> dict[str, Any]:
    """Images of a class at places x, taken for a class, Thick white ones at places x, and two of each other class."""
    others = 2 * [name for name in paper.CLASS_NAMES if name not in {true, THICK}]
    return {"label": [true] * len(images) + [THICK] * len(thick) + others,
            "matched": [name for _, name in images] + [THICK] * len(thick) + others,
            "x": [x for x, _ in images] + thick + [4.0] * len(others)}


@pytest.mark.parametrize(("name", "true"), [("map.a.transition", THIN), ("map.a.transition.veil", "Veil")])
@pytest.mark.parametrize(("right", "taken", "elsewhere", "share"), [
    ([0.0, 1.0, 2.0], [5.0], [], 1.0),  # the wrong one lies between
    ([5.0], [0.0, 1.0], [], 0.0),
    ([0.0, 1.0], [0.5], [5.0], 0.0),  # what is taken for a third class doesn't count
    ([0.0, 1.0, 2.0], [5.0, 1.5], [], 0.5), ([0.0, 1.0, 2.0], [5.0, 1.5, 1.6], [], 1 / 3),
    ([0.0, 0.0, 0.0, 8.0], [5.0], [], 1.0),  # inside more than the mean of those right, less than the median
    ([1.0, 1.0], [1.0], [], 0.0),  # on the median
])
def test_the_zone_between_two_classes(real: Run, name: str, true: str, right: list[float], taken: list[float],
                                      elsewhere: list[float], share: float) -> None:
    images = [*((x, true) for x in right), *((x, THICK) for x in taken), *((x, "Patterned") for x in elsewhere)]
    thick = [9.0, 10.0, 11.0]
    made.photographs(real, COLOUR, between(true, images, thick))
    places = [(x, 0.0) for x in [x for x, _ in images] + thick]
    inside = literal_silhouettes(places, [true] * len(images) + [THICK] * len(thick))
    of_right, of_taken = sorted(inside[:len(right)]), inside[len(right):][:len(taken)]
    median = (of_right[(len(right) - 1) // 2] + of_right[len(right) // 2]) / 2
    assert sum(value < median - 1e-12 for value in of_taken) / len(taken) == pytest.approx(share)
    found = measure(real, name)
    assert found.value == pytest.approx(share)
    assert (found.shown, found.comparable) == (f"{share:.2f} ({share * len(taken):.0f} of {len(taken)})", True)
    assert made.BY_ID[name].fits(share) is (share >= 0.5)


@pytest.mark.parametrize(("name", "true"), [("map.a.transition", THIN), ("map.a.transition.veil", "Veil")])
@pytest.mark.parametrize("right", [True, False])
def test_no_zone_without_images_on_both_sides(real: Run, name: str, true: str, right: bool) -> None:
    made.photographs(real, COLOUR, between(true, [(0.0, true if right else THICK)] * 2, [9.0, 10.0]))
    found = measure(real, name)
    assert found.value is None
    assert found.why == f"no {true} image was taken for Thick white, or none was classified right"


@pytest.mark.parametrize(("name", "of"), [("map.a.blended", COLOUR), ("map.b.blended", GRAY),
                                          ("map.a.transition", COLOUR), ("map.a.transition.veil", COLOUR)])
def test_maps_that_are_not_run_or_not_comparable(real: Run, name: str, of: str) -> None:
    missing = "this run has not classified such photographs"
    assert (measure(real, name).value, measure(real, name).why) == (None, missing)
    columns = between("Veil" if name.endswith("veil") else THIN, [(0.0, "Veil"), (1.0, THIN), (5.0, THICK)],
                      [9.0, 10.0])
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
