"""Nearest interpolation against scipy's tree, where whole observations don't reach: borders, ties, empty cells."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from paper_repro.patches.nearest import nearest

Reals = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def nearest_distances(y: Reals, z: Reals, positions: Reals, limit: float) -> tuple[Reals, Reals]:
    found = nearest(y, z, limit, positions)
    grid_z, grid_y = np.meshgrid(positions, positions, indexing="ij")
    ours = np.hypot(y[found] - grid_y, z[found] - grid_z)
    tree = cKDTree(np.stack([y, z], axis=1))
    theirs, _ = tree.query(np.stack([grid_y.ravel(), grid_z.ravel()], axis=1))
    return ours, np.reshape(theirs, ours.shape)


@given(SEEDS, st.integers(1, 400), st.integers(1, 20), st.floats(1e-3, 2), st.sampled_from(["even", "bunch", "line"]))
def test_nearest_is_as_near_as_any_point(seed: int, count: int, side: int, limit: float, shape: str) -> None:
    rng = np.random.default_rng(seed)
    y, z = rng.uniform(-limit, limit, (2, count))
    if shape == "bunch":
        y, z = np.clip(0.01 * y + 0.9 * limit, -limit, limit), 0.01 * z - 0.5 * limit
    if shape == "line":
        y = np.full(count, -limit)
    ours, theirs = nearest_distances(y, z, np.linspace(-limit / 1.5, limit / 1.5, side), limit)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)


def test_nearest_across_borders_of_cells() -> None:
    """Points in the far corner of a neighbouring cell and just beyond the searched block are where a search slips."""
    lattice = np.linspace(-1.5, 1.5, 31)
    y, z = (axis.ravel() for axis in np.meshgrid(lattice, lattice))
    for shift in (0.0, 1e-9, 0.05, -0.05):
        ours, theirs = nearest_distances(np.clip(y + shift, -1.5, 1.5), z, np.linspace(-1, 1, 64), 1.5)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-15)


def test_nearest_gives_the_same_point_of_equals_each_time() -> None:
    y, z = np.tile([0.5, -0.5], 50), np.zeros(100)
    first = nearest(y, z, 1.0, np.array([-0.5, 0.0, 0.5]))
    np.testing.assert_array_equal(first, nearest(y, z, 1.0, np.array([-0.5, 0.0, 0.5])))
    assert set(y[first[:, 2]]) == {0.5}


@pytest.mark.parametrize("corner", [(-1, -1), (-1, 1), (1, -1), (1, 1)])
@pytest.mark.parametrize("seed", range(4))
def test_nearest_among_few_points_beside_a_crowd(corner: tuple[int, int], seed: int) -> None:
    """The crowd makes cells small, so that a search passes many empty ones; each side of the block must hold it up."""
    rng = np.random.default_rng(seed)
    crowd = np.array(corner)[:, np.newaxis] * rng.uniform(2.9, 3, (2, 300))
    y, z = np.concatenate([crowd, rng.uniform(-3, 3, (2, 25))], axis=1)
    ours, theirs = nearest_distances(y, z, np.linspace(-3, 3, 40), 3.0)
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=0)
