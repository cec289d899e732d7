"""Ward's tree from vectors: the classes of the matrix of distances, of scikit-learn and of the definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from paper_repro.base.errors import UserError
from paper_repro.clustering import ward
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.ward import by_size, cut, linkage


def literal(x: NDArray[np.float64], k: int) -> list[frozenset[int]]:
    """Merge the two clusters that add least to the sum of squares, until k are left."""
    clusters = [frozenset([n]) for n in range(len(x))]

    def cost(pair: tuple[frozenset[int], frozenset[int]]) -> float:
        a, b = (x[sorted(cluster)] for cluster in pair)
        return len(a) * len(b) / (len(a) + len(b)) * float(((a.mean(axis=0) - b.mean(axis=0)) ** 2).sum())

    while len(clusters) > k:
        a, b = min(itertools.combinations(clusters, 2), key=cost)
        clusters = [cluster for cluster in clusters if cluster not in (a, b)] + [a | b]
    return clusters


def sets(labels: NDArray[np.int64]) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == c).tolist()) for c in set(labels.tolist())}


@pytest.mark.parametrize("seed", range(6))
def test_equals_the_definition(seed: int) -> None:
    x = np.random.default_rng(seed).normal(size=(24, 3))
    merges = linkage(x)
    for k in range(1, 25):
        assert sets(cut(merges, k)) == set(literal(x, k))


def test_equals_the_matrix_of_distances_at_5000() -> None:
    rng = np.random.default_rng(0)
    x = (rng.normal(size=(5000, 12)) + 2 * rng.normal(size=(7, 12))[rng.integers(7, size=5000)]).astype(np.float32)
    merges = linkage(x)
    for k in range(2, 11):
        assert adjusted_rand_score(hac(x.astype(np.float64), k), cut(merges, k)) == 1


def test_numbers_go_by_size_and_then_by_the_earliest_patch() -> None:
    assert by_size(np.array([5, 5, 2, 9, 2, 9, 9])).tolist() == [1, 1, 2, 0, 2, 0, 0]
    assert by_size(np.array([], np.int64)).tolist() == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 3), min_size=2, max_size=20))
def test_ties_still_give_exactly_k_nested_classes(values: list[int]) -> None:
    x = np.array(values, np.float64)[:, None]
    merges = linkage(x)
    before: set[frozenset[int]] = set()
    for k in range(1, len(set(values)) + 1):
        labels = cut(merges, k)
        found = sets(labels)
        assert len(found) == k
        assert all(any(one <= other for other in before) for one in found) or k == 1
        sizes = np.bincount(labels)
        assert (np.diff(sizes) <= 0).all()
        before = found


def test_the_features_given_stay_as_they_are() -> None:
    x = np.random.default_rng(1).normal(size=(30, 4))
    kept = x.copy()
    linkage(x)
    assert (x == kept).all()


def test_impossible_numbers_are_one_sentence() -> None:
    with pytest.raises(UserError, match="at least 2 images, found 1"):
        linkage(np.zeros((1, 3)))
    merges = linkage(np.arange(6.0).reshape(3, 2))
    for k in (0, 4):
        with pytest.raises(UserError, match=f"between 1 and 3 classes, at most one per different image, found {k}"):
            cut(merges, k)


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(1, 200), st.integers(0, 2**32 - 1))
def test_identical_images_are_in_one_class_and_count_once(count: int, copies: int, seed: int) -> None:
    """Whatever the float32 features: the centres of copies are computed without an error."""
    rng = np.random.default_rng(seed)
    of = np.concatenate([np.arange(count), rng.integers(count, size=copies)])
    x = (rng.normal(size=(count, 7)) * 10.0 ** rng.integers(-6, 6, size=(count, 7))).astype(np.float32)[of]
    merges = linkage(x)
    for k in range(1, count + 1):
        labels = cut(merges, k)
        assert len(np.unique(labels)) == k
        assert all(len(np.unique(labels[of == one])) == 1 for one in range(count))
    with pytest.raises(UserError, match=rf"between 1 and {count} classes, .* \(of {len(x)}, .* found {count + 1};"):
        cut(merges, count + 1)


def test_a_tree_that_takes_long_is_announced(monkeypatch: pytest.MonkeyPatch,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    x = np.random.default_rng(0).normal(size=(20, 3))
    before = linkage(x)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(ward, "TELL_ABOVE", 19)
    assert (linkage(x) == before).all()
    assert "Ward's tree of 20 images: some 1 min" in capsys.readouterr().err
