"""Which rows of features are most alike, and how odd each one is in its class."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

BATCH = 1024  # rows whose neighbours are looked for at a time
DIGITS = 6  # to which distances count as different: last bits hang on how a processor adds


def most_similar(x: NDArray[Any], count: int = 8) -> NDArray[np.int64]:
    """The `count` rows of x [N, D] nearest to each by Euclidean distance, nearest first: [N, min(count, N - 1)].

    A row isn't among its own; of equally near ones, those with the lower number come first.
    """
    count = min(count, len(x) - 1)
    if count < 1:
        return np.empty((len(x), 0), np.int64)
    wide = min(count + 2, len(x))  # itself, and one more so that a tie at the end is seen
    found = np.empty((len(x), count), np.int64)
    with threadpool_limits(limits=1):
        finder = NearestNeighbors(n_neighbors=wide, algorithm="brute", metric="euclidean").fit(x)
        for start in range(0, len(x), BATCH):
            far, rows = finder.kneighbors(x[start:start + BATCH])
            itself = rows == np.arange(start, start + len(rows))[:, None]
            order = np.lexsort((rows, np.round(far, DIGITS), itself), axis=1)  # itself last of all
            found[start:start + len(rows)] = np.take_along_axis(rows, order, axis=1)[:, :count]
    return found


def oddness(x: NDArray[Any], labels: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance of each row of x [N, D] to the mean of its class, and margin: that to the nearest other mean, less it.

    The margin is small on a border and below 0 beyond; NaN where there is one class only.
    """
    numbers, own = np.unique(labels, return_inverse=True)
    means = np.array([x[own == c].mean(axis=0, dtype=np.float64) for c in range(len(numbers))])
    distances = np.concatenate([np.stack([np.linalg.norm(x[start:start + BATCH] - mean, axis=1) for mean in means], 1)
                                for start in range(0, len(x), BATCH)])
    rows = np.arange(len(x))
    distance = distances[rows, own]
    distances[rows, own] = np.inf
    nearest = distances.min(axis=1)
    return distance, np.where(np.isfinite(nearest), nearest, np.nan) - distance
