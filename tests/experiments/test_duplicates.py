"""Near-identical photographs planted in a small set: their groups, and each cell without them against plain loops."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, Run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import reduce
from paper_repro.experiments import deduplicated, duplicates, grid, settings
from paper_repro.experiments.grid import seed_of
from paper_repro.figures import duplicates as figure
from paper_repro.paper import Reduction
from paper_repro.tables import duplicates as table
from tests import records_made
from tests.experiments import conftest

N, D = 72, 20
PLANTED = ((0, 6, 12, 18), (1, 7), (2, 14), (4, 5))  # the last of two classes
THRESHOLDS = {"identical": (0.0,), "thumbnails": (0.5, 2.0), "features": (0.001,)}
LABELS = np.arange(N) % 6


def images() -> NDArray[np.uint8]:
    """Pictures of large patches that differ; the members of a group are one picture, turned and a little noisy."""
    rng = np.random.default_rng(1)
    made = np.repeat(np.repeat(rng.integers(20, 235, (N, 4, 4, 3)), 5, axis=1), 5, axis=2)
    for number, (first, *others) in enumerate(PLANTED):
        for turns, other in enumerate(others, 1):
            noise = rng.integers(-3, 4, made[0].shape) if number else 0
            made[other] = np.rot90(made[first], turns) + noise
    return made.astype(np.uint8)


def not_drawn(features: NDArray[Any], method: Reduction, dims: int, seed: int) -> NDArray[Any]:
    """The reductions, with the first features in place of t-SNE, which takes long."""
    return features[:, :dims] if method == "tsne" else reduce(features, method, dims, seed)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Run]:
    """A run whose photographs have planted groups, everything of them measured."""
    run = conftest.make_run(tmp_path_factory.mktemp("run"), ("simple",), repeats=2)
    labels = [paper.CLASS_NAMES[label] for label in LABELS]
    rows = pd.DataFrame({"id": range(N), "source": [f"{n}.png" for n in range(N)], "label": labels})
    records_made.patch_set(run, COLOUR, images(), rows, paper.CLASS_NAMES)
    conftest.make_features(run, models=("simple",), n=N, d=D)
    plain = np.load(run.features(COLOUR, "simple"))
    turned = plain + np.random.default_rng(2).normal(size=(8, N, D)).astype(np.float32)
    turned[0] = plain
    turned[5, 30] = plain[20] * 3  # the same picture to the encoder, once it is turned
    settings.duplicates_folder(run).mkdir(parents=True)
    np.save(settings.duplicates_folder(run) / settings.SYMMETRIES_FILE, turned)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(settings, "THRESHOLDS", THRESHOLDS)
        patched.setattr(duplicates, "THRESHOLDS", THRESHOLDS)
        for module in (settings, grid):
            patched.setattr(module, "REDUCTIONS", (("tsne", 3), ("pca", 16), ("none", 0)))
        patched.setattr(deduplicated, "reduce", not_drawn)
        duplicates.find(run)
        deduplicated.score(run, jobs=1)
        yield run


def read(run: Run, name: str) -> pd.DataFrame:
    return pd.read_csv(settings.duplicates_folder(run) / name, keep_default_na=False, na_values=[""])


def members(run: Run, measure: str, threshold: float) -> list[list[int]]:
    found = read(run, "members.csv")
    chosen = found[(found["measure"] == measure) & (found["threshold"] == threshold)]
    return [part["id"].tolist() for _, part in chosen.groupby("group")]


def test_planted_groups_are_found_by_each_measure(run: Run) -> None:
    assert members(run, "identical", 0.0) == [[0, 6, 12, 18]]
    assert members(run, "thumbnails", 0.5) == [[0, 6, 12, 18]]
    assert members(run, "thumbnails", 2.0) == [list(one) for one in PLANTED]
    assert members(run, "features", 0.001) == [[20, 30]]
    found = read(run, "groups.csv")
    (row,) = found[(found["measure"] == "thumbnails") & (found["threshold"] == 2.0)].to_dict("records")
    counts = ("groups", "images_in_groups", "largest", "of_several_classes", "images_left")
    assert [row[key] for key in counts] == [4, 10, 4, 1, N - 6]
    assert [row[f"left of {name}"] for name in paper.CLASS_NAMES] == [12 - 3, 12 - 1, 12 - 1, 12, 12, 12 - 1]


def test_examples_stand_on_their_side_of_the_threshold(run: Run) -> None:
    found = read(run, "examples.csv")
    assert (found[found["side"] == "below"]["distance"] <= found[found["side"] == "below"]["threshold"]).all()
    assert (found[found["side"] == "above"]["distance"] > found[found["side"] == "above"]["threshold"]).all()
    assert found.groupby(["measure", "threshold", "side"]).size().max() <= settings.DUPLICATES_EXAMPLES
    one = found[(found["measure"] == "features") & (found["threshold"] == 0.001)].iloc[0]
    assert (one["i"], one["j"], one["side"]) == (20, 30, "below")


def literal(true: NDArray[np.int64], labels: NDArray[np.int64], weights: NDArray[Any]) -> float:
    """Highest weighted share of right images over all matchings."""
    best = max(sum(w for w, t, c in zip(weights, true, labels, strict=True) if order[c] == t)
               for order in itertools.permutations(range(6)))
    return float(best / weights.sum())


def rows_of(run: Run, way: str, reduction: str, clustering: str, measure: str = "thumbnails", threshold: float = 2.0
            ) -> pd.DataFrame:
    found = read(run, "accuracies.csv").fillna({"measure": ""})
    return found[(found["way"] == way) & (found["reduction"] == reduction) & (found["clustering"] == clustering)
                 & (found["measure"] == measure) & (found["threshold"] == threshold)]


FIRSTS = np.array([n for n in range(N) if not any(n in group[1:] for group in PLANTED)])
WEIGHTS = np.array([1 / max([len(group) for group in PLANTED if n in group], default=1) for n in range(N)])


@pytest.mark.parametrize("clustering", ["kmeans", "hac"])
def test_each_way_of_counting_equals_a_plain_loop(run: Run, clustering: str) -> None:
    x = np.load(run.features(COLOUR, "simple"))
    for repeat in range(2):
        seed = seed_of(7, "simple", "none", 0, repeat)
        for way, kept, weights, about in (
                ("all", np.arange(N), np.ones(N), ("", 0.0)), ("one a group", FIRSTS, np.ones(len(FIRSTS)), ()),
                ("groups weighed", np.arange(N), WEIGHTS, ())):
            labels = hac(x[kept], 6) if clustering == "hac" else kmeans(x[kept], 6, seed, 1)
            row = rows_of(run, way, "none", clustering, *about).set_index("repeat").loc[repeat]
            assert row["accuracy"] == pytest.approx(literal(LABELS[kept], labels, weights))
            assert row["images"] == pytest.approx(weights.sum())


def test_as_many_at_random_leaves_the_same_class_sizes_but_other_images(run: Run) -> None:
    groups = deduplicated.open_groups(run, N)
    found = [one for one in deduplicated.subsets(LABELS, groups, 3, 0)
             if (one.measure, one.threshold) == ("thumbnails", 2.0)]
    random = [one.kept for one in found if one.way == "as many at random"]
    sizes = np.bincount(LABELS[FIRSTS]).tolist()
    assert [np.bincount(LABELS[kept]).tolist() for kept in random] == [sizes] * 3
    assert len({kept.tobytes() for kept in random}) == 3
    assert all((np.diff(kept) > 0).all() for kept in random)


def test_a_split_by_groups_divides_none_and_holds_out_as_many_as_the_one_at_random(run: Run) -> None:
    groups = deduplicated.open_groups(run, N)
    found = [one for one in deduplicated.subsets(LABELS, groups, 4, 0) if one.measure == "thumbnails"]
    by_groups, at_random = ([one for one in found if one.way == f"split {way}"] for way in ("by groups", "at random"))
    for one, other in zip(by_groups, at_random, strict=True):
        assert len(one.held_out) == len(other.held_out) == round(0.2 * N)
        for each in (one, other):
            assert sorted([*each.kept, *each.held_out]) == list(range(N))
        of_image = groups[one.measure, one.threshold]
        assert not set(of_image[one.kept]) & set(of_image[one.held_out])


def test_held_out_images_have_the_class_of_the_nearest_mean(run: Run) -> None:
    x = np.load(run.features(COLOUR, "simple"))
    groups = deduplicated.open_groups(run, N)
    for reduction, dims in (("none", 0), ("pca", 16)):
        rows = rows_of(run, "split by groups", reduction, "hac").set_index("repeat")
        for one in deduplicated.subsets(LABELS, groups, 2, 7):
            if (one.measure, one.threshold, one.way) != ("thumbnails", 2.0, "split by groups"):
                continue
            assert one.repeat is not None
            seed = seed_of(7, "simple", reduction, dims, one.repeat)  # type: ignore[arg-type]
            kept = reduce(x[one.kept], reduction, dims, seed)  # type: ignore[arg-type]
            mean = x[one.kept].mean(axis=0)
            components = np.linalg.lstsq(x[one.kept] - mean, kept, rcond=None)[0] if dims else np.eye(D)
            others = (x[one.held_out] - mean) @ components if dims else x[one.held_out]
            labels = hac(kept, 6)
            order = max(itertools.permutations(range(6)), key=lambda order: sum(
                order[c] == t for c, t in zip(labels, LABELS[one.kept], strict=True)))
            means = [kept[labels == cluster].mean(axis=0) for cluster in range(6)]
            right = [order[int(np.argmin([np.linalg.norm(other - mean) for mean in means]))] == true
                     for other, true in zip(others, LABELS[one.held_out], strict=True)]
            assert rows.loc[one.repeat, "accuracy"] == pytest.approx(np.mean(right))


def test_t_sne_is_left_out_where_images_are_drawn_and_the_rest_is_all_there(run: Run) -> None:
    found = read(run, "accuracies.csv")
    ways = found.groupby("reduction")["way"].agg(set).to_dict()
    assert ways["none"] == ways["pca"] == set(settings.WAYS)
    assert ways["tsne"] == {"all", "one a group", "groups weighed"}
    assert set(found[found["way"] == "all"]["repeat"]) == {0, 1}
    assert list(found.columns[:len(deduplicated.KEYS)]) == deduplicated.KEYS


def test_stopped_it_resumes_to_the_same_bytes(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = settings.duplicates_folder(run)
    (folder / settings.DEDUPLICATED_JOURNAL).unlink()
    whole = (folder / settings.DEDUPLICATED_FILE).read_bytes()
    begun = conftest.interrupted_after(5, deduplicated, monkeypatch)
    with pytest.raises(KeyboardInterrupt):
        deduplicated.score(run, jobs=1)
    deduplicated.score(run, jobs=1)
    assert len(begun) == len(set(begun)) > 5
    assert (folder / settings.DEDUPLICATED_FILE).read_bytes() == whole


def test_table_and_figure_show_what_was_measured(run: Run) -> None:
    records_made.record(settings.duplicates_folder(run) / "accuracies.json", run, "duplicates")
    csv, markdown, _ = table.write(run, Origin()).files
    text = markdown.read_text()
    for title in table.TITLES.values():
        assert title in text
    means = pd.read_csv(csv, keep_default_na=False, na_values=[""])
    chosen = means[(means["way"] == "one a group") & (means["threshold"] == 2.0) & (means["reduction"] == "none")
                   & (means["clustering"] == "hac")].iloc[0]
    base = means[(means["way"] == "all") & (means["reduction"] == "none") & (means["clustering"] == "hac")].iloc[0]
    mine = rows_of(run, "one a group", "none", "hac")
    assert chosen["accuracy_percent"] == pytest.approx(100 * mine["accuracy"].mean())
    line = next(line for line in text.split(table.TITLES["one a group"])[1].splitlines()
                if line.startswith("| Simple") and "None" in line and "HAC" in line)
    assert f"{chosen['accuracy_percent'] - base['accuracy_percent']:+.1f}" in line
    assert len(figure.draw(run, Origin()).files) == 2


def test_without_what_was_measured_there_is_neither_table_nor_figure(tmp_path: Path) -> None:
    run = conftest.make_run(tmp_path)
    for draw in (table.write, figure.draw):
        with pytest.raises(UserError, match="run `python -m paper_repro run duplicates"):
            draw(run, Origin())
