"""The same place seen again: pairs of patches, in a frame that moves with a zonal wind.

Clouds at latitude phi move westward by `rate` degrees of longitude an hour. Shape "rigid": as a solid body, the same
rate everywhere. Shape "uniform": the same wind in m/s up to 50 degrees and as a solid body beyond, roughly what Venus'
cloud tops do (Sanchez-Lavega et al. 2008, Geophys. Res. Lett. 35, L13204). Two patches show the same place where the
first, moved, lies within `near_km` of the second.

Persistence, of pairs (i, j) and classes c, with a_c = 1 where i is of class c, b_c likewise of j, else 0:
  r = sum (a_c - p_c(i)) (b_c - p_c(j)) / sum sqrt(p_c(i) (1 - p_c(i)) p_c(j) (1 - p_c(j)))
It is 1 where each place keeps its class and 0 where pairs agree no more often than the climatology lets them: p_c(i),
the share of class c in i's cell of latitude and local time. What stays in a latitude belt or with the Sun thus isn't
taken for clouds that live. The blocks of both observations are left out of p, or i would count in what it is expected
by.
"""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.evolution.sightings import Floats, Integers, Sightings

Shape = Literal["rigid", "uniform"]
RADIUS_KM = paper.VENUS_RADIUS_KM + 70  # of the cloud tops
UNIFORM_DEG = 50.0
LEAST_KNOWN = 20  # patches that an expected share is taken from
MOST_PAIRS = 300_000


@dataclass(frozen=True, eq=False)
class Pairs:
    """P pairs of patches: i the earlier, j the later (rows of the sightings), lag [P] in hours.

    west [P]: degrees of longitude from i to j, westward, whole turns included.
    """

    i: Integers
    j: Integers
    lag: Floats
    west: Floats

    def __len__(self) -> int:
        return len(self.i)

    def where(self, chosen: NDArray[Any]) -> "Pairs":
        """Those of the pairs that are `chosen`: which of them [P], or their numbers."""
        return Pairs(self.i[chosen], self.j[chosen], self.lag[chosen], self.west[chosen])


def rate(latitude: Floats, wind_m_s: float, shape: Shape) -> Floats:
    """Degrees of longitude an hour, westward, at latitudes (degrees) of a zonal wind that is westward if positive.

    wind_m_s: at the equator.
    """
    turn = np.degrees(wind_m_s * 3.6 / RADIUS_KM)
    bound = np.cos(np.radians(np.minimum(np.abs(latitude), UNIFORM_DEG)))
    return np.full(np.shape(latitude), turn) if shape == "rigid" else turn / bound


def haversine(seen: Sightings, pairs: Pairs, wind_m_s: Floats | float, shape: Shape) -> Floats:
    """sin^2(d / 2) [P] of the angle d between the first patch of each pair, moved on to the second's time, and that."""
    a, b = (np.radians(seen.latitude[rows]) for rows in (pairs.i, pairs.j))
    east = np.radians(pairs.west - rate(seen.latitude[pairs.i], 1.0, shape) * wind_m_s * pairs.lag)
    found: Floats = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(east / 2) ** 2
    return found


def width(first: Floats, second: Floats, near_km: float) -> Floats:
    """Degrees of longitude [P] within which two places at these latitudes are as near as that; 0 where nowhere."""
    a, b = np.radians(first), np.radians(second)
    left = reach(near_km) - np.sin((b - a) / 2) ** 2
    return np.degrees(2 * np.arcsin(np.sqrt(np.clip(left / np.maximum(np.cos(a) * np.cos(b), 1e-9), 0, 1))))


def reach(near_km: float) -> float:
    """The haversine of a distance."""
    return float(np.sin(near_km / RADIUS_KM / 2) ** 2)


def candidates(seen: Sightings, near_km: float, most_h: float, winds: tuple[float, float], shape: Shape,
               seed: int = 0) -> Pairs:
    """Pairs of patches of different images up to `most_h` apart that show the same place at some wind of a range.

    A pair stands in it once for each number of turns that is possible. Looks at the observations in random order
    (`seed`) until there are `MOST_PAIRS`.
    """
    order = np.argsort(seen.hours, kind="stable")
    hours, latitude, longitude = seen.hours[order], seen.latitude[order], seen.longitude[order]
    starts = np.flatnonzero(np.diff(seen.observation[order], prepend=-1))
    ends = np.append(starts[1:], len(order))
    parts, count = list[tuple[Integers, Integers, Floats, Floats]](), 0
    slowest, fastest = (rate(latitude, wind, shape) for wind in winds)
    for n in np.random.default_rng(seed).permutation(len(starts)):
        rows = np.arange(starts[n], ends[n])
        later = np.arange(np.searchsorted(hours, hours[rows[0]], "right"),
                          np.searchsorted(hours, hours[rows[0]] + most_h, "right"))
        i, j = (axis.ravel() for axis in np.meshgrid(rows, later, indexing="ij"))
        near = np.abs(latitude[i] - latitude[j]) <= np.degrees(near_km / RADIUS_KM)
        i, j = i[near], j[near]
        lag, wide = hours[j] - hours[i], width(latitude[i], latitude[j], near_km)
        least = slowest[i] * lag - wide
        west = (longitude[i] - longitude[j] - least) % 360 + least
        most = fastest[i] * lag + wide
        while len(kept := np.flatnonzero(west <= most)):
            i, j, lag, west, most = (values[kept] for values in (i, j, lag, west, most))
            parts.append((order[i], order[j], lag, west))
            count, west = count + len(kept), west + 360
        if count > MOST_PAIRS:
            break
    none = np.zeros(0, np.int64)
    i, j, lag, west = (np.concatenate([none, *(part[n] for part in parts)]) for n in range(4))
    return Pairs(i.astype(np.int64), j.astype(np.int64), lag, west)


def revisits(seen: Sightings, near_km: float, most_h: float, wind_m_s: float, shape: Shape, seed: int = 0) -> Pairs:
    """Pairs of patches that show the same place at this wind."""
    pairs = candidates(seen, near_km, most_h, (wind_m_s, wind_m_s), shape, seed)
    return pairs.where(haversine(seen, pairs, wind_m_s, shape) <= reach(near_km))


@dataclass(frozen=True, eq=False)
class Climate:
    """Patches by block, cell and class, in cells of latitude and local time, and in bands of latitude alone.

    cell, band [N]: of each sighting; counts, by_band: [blocks, cells, k], [blocks, bands, k].
    """

    cell: Integers
    band: Integers
    counts: Floats
    by_band: Floats


def climate(seen: Sightings) -> Climate:
    """The climatology of sightings."""
    _, band = np.unique(seen.cells[:, 0], return_inverse=True)
    _, cell = np.unique(seen.cells, axis=0, return_inverse=True)
    counts, by_band = (np.zeros((seen.blocks, int(place.max()) + 1, len(seen.names))) for place in (cell, band))
    np.add.at(counts, (seen.block, cell, seen.label), 1)
    np.add.at(by_band, (seen.block, band, seen.label), 1)
    return Climate(cell.astype(np.int64), band.astype(np.int64), counts, by_band)


def expected(seen: Sightings, known: Climate, pairs: Pairs, of: Integers) -> Floats:
    """Shares [P, k] of the classes expected at the patches `of` [P] of pairs, without the blocks of both observations.

    NaN where fewer than `LEAST_KNOWN` patches are known, in the cell and in the band.
    """
    first, second = seen.block[pairs.i], seen.block[pairs.j]
    apart = (first != second)[:, None]
    found = np.full((len(pairs), len(seen.names)), np.nan)
    for place, counts in ((known.band[of], known.by_band), (known.cell[of], known.counts)):
        rest = counts.sum(axis=0)[place] - counts[first, place] - apart * counts[second, place]
        total = rest.sum(axis=1)
        enough = total >= LEAST_KNOWN
        found[enough] = rest[enough] / total[enough, None]
    return found
