"""Sect. 3.1.4, nearest interpolation: a bucket grid over the projected window and an exact search about each pixel.

The points lie in the order of their cells, rows of cells one after another, so a block of cells is a few contiguous
runs. A block is searched until no point outside of it can be nearer than the best one found.
"""

import math

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.compiled import compiled
from paper_repro.patches.kernels import Reals
from paper_repro.patches.windows import Indices

Places = NDArray[np.int32]
POINTS_PER_CELL = 0.7  # measured: a block of 3 x 3 cells nearly always settles a pixel, and holds few points
SLACK = 1e-12  # of the window: a point on the border of two cells may be rounded into either


@compiled
def nearest(y: Reals, z: Reals, limit: float, positions: Reals) -> Indices:
    """Index of the point nearest to each sample position: [z position, y position], both ascending.

    The points (at least one) lie in [-limit, limit]^2, as do the positions. Equally near points: any one of them, but
    always the same one.
    """
    side = max(1, int(math.sqrt(y.size / POINTS_PER_CELL)))
    size = 2 * limit / side
    first, order, places = buckets(y, z, limit, side)
    per_unit = side / (2 * limit)
    found = np.empty((positions.size, positions.size), np.int64)
    for row in range(positions.size):
        centre_z = cell(positions[row], limit, per_unit, side)
        for column in range(positions.size):
            centre_y = cell(positions[column], limit, per_unit, side)
            reach, best = 1, math.inf
            while True:
                bottom, top = max(centre_z - reach, 0), min(centre_z + reach, side - 1)
                left, right = max(centre_y - reach, 0), min(centre_y + reach, side - 1)
                winner = -1
                best = math.inf
                for cells in range(bottom, top + 1):
                    for n in range(first[cells * side + left], first[cells * side + right + 1]):
                        dy, dz = places[n, 0] - positions[column], places[n, 1] - positions[row]
                        square = dy * dy + dz * dz
                        if square < best:
                            best, winner = square, n
                border = math.inf  # distance to the nearest side of the block that has cells behind it
                if left > 0:
                    border = min(border, positions[column] - (left * size - limit))
                if right < side - 1:
                    border = min(border, (right + 1) * size - limit - positions[column])
                if bottom > 0:
                    border = min(border, positions[row] - (bottom * size - limit))
                if top < side - 1:
                    border = min(border, (top + 1) * size - limit - positions[row])
                border -= SLACK * limit
                if best <= border * border:
                    break
                # a block of this reach contains the circle through the best point, were it centred in its cell or not
                reach = 2 * reach if winner < 0 else max(reach + 1, int(math.sqrt(best) / size) + 1)
            found[row, column] = order[winner]
    return found


@compiled
def cell(position: float, limit: float, per_unit: float, side: int) -> int:
    """Row or column of the cell a position falls into; never falls as the position rises."""
    return min(max(int((position + limit) * per_unit), 0), side - 1)


@compiled
def buckets(y: Reals, z: Reals, limit: float, side: int) -> tuple[Places, Places, Reals]:
    """Sort the points by cell, keeping their order in each: where each cell starts; indices, and [N, 2] of y and z."""
    per_unit = side / (2 * limit)
    cells = np.empty(y.size, np.int32)
    first = np.zeros(side * side + 2, np.int32)  # counts stand two places ahead, so that filling moves starts in place
    for n in range(y.size):
        cells[n] = cell(z[n], limit, per_unit, side) * side + cell(y[n], limit, per_unit, side)
    for n in range(y.size):
        first[cells[n] + 2] += 1
    for n in range(side * side):
        first[n + 2] += first[n + 1]
    order, places = np.empty(y.size, np.int32), np.empty((y.size, 2))
    for n in range(y.size):
        place = first[cells[n] + 1]
        first[cells[n] + 1] = place + 1
        order[place], places[place, 0], places[place, 1] = n, y[n], z[n]
    return first[:-1], order, places
