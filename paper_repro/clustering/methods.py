"""Ways to divide feature vectors into classes, all called alike: Ward's as in the paper, and those to compare it with.

Every parameter that a version of scikit-learn could change is written out, and all work is done with one thread, so
that a seed fixes the labels.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base.alike import first_alike
from paper_repro.base.errors import UserError
from paper_repro.clustering import cluster, scan, ward
from paper_repro.clustering.names import NOISE, Method

KMEANS_STARTS = 10
HDBSCAN_SETTINGS: dict[str, Any] = {
    "min_samples": None, "cluster_selection_epsilon": 0.0, "max_cluster_size": None, "metric": "euclidean",
    "alpha": 1.0, "algorithm": "auto", "leaf_size": 40, "cluster_selection_method": "eom",
    "allow_single_cluster": False, "store_centers": None,
}
SMALLEST_CLUSTER, SMALLEST_SHARE = 5, 0.01  # HDBSCAN's min_cluster_size: the larger of the two
GMM_SETTINGS: dict[str, Any] = {
    "covariance_type": "diag", "tol": 1e-3, "reg_covar": 1e-6, "max_iter": 200, "n_init": 3, "init_params": "kmeans",
}


def classes_of(x: NDArray[Any], method: Method, k: int, seed: int) -> NDArray[np.int64]:
    """Labels [N] of the rows of x [N, D]: 0 is the largest class, and so on; NOISE what HDBSCAN puts into none.

    k: the number of classes; SCAN may leave some empty, and HDBSCAN finds how many there are by itself. Identical rows
    have the same label. Raises UserError for fewer different rows than classes, or where HDBSCAN finds no cluster.
    """
    if method == "hac":
        return ward.cut(ward.linkage(x), k)
    if method == "kmeans":
        return ward.by_size(cluster.kmeans(x, k, seed, KMEANS_STARTS))
    if method == "scan":
        return ward.by_size(scan.scan(x, k, seed).labels)
    return gaussian_mixture(x, k, seed) if method == "gmm" else hdbscan(x)


def classes_or_noise(x: NDArray[Any], method: Method, k: int, seed: int) -> NDArray[np.int64]:
    """As `classes_of`, but all NOISE where HDBSCAN finds no cluster: of rows that others are only compared with."""
    try:
        return classes_of(x, method, k, seed)
    except UserError:
        if method != "hdbscan":
            raise
        return np.full(len(x), NOISE)


def gaussian_mixture(x: NDArray[Any], k: int, seed: int) -> NDArray[np.int64]:
    """The most probable of k normal distributions, each with its own variance along each feature (no covariances)."""
    from sklearn.mixture import GaussianMixture

    alike = first_alike(x)
    if (different := len(np.unique(alike))) < k:
        raise UserError(f"Clustering: expected at least as many different images as classes ({k}), found {different} "
                        f"among {len(x)}; add images, or choose another number of classes.")
    with threadpool_limits(limits=1):
        model = GaussianMixture(k, random_state=seed, warm_start=False, verbose=0, **GMM_SETTINGS)
        labels = np.asarray(model.fit_predict(np.asarray(x, np.float64)), np.int64)
    return ward.by_size(labels[alike])


def hdbscan(x: NDArray[Any]) -> NDArray[np.int64]:
    """Density-based clusters (Campello et al. 2013), as many as there are; NOISE in between. Draws nothing."""
    from sklearn.cluster import HDBSCAN

    smallest = max(SMALLEST_CLUSTER, round(SMALLEST_SHARE * len(x)))
    if len(x) <= smallest:
        raise UserError(f"HDBSCAN: expected more than {smallest} images, found {len(x)}; add images, or choose another "
                        "clustering.")
    with threadpool_limits(limits=1):
        model = HDBSCAN(min_cluster_size=smallest, n_jobs=1, copy=True, **HDBSCAN_SETTINGS)
        labels = np.asarray(model.fit_predict(np.asarray(x, np.float64)), np.int64)[first_alike(x)]
    if not (labels >= 0).any():
        raise UserError(f"HDBSCAN: expected a cluster of {smallest} or more images that is denser than its "
                        "surroundings, found none, all are noise; choose another clustering.")
    inside = labels >= 0
    labels[inside] = ward.by_size(labels[inside])
    return labels
