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

WORKING_MB = 256  # of the distances that the silhouette holds at a time


def centre_distances(x: NDArray[Any], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Euclidean distance of each row of x [N, D] to the mean of its class; labels [N], below 0 of none: NaN."""
    k = int(labels.max()) + 1
    means = np.stack([x[labels == c].mean(axis=0, dtype=np.float64) for c in range(k)])
    found: NDArray[np.float64] = np.linalg.norm(x - means[labels], axis=1)
    found[labels < 0] = np.nan
    return found


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
    """Adjusted Rand index of two labellings [N] (Hubert & Arabie 1985): 1 the same classes, 0 what chance gives."""
    return float(adjusted_rand_score(a, b))


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
