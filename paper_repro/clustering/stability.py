"""How sure classes are: their silhouette, and whether they come back from other patches or another training."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score, silhouette_samples
from threadpoolctl import threadpool_limits

from paper_repro.base.errors import UserError
from paper_repro.clustering import ward
from paper_repro.clustering.names import NOISE

WORKING_MB = 256  # of the distances that the silhouette holds at a time
BATCH = 2048  # rows whose distances to a mean are taken at a time


def to_means(x: NDArray[Any], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance of each row of x [N, D] to the mean of its class, and margin: that to the nearest other mean, less it.

    Euclidean. labels [N]: any numbers, below 0 of none: both NaN. The margin is small on a border and below 0 beyond;
    NaN where there is one class only. Memory beside x is that of a distance to each class.
    """
    inside = np.flatnonzero(labels >= 0)
    classes, own = np.unique(labels[inside], return_inverse=True)
    means = np.stack([x[labels == c].mean(axis=0, dtype=np.float64) for c in classes])
    far = np.concatenate([np.stack([np.linalg.norm(x[rows] - mean, axis=1) for mean in means], axis=1)
                          for rows in np.array_split(inside, -(-len(inside) // BATCH))])
    rows, distance, margin = np.arange(len(inside)), np.full(len(x), np.nan), np.full(len(x), np.nan)
    distance[inside] = far[rows, own]
    far[rows, own] = np.inf
    if len(classes) > 1:
        margin[inside] = far.min(axis=1) - distance[inside]
    return distance, margin


def silhouettes(x: NDArray[Any], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Silhouette [N] of each row of x [N, D] in its class (Rousseeuw 1987): 1 inside, 0 on a border, below 0 beyond.

    In bounded memory. Raises UserError unless there are at least two classes, and fewer than rows.
    """
    k = len(np.unique(labels))
    if not 2 <= k < len(labels):
        raise UserError(f"Silhouette: expected between 2 and {len(labels) - 1} classes of {len(labels)} images, "
                        f"found {k}; choose another number of classes.")
    with threadpool_limits(limits=1), sklearn.config_context(working_memory=WORKING_MB):
        found: NDArray[np.float64] = silhouette_samples(x, labels, metric="euclidean").astype(np.float64)
    return found


def agreement(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Adjusted Rand index of two labellings [N] (Hubert & Arabie 1985): 1 the same classes, 0 what chance gives.

    Noise agrees with nothing: each row of it counts as a class of its own, and a labelling of noise alone as 0.
    """
    return float(adjusted_rand_score(_apart(a), _apart(b))) if (a >= 0).any() and (b >= 0).any() else 0.0


def _apart(labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """The labels [N] with each row of noise in a class of its own."""
    noise = np.flatnonzero(labels == NOISE)
    found = labels.copy()
    found[noise] = labels.max() + 1 + np.arange(len(noise))
    return found


@dataclass(frozen=True)
class Resample:
    """One bootstrap of a set: features .npy [N, D], seed of the draws, numbers of classes, classes of the full set.

    reference: labels [len(ks), N].
    """

    features: Path
    seed: int
    ks: tuple[int, ...]
    reference: NDArray[np.int64]


def resample(task: Resample) -> list[float]:
    """Agreement of the classes of N patches drawn with replacement with those of the full set, for each of `ks`.

    Ward's tree is made of all draws, so that one drawn twice weighs twice; each patch drawn is compared once.
    """
    features = np.load(task.features, mmap_mode="r", allow_pickle=False)
    drawn = np.sort(np.random.default_rng(task.seed).integers(len(features), size=len(features)))
    merges = ward.linkage(features[drawn])
    most = ward.different(merges)  # of few patches, so few may be drawn
    ids, first = np.unique(drawn, return_index=True)
    return [agreement(task.reference[row][ids], ward.cut(merges, min(k, most))[first]) for row, k in enumerate(task.ks)]
