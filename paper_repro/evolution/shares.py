"""Shares of classes among patches, with errors that know that patches of an image aren't independent.

The share of class c is p_c = n_c / n, its patches of all. Binomial errors would take each patch for a draw of its own.
Instead blocks of observations are drawn with replacement, m - 1 of m, which makes the bootstrap's variance that of the
ratio n_c / n without bias for small m (Rao & Wu 1988, J. Am. Stat. Assoc. 83, 231, with draws of m - 1). Error:
standard deviation of the draws; interval: their quantiles. A class that no block has, or nothing else, doesn't vary
between draws: it has no error, and its interval is the exact binomial one (Clopper & Pearson 1934) of m blocks of one
class each, the widest that patches of a block can bring.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest

from paper_repro.evolution.sightings import Floats, Integers, Sightings

LEVEL = 0.6827  # of intervals: that of one standard deviation
LEAST = 5  # blocks that an error is given from
DRAWS = 2000
CHUNK = 2**22  # numbers of draws held at a time


@dataclass(frozen=True, eq=False)
class Shares:
    """Shares [k] of classes: error and interval (low, high) are NaN where there are fewer than `LEAST` blocks.

    The error is so too of a class that all or none of the patches are of.
    """

    count: Integers
    patches: int
    observations: int
    blocks: int
    error: Floats
    low: Floats
    high: Floats

    @property
    def share(self) -> Floats:
        """Patches of each class as a fraction of all."""
        return self.count / self.patches


def drawn(counts: NDArray[np.float64], draws: int, seed: int) -> NDArray[np.float64]:
    """Sums [draws, ...] of `counts` [m, ...] over m - 1 of its m rows drawn with replacement, m > 1."""
    rows, rng = len(counts), np.random.default_rng(seed)
    flat = counts.reshape(rows, -1)
    found = np.empty((draws, flat.shape[1]))
    step = max(1, CHUNK // rows)
    for start in range(0, draws, step):
        size = min(step, draws - start)
        found[start:start + size] = rng.multinomial(rows - 1, np.full(rows, 1 / rows), size=size) @ flat
    return found.reshape(draws, *counts.shape[1:])


def by_block(seen: Sightings, rows: Integers | None = None) -> NDArray[np.float64]:
    """Patches of each class in each block [m, k] that has any, of all sightings or of those numbered `rows`."""
    chosen = slice(None) if rows is None else rows
    _, block = np.unique(seen.block[chosen], return_inverse=True)
    counts = np.zeros((block.max() + 1, len(seen.names)))
    np.add.at(counts, (block, seen.label[chosen]), 1)
    return counts


def shares(seen: Sightings, rows: Integers | None = None, *, draws: int = DRAWS, seed: int = 0,
           level: float = LEVEL) -> Shares:
    """Shares of the classes among all sightings, or among those numbered `rows`, of which there is at least one."""
    counts = by_block(seen, rows)
    chosen = slice(None) if rows is None else rows
    observations, total = len(np.unique(seen.observation[chosen])), counts.sum(axis=0)
    found = Shares(total.astype(np.int64), int(total.sum()), observations, len(counts),
                   *(np.full(len(total), np.nan) for _ in range(3)))
    if len(counts) < LEAST:
        return found
    sums = drawn(counts, draws, seed)
    sample = sums / sums.sum(axis=1, keepdims=True)
    found.error[:] = sample.std(axis=0, ddof=1)
    found.low[:], found.high[:] = np.quantile(sample, [(1 - level) / 2, (1 + level) / 2], axis=0)
    for c in np.flatnonzero((total == 0) | (total == total.sum())):
        exact = binomtest(len(counts) if total[c] else 0, len(counts)).proportion_ci(level, "exact")
        found.low[c], found.high[c], found.error[c] = exact.low, exact.high, np.nan
    return found


def table(seen: Sightings, group: NDArray[np.str_], *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Shares in each group of sightings, in the groups' order: a row a class and group.

    group [N]: name of each sighting's group. Columns: group, class, patches, of, observations, blocks, share, error,
    low, high; the last three are empty where there are fewer than `LEAST` blocks.
    """
    return pd.DataFrame(list(_rows(seen, group, draws, seed)))


def _rows(seen: Sightings, group: NDArray[np.str_], draws: int, seed: int) -> Iterator[dict[str, object]]:
    # Sorted once: there may be as many groups as images, and `group == name` reads all sightings for each.
    names, number, size = np.unique(group, return_inverse=True, return_counts=True)
    parts = np.split(np.argsort(number, kind="stable"), np.cumsum(size))[:-1]
    for name, rows in zip(names, parts, strict=True):
        found = shares(seen, rows, draws=draws, seed=seed)
        for c, label in enumerate(seen.names):
            yield {"group": str(name), "class": label, "patches": int(found.count[c]), "of": found.patches,
                   "observations": found.observations, "blocks": found.blocks, "share": found.share[c],
                   "error": found.error[c], "low": found.low[c], "high": found.high[c]}
