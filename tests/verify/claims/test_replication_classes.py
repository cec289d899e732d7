"""What replications measure on classes and maps, each value worked out by hand; and on the paper's own Table 3."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.score import match
from paper_repro.experiments.grid import seed_of
from tests.verify.claims import replication_made as made
from tests.verify.runs_made import BY_ID, literal_silhouettes, measure

SKY, PATTERN, VEIL, WHITE, DARK = range(5)


def value(run: Run, name: str) -> float | bool:
    found = measure(run, f"replicated.{name}").value
    assert isinstance(found, float | bool), measure(run, f"replicated.{name}").why
    return found


def counts(**cells: int) -> list[list[int]]:
    """Ten images of each class on the diagonal, and cells such as r2c4=7: row 2, column 4."""
    found = 10 * np.eye(5, dtype=np.int64)
    for place, count in cells.items():
        found[int(place[1]), int(place[3])] = count
    return found.tolist()


@pytest.fixture
def run(tmp_path: Path) -> Run:
    run = made.run_of(tmp_path, seeds=[0, 1])
    made.photographs(run)
    return run


def test_every_rule_holds_for_the_papers_own_table_3(run: Run) -> None:
    for name, part in ((COLOUR, paper.TABLE3_COLOUR), (GRAY, paper.TABLE3_GRAY)):
        made.confusions(run, name, part.matrix, paper.CLASS_NAMES)
    for name in ("gray-below-colour", "gray-above-chance", "confused.gray.clear-sky.veil",
                 "confused.gray-more.clear-sky.veil", "confused.colour.veil.thick-white", "best-classes.colour",
                 "best-class.gray"):
        claim = BY_ID[f"replicated.{name}"]
        assert claim.fits(value(run, name)), name
    assert value(run, "gray-below-colour") == pytest.approx(84.5 - 59.7, abs=0.06)
    assert value(run, "confused.gray-more.clear-sky.veil") == pytest.approx(100 * (164 - 12) / 700)
    assert 35 < value(run, "gray-above-chance") < 43  # the highest of random labels is above 1/6


@pytest.mark.parametrize(("name", "colour", "gray", "expected"), [
    ("confused.gray.clear-sky.veil", {}, {"r0c2": 3}, True),
    ("confused.gray.clear-sky.veil", {}, {"r0c2": 1, "r2c0": 1, "r3c4": 3}, True),
    ("confused.gray.clear-sky.veil", {}, {"r2c0": 2, "r3c4": 3, "r1c4": 3}, False),
    ("confused.gray.clear-sky.veil", {}, {"r3c4": 3}, False),
    ("confused.colour.veil.thick-white", {"r2c3": 2}, {}, True),
    ("confused.colour.veil.thick-white", {"r2c3": 2, "r2c0": 2}, {}, True),
    ("confused.colour.veil.thick-white", {"r2c3": 2, "r2c0": 3}, {}, False),
    ("confused.colour.veil.thick-white", {"r3c2": 2}, {}, False),
    ("best-classes.colour", {"r2c3": 1, "r3c2": 1, "r4c2": 1}, {}, True),
    ("best-classes.colour", {"r0c3": 1}, {}, False),
    ("best-classes.colour", {"r0c3": 1, "r1c3": 1, "r2c0": 1, "r3c2": 2, "r4c2": 1}, {}, True),
    ("best-class.gray", {}, {"r0c2": 1}, True), ("best-class.gray", {}, {"r1c2": 1}, False),
])
def test_confusions(run: Run, name: str, colour: dict[str, int], gray: dict[str, int], expected: bool) -> None:
    for set_name, cells in ((COLOUR, colour), (GRAY, gray)):
        made.confusions(run, set_name, counts(**cells))
    assert value(run, name) is expected


def test_gray_and_colour_side_by_side(run: Run) -> None:
    made.confusions(run, COLOUR, counts(r0c2=2, r2c3=3))
    made.confusions(run, GRAY, counts(r0c2=4, r2c0=6, r3c4=1))
    assert value(run, "gray-below-colour") == pytest.approx(100 * (50 / 55 - 50 / 61))
    assert value(run, "confused.gray-more.clear-sky.veil") == pytest.approx(100 * (10 / 30 - 2 / 25))
    found = measure(run, "replicated.gray-below-colour")
    assert [path.parent.name for path in found.files] == [COLOUR, COLOUR, GRAY, GRAY]
    assert "training seed 0;" in found.why


def test_what_is_missing_is_not_run(run: Run) -> None:
    for name in ("gray-below-colour", "map.colour.distinct", "best-class.gray"):
        assert measure(run, f"replicated.{name}").why == "this run has not classified such photographs"
    made.confusions(run, GRAY, counts(), encoder="simple")
    assert measure(run, "replicated.best-class.gray").why == "no simclr in this run"
    made.confusions(run, GRAY, counts(), ("Clear sky", "Cirrus", "Veil", "Thick white", "Thick dark"))
    assert measure(run, "replicated.best-class.gray").why == "the photographs have no class Patterned"
    for name in ("confused.gray.clear-sky.veil", "map.gray.blended"):  # that are about the ten pairs of SWIMCAT
        assert measure(run, f"replicated.{name}").why == "the photographs have no class Patterned"
    made.confusions(run, COLOUR, counts()[:2], ("Clear sky", "Patterned"))
    assert measure(run, "replicated.best-classes.colour").why == "the photographs have no other class"
    assert measure(run, "replicated.map.colour.distinct").why == "the photographs have no class Thick dark"
    assert measure(run, "replicated.hac-repeats.simclr").why == "this run has not made what it is measured on"
    assert measure(made.with_models(run, "simple"), "replicated.unequal-sizes").why == "no simclr in this run"


def test_maps(run: Run) -> None:
    rng = np.random.default_rng(2)
    centres = {SKY: (0.0, 0.0), PATTERN: (50, 0), VEIL: (2, 2), WHITE: (0, 60), DARK: (90, 90)}
    places = np.array([np.add(centres[label], rng.normal(0, 1, 2)) for label in range(5) for _ in range(10)])
    for name in (COLOUR, GRAY):
        made.confusions(run, name, counts())
        table = pd.DataFrame(places, columns=["x", "y"]).rename_axis("id").reset_index()
        write_csv(run.results / name / "tsne2.csv", table.iloc[::-1])
    silhouettes = {}
    for pair in itertools.combinations(range(5), 2):
        ids = [n for label in pair for n in range(10 * label, 10 * label + 10)]
        every = literal_silhouettes([(float(places[n, 0]), float(places[n, 1])) for n in ids], [n // 10 for n in ids])
        silhouettes[pair] = float(np.mean(every))
    assert min(silhouettes, key=silhouettes.__getitem__) == (SKY, VEIL)
    assert value(run, "map.colour.distinct") == pytest.approx(silhouettes[SKY, VEIL])
    assert value(run, "map.gray.blended") is True
    made.confusions(run, GRAY, counts(), ("Clear sky", "Veil", "Patterned", "Thick white", "Thick dark"))
    assert value(run, "map.gray.blended") is False  # now Patterned lies there


def ward(features: np.ndarray, classes: int) -> np.ndarray:
    return np.asarray(AgglomerativeClustering(classes).fit_predict(features), np.int64)


def test_repeats_sizes_and_chance(tmp_path: Path) -> None:
    run = made.run_of(tmp_path, seeds=[0, 1])
    labels = np.array([n % 5 for n in range(42)])
    made.photographs(run, np.zeros((42, 4, 4, 3), np.uint8))
    rng, by_seed = np.random.default_rng(3), {}
    centres = rng.normal(0, 3, (5, 6))
    for model, seed in (("simple", 0), ("simclr", 0), ("simclr", 1)):
        by_seed[model, seed] = (centres[labels] + rng.normal(0, 2, (42, 6))).astype(np.float32)
        made.features(run, model, seed, by_seed[model, seed])  # type: ignore[arg-type]
    assert value(run, "hac-repeats.simple") == value(run, "hac-repeats.simclr") == 0  # no two images alike

    score = match(labels, ward(by_seed["simple", 0], 5), 5)
    shuffled = [match(labels, rng.permutation(ward(by_seed["simple", 0], 5)), 5).accuracy for _ in range(2000)]
    assert value(run, "simple-sufficient") == pytest.approx(score.accuracy / np.mean(shuffled), rel=0.02)

    differences = []
    for seed in (0, 1):
        def off(clusters: np.ndarray) -> float:
            sizes = sorted(int((clusters == n).sum()) for n in range(5))
            return sum(abs(size - true) for size, true in zip(sizes, (8, 8, 8, 9, 9), strict=True)) / 2 / 42
        features = by_seed["simclr", seed]
        starts = [seed_of(0, "simclr", "none", 0, repeat) for repeat in range(8)]
        of_kmeans = [off(KMeans(5, n_init=1, random_state=start).fit_predict(features)) for start in starts]
        differences.append(off(ward(features, 5)) - float(np.mean(of_kmeans)))
    expected = np.mean(differences) + np.std(differences, ddof=1) / np.sqrt(2)
    assert value(run, "unequal-sizes") == pytest.approx(expected, abs=1e-8)


def test_classes_of_equal_size_tell_nothing_of_unequal_ones(tmp_path: Path) -> None:
    run = made.run_of(tmp_path, seeds=[0])
    made.photographs(run)
    made.features(run, "simclr", 0, np.random.default_rng(0).normal(size=(10, 3)))
    found = measure(run, "replicated.unequal-sizes")
    assert (found.value, found.why) == (None, "the classes are equally large")


def test_ties_that_change_with_the_order_vary(tmp_path: Path) -> None:
    run = made.run_of(tmp_path, seeds=[0])
    made.photographs(run, np.zeros((30, 4, 4, 3), np.uint8))
    line = np.arange(30.0)[:, None] * np.ones((1, 2))  # every neighbour is as near: Ward's first merges are ties
    made.features(run, "simple", 0, line)
    assert value(run, "hac-repeats.simple") > 0
