"""Dimensionality reduction between encoder and clustering (Sect. 3.3): t-SNE, PCA or none.

Every parameter that a version of scikit-learn could change is written out. The paper says "default values" (Sect. 3.3);
of its time are those of scikit-learn 1.3: t-SNE with init "pca" and learning rate "auto" (before 1.2: "random", 200),
and PCA's choice of solver in `pca_solver` (since 1.5 tall matrices would go through the covariance matrix instead).

All work is done with one thread: sums are split among threads, so their number would show in the last bits, which
t-SNE then makes large; and many reductions at once, one a core, are faster than one on all cores.
"""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base.progress import announce
from paper_repro.paper import Reduction

TSNE_SETTINGS: dict[str, Any] = {
    "perplexity": 30.0,
    "early_exaggeration": 12.0,
    "learning_rate": "auto",
    "max_iter": 1000,
    "n_iter_without_progress": 300,
    "min_grad_norm": 1e-7,
    "metric": "euclidean",
    "metric_params": None,
    "init": "pca",
    "method": "barnes_hut",
    "angle": 0.5,
}
TELL_ABOVE, TSNE_S = 3000, 0.011  # images, above which t-SNE is announced; seconds it takes for one of 12,000, about
PCA_SETTINGS: dict[str, Any] = {
    "whiten": False,
    "tol": 0.0,
    "iterated_power": "auto",
    "n_oversamples": 10,
    "power_iteration_normalizer": "auto",
}


def pca_solver(n: int, d: int, dims: int) -> Literal["full", "randomized"]:
    """The solver that scikit-learn's "auto" took in the paper's time, for n x d values and `dims` components.

    The randomised one (Halko et al. 2011) draws from the seed: the spread of the paper's PCA + HAC rows.
    """
    return "full" if max(n, d) <= 500 or dims >= 0.8 * min(n, d) else "randomized"


def is_random(n: int, d: int, method: Reduction, dims: int) -> bool:
    """Whether the reduction of n x d values depends on the seed; if not, one result serves all repeats."""
    return method == "tsne" or (method == "pca" and pca_solver(n, d, dims) == "randomized")


def can_reduce(n: int, d: int, method: Reduction, dims: int) -> str | None:
    """Why n images with d features can't be reduced to `dims` dimensions by `method`; None where they can."""
    if method == "tsne" and n <= TSNE_SETTINGS["perplexity"]:
        return f"t-SNE with perplexity {TSNE_SETTINGS['perplexity']:g} needs more than that many images, there are {n}"
    if method != "none" and dims > n:
        return f"{dims} components need at least {dims} images, there are {n}"
    if method != "none" and dims > d:
        return f"{dims} components need at least {dims} features, there are {d}"
    return None


def reduce(features: NDArray[Any], method: Reduction, dims: int, seed: int) -> NDArray[Any]:
    """Reduce features [N, D] to [N, dims] in their own precision; "none" gives them back as they are (Sect. 3.3).

    Same seed, same bytes, on any number of threads. Also makes the two dimensions of Figs 12 and 13.
    Raises ValueError where `can_reduce` gives a reason.
    """
    n, d = features.shape
    reason = can_reduce(n, d, method, dims)
    if reason:
        raise ValueError(reason)
    if method == "none":
        return features
    with threadpool_limits(limits=1):
        if method == "tsne":
            from sklearn.manifold import TSNE

            if n > TELL_ABOVE:
                announce(f"t-SNE of {n} images", n * TSNE_S)
            tsne = TSNE(n_components=dims, random_state=seed, n_jobs=1, verbose=0, **TSNE_SETTINGS)
            return np.ascontiguousarray(tsne.fit_transform(features))
        return np.ascontiguousarray(_pca(n, d, dims, seed).fit_transform(features))


def reduce_both(features: NDArray[Any], others: NDArray[Any], dims: int, seed: int
                ) -> tuple[NDArray[Any], NDArray[Any]]:
    """Reduce features [N, D] by PCA, and `others` [M, D] with the same components: [N, dims] and [M, dims]."""
    with threadpool_limits(limits=1):
        pca = _pca(len(features), features.shape[1], dims, seed)
        reduced = pca.fit_transform(features)
        return np.ascontiguousarray(reduced), np.ascontiguousarray(pca.transform(others))


def _pca(n: int, d: int, dims: int, seed: int) -> Any:
    from sklearn.decomposition import PCA

    return PCA(n_components=dims, svd_solver=pca_solver(n, d, dims), random_state=seed, copy=True, **PCA_SETTINGS)
