"""Persistence of classes with the time between two looks, and the life time that follows.

Sums by block of time, that of a pair's first observation, are drawn as for shares; all intervals come from that.
Life time T: r(tau) = A exp(-tau / T) for the persistence r of `pairs`, by least squares over bins of tau weighted by
the sum below r. A is less than 1 where classification errs or patches only overlap. Where places are renewed at random
every T hours on average (a Poisson process), r is exp(-tau / T) exactly, of all classes and of each.
"""

from dataclasses import dataclass

import numpy as np

from paper_repro.evolution import pairs as pairing
from paper_repro.evolution.pairs import Climate, Pairs
from paper_repro.evolution.sightings import Floats, Integers, Sightings

LIVES = np.geomspace(1 / 16, 16, 513)  # life times tried, in parts of the longest time between two looks


@dataclass(frozen=True, eq=False)
class Terms:
    """Of P pairs and k classes [P, k]: upper and lower terms of r, and the share expected at the first patch."""

    upper: Floats
    lower: Floats
    share: Floats


def terms(seen: Sightings, known: Climate, pairs: Pairs) -> tuple[Pairs, Terms]:
    """The pairs whose expected shares are known, and their terms of r."""
    p, q = (pairing.expected(seen, known, pairs, of) for of in (pairs.i, pairs.j))
    sure = np.isfinite(p[:, 0]) & np.isfinite(q[:, 0])
    pairs, p, q = pairs.where(sure), p[sure], q[sure]
    classes = np.arange(len(seen.names))
    a, b = (seen.label[rows][:, None] == classes for rows in (pairs.i, pairs.j))
    return pairs, Terms((a - p) * (b - q), np.sqrt(p * (1 - p) * q * (1 - q)), p)


@dataclass(frozen=True, eq=False)
class ByLag:
    """Sums over pairs by block, bin of lag and class [m, bins, k]: upper, lower, share; and by block and bin: pairs.

    edges [bins + 1], lag [bins]: in hours; the mean of each bin's pairs, weighted by `lower`.
    """

    edges: Floats
    lag: Floats
    upper: Floats
    lower: Floats
    share: Floats
    pairs: Floats


def by_lag(seen: Sightings, pairs: Pairs, made: Terms, edges: Floats) -> ByLag:
    """The sums of pairs with lags within the edges."""
    bins = np.digitize(pairs.lag, edges, right=True) - 1  # a lag on an edge belongs to the bin that ends there
    inside = (bins >= 0) & (bins < len(edges) - 1)
    where, count = bins[inside], len(edges) - 1
    place = seen.block[pairs.i][inside] * count + where

    def summed(values: Floats) -> Floats:
        columns = [np.bincount(place, column, seen.blocks * count) for column in values[inside].T]
        return np.stack(columns, -1).astype(np.float64).reshape(seen.blocks, count, -1)

    weight = made.lower[inside].sum(axis=1)
    total = np.bincount(where, weight, count)
    lag = np.divide(np.bincount(where, weight * pairs.lag[inside], count), total, where=total > 0,
                    out=(edges[:-1] + edges[1:]) / 2)
    return ByLag(edges, lag, summed(made.upper), summed(made.lower), summed(made.share),
                 summed(np.ones((len(pairs), 1)))[..., 0])


def ratio(upper: Floats, lower: Floats) -> Floats:
    """Persistence r, NaN where there is nothing below."""
    return np.divide(upper, lower, out=np.full(np.shape(upper), np.nan), where=lower > 0)


def fit(lag: Floats, r: Floats, weight: Floats, most_h: float) -> tuple[Floats, Floats]:
    """Amplitude and life time in hours [...] of r [..., bins] at lags [bins], by least squares with weights.

    Life times from a sixteenth to sixteen times `most_h` are tried, the amplitude of each is known; a parabola through
    the three around the best refines it. Bins where r is NaN don't count.
    """
    lives = most_h * LIVES
    shape = np.exp(-lag / lives[:, None])
    weight, r = np.where(np.isfinite(r), weight, 0.0), np.where(np.isfinite(r), r, 0.0)
    cross, square = (weight * r) @ shape.T, weight @ (shape**2).T  # [..., lives]
    amplitude = np.divide(cross, square, out=np.zeros_like(cross), where=square > 0)
    gain = np.maximum(amplitude, 0) * cross  # what a curve takes off the sum of squares
    best, shift = peak(gain)
    found = np.take_along_axis(amplitude, best[..., None], -1)[..., 0]
    return found, lives[best] * np.exp(shift * np.log(LIVES[1] / LIVES[0]))


def peak(values: Floats) -> tuple[Integers, Floats]:
    """Index of the largest of values [..., n], and the shift from it (-1 to 1) of the parabola's top around it."""
    best = values.argmax(axis=-1)
    middle = best.clip(1, values.shape[-1] - 2)
    y0, y1, y2 = (np.take_along_axis(values, (middle + n)[..., None], -1)[..., 0] for n in (-1, 0, 1))
    curve = y0 - 2 * y1 + y2
    shift = np.divide(y0 - y2, 2 * curve, out=np.zeros_like(curve), where=(curve < 0) & (best == middle))
    return best, shift.clip(-1, 1)
