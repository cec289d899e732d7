"""Clustering of feature vectors into classes (Sect. 3.3): k-means, and hierarchical agglomerative with Ward's method.

As in `reduce`, every parameter is written out and all work is done with one thread, so that a seed fixes the bytes.
Of k-means only `n_init` is open for the paper's time (10 in scikit-learn 1.3, 1 since 1.4): the profile sets it.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base import limits
from paper_repro.base.alike import first_alike
from paper_repro.base.errors import UserError

KMEANS_SETTINGS: dict[str, Any] = {"init": "k-means++", "max_iter": 300, "tol": 1e-4, "algorithm": "lloyd"}
DISTANCE_BYTES = 4  # float64 of each pair of images, over their number squared
HAC_SETTINGS: dict[str, Any] = {
    "metric": "euclidean",
    "linkage": "ward",
    "connectivity": None,
    "compute_full_tree": "auto",
    "distance_threshold": None,
}


def kmeans(x: NDArray[Any], k: int, seed: int, n_init: int) -> NDArray[np.int64]:
    """Label each row of x [N, D] with one of `k` clusters by k-means (Sect. 3.3), best of `n_init` starts.

    Returns labels [N] in 0 ... k - 1, of identical rows the same. Raises UserError for fewer different rows than
    clusters.
    """
    from sklearn.cluster import KMeans

    alike = _alike(x, k)
    with threadpool_limits(limits=1):
        model = KMeans(n_clusters=k, random_state=seed, n_init=n_init, copy_x=True, verbose=0, **KMEANS_SETTINGS)
        return np.asarray(model.fit_predict(x), dtype=np.int64)[alike]


def hac(x: NDArray[Any], k: int) -> NDArray[np.int64]:
    """Label each row of x [N, D] with one of `k` clusters by Ward's agglomeration (Sect. 3.3; Ward 1963).

    Draws nothing: the same x gives the same labels [N] in 0 ... k - 1, and identical rows have the same. Raises
    UserError for fewer different rows than clusters, and where memory is too small for all distances.
    """
    from sklearn.cluster import AgglomerativeClustering

    alike = _alike(x, k)
    needed, free = DISTANCE_BYTES * len(x) ** 2, limits.free_bytes()
    if free is not None and needed > free:
        raise UserError(f"Clustering: the distances between {len(x)} images take {needed / 1e9:.1f} GB of memory, "
                        f"{free / 1e9:.1f} GB are free; name fewer images, or `classify` them, which keeps none.")
    with threadpool_limits(limits=1):
        model = AgglomerativeClustering(n_clusters=k, memory=None, compute_distances=False, **HAC_SETTINGS)
        return np.asarray(model.fit_predict(x), dtype=np.int64)[alike]


def _alike(x: NDArray[Any], k: int) -> NDArray[np.int64]:
    """For each row the first that equals it [N]. Raises UserError for fewer different ones than `k`."""
    alike = first_alike(x)
    if (different := len(np.unique(alike))) < k:
        raise UserError(f"Clustering: expected at least as many different images as clusters ({k}), found {different} "
                        f"among {len(x)}; add images, or merge classes.")
    return alike
