"""Compiled kernels of Sect. 3.1.3: the projected window about a viewpoint, and the counts of its bins.

Neighbouring points in raster order form runs with a bounding sphere each; a run out of sight is skipped as a whole.
"""

import math

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.compiled import compiled
from paper_repro.patches.kernels import Reals

Indices = NDArray[np.int64]
RUN = 64  # points of one bounding sphere: a third of a window's width at the usual densities
ROUNDING = 1e-9  # added to radii of bounding spheres; unit vectors are good to 1e-15


@compiled
def runs(points: Reals, reach: float) -> tuple[Indices, Reals]:
    """Runs of at most RUN points, none farther than `reach` from the run's first; `points` is [3 or more, N].

    Returns where each run starts (and the end), and [4, runs] of their bounding spheres: centre and radius.
    """
    total = points.shape[1]
    starts = np.empty(total + 1, np.int64)
    spheres = np.empty((4, total))
    count = start = 0
    while start < total:
        end = start
        centre = np.zeros(3)
        while end < min(start + RUN, total):
            square = 0.0
            for axis in range(3):
                square += (points[axis, end] - points[axis, start]) ** 2
            if square > reach * reach:
                break
            for axis in range(3):
                centre[axis] += points[axis, end]
            end += 1
        centre /= max(end - start, 1)
        radius = 0.0
        for n in range(start, end):
            square = 0.0
            for axis in range(3):
                square += (points[axis, n] - centre[axis]) ** 2
            radius = max(radius, square)
        starts[count] = start
        spheres[:3, count] = centre
        spheres[3, count] = math.sqrt(radius) + ROUNDING
        count += 1
        start = end
    starts[count] = total
    return starts[: count + 1].copy(), spheres[:, :count].copy()


@compiled
def gather(
    points: Reals, starts: Indices, spheres: Reals, viewpoint: Reals, limit: float, needed: float, out: Reals
) -> int:
    """Rotate `viewpoint` to (1, 0, 0); write y, z and value of the points with x >= 0, |y|, |z| <= limit to `out`.

    `points` is [4, N] (x, y, z, value), `out` [3, N]. Returns the count written, or -1 as soon as the runs that touch
    the window hold fewer than `needed` points together.
    """
    sine_theta = math.hypot(viewpoint[0], viewpoint[1])
    cosine_theta = viewpoint[2]
    cosine_phi = viewpoint[0] / sine_theta if sine_theta > 0 else 1.0
    sine_phi = viewpoint[1] / sine_theta if sine_theta > 0 else 0.0
    touching = np.empty(spheres.shape[1], np.int64)
    chosen = total = 0
    for run in range(spheres.shape[1]):
        radius = spheres[3, run]
        y = -sine_phi * spheres[0, run] + cosine_phi * spheres[1, run]
        if abs(y) > limit + radius:
            continue
        level = cosine_phi * spheres[0, run] + sine_phi * spheres[1, run]
        z = -cosine_theta * level + sine_theta * spheres[2, run]
        if abs(z) > limit + radius or sine_theta * level + cosine_theta * spheres[2, run] < -radius:
            continue
        touching[chosen] = run
        chosen += 1
        total += starts[run + 1] - starts[run]
    if total < needed:
        return -1
    count = 0
    for run in touching[:chosen]:
        for n in range(starts[run], starts[run + 1]):
            y = -sine_phi * points[0, n] + cosine_phi * points[1, n]
            level = cosine_phi * points[0, n] + sine_phi * points[1, n]
            z = -cosine_theta * level + sine_theta * points[2, n]
            x = sine_theta * level + cosine_theta * points[2, n]
            # written in any case and counted if inside: no branch to mispredict
            out[0, count], out[1, count], out[2, count] = y, z, points[3, n]
            count += int((x >= 0) & (abs(y) <= limit) & (abs(z) <= limit))
    return count


@compiled
def bin_counts(y: Reals, z: Reals, edges: Reals) -> Indices:
    """Count the points in the square bins between `edges` (equally spaced, ascending; the last bin is closed)."""
    bins = edges.size - 1
    counts = np.zeros((bins, bins), np.int64)
    per_unit = bins / (edges[bins] - edges[0])
    for n in range(y.size):
        if edges[0] <= y[n] <= edges[bins] and edges[0] <= z[n] <= edges[bins]:
            counts[bin_of(y[n], edges, per_unit), bin_of(z[n], edges, per_unit)] += 1
    return counts


@compiled
def bin_of(position: float, edges: Reals, per_unit: float) -> int:
    """Give the bin of a position: a guess by division, settled by the edges themselves as numpy's histogram does."""
    last = edges.size - 2
    guess = min(int((position - edges[0]) * per_unit), last)
    while guess > 0 and position < edges[guess]:
        guess -= 1
    while guess < last and position >= edges[guess + 1]:
        guess += 1
    return guess
