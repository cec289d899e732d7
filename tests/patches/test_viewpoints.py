"""Viewpoints against their plain definitions: the whole grid, the medians, the matrices, longitudes and hours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.observations.observation import Planet
from paper_repro.patches import viewpoints
from paper_repro.patches.preprocess import Points

Reals = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def literal_grid(scale_km: float, y_range: tuple[float, float], z_range: tuple[float, float]) -> Reals:
    """Eq. 4's step; every theta, every phi, and only then the bounds: phi, theta, x, y, z [M, 5]."""
    step = 2 * math.asin(scale_km / 2 / paper.VENUS_RADIUS_KM)
    found = []
    theta = math.fmod(math.pi / 2, step)
    for row in range(math.ceil((math.pi - theta) / step)):
        first = math.pi + math.fmod(math.pi, step)
        for column in range(math.ceil(2 * math.pi / step)):
            angle, azimuth = theta + step * row, first + step * column
            x, y, z = math.sin(angle) * math.cos(azimuth), math.sin(angle) * math.sin(azimuth), math.cos(angle)
            inside = 1.01 * y_range[0] <= y <= 1.01 * y_range[1] and 1.01 * z_range[0] <= z <= 1.01 * z_range[1]
            if x >= 0 and inside:
                found.append((azimuth, angle, x, y, z))
    return np.array(found).reshape(-1, 5)


@given(st.floats(300, 6000), *[st.tuples(st.floats(-1, 0), st.floats(0, 1))] * 2)
def test_grid_is_that_of_all_angles_within_the_bounds(
    scale_km: float, y_range: tuple[float, float], z_range: tuple[float, float]
) -> None:
    found, expected = viewpoints.grid(scale_km, y_range, z_range), literal_grid(scale_km, y_range, z_range)
    assert len(found) == len(expected)
    np.testing.assert_allclose(np.column_stack([found.phi, found.theta, found.vectors]), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("bound", [(-1.0, 1.0), (-0.3, 0.3), (0.2, 0.6), (-0.6, -0.2)])
def test_grid_of_ranges_that_hold_the_poles_or_leave_the_middle_out(bound: tuple[float, float]) -> None:
    for y_range, z_range in ((bound, (-1.0, 1.0)), ((-1.0, 1.0), bound), (bound, bound)):
        found, expected = viewpoints.grid(1000, y_range, z_range), literal_grid(1000, y_range, z_range)
        assert len(found) == len(expected) > 0
        np.testing.assert_allclose(found.vectors, expected[:, 2:], rtol=0, atol=1e-12)


@given(st.floats(-2, 2), st.floats(0.01, 1), st.floats(-3, 3), st.floats(0, 4), st.floats(-2, 4))
def test_angles_of_an_axis_are_those_between_the_bounds_and_at_most_one_beyond_each(
    first: float, step: float, low: float, width: float, end: float
) -> None:
    high = low + width
    found = viewpoints.axis(first, step, low, high, end)
    every = [first + step * n for n in range(1000) if first + step * n < end]
    assert np.isin(found, every).all()
    assert np.isin([angle for angle in every if low <= angle <= high], found).all()
    assert np.all(np.diff(found) > 0)
    assert (found < low).sum() <= 1
    # a bound that an angle meets counts, and there may be one more behind it
    assert (found > high).sum() <= 1


@given(SEEDS, st.integers(1, 40))
def test_median_is_numpys(seed: int, count: int) -> None:
    values = np.random.default_rng(seed).normal(size=count)
    assert viewpoints.median(values) == np.median(values)


@given(SEEDS)
def test_centring_turns_the_median_to_the_front_about_z_then_about_y(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x, y, z, value = rng.normal(rng.normal(size=(4, 1)), 0.3, (4, 31))
    points = Points(x, y, z, value, 1.0, 0.0, 31)
    matrix = viewpoints.centring(points)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), rtol=0, atol=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1)
    middle = np.median([x, y, z], axis=1)
    np.testing.assert_allclose(matrix @ middle, [float(np.linalg.norm(middle)), 0.0, 0.0], rtol=0, atol=1e-12)
    assert matrix[1, 2] == 0  # north stays in the plane of x and z,
    assert matrix[2, 2] >= 0  # and up

    frame = viewpoints.centred(points, matrix)
    turned = np.stack([*(matrix @ [x, y, z]), value])
    np.testing.assert_allclose(frame.points, turned, rtol=0, atol=1e-12)
    assert frame.matrix is matrix
    assert frame.y_range == (frame.points[1].min(), frame.points[1].max())
    assert frame.z_range == (frame.points[2].min(), frame.points[2].max())

    longitude, latitude = viewpoints.trace_back((matrix @ [x, y, z]).T, matrix)
    np.testing.assert_allclose(longitude, [math.degrees(math.atan2(b, a)) for a, b in zip(x, y, strict=True)])
    lengths = np.sqrt(x * x + y * y + z * z)
    np.testing.assert_allclose(latitude, np.degrees(np.arcsin(z / lengths)))


def test_longitude_180_is_minus_180() -> None:
    longitude, latitude = viewpoints.trace_back(np.array([[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.eye(3))
    assert longitude.tolist() == [-180.0, -90.0]
    assert latitude.tolist() == [0.0, 0.0]


def test_hours_count_westwards_from_midnight_behind_the_sun() -> None:
    found = viewpoints.local_time_h([10.0, -80.0, 100.0, -170.0, 190.0, 10 - 1e-9], 10.0)
    np.testing.assert_allclose(found, [12, 18, 6, 0, 0, 12], rtol=0, atol=1e-9)
    # 280 degrees west of the Sun is 80 degrees east of it
    assert viewpoints.local_time_h([-180.0], 100.0).tolist() == [12 - 80 / 15]
    forward = Planet(radius_km=1.0, retrograde=False)  # later towards the east, as on the Earth
    assert viewpoints.local_time_h([10.0, 25.0, -5.0], 10.0, forward).tolist() == [12, 13, 11]
    assert viewpoints.local_time_h([180.0 + 1e-14], 1e-15).tolist() == [0.0]
    # the remainder of a tiny negative number is 360 itself: an hour of 24 doesn't exist
    assert (np.float64(-1e-14) % 360) / 15 == 24
    assert viewpoints.local_time_h(np.array([180.00000000000003]), 0.0).tolist() == [0.0]
