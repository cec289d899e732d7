"""The projected window and its bins against all points and numpy's histogram."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.patches import windows

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(1, 9), st.floats(1e-3, 1))
def test_bins_count_as_numpys_histogram_edges_included(seed: int, bins: int, half: float) -> None:
    rng = np.random.default_rng(seed)
    edges = np.linspace(-half, half, bins + 1)
    y, z = rng.uniform(-1.2 * half, 1.2 * half, (2, 300))
    y[:100], z[50:150] = rng.choice(edges, 100), rng.choice(np.nextafter(edges, [-np.inf]), 100)
    z[150:250] = rng.choice(edges, 100)
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
        assert spheres[3, run] == pytest.approx(away.max() + windows.ROUNDING, rel=0, abs=1e-12)  # and no larger
        np.testing.assert_allclose(spheres[:3, run], points[:3, start:end].mean(axis=1), rtol=0, atol=1e-12)
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


@pytest.mark.parametrize("pole", [1.0, -1.0])
def test_about_a_pole_longitude_0_is_down_or_up(pole: float) -> None:
    """A pole has no azimuth: it counts as 0, so the view is turned about the y axis alone."""
    points = np.random.default_rng(0).normal(size=(4, 200))
    points[:3] /= np.linalg.norm(points[:3], axis=0)
    starts, spheres = windows.runs(points, 0.5)
    out = np.empty((3, 200))
    count = windows.gather(points, starts, spheres, np.array([0.0, 0.0, pole]), 0.7, 0.0, out)
    x, y, z = pole * points[2], points[1], -pole * points[0]
    inside = (x >= 0) & (np.abs(y) <= 0.7) & (np.abs(z) <= 0.7)
    assert 0 < count == inside.sum() < 200
    np.testing.assert_allclose(out[:, :count], np.stack([y, z, points[3]])[:, inside], rtol=0, atol=1e-12)


@pytest.mark.parametrize("point", [(0.0, 1.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, -1.0)])
def test_points_on_the_rim_and_on_the_border_of_the_window_are_in_it(point: tuple[float, float, float]) -> None:
    points = np.array([*point, 5.0])[:, np.newaxis]
    starts, spheres = windows.runs(points, 0.5)
    out = np.empty((3, 1))
    assert windows.gather(points, starts, spheres, np.array([1.0, 0.0, 0.0]), 1.0, 1.0, out) == 1
    assert out[:, 0].tolist() == [point[1], point[2], 5.0]
    assert windows.gather(points, starts, spheres, np.array([1.0, 0.0, 0.0]), 1 - 1e-12, 0.0, out) == 0
