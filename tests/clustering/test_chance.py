import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import random_table

from paper_repro.clustering import chance
from paper_repro.clustering.chance import DRAWS, expected
from paper_repro.clustering.score import match

Labels = NDArray[np.int64]


def table(members: list[int], sizes: list[int]) -> NDArray[np.int64]:
    """Any contingency table with these sizes of classes and clusters."""
    true, predicted = np.repeat(np.arange(len(members)), members), np.repeat(np.arange(len(sizes)), sizes)
    counts = np.zeros((len(members), len(sizes)), np.int64)
    np.add.at(counts, (true, predicted), 1)
    return counts


def every_order(members: list[int], sizes: list[int]) -> tuple[float, float, float]:
    """Mean accuracy, balanced accuracy, and standard deviation of the accuracy, over every order of the labels."""
    true = np.repeat(np.arange(len(members)), members)
    predicted = [cluster for cluster, size in enumerate(sizes) for _ in range(size)]
    scores = [match(true, np.array(order), len(members)) for order in itertools.permutations(predicted)]
    accuracies = [score.accuracy for score in scores]
    return (float(np.mean(accuracies)), float(np.mean([score.balanced_accuracy for score in scores])),
            float(np.std(accuracies)))


@pytest.mark.parametrize(("members", "sizes"), [
    ([2, 2], [2, 2]), ([3, 4], [1, 6]), ([3, 3, 1], [2, 2, 3]), ([2, 2, 2], [4, 2, 0]), ([1, 5], [3, 3]),
])
def test_it_is_the_mean_over_every_order_of_the_labels(members: list[int], sizes: list[int]) -> None:
    found, (accuracy, balanced, deviation) = expected(table(members, sizes)), every_order(members, sizes)
    assert found.error == pytest.approx(deviation / np.sqrt(DRAWS), rel=0.2, abs=1e-12)
    assert found.accuracy == pytest.approx(accuracy, abs=4 * deviation / np.sqrt(DRAWS) + 1e-12)
    assert found.balanced_accuracy == pytest.approx(balanced, abs=0.03)


def test_of_many_images_it_is_what_shuffled_labels_score() -> None:
    rng, members, sizes = np.random.default_rng(5), [40, 9, 30], [20, 20, 39]
    true, predicted = np.repeat(np.arange(3), members), np.repeat(np.arange(3), sizes)
    scores = [match(true, rng.permutation(predicted), 3) for _ in range(1000)]
    found, accuracies = expected(table(members, sizes)), [score.accuracy for score in scores]
    assert found.accuracy == pytest.approx(np.mean(accuracies), abs=4 * np.sqrt(2) * found.error)
    balanced = [score.balanced_accuracy for score in scores]
    assert found.balanced_accuracy == pytest.approx(np.mean(balanced), abs=float(6 * np.std(balanced) / np.sqrt(1000)))
    assert found.highest == pytest.approx(max(accuracies), abs=float(2 * np.std(accuracies)))


def test_one_cluster_of_everything_scores_the_largest_class_and_nothing_varies() -> None:
    found = expected(table([5, 3, 2], [10, 0, 0]))
    assert found.accuracy == pytest.approx(0.5)
    assert found.error == pytest.approx(0, abs=1e-12)
    assert found.highest == pytest.approx(0.5)


def test_neither_numbering_nor_another_call_makes_a_difference() -> None:
    one = expected(table([5, 3, 2], [4, 5, 1]))
    assert expected(table([2, 5, 3], [1, 4, 5])) == one == expected(table([5, 3, 2], [4, 5, 1]))


def test_small_sets_are_flattered_more() -> None:
    small, large = (expected(table([n] * 6, [n] * 6)).accuracy for n in (5, 350))
    assert 1 / 6 < large < 0.2
    assert 0.35 < small < 0.45


def test_of_many_classes_only_a_part_of_the_tables_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    counts, held = table([5, 6, 7, 8], [6, 6, 7, 7]), list[int]()

    def drawn(*sizes: Any, size: int, random_state: np.random.Generator) -> NDArray[np.int64]:
        held.append(size)
        return random_table.rvs(*sizes, size=size, random_state=random_state)

    whole = expected(counts)
    chance._expected.cache_clear()
    monkeypatch.setattr(chance, "MOST_CELLS", 16 * 300)
    monkeypatch.setattr(chance, "random_table", SimpleNamespace(rvs=drawn))
    parts = expected(counts)
    chance._expected.cache_clear()
    assert held == [300, 300, 300, 100]
    assert parts.accuracy == pytest.approx(whole.accuracy, abs=4 * np.sqrt(2) * whole.error)
    assert parts.error == pytest.approx(whole.error, rel=0.2)
