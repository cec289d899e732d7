"""Classes of new feature vectors by those of classified ones: the nearest centre, or the nearest members.

Distances are Euclidean, in float64, a batch of vectors at a time: memory doesn't grow with their number.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.clustering.names import Way

Array = NDArray[np.float64]
NEIGHBOURS = 5  # members of a class that are looked at: the nearest, or all of a smaller class
BATCH = 2048  # vectors at a time


@dataclass(frozen=True, eq=False)
class Known:
    """Classes to compare with: centres [K, D]; members [M, D], all or some of each class, and their classes [M]."""

    centres: Array
    members: Array
    classes: NDArray[np.int64]


def centres_of(x: NDArray[Any], labels: NDArray[np.int64]) -> Array:
    """Mean [K, D] of the rows of x [N, D] in each class; labels [N] in 0 ... K - 1, below 0 in none."""
    return np.stack([x[labels == c].mean(axis=0, dtype=np.float64) for c in range(labels.max() + 1)])


def spreads_of(x: NDArray[Any], labels: NDArray[np.int64]) -> Array:
    """Standard deviation [K, D] of each feature in each class, over N (ddof 0)."""
    return np.stack([x[labels == c].std(axis=0, dtype=np.float64) for c in range(labels.max() + 1)])


def chosen_members(labels: NDArray[np.int64], most: int, seed: int) -> NDArray[np.int64]:
    """Rows [M] of at most `most` members, in order: all of them, or as many of each class as its share (at least 1)."""
    rows = [np.flatnonzero(labels == c) for c in range(labels.max() + 1)]
    total, rng = sum(map(len, rows)), np.random.default_rng(seed)
    if total <= most:
        return np.sort(np.concatenate(rows))
    return np.sort(np.concatenate([rng.choice(each, max(1, len(each) * most // total), replace=False)
                                   for each in rows]))


def distances(x: NDArray[Any], known: Known, way: Way) -> Array:
    """Distance [N, K] of each row of x [N, D] to each class.

    "centre": to its centre; "neighbours": mean of those to its NEIGHBOURS nearest members.
    """
    found = np.empty((len(x), len(known.centres)))
    for rows, batch in _batches(x):
        if way == "centre":
            found[rows] = _between(batch, known.centres)
        else:
            far = _between(batch, known.members)
            found[rows] = np.stack([_nearest_mean(far[:, known.classes == c]) for c in range(len(known.centres))], 1)
    return found


def own_distances(x: NDArray[Any], labels: NDArray[np.int64], sources: NDArray[np.int64], known: Known,
                  members: NDArray[np.int64], way: Way) -> Array:
    """Distance [N] of each classified row to its own class without its source, as a row of another one would have it.

    labels: classes [N], below 0 none; sources: the observation [N] that a row is of, whose rows aren't independent;
    members: rows [M] that are `known.members`. NaN without a class, or where no other source is in it.
    """
    found = np.full(len(x), np.nan)
    if way == "neighbours":
        for c in range(labels.max() + 1):
            of_class, own = np.flatnonzero(labels == c), known.classes == c
            for part, _ in _batches(of_class):
                rows = of_class[part]
                far = _between(np.asarray(x[rows], np.float64), known.members[own])
                far[sources[rows][:, None] == sources[members][own]] = np.inf
                found[rows] = _nearest_mean(far)
        return found
    totals = {c: (x[labels == c].sum(axis=0, dtype=np.float64), int((labels == c).sum()))
              for c in range(labels.max() + 1)}
    for rows, c in _groups(labels, sources):
        values, (total, count) = np.asarray(x[rows], np.float64), totals[c]
        if count > len(rows):
            others = (total - values.sum(axis=0)) / (count - len(rows))
            found[rows] = np.linalg.norm(values - others, axis=1)
    return found


def nearest(far: Array) -> tuple[NDArray[np.int64], Array, Array]:
    """Of distances [N, K]: the nearest class [N], the distance to it, and how much farther the next class is.

    Of equally near ones the first. The margin is infinite where there is one class alone.
    """
    rows, classes = np.arange(len(far)), far.argmin(axis=1)
    own = far[rows, classes]
    others = far.copy()
    others[rows, classes] = np.inf
    return classes, own, others.min(axis=1) - own


def limits(own: Array, labels: NDArray[np.int64], level: float) -> Array:
    """Quantile [K] of the own distances of each class; that of all where a class has none, NaN where none has any."""
    values = [own[(labels == c) & ~np.isnan(own)] for c in range(labels.max() + 1)]
    every = np.concatenate(values)
    if not len(every):  # as where all rows are of one source
        return np.full(len(values), np.nan)
    return np.array([np.quantile(each if len(each) else every, level) for each in values])


def _between(x: Array, others: Array) -> Array:
    """Distances [N, M]; of equal rows 0 but for rounding."""
    with threadpool_limits(limits=1):
        square = (x**2).sum(axis=1)[:, None] + (others**2).sum(axis=1) - 2 * x @ others.T
    result: Array = np.sqrt(np.maximum(square, 0))
    return result


def _nearest_mean(far: Array) -> Array:
    """Mean [N] of the NEIGHBOURS smallest finite values of each row, or of all that there are; NaN for none."""
    count = min(NEIGHBOURS, far.shape[1])
    near = np.partition(far, count - 1, axis=1)[:, :count]
    finite = np.isfinite(near)
    number = finite.sum(axis=1)
    return np.divide(np.where(finite, near, 0).sum(axis=1), number, out=np.full(len(far), np.nan), where=number > 0)


def _groups(labels: NDArray[np.int64], sources: NDArray[np.int64]) -> Iterator[tuple[NDArray[np.int64], int]]:
    """The rows that are of one class and one source, and their class."""
    order = np.lexsort((sources, labels))
    order = order[labels[order] >= 0]
    new = np.flatnonzero((np.diff(labels[order]) != 0) | (np.diff(sources[order]) != 0)) + 1
    for rows in np.split(order, new):
        if len(rows):
            yield rows, int(labels[rows[0]])


def _batches(x: NDArray[Any]) -> Iterator[tuple[slice, Array]]:
    for start in range(0, len(x), BATCH):
        rows = slice(start, start + BATCH)
        yield rows, np.asarray(x[rows], np.float64)
