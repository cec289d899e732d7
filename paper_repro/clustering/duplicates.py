"""Near-identical images: pairs that are close in one of the square's eight symmetries, and the groups they form."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from paper_repro.base.progress import Progress

CHUNK = 256  # images whose distances to all others are held at a time


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of `count` images, each once: i < j and their distance, all [P], nearest first."""

    count: int
    i: NDArray[np.int64]
    j: NDArray[np.int64]
    distance: NDArray[np.float64]


def directions(features: NDArray[Any]) -> NDArray[np.float64]:
    """Features [8, N, D] as rows whose distance squared is 1 - cosine; a row of zeros stays one."""
    values = features.astype(np.float64)
    lengths = np.linalg.norm(values, axis=2, keepdims=True)
    return np.divide(values, np.sqrt(2) * lengths, out=np.zeros_like(values), where=lengths > 0)


def pairs(rows: NDArray[np.float64], largest: float) -> Pairs:
    """The pairs of images whose distance is at most `largest`; rows: float64 [8, N, D], a row each symmetry and image.

    Distance: the smallest between one image as it is and the other in any symmetry.
    """
    plain, count = rows[0], rows.shape[1]
    squares = np.einsum("snd,snd->sn", rows, rows)
    found, progress = [], Progress("comparing images", count, "images", quiet=True)
    for start in range(0, count, CHUNK):
        stop = min(start + CHUNK, count)
        nearest = np.full((stop - start, count), np.inf)
        for turned, lengths in zip(rows, squares, strict=True):
            # either image may be the turned one, which features tell apart
            np.minimum(nearest, squares[0, start:stop, None] + lengths - 2 * plain[start:stop] @ turned.T, out=nearest)
            np.minimum(nearest, lengths[start:stop, None] + squares[0] - 2 * turned[start:stop] @ plain.T, out=nearest)
        distance = np.sqrt(np.maximum(nearest, 0))
        i, j = np.nonzero(distance <= largest)
        later = i + start < j
        found.append((i[later] + start, j[later], distance[i[later], j[later]]))
        progress.step(stop - start)
    i, j, distance = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((j, i, distance))
    return Pairs(count, i[order], j[order], distance[order])


def groups(near: Pairs, threshold: float) -> NDArray[np.int64]:
    """Group of each image [N]: two are in one if a chain of pairs at most `threshold` apart joins them.

    Groups are numbered by their first image; an image without a near one is a group of its own.
    """
    close = near.distance <= threshold
    graph = coo_array((np.ones(int(close.sum())), (near.i[close], near.j[close])), shape=(near.count, near.count))
    labels = connected_components(graph, directed=False)[1]
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    numbered: NDArray[np.int64] = np.argsort(np.argsort(first))[inverse].astype(np.int64)
    return numbered
