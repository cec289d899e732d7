"""Which rows of features are most alike."""

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
