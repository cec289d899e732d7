"""The compiled kernels against numpy and scipy, where whole observations don't reach: borders, ties, empty cells."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from paper_repro.patches import kernels, windows
from paper_repro.patches.nearest import nearest

Reals = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(1, 9), st.integers(1, 9), st.booleans())
def test_median_of_nine_is_scipys_with_reflected_borders(seed: int, height: int, width: int, few: bool) -> None:
    rng = np.random.default_rng(seed)
    values = rng.integers(0, 4, (height, width)).astype(float) if few else rng.normal(size=(height, width))
    found, work = np.empty((height, width)), np.empty((4, width))
    for row in range(height):
        kernels.median3(values, row, work)
        found[row] = work[0]
    np.testing.assert_array_equal(found, ndimage.median_filter(values, size=3, mode="reflect"))


def test_deviation_is_over_lit_pixels_and_masked_ones_take_part_in_the_median() -> None:
    rng = np.random.default_rng(1)
    values, lit = rng.normal(size=(40, 30)), rng.random((40, 30)) < 0.6
    values[~lit] = -3.4e38
    lit[7] = False
    packed = np.empty(values.size)
    sigma = kernels.differences(lit, values, packed)
    expected = (ndimage.median_filter(values, size=3, mode="reflect") - values)[lit]
    np.testing.assert_array_equal(packed[: expected.size], expected)
    assert sigma == pytest.approx(expected.std(), rel=1e-13)


@given(SEEDS, st.integers(2, 3000), st.floats(-3, 3), st.sampled_from([0.0, 1e3, 1e6]))
def test_line_is_least_squares_far_from_the_origin_too(seed: int, count: int, slope: float, away: float) -> None:
    rng = np.random.default_rng(seed)
    x = away + rng.normal(size=count)
    y = slope * x + rng.normal(0, 0.1, count)
    holes = rng.random(count) < 0.1
    holes[:2] = False
    with_holes = np.where(holes, np.nan, y)
    found, k, intercept = kernels.line(x, with_holes)
    x, y = x[~holes], y[~holes]
    # numpy's long double keeps 64 bits: the reference is more precise than either way in float64
    dx, dy = (values.astype(np.longdouble) - values.astype(np.longdouble).mean() for values in (x, y))
    expected = float((dx * dy).sum() / (dx * dx).sum())
    assert found == x.size
    assert k == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert intercept == pytest.approx(y.mean() - k * x.mean(), rel=1e-9, abs=1e-6)


def test_sines_are_the_c_librarys_to_the_last_bits_and_exact_at_quarter_turns() -> None:
    degrees = np.concatenate([np.arange(-360.0, 361.0, 45), np.random.default_rng(0).uniform(-360, 360, 10_000)])
    degrees = degrees.astype(np.float32).astype(float)
    sine, cosine = np.empty(degrees.size), np.empty(degrees.size)
    kernels.sines(degrees, sine, cosine)
    radians = np.radians(degrees.astype(np.longdouble))
    np.testing.assert_allclose(sine, np.sin(radians).astype(float), rtol=0, atol=6e-16)
    np.testing.assert_allclose(cosine, np.cos(radians).astype(float), rtol=0, atol=6e-16)
    quarters = np.arange(0, 17, 2)
    np.testing.assert_array_equal(sine[quarters], [0, 1, 0, -1, 0, 1, 0, -1, 0])
    np.testing.assert_array_equal(cosine[quarters], [1, 0, -1, 0, 1, 0, -1, 0, 1])


def test_line_is_nan_without_pairs_or_with_equal_abscissae() -> None:
    nothing, tenths = np.array([math.nan, 1.0]), np.full(1000, 0.1)
    assert kernels.line(nothing, nothing[::-1].copy())[0] == 0
    assert math.isnan(kernels.line(nothing, nothing[::-1].copy())[1])
    assert math.isnan(kernels.line(tenths, np.arange(1000.0))[1])


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


@given(SEEDS, st.integers(1, 9), st.floats(1e-3, 1))
def test_bins_count_as_numpys_histogram_edges_included(seed: int, bins: int, half: float) -> None:
    rng = np.random.default_rng(seed)
    edges = np.linspace(-half, half, bins + 1)
    y, z = rng.uniform(-1.2 * half, 1.2 * half, (2, 300))
    y[:100], z[50:150] = rng.choice(edges, 100), rng.choice(np.nextafter(edges, [-np.inf]), 100)
    expected, _, _ = np.histogram2d(y, z, bins, range=[[-half, half], [-half, half]])
    np.testing.assert_array_equal(windows.bin_counts(y, z, edges), expected)


@given(SEEDS, st.floats(0.001, 0.5), st.sampled_from([0, 1, 63, 64, 65, 1500]))
def test_bounding_spheres_hold_their_runs(seed: int, reach: float, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = np.cumsum(rng.normal(0, 0.01, (4, count)), axis=1)
    starts, spheres = windows.runs(points, reach)
    assert starts[0] == 0
    assert starts[-1] == count
    assert np.all(np.diff(starts) > 0)
    assert np.all(np.diff(starts) <= windows.RUN)
    for run, (start, end) in enumerate(itertools.pairwise(starts)):
        away = np.linalg.norm(points[:3, start:end] - spheres[:3, run, np.newaxis], axis=0)
        assert away.max() <= spheres[3, run]
        assert np.linalg.norm(points[:3, start:end] - points[:3, [start]], axis=0).max() <= reach * (1 + 1e-12)


@given(SEEDS, st.floats(1e-3, 3.14), st.floats(0, 2 * math.pi), st.floats(0.01, 1))  # a pole has no azimuth
def test_window_holds_every_point_within_and_no_other(seed: int, theta: float, phi: float, limit: float) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(4, 700))
    points[:3] /= np.linalg.norm(points[:3], axis=0)
    viewpoint = np.array([math.sin(theta) * math.cos(phi), math.sin(theta) * math.sin(phi), math.cos(theta)])
    starts, spheres = windows.runs(points, 0.5)
    out = np.empty((3, 700))
    found = out[:, : windows.gather(points, starts, spheres, viewpoint, limit, 0.0, out)]
    level = math.cos(phi) * points[0] + math.sin(phi) * points[1]
    y = -math.sin(phi) * points[0] + math.cos(phi) * points[1]
    z, x = math.sin(theta) * points[2] - math.cos(theta) * level, math.sin(theta) * level + math.cos(theta) * points[2]
    inside = (x >= 0) & (np.abs(y) <= limit) & (np.abs(z) <= limit)
    assert found.shape[1] == inside.sum()
    np.testing.assert_allclose(found, np.stack([y, z, points[3]])[:, inside], rtol=0, atol=1e-12)


def test_window_stops_when_too_few_points_can_be_inside() -> None:
    points = np.tile(np.array([[1.0], [0.0], [0.0], [5.0]]), 100)
    starts, spheres = windows.runs(points, 0.5)
    out = np.empty((3, 100))
    ahead = np.array([1.0, 0.0, 0.0])
    assert windows.gather(points, starts, spheres, ahead, 0.1, 100.0, out) == 100
    assert windows.gather(points, starts, spheres, ahead, 0.1, 101.0, out) == -1
    assert windows.gather(points, starts, spheres, np.array([0.0, 1.0, 0.0]), 0.1, 1.0, out) == -1
