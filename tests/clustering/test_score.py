import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.clustering.score import accuracy_of_any, contingency, match, match_weighted

Labels = NDArray[np.int64]
PERMUTATIONS = [np.array(p) for p in itertools.permutations(range(6))]


def literal(true: Labels, predicted: Labels, permutation: Labels) -> tuple[float, float]:
    """Total and balanced accuracy under a permutation (class of each cluster), one image after the other."""
    right = [int(permutation[p]) == int(t) for t, p in zip(true, predicted, strict=True)]
    shares = []
    for k in range(len(permutation)):
        mine = [r for r, t in zip(right, true, strict=True) if t == k]
        shares.append(sum(mine) / len(mine))
    return sum(right) / len(right), sum(shares) / len(shares)


def all_permutations(true: Labels, predicted: Labels) -> tuple[float, float]:
    """Highest total accuracy over 720 permutations, and the highest balanced accuracy among those that reach it."""
    # counts correct / all first, so that ties are exact
    totals = np.array([(p[predicted] == true).sum() for p in PERMUTATIONS])
    best = [p for p, total in zip(PERMUTATIONS, totals, strict=True) if total == totals.max()]
    scores = [literal(true, predicted, p) for p in best]
    return max(s[0] for s in scores), max(s[1] for s in scores)


def labels(n: int = 40) -> st.SearchStrategy[tuple[Labels, Labels]]:
    """Six classes, each with a member, and any clusters."""
    true = st.lists(st.integers(0, 5), max_size=n).map(lambda tail: np.array([*range(6), *tail]))
    return true.flatmap(
        lambda t: st.tuples(st.just(t), st.lists(st.integers(0, 5), min_size=len(t), max_size=len(t)).map(np.array))
    )


@given(labels())
def test_matching_equals_brute_force_over_all_permutations(pair: tuple[Labels, Labels]) -> None:
    true, predicted = pair
    found = match(true, predicted, 6)
    total, balanced = all_permutations(true, predicted)
    assert found.accuracy == total
    assert found.balanced_accuracy == pytest.approx(balanced, abs=1e-12)
    assert (found.accuracy, found.balanced_accuracy) == pytest.approx(literal(true, predicted, found.permutation))


def weighted(true: Labels, predicted: Labels, weights: Labels, permutation: Labels) -> tuple[int, list[float]]:
    """Weight of what is right under a permutation, and by class (NaN where it has none), one image after the other."""
    right = [int(w) * (permutation[p] == t) for t, p, w in zip(true, predicted, weights, strict=True)]
    shares = []
    for k in range(len(permutation)):
        mine = [(r, int(w)) for r, t, w in zip(right, true, weights, strict=True) if t == k]
        weight = sum(w for _, w in mine)
        shares.append(sum(r for r, _ in mine) / weight if weight else np.nan)
    return sum(right), shares


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=20))
def test_weighted_matching_equals_brute_force_over_all_permutations(images: list[tuple[int, int, int]]) -> None:
    """Quarters as weights, so that sums and their ties are exact; a class may have no members."""
    true, predicted, quarters = np.array(images, dtype=np.int64).T
    every = [(*weighted(true, predicted, quarters, np.array(p)), p) for p in itertools.permutations(range(4))]
    highest = max(total for total, _, _ in every)
    balanced = max(np.nanmean(shares) for total, shares, _ in every if total == highest)
    permutation, accuracy, shares = match_weighted(true, predicted, quarters / 4, 4)
    assert accuracy == pytest.approx(highest / quarters.sum(), abs=1e-12)
    assert np.nanmean(shares) == pytest.approx(balanced, abs=1e-12)
    np.testing.assert_allclose(shares, weighted(true, predicted, quarters, permutation)[1], atol=1e-12)


def test_weights_come_before_shares_of_classes() -> None:
    """A class of a quarter that is right as a whole is worth less than half an image more of the other."""
    true, predicted, weights = np.array([0, 1, 1]), np.array([0, 0, 1]), np.array([0.25, 10.5, 9.75])
    assert match_weighted(true, predicted, weights, 2)[0].tolist() == [1, 0]


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 3)), min_size=1, max_size=20))
def test_any_number_of_clusters_equals_brute_force_over_all_matchings(images: list[tuple[int, int]]) -> None:
    """Each class takes a cluster of its own, of as many as there are or none; noise is never right."""
    true, found = np.array(images, dtype=np.int64).T
    best = max(sum(int(f >= 0 and clusters[t] == f) for t, f in images)
               for clusters in itertools.permutations([0, 1, 2, 3, None, None, None], 3))
    assert accuracy_of_any(true, found, 3) == best / len(images)


@pytest.mark.parametrize("seed", range(5))
def test_matching_equals_brute_force_on_a_large_noisy_classification(seed: int) -> None:
    rng = np.random.default_rng(seed)
    true = rng.permutation(np.repeat(np.arange(6), 350))
    predicted = np.where(rng.random(2100) < 0.6, rng.permutation(6)[true], rng.integers(0, 6, 2100))
    assert match(true, predicted, 6).accuracy == all_permutations(true, predicted)[0]


@pytest.mark.parametrize(
    "counts",
    [
        np.ones((6, 6), int),  # every permutation is as good
        np.eye(6, dtype=int)[::-1],
        np.eye(6, dtype=int) + 1 - np.eye(6, k=1, dtype=int),
        np.tile([7, 0, 0, 0, 0, 0], (6, 1)),  # one cluster only
        np.array([[3, 3, 0, 0, 0, 0], [3, 3, 0, 0, 0, 0], [0, 0, 5, 5, 0, 0], [0, 0, 5, 5, 0, 0],
                  [0, 0, 0, 0, 2, 2], [0, 0, 0, 0, 2, 2]]),  # blocks of ties
        # the greedy choice (10) forbids the best sum (9 + 9)
        np.array([[10, 9, 0, 0, 0, 0], [9, 0, 0, 0, 0, 0], [0, 0, 1, 0, 0, 0], [0, 0, 0, 1, 0, 0],
                  [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 1]]),
    ],
)
def test_matching_equals_brute_force_where_matchings_tie(counts: NDArray[np.int64]) -> None:
    true, predicted = expand(counts)
    found = match(true, predicted, 6)
    assert (found.accuracy, found.balanced_accuracy) == pytest.approx(all_permutations(true, predicted))


def expand(matrix: NDArray[np.int64]) -> tuple[Labels, Labels]:
    """Labels that have this contingency table."""
    true, predicted = np.indices(matrix.shape)
    return np.repeat(true.ravel(), matrix.ravel()), np.repeat(predicted.ravel(), matrix.ravel())


def test_of_equal_totals_the_better_balanced_matching_is_taken() -> None:
    # Cluster 0 holds two of the four members of class 0 and both of class 1: two are right either way.
    true, predicted = np.array([0, 0, 0, 0, 1, 1]), np.zeros(6, int)
    found = match(true, predicted, 2)
    assert found.permutation.tolist() == [0, 1]
    true, predicted = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 0, 0])
    # either 2 of class 0 + 0 of class 1, or 2 of class 0 + 2 of class 1
    assert match(true, predicted, 2).class_accuracies.tolist() == [0.5, 1.0]
    true, predicted = np.array([0, 0, 0, 0, 0, 1, 1, 2]), np.array([0, 0, 2, 2, 2, 0, 0, 1])
    # cluster 0 to class 0 or 1: two right each, but cluster 2 is free for class 0 only in the second
    assert match(true, predicted, 3).accuracy == 6 / 8


@pytest.mark.parametrize("table", [paper.TABLE3_COLOUR, paper.TABLE3_GRAY])
@pytest.mark.parametrize("shift", range(6))
def test_matrices_of_table_3_give_back_the_printed_accuracies(table: paper.Table3, shift: int) -> None:
    matrix = np.array(table.matrix)
    true, predicted = expand(matrix)
    found = match(true, (predicted + shift) % 6, 6)
    assert found.confusion.tolist() == matrix.tolist()
    assert f"{100 * found.accuracy:.1f}" == table.total
    # With equal classes the mean over classes is the same number.
    assert found.balanced_accuracy == pytest.approx(found.accuracy)
    assert tuple(f"{100 * share:.1f}" for share in found.class_accuracies) == table.class_accuracies


@given(labels(), st.permutations(range(6)))
def test_no_score_depends_on_how_clusters_are_numbered(pair: tuple[Labels, Labels], order: list[int]) -> None:
    true, predicted = pair
    one, other = match(true, predicted, 6), match(true, np.array(order)[predicted], 6)
    assert one.accuracy == other.accuracy
    assert one.balanced_accuracy == pytest.approx(other.balanced_accuracy, abs=1e-12)
    assert one.ari == pytest.approx(other.ari, abs=1e-12)


@given(labels(), st.permutations(range(6)))
def test_classes_in_another_order_permute_the_confusion(pair: tuple[Labels, Labels], order: list[int]) -> None:
    true, predicted = pair
    new = np.array(order)
    one, other = match(true, predicted, 6), match(new[true], predicted, 6)
    assert one.accuracy == other.accuracy
    assert one.confusion.sum(axis=1).tolist() == other.confusion.sum(axis=1)[new].tolist()


@given(labels(24))
def test_rand_index_equals_the_literal_count_of_pairs(pair: tuple[Labels, Labels]) -> None:
    true, predicted = pair
    both = same_true = same_predicted = pairs = 0
    for i, j in itertools.combinations(range(len(true)), 2):
        a, b = true[i] == true[j], predicted[i] == predicted[j]
        both, same_true, same_predicted, pairs = both + (a and b), same_true + a, same_predicted + b, pairs + 1
    expected = same_true * same_predicted / pairs
    highest = (same_true + same_predicted) / 2
    # All apart in both, or all together in both: the same partition.
    literal_ari = 1.0 if highest == expected else (both - expected) / (highest - expected)
    assert match(true, predicted, 6).ari == pytest.approx(literal_ari, abs=1e-12)


def test_fewer_clusters_than_classes_leave_classes_without_images() -> None:
    found = match(np.array([0, 0, 1, 1, 2]), np.array([1, 1, 0, 0, 0]), 3)
    assert found.class_accuracies.tolist() == [1.0, 1.0, 0.0]
    assert found.confusion.tolist() == [[2, 0, 0], [0, 2, 0], [0, 1, 0]]
    assert sorted(found.permutation.tolist()) == [0, 1, 2]


@pytest.mark.parametrize(
    ("true", "predicted", "word"),
    [
        ([0, 1, 2], [0, 1, 3], "predicted labels must be in 0 ... 2, found 0 ... 3"),
        ([0, 1, 3], [0, 1, 2], "true labels must be"),
        ([0, 1, -1], [0, 1, 2], "true labels must be"),
        ([0, 0, 2], [0, 1, 2], "class 1 has no members"),
        ([0, 1], [0, 1, 2], "two equal lengths"),
    ],
)
def test_labels_that_cannot_be_matched_are_refused(true: list[int], predicted: list[int], word: str) -> None:
    with pytest.raises(ValueError, match=word.replace(".", r"\.")):
        contingency(np.array(true), np.array(predicted), 3)


def test_a_single_class_is_matched_to_the_single_cluster() -> None:
    scores = match(np.zeros(3, int), np.zeros(3, int), 1)
    assert (scores.confusion.tolist(), scores.accuracy, scores.balanced_accuracy) == ([[3]], 1.0, 1.0)
