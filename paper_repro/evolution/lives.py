"""Formation, life time and decay of the regions of each class, and transitions between classes.

A place is of class c or not. If it changes with a constant chance an hour, f from not to c and d from c to not (a chain
of two states in continuous time, e.g. Cox & Miller 1965, Sect. 4.5), its share is p = f / (f + d) and the persistence
of c decays as exp(-(f + d) tau). So from the life time T of r_c and the share p: formation f = p / T, decay d =
(1 - p) / T, and a region of class c stays 1 / d = T / (1 - p) hours on average. A region is what one patch shows.
Transitions: of the pairs up to `step_h` apart the counts N_cd of first c, then d, beside those expected if classes were
drawn from the climatology anew, E_cd = sum p_c(i) p_d(j).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from paper_repro.evolution import pairs as pairing
from paper_repro.evolution.pairs import Climate, Pairs
from paper_repro.evolution.persistence import LIVES, ByLag, fit, ratio
from paper_repro.evolution.shares import LEVEL, drawn
from paper_repro.evolution.sightings import Floats, Sightings
from paper_repro.evolution.wind import DRAWS, LEAST_BLOCKS, LEAST_PAIRS, again, counted

ALL = "all"  # in place of a class
NUMBERS = ("amplitude", "share", *(f"{name}_h{end}" for name in ("life", "stay", "wait")
                                 for end in ("", "_low", "_high")))
SURE = 0.9773  # of draws in which the amplitude is above 0: two standard deviations
LEAST_BINS = 3  # of lag, with pairs


@dataclass(frozen=True, eq=False)
class Lives:
    """curve: a row a class and bin of lag; lives: a row a class. Class `all` stands for all of them together."""

    curve: pd.DataFrame
    lives: pd.DataFrame


def measure(seen: Sightings, sums: ByLag, seed: int = 0) -> Lives:
    """Persistence by lag, and life times, of all classes together and of each.

    curve: class, from_h, to_h, lag_h, pairs, blocks, r, error, low, high. lives: class, pairs, blocks, amplitude,
    share, and with _low and _high life_h (T), stay_h (1 / d) and wait_h (1 / f; both not for all); refused: why there
    are no numbers, or "". Intervals are of `LEVEL`; _high is NaN where only life times much longer than the
    longest time between two looks end it.
    """
    parts: list[tuple[str, Floats, Floats, Floats | None]] = [
        (ALL, sums.upper.sum(axis=2), sums.lower.sum(axis=2), None)]
    parts += [(name, sums.upper[..., c], sums.lower[..., c], sums.share[..., c]) for c, name in enumerate(seen.names)]
    curve, lives = list[dict[str, object]](), list[dict[str, object]]()
    for name, upper, lower, share in parts:
        curve += _curve(name, sums, upper, lower, seed)
        lives.append({"class": name, **_life(sums, upper, lower, share, seed)})
    return Lives(pd.DataFrame(curve), pd.DataFrame(lives))


def _curve(name: str, sums: ByLag, upper: Floats, lower: Floats, seed: int) -> list[dict[str, object]]:
    r, rows = ratio(upper.sum(axis=0), lower.sum(axis=0)), []
    for n, pairs in enumerate(sums.pairs.sum(axis=0).astype(int)):
        blocks = int((sums.pairs[:, n] > 0).sum())
        row = {"class": name, "from_h": sums.edges[n], "to_h": sums.edges[n + 1], "lag_h": sums.lag[n],
               "pairs": int(pairs), "blocks": blocks, "r": r[n], "error": np.nan, "low": np.nan, "high": np.nan}
        if pairs >= LEAST_PAIRS and blocks >= LEAST_BLOCKS:
            draws = ratio(*_draws(seed, upper[:, n], lower[:, n]))
            row |= {"error": np.nanstd(draws, ddof=1), **dict(zip(("low", "high"), _interval(draws), strict=True))}
        elif pairs < LEAST_PAIRS:
            row["r"] = np.nan
        rows.append(row)
    return rows


def _life(sums: ByLag, upper: Floats, lower: Floats, share: Floats | None, seed: int) -> dict[str, object]:
    """What is known of one class's life."""
    pairs, blocks = int(sums.pairs.sum()), int((sums.pairs.sum(axis=1) > 0).sum())
    found: dict[str, object] = {"pairs": pairs, "blocks": blocks, "refused": "", **dict.fromkeys(NUMBERS, np.nan)}
    bins = int((sums.pairs.sum(axis=0) >= LEAST_PAIRS).sum())
    within = again(pairs, sums.edges[-1])
    if pairs < LEAST_PAIRS or blocks < LEAST_BLOCKS:
        return found | {"refused": f"too few for a life time: {within}, in {counted(blocks, 'block')} of time; "
                                   f"{LEAST_PAIRS} in {LEAST_BLOCKS} blocks are needed."}
    if bins < LEAST_BINS:
        return found | {"refused": f"too few to see a decay: {within}, and {counted(bins, 'bin')} of lag with "
                                   f"{LEAST_PAIRS} or more of them; {LEAST_BINS} are needed."}
    most, totals = float(sums.edges[-1]), (upper.sum(axis=0), lower.sum(axis=0))
    amplitude, life = fit(sums.lag, ratio(*totals), totals[1], most)
    above, below = _draws(seed, upper, lower)
    amplitudes, lives = fit(sums.lag, ratio(above, below), below, most)
    found |= {"amplitude": float(amplitude)}
    if (amplitudes > 0).mean() < SURE:
        return found | {"refused": f"no persistence beyond what is expected in {within}: clouds change faster than "
                                   "they are seen again, or the wind is another."}
    low, high = _interval(lives)
    shortest = most * float(LIVES[0]) * (1 + 1e-9)  # a fit or a draw there may be of any shorter life
    if low <= shortest or life <= shortest:
        return found | {"amplitude": np.nan, "refused": _short(high, shortest, most, within)}
    if life > most or low > most:
        return found | {"refused": f"longer than {min(float(life), low):.0f} h: persistence hardly falls in {within}; "
                                   "longer lags would tell."}
    known = high < most * LIVES[-2]
    found |= {"life_h": float(life), "life_h_low": low, "life_h_high": high if known else np.nan}
    if share is None:
        return found
    p = share.sum() / sums.pairs.sum()
    drawn_share, drawn_pairs = _draws(seed, share.sum(axis=1), sums.pairs.sum(axis=1))
    ps = drawn_share / np.maximum(drawn_pairs, 1)
    found["share"] = float(p)
    for name, one, many in (("stay_h", 1 - p, 1 - ps), ("wait_h", p, ps)):
        low, high = _interval(ratio(lives, many))
        found |= {name: float(life / one), f"{name}_low": low, f"{name}_high": high if known else np.nan}
    return found


def _short(high: float, shortest: float, most: float, within: str) -> str:
    """What is said of a life time whose interval, up to `high`, reaches the shortest one tried; all in hours."""
    if high <= shortest:
        return (f"shorter than {shortest:.3g} h: persistence falls faster than can be told from {within}; "
                "a smaller most_h in the profile would tell.")
    if high >= most:
        return f"anything from below {shortest:.3g} h to above {most:.3g} h, in {within}; more images would tell."
    return (f"below {high:.3g} h: the interval reaches the shortest life time tried, {shortest:.3g} h, in {within}; "
            "more images, or a smaller most_h in the profile, would tell.")


def transitions(seen: Sightings, known: Climate, pairs: Pairs, step_h: float, seed: int = 0) -> pd.DataFrame:
    """Of pairs up to `step_h` apart, a row for each two classes: first, then, pairs, of, blocks, expected, share, ...

    pairs: N_cd; of: all that were of the class `first`; share: N_cd / of, with error, low and high; expected: E_cd /
    sum_d E_cd. Shares are empty for fewer than `LEAST_PAIRS` pairs of that class, errors for fewer than 5 blocks.
    """
    pairs = pairs.where(pairs.lag <= step_h)
    p, q = (pairing.expected(seen, known, pairs, of) for of in (pairs.i, pairs.j))
    sure = np.isfinite(p[:, 0]) & np.isfinite(q[:, 0])
    pairs, p, q = pairs.where(sure), p[sure], q[sure]
    k, block, rows = len(seen.names), seen.block[pairs.i], list[dict[str, object]]()
    kind = (block * k + seen.label[pairs.i]) * k + seen.label[pairs.j]
    counts = np.bincount(kind, minlength=seen.blocks * k * k).reshape(seen.blocks, k, k).astype(np.float64)
    chance = p.T @ q
    sample = _draws(seed, counts)[0] if seen.blocks > 1 else counts
    for c, first in enumerate(seen.names):
        of, blocks = int(counts[:, c].sum()), int((counts[:, c].sum(axis=1) > 0).sum())
        for d, then in enumerate(seen.names):
            number = int(counts[:, c, d].sum())
            row: dict[str, object] = {"first": first, "then": then, "pairs": number, "of": of, "blocks": blocks,
                                      **dict.fromkeys(("expected", "share", "error", "low", "high"), np.nan)}
            if of >= LEAST_PAIRS:
                row |= {"share": number / of, "expected": chance[c, d] / chance[c].sum()}
                if blocks >= LEAST_BLOCKS:
                    draws = ratio(sample[:, c, d], sample[:, c].sum(axis=-1))
                    low, high = _interval(draws)
                    row |= {"error": float(np.nanstd(draws, ddof=1)), "low": low, "high": high}
            rows.append(row)
    return pd.DataFrame(rows)


def _draws(seed: int, *sums: Floats) -> list[Floats]:
    """Each of sums by block [m, ...] drawn alike: [DRAWS, ...]."""
    return [drawn(values, DRAWS, seed) for values in sums]


def _interval(values: Floats) -> tuple[float, float]:
    low, high = np.nanquantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
