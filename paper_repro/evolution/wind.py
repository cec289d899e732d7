"""The zonal wind at which classes persist most: the speed at which the same clouds are found again.

Of all pairs of patches up to a time apart, each at each wind u with the weight k = (1 - h / h0)+ (h: haversine of the
distance between the moved patch and the other, h0: that of `near_km`), sum in bins b of the lag tau the upper and lower
terms of persistence (`pairs`): X_b(u) = sum k x, Y_b(u) = sum k y. The wind is that of the largest
  S(u) = sum_b exp(-tau_b / tau0) Y_b X_b(u) / max(Y_b(u), 0.6 Y_b)
with Y_b the mean of Y_b(u) over the winds and tau0 half of the longest lag: a mean of persistence over the lags whose
weights are the same for all winds (a plain mean would favour winds at which short lags happen to be common, and least
squares those at which pairs are), less where a wind has few pairs of a lag. It is refined by a parabola through the
three around it. Pairs so close in time that any wind of the range fits them are left out. Winds are tried in steps of
half of what the longest lag tells apart, the last of them up to half a step beyond the range.
Interval: the same of 500 draws of blocks of time. The best of many winds looks good by chance too: its S must be as
many standard deviations of the draws above 0 as Student's t with blocks - 1 degrees of freedom has for `CHANCE` divided
by the number of winds (Bonferroni).
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from paper_repro.evolution import pairs as pairing
from paper_repro.evolution.pairs import Climate, Shape
from paper_repro.evolution.persistence import peak, ratio, terms
from paper_repro.evolution.shares import LEVEL, drawn
from paper_repro.evolution.sightings import Floats, Sightings

DRAWS = 500
BINS = 24  # of lag
TAU0, LEAST_PART = 0.5, 0.6  # in parts of the longest lag, and of the mean number of pairs
LEAST_PAIRS, LEAST_BLOCKS = 100, 5
LEAST_WINDS = 3  # that the best is looked for among: a parabola goes through so many
CHANCE = 0.0227  # that a wind is found where none is: two standard deviations


def counted(number: int, noun: str) -> str:
    """`1 pair`, `2 pairs`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def again(pairs: int, most_h: float) -> str:
    """What persistence rests on, for sentences."""
    return (f"{counted(pairs, 'pair')} of the same place seen again within {most_h:g} h where other blocks of time "
            "tell what to expect")


@dataclass(frozen=True, eq=False)
class Wind:
    """The best wind in m/s at the equator, westward, with its interval; NaN where `refused` says why.

    low, high: NaN too where the interval reaches the first or the last wind tried, so that its end isn't known.
    tried, fit, r, pairs_at [n]: winds; S as a part of the largest; r and number of the pairs that overlap at each.
    pairs, blocks: at the best one.
    """

    value: float
    low: float
    high: float
    pairs: int
    blocks: int
    refused: str
    tried: Floats
    fit: Floats
    r: Floats
    pairs_at: Floats


def fit(seen: Sightings, known: Climate, near_km: float, most_h: float, winds: tuple[float, float], shape: Shape,
        seed: int = 0) -> Wind:
    """Find the wind in a range of m/s from pairs up to `most_h` hours apart."""
    step = float(np.clip(near_km / 3.6 / most_h, 0.25, 4.0))  # half of what the longest lag tells apart
    tried = np.arange(winds[0], winds[1] + step / 2, step)
    if len(tried) < LEAST_WINDS:
        return _too_narrow(winds, tried, step)
    sums = overlaps(seen, known, near_km, most_h, tried, shape, seed)
    total = sums.sum(axis=0)
    upper, lower, count = np.moveaxis(total.sum(axis=1), -1, 0)
    blocks_at = (sums[..., 2].sum(axis=2) > 0).sum(axis=0)
    enough = count >= LEAST_PAIRS
    signal = np.where(enough, score(total), -np.inf)
    best, shift = peak(np.where(np.isfinite(signal), signal, min(0.0, signal[enough].min(initial=0.0)) - 1))
    if not enough.any():
        best = count.argmax()
    pairs, blocks = int(count[best]), int(blocks_at[best])
    draws = np.where(enough, score(drawn(sums[..., :2], DRAWS, seed)), -1e9) if seen.blocks > 1 else \
        np.zeros((1, len(tried)))
    deviations = float(signal[best] / max(draws[:, best].std(), 1e-12))
    refused = _refusal(tried, pairs, blocks, int(best), deviations, most_h)
    shown = np.where(enough, signal / max(float(signal[best]), 1e-12), np.nan) if enough.any() else \
        np.full(len(tried), np.nan)
    value = low = high = np.nan
    if not refused:
        number, beside = peak(draws)
        value = float(tried[best] + shift * step)
        low, high = np.quantile(tried[number] + beside * step, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        low, high = low if low > tried[0] else np.nan, high if high < tried[-1] else np.nan
    return Wind(value, float(low), float(high), pairs, blocks, refused, tried, shown, ratio(upper, lower), count)


def _too_narrow(winds: tuple[float, float], tried: Floats, step: float) -> Wind:
    """What is said of a range that holds fewer than `LEAST_WINDS` winds."""
    why = (f"too narrow a range to find the wind: {winds[0]:g} to {winds[1]:g} m/s, {counted(len(tried), 'wind')} in "
           f"steps of {step:.3g} m/s; {LEAST_WINDS} are needed; widen the range in the profile.")
    none = np.full(len(tried), np.nan)
    return Wind(np.nan, np.nan, np.nan, 0, 0, why, tried, none, none, np.zeros(len(tried)))


def overlaps(seen: Sightings, known: Climate, near_km: float, most_h: float, tried: Floats, shape: Shape, seed: int
             ) -> Floats:
    """Sums [blocks, winds, bins of lag, 3] over pairs of k x, k y and their number."""
    pairs = pairing.candidates(seen, near_km, most_h, (tried[0], tried[-1]), shape, seed)
    pairs, made = terms(seen, known, pairs)
    step = tried[1] - tried[0]
    per_wind = pairing.rate(seen.latitude[pairs.i], 1.0, shape) * pairs.lag
    middle = pairs.west / per_wind
    half = pairing.width(seen.latitude[pairs.i], seen.latitude[pairs.j], near_km) / per_wind
    low = np.ceil((middle - half - tried[0]) / step).clip(0).astype(np.int64)
    high = np.floor((middle + half - tried[0]) / step).clip(max=len(tried) - 1).astype(np.int64)
    times = np.where(2 * half < tried[-1] - tried[0], np.maximum(0, high - low + 1), 0)
    which = np.repeat(np.arange(len(pairs)), times)  # each pair once for each wind that may fit
    number = np.arange(len(which)) - np.repeat(times.cumsum() - times, times) + np.repeat(low, times)
    h = pairing.haversine(seen, pairs.where(which), tried[number], shape)
    k = np.maximum(0, 1 - h / pairing.reach(near_km))
    bins = np.minimum(pairs.lag[which] / most_h * BINS, BINS - 1).astype(np.int64)
    place = (seen.block[pairs.i[which]] * len(tried) + number) * BINS + bins
    x, y = made.upper.sum(axis=1)[which], made.lower.sum(axis=1)[which]
    size = seen.blocks, len(tried), BINS
    return np.stack([np.bincount(place, values, np.prod(size)).reshape(size)
                     for values in (k * x, k * y, k > 0)], axis=-1)


def score(sums: Floats) -> Floats:
    """S [..., winds] of sums [..., winds, bins, (k x, k y)]."""
    weight = np.exp(-(np.arange(BINS) + 0.5) / BINS / TAU0)
    upper, lower = sums[..., 0], sums[..., 1]
    mean = lower.mean(axis=-2, keepdims=True)
    found: Floats = (weight * mean * np.nan_to_num(ratio(upper, np.maximum(lower, LEAST_PART * mean)))).sum(axis=-1)
    return found


def _refusal(tried: Floats, pairs: int, blocks: int, best: int, deviations: float, most_h: float) -> str:
    """Why there is no wind, or ""."""
    if pairs < LEAST_PAIRS:
        return f"too few to find the wind: {again(pairs, most_h)}; {LEAST_PAIRS} are needed."
    if blocks < LEAST_BLOCKS:
        return (f"too few to find the wind with an error: {again(pairs, most_h)}, in {counted(blocks, 'block')} of "
                f"time; {LEAST_BLOCKS} blocks are needed.")
    if deviations < student_t.isf(CHANCE / len(tried), blocks - 1):
        return (f"no wind from {tried[0]:g} to {tried[-1]:g} m/s makes classes persist beyond what latitude and local "
                f"time let expect ({counted(pairs, 'pair')} at the best).")
    if best in (0, len(tried) - 1):
        return (f"persistence is largest at the end of the winds tried ({tried[best]:g} m/s, "
                f"{counted(pairs, 'pair')}); widen the range in the profile.")
    return ""
