"""Clusterings beside Ward's: planted groups are found, noise is none of them and counts for nothing."""

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.mixture import GaussianMixture

from paper_repro.base.errors import UserError
from paper_repro.clustering import methods
from paper_repro.clustering.methods import classes_of
from paper_repro.clustering.names import METHODS, NOISE, Method
from paper_repro.clustering.score import accuracy_of_any
from paper_repro.clustering.stability import agreement

SIZES = (40, 30, 20)
TRUE = np.random.default_rng(1).permutation(np.repeat(range(3), SIZES))
X = (np.random.default_rng(2).normal(size=(90, 8)) + 12 * np.eye(3, 8)[TRUE]).astype(np.float32)


@pytest.mark.parametrize("method", METHODS)
def test_planted_groups_are_found_and_numbered_by_size(method: Method) -> None:
    found = classes_of(X, method, 3, seed=0)
    assert adjusted_rand_score(TRUE, found) > 0.9 if method == "scan" else found.tolist() == TRUE.tolist()
    assert (np.diff(np.bincount(found)) <= 0).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_same_seed_gives_the_same_labels_and_identical_rows_one_class(method: Method) -> None:
    x = np.concatenate([np.random.default_rng(3).normal(size=(60, 4)), np.zeros((6, 4))]).astype(np.float32)
    x[:30] += 20
    first = classes_of(x, method, 4, seed=5)
    assert first.tolist() == classes_of(x, method, 4, seed=5).tolist()
    assert len(set(first[60:])) == 1


def test_they_are_scikit_learns_with_the_settings_that_stand_here() -> None:
    x = np.random.default_rng(4).normal(size=(80, 5))
    means = KMeans(3, random_state=7, n_init=10).fit_predict(x)
    assert adjusted_rand_score(means, classes_of(x, "kmeans", 3, 7)) == 1
    mixture = GaussianMixture(3, covariance_type="diag", n_init=3, max_iter=200, random_state=7).fit_predict(x)
    assert adjusted_rand_score(mixture, classes_of(x, "gmm", 3, 7)) == 1
    x[:20] += 9
    dense = HDBSCAN(min_cluster_size=5, copy=True).fit_predict(x)
    found = classes_of(x, "hdbscan", 0, 7)
    assert ((dense == -1) == (found == NOISE)).all()
    assert adjusted_rand_score(dense, found) == 1


def test_what_lies_between_is_noise() -> None:
    x = np.concatenate([X, np.full((1, 8), 60.0), np.full((1, 8), -60.0)])
    found = classes_of(x, "hdbscan", 0, 0)
    assert found[:90].tolist() == TRUE.tolist()
    assert found[90:].tolist() == [NOISE, NOISE]


def test_noise_alone_and_too_few_images_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"expected more than 5 images, found 5; add images"):
        methods.hdbscan(X[:5])
    monkeypatch.setattr(methods, "SMALLEST_CLUSTER", 50)
    with pytest.raises(UserError, match=r"expected a cluster of 50 or more images .* found none, all are noise"):
        methods.hdbscan(X)
    with pytest.raises(UserError, match=r"expected at least as many different images as classes \(4\), found 1"):
        methods.gaussian_mixture(np.zeros((9, 3)), 4, 0)


def test_noise_is_never_right() -> None:
    """Literal: each way to match clusters to classes is tried, noise and clusters left over count as wrong."""
    true = np.array([0, 0, 0, 1, 1, 1, 2, 2])
    found = np.array([1, 1, NOISE, 0, 0, 2, NOISE, NOISE])
    assert accuracy_of_any(true, found, 3) == 4 / 8
    assert accuracy_of_any(true, np.full(8, NOISE), 3) == 0
    assert accuracy_of_any(true, true, 3) == 1
    # all in one cluster: noise in a class of its own would agree with itself
    noise = np.full(8, NOISE)
    assert adjusted_rand_score(np.zeros(8), noise) == 1
    assert agreement(np.zeros(8, np.int64), noise) == agreement(noise, noise) == 0
    assert agreement(true, found) == agreement(found, true) == pytest.approx(
        adjusted_rand_score(true, [1, 1, 3, 0, 0, 2, 4, 5]))
