import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import sklearn.cluster
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_info, threadpool_limits

from paper_repro.base import limits
from paper_repro.base.errors import UserError
from paper_repro.clustering.cluster import hac, kmeans


def blobs(n: int, d: int, spread: float = 6.0, seed: int = 1) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (rng.normal(size=(n, d)) + spread * rng.normal(size=(4, d))[np.arange(n) % 4]).astype(np.float32)


def literal_ward(x: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """Merge the two clusters whose union raises the sum of squares least, until k are left (Ward 1963)."""
    clusters = [[i] for i in range(len(x))]
    points = x.astype(np.float64)

    def squares(members: list[int]) -> float:
        return float(((points[members] - points[members].mean(axis=0)) ** 2).sum())

    while len(clusters) > k:
        a, b = min(
            itertools.combinations(range(len(clusters)), 2),
            key=lambda p: squares(clusters[p[0]] + clusters[p[1]]) - squares(clusters[p[0]]) - squares(clusters[p[1]]),
        )
        clusters[a] += clusters.pop(b)
    labels = np.empty(len(x), dtype=np.int64)
    for index, members in enumerate(clusters):
        labels[members] = index
    return labels


@pytest.mark.parametrize("spread", [0.0, 1.0, 6.0])
def test_hac_equals_literal_agglomeration_by_wards_criterion(spread: float) -> None:
    x = blobs(32, 3, spread)
    assert adjusted_rand_score(literal_ward(x, 4), hac(x, 4)) == 1.0


def test_kmeans_ends_where_each_point_is_with_its_nearest_mean() -> None:
    x = blobs(200, 5, spread=1.0)
    labels = kmeans(x, 4, seed=3, n_init=1)
    means = np.array([x[labels == k].mean(axis=0) for k in range(4)])
    assert (np.linalg.norm(x[:, None] - means[None], axis=2).argmin(axis=1) == labels).mean() > 0.99


def test_more_starts_never_give_a_larger_sum_of_squares() -> None:
    x = blobs(150, 5, spread=0.0)

    def squares(n_init: int) -> float:
        labels = kmeans(x, 6, seed=0, n_init=n_init)
        return float(sum(((x[labels == k] - x[labels == k].mean(axis=0)) ** 2).sum() for k in range(6)))

    assert squares(20) < squares(1)


@pytest.mark.parametrize("seed", [1, 3])
def test_same_seed_same_labels_on_one_and_two_threads(seed: int) -> None:
    # One cloud without groups: sums split between two threads, were they allowed to, would move dozens of labels.
    x = np.random.default_rng(seed).normal(size=(8000, 8)).astype(np.float32)
    found = []
    for threads in (1, 2):
        with threadpool_limits(limits=threads):
            found.append((kmeans(x, 6, seed=seed, n_init=1), hac(x[:300], 6)))
    assert found[0][0].tobytes() == found[1][0].tobytes()
    assert found[0][1].tobytes() == found[1][1].tobytes()
    assert not np.array_equal(found[0][0], kmeans(x, 6, seed=seed + 1, n_init=1))


# All that scikit-learn 1.3, the paper's time, lets one set, with that release's defaults.
KMEANS_1_3 = {"init": "k-means++", "max_iter": 300, "tol": 0.0001, "verbose": 0, "copy_x": True, "algorithm": "lloyd"}
HAC_1_3 = {"metric": "euclidean", "memory": None, "connectivity": None, "compute_full_tree": "auto", "linkage": "ward",
           "distance_threshold": None, "compute_distances": False}  # fmt: skip


@pytest.mark.parametrize("name", ["KMeans", "AgglomerativeClustering"])
def test_parameters_are_the_papers_times_whatever_this_release_sets_and_one_thread_works(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asked: list[dict[str, Any]] = []
    threads: set[int] = set()

    def fit_predict(x: NDArray[np.float32]) -> list[float]:
        threads.update(pool["num_threads"] for pool in threadpool_info())
        return [0.0] * len(x)

    def model(**given: Any) -> SimpleNamespace:
        asked.append(given)
        return SimpleNamespace(fit_predict=fit_predict)

    monkeypatch.setattr(sklearn.cluster, name, model)
    with threadpool_limits(limits=2):
        labels = kmeans(blobs(8, 3), 4, 5, 7) if name == "KMeans" else hac(blobs(8, 3), 4)
    assert labels.dtype == np.int64
    assert threads == {1}
    if name == "KMeans":
        assert asked == [KMEANS_1_3 | {"n_clusters": 4, "random_state": 5, "n_init": 7}]
    else:
        assert asked == [HAC_1_3 | {"n_clusters": 4}]


def test_as_many_images_as_clusters_are_enough() -> None:
    x = blobs(4, 3)
    assert sorted(kmeans(x, 4, seed=0, n_init=1).tolist()) == sorted(hac(x, 4).tolist()) == [0, 1, 2, 3]


def test_labels_count_up_from_zero() -> None:
    for labels in (kmeans(blobs(40, 3), 4, seed=0, n_init=1), hac(blobs(40, 3), 4)):
        assert labels.dtype == np.int64
        assert set(labels.tolist()) == {0, 1, 2, 3}


def test_fewer_images_than_clusters_is_a_users_mistake() -> None:
    few = np.arange(10.0).reshape(5, 2)
    with pytest.raises(UserError, match=r"as many different images as clusters \(6\), found 5 among 5"):
        hac(few, 6)
    with pytest.raises(UserError, match="found 5 among 5"):
        kmeans(few, 6, seed=0, n_init=1)


def test_identical_images_count_once_and_are_in_one_cluster() -> None:
    rng = np.random.default_rng(4)
    for count in (2, 3, 7):
        of = np.concatenate([np.arange(count), rng.integers(count, size=30)])
        x = rng.normal(size=(count, 5)).astype(np.float32)[of]
        for k in range(1, count + 1):
            for labels in (hac(x, k), kmeans(x, k, seed=k, n_init=1)):
                assert len(np.unique(labels)) == k
                assert all(len(np.unique(labels[of == one])) == 1 for one in range(count))
        with pytest.raises(UserError, match=f"found {count} among {count + 30}"):
            hac(x, count + 1)
        with pytest.raises(UserError, match=f"found {count} among {count + 30}"):
            kmeans(x, count + 1, seed=0, n_init=1)


def test_distances_that_memory_has_no_room_for_are_a_users_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    x = blobs(100, 2)
    monkeypatch.setattr(limits, "free_bytes", lambda: 4 * 100**2)
    hac(x, 4)
    monkeypatch.setattr(limits, "free_bytes", lambda: 4 * 100**2 - 1)
    with pytest.raises(UserError, match="the distances between 100 images take "):
        hac(x, 4)
