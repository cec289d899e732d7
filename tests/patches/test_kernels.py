"""The compiled kernels against numpy and scipy, where whole observations don't reach: borders, what is no number."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from paper_repro.patches import kernels

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


def test_terms_of_minnaerts_law_equal_the_formula_pixel_by_pixel() -> None:
    rng = np.random.default_rng(3)
    image = rng.uniform(-1, 9, (12, 17)).astype(np.float32)
    incidence, emission = rng.uniform(0, 120, (2, 12, 17)).astype(np.float32)
    invalid = rng.random(image.shape) < 0.2
    packed, lit, values = np.empty((3, image.size)), np.empty(image.shape, bool), np.empty(image.shape)
    count = kernels.minnaert_terms(image, incidence, emission, invalid, 95.0, lit, values, *packed)
    np.testing.assert_array_equal(values, image)
    expected = []
    for i, e, value, bad, marked in zip(incidence.flat, emission.flat, image.flat, invalid.flat, lit.flat, strict=True):
        assert marked == (not bad and i <= 95 and e <= 95)
        if marked:
            mu, mu0 = math.cos(math.radians(float(e))), math.cos(math.radians(float(i)))
            bright = mu * float(value)
            expected.append((bright, math.log(mu * mu0) if mu * mu0 > 0 else math.nan,
                             math.log(bright) if bright > 0 else math.nan))
    assert count == len(expected)
    np.testing.assert_allclose(packed[:, :count].T, expected, rtol=1e-9)
    assert np.isnan(packed[1, :count]).any()
    assert np.isnan(packed[2, :count]).any()

    kernels.normalise(lit, packed[0], packed[1], 0.7, values)
    np.testing.assert_allclose(values[lit], [mu_i / math.exp(log) ** 0.7 for mu_i, log, _ in expected], rtol=1e-9)
    np.testing.assert_array_equal(values[~lit], image[~lit])


def test_lit_pixels_but_outliers_stand_on_the_sphere_and_are_turned_by_a_matrix() -> None:
    rng = np.random.default_rng(4)
    latitude, longitude = rng.uniform([[[-90]], [[-180]]], [[[90]], [[180]]], (2, 9, 11)).astype("f4")
    values, lit = rng.normal(size=latitude.shape), rng.random(latitude.shape) < 0.7
    difference = rng.normal(size=lit.sum())
    difference[:2] = 1.5, -1.5  # at the limit is no outlier
    out = np.empty((4, lit.sum()))
    kept = kernels.to_sphere(lit, difference, 1.5, latitude, longitude, values, out)
    inside = np.abs(difference) <= 1.5
    assert 0 < kept == inside.sum() < lit.sum()
    lat, lon = (np.radians(plane[lit][inside].astype(float)) for plane in (latitude, longitude))
    sphere = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])
    np.testing.assert_allclose(out[:3, :kept], sphere, rtol=0, atol=1e-15)
    np.testing.assert_array_equal(out[3, :kept], values[lit][inside])

    matrix, turned = rng.normal(size=(3, 3)), np.full((4, kept), 7.0)
    kernels.turn(sphere[0], sphere[1], sphere[2], matrix, turned)
    np.testing.assert_allclose(turned[:3], matrix @ sphere, rtol=0, atol=1e-14)
    assert (turned[3] == 7).all()
