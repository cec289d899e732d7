"""Two periods compared: whether the classes' shares changed beyond their errors.

Difference of a class: d_c = p_c(second) - p_c(first). Interval: quantiles of the differences of independent draws of
each period's blocks (`shares`). A class counts as changed where 0 lies outside of its interval of 1 - 0.05 / k
(Bonferroni): if nothing changed, one of k classes is called so in 5 % of comparisons at most.
All classes at once: what is moved, T = sum |d_c| / 2, is held against that of the same blocks dealt to the two periods
at random (permutation test, Ernst 2004, Stat. Sci. 19, 676): p = (1 + number of deals with T or more) / (1 + deals).

Another year also looks at other places. So each difference stands a second time at equal coverage: shares within cells
of 15 degrees of latitude by 2 hours of local time, averaged with weights that are the same for both periods (direct
standardisation), those of the patches of both in cells that both have.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.evolution import shares
from paper_repro.evolution.shares import DRAWS, LEAST, LEVEL, drawn
from paper_repro.evolution.sightings import BLOCK_H, Floats, Integers, Sightings, called, names_of, sightings

SURE = 0.05  # chance of calling a class changed, or all classes, where nothing changed


@dataclass(frozen=True, eq=False)
class Comparison:
    """What came of comparing two periods.

    table: a row a class: class, patches_first, share_first, error_first, the same of second; difference, low, high
    (`LEVEL`), low_95, high_95, changed; and difference_equal, low_equal, high_equal, changed_equal at equal coverage,
    empty where the tables have no places or share no cell. moved, p_value: T and p of the module's first lines.
    patches, observations, blocks, timed: of each period, timed: whether its times are known; covered: share of each
    period's patches in cells that both have. refused: why there are no intervals, or "".
    """

    table: pd.DataFrame
    moved: float
    p_value: float
    patches: tuple[int, int]
    observations: tuple[int, int]
    blocks: tuple[int, int]
    timed: tuple[bool, bool]
    covered: tuple[float, float]
    refused: str = ""

    @property
    def sentence(self) -> str:
        """The answer in one sentence or two."""
        if self.refused:
            return self.refused
        changed = self.table[self.table["changed"]]
        if changed.empty and self.p_value > SURE:
            answer = f"The classes' shares did not change beyond their errors (p = {self.p_value:.3g})"
        elif self.p_value > SURE:
            answer = f"Single classes changed beyond their errors, all together did not (p = {self.p_value:.3g})"
        else:
            answer = f"The classes' shares changed beyond their errors (p = {self.p_value:.3g})"
        told = ", ".join(f"{called(row['class'])} by {100 * row['difference']:+.1f} % [{100 * row['low_95']:+.1f}, "
                         f"{100 * row['high_95']:+.1f}]" for _, row in changed.iterrows())
        return f"{answer}{f': {told}' if told else ''}. {self._coverage()}"

    def _coverage(self) -> str:
        if self.table["difference_equal"].isna().all():
            return "Whether both look at the same places can't be told: there is no latitude and local time in common."
        names = ", ".join(map(called, self.table.loc[self.table["changed_equal"], "class"]))
        one, other = (f"{100 * part:.0f} %" for part in self.covered)
        return (f"At equal coverage (places that both periods have: {one} and {other} of their patches) "
                f"{f'{names} changed' if names else 'no class changed beyond its error'}.")


def compare(first: pd.DataFrame, second: pd.DataFrame, *, where: tuple[str, str] = ("first", "second"),
            block_h: float = BLOCK_H, draws: int = DRAWS, seed: int = 0) -> Comparison:
    """Compare two tables of classified patches: columns class and source (the observation).

    With time_utc, images of one block count as one draw; with latitude_deg and local_time_h there is equal coverage.
    where: what the tables are called in errors. Classes of the same name must be the same class in both, that of one
    catalogue; noise has its share beside them. Raises UserError as `sightings` does.
    """
    names = names_of((first, second), where)
    seen = [sightings(table, name, names, block_h) for table, name in zip((first, second), where, strict=True)]
    found = [shares.shares(one, draws=draws, seed=seed + n) for n, one in enumerate(seen)]
    table = pd.DataFrame({"class": names})
    for one, period in zip(found, ("first", "second"), strict=True):
        table[f"patches_{period}"], table[f"share_{period}"] = one.count, one.share
        table[f"error_{period}"] = one.error
    refused = next((f"{name}: {drawn_by(one.observations, one.blocks, block_h, timed=each.timed)}: too few for an "
                    f"error; {LEAST} {'blocks' if each.timed and block_h > 0 else 'images'} are needed."
                    for one, each, name in zip(found, seen, where, strict=True) if one.blocks < LEAST), "")
    counts = [shares.by_block(one) for one in seen]
    _add(table, "", counts[0][:, None], counts[1][:, None], np.ones(1), draws, seed, refused)
    cells, covered = _cells(*seen)
    table[["difference_equal", "low_equal", "high_equal"]], table["changed_equal"] = np.nan, False
    if cells is not None:
        inside = [_by_cell(one, cell, len(cells[2])) for one, cell in zip(seen, cells[:2], strict=True)]
        few = any((values.sum(axis=(1, 2)) > 0).sum() < LEAST for values in inside)
        _add(table, "_equal", inside[0], inside[1], cells[2], draws, seed, refused or few * "too few blocks")
    difference = table["difference"].to_numpy()
    p_value = np.nan if refused else exchanged(counts[0], counts[1], draws, seed)
    one, other = found
    return Comparison(table, float(np.abs(difference).sum() / 2), p_value, (one.patches, other.patches),
                      (one.observations, other.observations), (one.blocks, other.blocks),
                      (seen[0].timed, seen[1].timed), covered, refused)


def drawn_by(observations: int, blocks: int, block_h: float, *, timed: bool) -> str:
    """How many observations there are, and what is drawn of them: blocks of time, or each image by itself."""
    told = f"{observations} observation{'s' * (observations != 1)}"
    if timed and block_h > 0:
        return f"{told} in {blocks} block{'s' * (blocks != 1)} of {block_h:g} h"
    return f"{told}, each image by itself{'' if timed else ', no times known'}"


def standardised(counts: Floats, weight: Floats) -> Floats:
    """Shares [..., k] from counts [..., cells, k] and weights [cells]; cells without a patch are left out.

    NaN where none is left.
    """
    total = counts.sum(axis=-1, keepdims=True)
    share = np.divide(counts, total, out=np.zeros_like(counts, dtype=np.float64), where=total > 0)
    used = np.where(total[..., 0] > 0, weight, 0.0)
    total_weight = used.sum(axis=-1, keepdims=True)
    found: Floats = np.divide((share * used[..., None]).sum(axis=-2), total_weight, where=total_weight > 0,
                              out=np.full((*share.shape[:-2], share.shape[-1]), np.nan))
    return found


def exchanged(first: Floats, second: Floats, deals: int, seed: int) -> float:
    """The permutation test's p of patches by block and class, [m, k] and [n, k]."""
    every, rng = np.concatenate([first, second]), np.random.default_rng(seed)
    member = np.arange(len(every)) < len(first)
    step = max(1, shares.CHUNK // len(every))  # dealt in parts, which draw the same numbers: all would take gigabytes
    parts = [_moved(member[None], every)]
    for start in range(0, deals, step):
        orders = np.tile(member, (min(step, deals - start), 1))
        parts.append(_moved(rng.permuted(orders, axis=1), every))
    moved = np.concatenate(parts)
    return float((moved >= moved[0] - 1e-12).mean())


def _moved(orders: NDArray[np.bool_], every: Floats) -> Floats:
    """T of each way to deal the blocks: orders [deals, blocks] says which are the first period's."""
    one, other = orders @ every, ~orders @ every
    found: Floats = np.abs(one / one.sum(1, keepdims=True) - other / other.sum(1, keepdims=True)).sum(axis=1) / 2
    return found


def _add(table: pd.DataFrame, end: str, first: Floats, second: Floats, weight: Floats, draws: int, seed: int,
         refused: str) -> None:
    """Add the differences of shares from patches by block, cell and class to the table."""
    one, other = (standardised(counts.sum(axis=0), weight) for counts in (first, second))
    table[f"difference{end}"] = other - one
    table[[f"low{end}", f"high{end}"]], table[f"changed{end}"] = np.nan, False
    if not end:
        table[["low_95", "high_95"]] = np.nan
    if refused:
        return
    sample = (standardised(drawn(second, draws, seed + 1), weight)
              - standardised(drawn(first, draws, seed), weight))
    levels = {(f"low{end}", f"high{end}"): LEVEL, **({} if end else {("low_95", "high_95"): 1 - SURE}),
              ("", ""): 1 - SURE / len(table)}
    for (low, high), level in levels.items():
        lowest, highest = np.nanquantile(sample, [(1 - level) / 2, (1 + level) / 2], axis=0)
        if low:
            table[low], table[high] = lowest, highest
        else:
            table[f"changed{end}"] = (lowest > 0) | (highest < 0)


def _cells(first: Sightings, second: Sightings
           ) -> tuple[tuple[Integers, Integers, Floats] | None, tuple[float, float]]:
    """The cell of each patch of both periods, -1 in one that only one of them has, and the cells' weights."""
    places = [one.cells for one in (first, second)]
    if not all(np.isfinite(place).all() for place in places):
        return None, (0.0, 0.0)
    _, cell = np.unique(np.concatenate(places), axis=0, return_inverse=True)
    parts = cell[:len(first)], cell[len(first):]
    both = np.intersect1d(*parts)
    if not len(both):
        return None, (0.0, 0.0)
    number = np.full(cell.max() + 1, -1)
    number[both] = np.arange(len(both))
    one, other = (number[part] for part in parts)
    kept = np.concatenate([one[one >= 0], other[other >= 0]])
    return ((one, other, np.bincount(kept) / len(kept)),
            (float((one >= 0).mean()), float((other >= 0).mean())))


def _by_cell(seen: Sightings, cell: NDArray[np.int64], cells: int) -> Floats:
    """Patches [blocks, cells, k] of the cells that both periods have."""
    counts = np.zeros((seen.blocks, cells, len(seen.names)))
    chosen = cell >= 0
    np.add.at(counts, (seen.block[chosen], cell[chosen], seen.label[chosen]), 1)
    return counts
