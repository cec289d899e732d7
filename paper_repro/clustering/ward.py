"""Ward's agglomeration (Ward 1963; Sect. 3.3) of as many patches as a set of Venus has.

The library keeps the vectors of the clusters, not the distances between all patches: memory goes with N, not with N^2
(for 50,000 patches the matrix of distances alone takes 10 GB). The classes are those of `cluster.hac`; one tree gives
those of every number of classes.
"""

from typing import Any

import fastcluster
import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base.errors import UserError
from paper_repro.base.progress import announce

TELL_ABOVE, PAIR_S = 10_000, 8.4e-7  # images whose tree is announced; seconds it takes over their number squared


def linkage(x: NDArray[Any]) -> NDArray[np.float64]:
    """Ward's tree of the rows of x [N, D]: float64 [N - 1, 4], in scipy's linkage format, merges in their order.

    Memory is that of x in float64. Raises UserError for fewer than two rows.
    """
    if len(x) < 2:
        raise UserError(f"Clustering: expected at least 2 images, found {len(x)}; add images.")
    if len(x) > TELL_ABOVE:
        announce(f"Ward's tree of {len(x)} images", len(x) ** 2 * PAIR_S,
                 "; to take less, classify a sample and `assign` the rest to its classes")
    with threadpool_limits(limits=1):
        merges: NDArray[np.float64] = fastcluster.linkage_vector(np.array(x, np.float64), method="ward")
    return merges


def different(merges: NDArray[np.float64]) -> int:
    """How many different rows the tree is of. Centres of identical float32 rows are exact, so their merges are too."""
    return 1 + int(np.count_nonzero(merges[:, 2]))


def cut(merges: NDArray[np.float64], k: int) -> NDArray[np.int64]:
    """Labels [N] of the k classes that are left when the tree's last k - 1 merges are undone, numbered by `by_size`.

    Exactly k, also where merges have the same height; identical rows, which merge at height 0, are always in one class.
    Raises UserError for a k that the tree can't give.
    """
    n, most = len(merges) + 1, different(merges)
    if not 1 <= k <= most:
        alike = "" if most == n else f" (of {n}, the others are like one of them)"
        raise UserError(f"Clustering: expected between 1 and {most} classes, at most one per different image{alike}, "
                        f"found {k}; choose another number of classes.")
    # the cluster that each node went into, followed from the last kept merge down
    root = np.arange(2 * n - k)
    for node in range(2 * n - k - 1, n - 1, -1):
        for child in merges[node - n, :2].astype(np.int64):
            root[child] = root[node]
    return by_size(root[:n])


def by_size(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same classes [N], numbered 0, 1, ... from the largest on; of equal ones the one of an earlier patch first."""
    _, first, inverse, counts = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -counts))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    numbered: NDArray[np.int64] = rank[inverse.reshape(-1)]
    return numbered
