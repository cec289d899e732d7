"""What tells, while an encoder is trained, whether it learns: measures of its embeddings, and signs of a collapse.

Embeddings are compared by direction alone, as NT-Xent does (Eq. 5): every measure but the classes' works on unit
vectors. They are arrays [N, D]: projections z of SimCLR, or the 512 features.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

BLOCK = 1024  # rows whose distances to all others are in memory at a time
NEAR_CHANCE = 0.01  # of ln(2N - 1)
COLLAPSED = 0.01  # spread, of 1


def unit(z: NDArray[Any]) -> NDArray[np.float64]:
    """The rows of z [N, D] scaled to length 1; a row of zeros stays."""
    z = np.asarray(z, dtype=np.float64)
    length = np.linalg.norm(z, axis=1, keepdims=True)
    scaled: NDArray[np.float64] = z / np.where(length > 0, length, 1)
    return scaled


def spread(z: NDArray[Any]) -> float:
    """How far the directions of z [N, D] spread: mean over dimensions of their standard deviation, times sqrt(D).

    1 for directions that are even over the sphere, 0 where all are the same: a collapse (Chen & He 2021, Sect. 4.1).
    """
    return float(unit(z).std(axis=0).mean() * math.sqrt(z.shape[1]))


def alignment(z: NDArray[Any]) -> float:
    """Mean squared distance of the two views of an image; z [2N, D] has rows a1 b1 a2 b2 ...: 0 (one point) to 4.

    Wang & Isola 2020, Sect. 4.1, with exponent 2.
    """
    scaled = unit(z)
    return float(np.square(scaled[::2] - scaled[1::2]).sum(axis=1).mean())


def uniformity(z: NDArray[Any]) -> float:
    """Logarithm of the mean over pairs of rows of exp(-2 x squared distance): 0 (one point) down to -4 or so.

    z [N, D], a row per image, at least 2. Wang & Isola 2020, Sect. 4.1, with t = 2. Memory goes with N, not with N^2.
    """
    scaled, total = unit(z), 0.0
    for start in range(0, len(scaled), BLOCK):
        block = scaled[start : start + BLOCK]
        squares = np.square(block).sum(axis=1)[:, None] + np.square(scaled).sum(axis=1) - 2 * block @ scaled.T
        potential = np.exp(-2 * np.maximum(squares, 0))
        potential[np.arange(len(block)), start + np.arange(len(block))] = 0  # each row with itself
        total += float(potential.sum())
    return math.log(total / (len(scaled) * (len(scaled) - 1)))


def knn_accuracy(z: NDArray[Any], labels: NDArray[np.int64], k: int) -> float:
    """Fraction of the rows of z [N, D] whose label [N] is the commonest among their k nearest other rows.

    Nearest by direction; of labels that are as common the smallest counts, as in scikit-learn. k is below N.
    """
    scaled = unit(z)
    with threadpool_limits(limits=1):
        nearest = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(scaled).kneighbors(return_distance=False)
    votes = (labels[nearest][:, :, None] == np.arange(labels.max() + 1)).sum(axis=1)
    return float((votes.argmax(axis=1) == labels).mean())


def ward_ari(z: NDArray[Any], labels: NDArray[np.int64]) -> float:
    """Adjusted Rand index of Ward's classes of z [N, D] with the labels [N], for as many classes as there are labels.

    On the vectors themselves, as the paper clusters them (Sect. 3.3).
    """
    with threadpool_limits(limits=1):
        classes = AgglomerativeClustering(n_clusters=len(np.unique(labels)), linkage="ward").fit_predict(z)
    return float(adjusted_rand_score(labels, classes))


def chance_loss(images: int) -> float:
    """NT-Xent (Eq. 5) of a batch of N images whose similarities are all equal: that of a guess, ln(2N - 1)."""
    return math.log(2 * images - 1)


def became_chance(losses: Sequence[float], guess: float) -> bool:
    """Whether the last two losses are within 1 % of that of a guess and the one before isn't (or there is none)."""
    near = [abs(loss - guess) <= NEAR_CHANCE * guess for loss in losses[-3:]]
    return near[-2:] == [True, True] and near != [True, True, True]


def collapsed(z: NDArray[Any]) -> bool:
    """Whether all rows of z [N, D] point nearly the same way; never where a value is not finite."""
    return bool(np.isfinite(z).all()) and spread(z) < COLLAPSED


def constant_images(images: NDArray[np.uint8]) -> int:
    """How many of the images [N, S, S] or [N, S, S, 3], which may be a map of a file, have one value throughout."""
    count = 0
    for start in range(0, len(images), BLOCK):
        block = np.asarray(images[start : start + BLOCK])
        count += int((block == block[:, :1, :1]).reshape(len(block), -1).all(axis=1).sum())
    return count
