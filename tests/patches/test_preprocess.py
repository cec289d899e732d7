"""Pre-processing of a few pixels: the compiled way equals the plain one, and what leaves nothing to work with."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from paper_repro.base.preprocessing import Darkening, Preprocessing, Side
from paper_repro.observations.observation import Observation, Planet
from paper_repro.paper import TABLE4, VENUS_RADIUS_KM
from paper_repro.patches.preprocess import Unusable, fit, preprocess, some_lit, stages
from paper_repro.patches.project import patches_of
from tests.patches import observations_made as made

FEW = made.observe(made.Scene(size=8, km_px=1500.0))


def observed(seed: int, brightest: float) -> Observation:
    """Random planes of 8 x 8 pixels, an eighth of them black."""
    rng = np.random.default_rng(seed)
    image = np.where(rng.random((8, 8)) < 0.125, 0, rng.uniform(-0.1 * brightest, brightest, (8, 8)))
    angles = rng.uniform(0, 100, (2, 8, 8))
    return replace(FEW, image=image.astype(np.float32), incidence=angles[0].astype(np.float32),
                   emission=angles[1].astype(np.float32), invalid=rng.random((8, 8)) < 0.2)  # fmt: skip


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.5, 3.0, 400.0]), st.floats(0.3, 3))
def test_compiled_equals_plain(seed: int, brightest: float, sigmas: float) -> None:
    observation, table = observed(seed, brightest), replace(TABLE4, outlier_sigmas=sigmas)
    fast, plain = preprocess(observation, table), stages(observation, table)
    kept = plain.lit & ~plain.outlier
    assert fast.kept == kept.sum()
    np.testing.assert_allclose([fast.k, fast.log_i0], [plain.k, plain.log_i0], rtol=1e-9)
    np.testing.assert_allclose(fast.value, plain.normalised[kept], rtol=1e-9)
    assert np.isnan(plain.normalised[~plain.lit]).all()
    assert np.isnan(plain.difference[~plain.lit]).all()
    np.testing.assert_array_equal(plain.valid, ~observation.invalid)
    lit, limit = plain.lit, TABLE4.angle_threshold_deg
    used = lit & (observation.image > 0)
    np.testing.assert_array_equal(
        lit, plain.valid & (observation.incidence <= limit) & (observation.emission <= limit))
    mu, mu0 = (np.cos(np.radians(angle[used].astype(float))) for angle in (observation.emission, observation.incidence))
    line = np.polyfit(np.log(mu * mu0), np.log(mu * observation.image[used]), 1)
    np.testing.assert_allclose([fast.k, fast.log_i0], line, rtol=1e-6, atol=1e-9)


def test_one_pixel_that_is_left_is_enough_and_none_is_not() -> None:
    observation = observed(1, 3.0)
    table = replace(TABLE4, outlier_sigmas=0.0)
    away = np.abs(stages(observation, table).difference)
    left = int((away == 0).sum())
    assert left > 0  # a pixel that is the median of its nine is none
    assert preprocess(observation, table).kept == left
    with pytest.raises(Unusable, match="every pixel is an outlier"):
        preprocess(observation, replace(TABLE4, outlier_sigmas=-1.0))
    for seed in range(1000):
        observation = observed(seed, 3.0)
        found = stages(observation, TABLE4)
        away = np.sort(np.abs(found.difference[found.lit]))
        if 0 < away[0] < away[1]:
            break
    assert 0 < away[0] < away[1]
    sigmas = float((away[0] + away[1]) / 2 / found.difference[found.lit].std())
    assert preprocess(observation, replace(TABLE4, outlier_sigmas=sigmas)).kept == 1


def test_no_fit_without_lit_pixels() -> None:
    some_lit(1)
    with pytest.raises(Unusable, match="no valid pixel"):
        some_lit(0)


@pytest.mark.parametrize("outliers", [True, False])
@pytest.mark.parametrize(("side", "darkening"), [
    ("day", "minnaert"), ("day", "emission"), ("day", "none"), ("night", "emission"), ("night", "none"),
    ("both", "emission"), ("both", "none")])
def test_what_is_done_to_each_kind_of_light(side: Side, darkening: Darkening, outliers: bool) -> None:
    """Both ways equal the rules said literally: which pixels stay, the law and its fit, the outliers."""
    drawn = made.observe(replace(made.Scene(), sun=(80.0, 5.0)), seed=3)
    alpha = TABLE4.angle_threshold_deg
    wanted = {"day": drawn.incidence <= alpha, "night": drawn.incidence >= 180 - alpha,
              "both": np.ones(drawn.image.shape, bool)}[side]
    lit = ~drawn.invalid & wanted & (drawn.emission <= alpha)
    image = np.where(drawn.image > 0, drawn.image, 5.0).astype(np.float32)  # the night shines faintly
    image[tuple(np.argwhere(lit)[lit.sum() // 2])] *= 20
    observation = replace(drawn, image=image, preprocessing=Preprocessing(side, darkening, outliers))
    points, plain = preprocess(observation, TABLE4), stages(observation, TABLE4)
    np.testing.assert_array_equal(plain.lit, lit)
    mu = np.cos(np.radians(observation.emission[lit].astype(np.float64)))
    mu0 = np.cos(np.radians(observation.incidence[lit].astype(np.float64))) if darkening == "minnaert" else 1.0
    value = observation.image[lit].astype(np.float64)
    if darkening != "none":
        k, log_i0 = np.polyfit(np.log(mu * mu0), np.log(mu * value), 1)
        assert (points.k, points.log_i0) == pytest.approx((k, log_i0))
        value = value / (mu ** (points.k - 1) * mu0**points.k)
    else:
        assert np.isnan([points.k, points.log_i0, plain.k]).all()
    np.testing.assert_allclose(plain.normalised[lit], value, rtol=1e-12)
    kept = plain.lit & ~plain.outlier
    assert points.kept == kept.sum()
    np.testing.assert_allclose(points.value, plain.normalised[kept], rtol=1e-12)
    assert plain.outlier.any() == outliers


def test_an_image_without_a_pixel_of_the_side_that_is_kept() -> None:
    noon = replace(made.observe(made.Scene()), preprocessing=Preprocessing("night", "emission"))
    for way in (preprocess, stages):
        with pytest.raises(Unusable, match="on the night side"):
            way(noon, TABLE4)


@pytest.mark.parametrize("side", ["night", "both"])
def test_minnaerts_law_needs_the_day_side(side: Side) -> None:
    with pytest.raises(ValueError, match='darkening "minnaert" needs side "day"'):
        Preprocessing(side=side)


def test_a_line_through_few_points_and_through_none() -> None:
    assert fit(np.array([1.0, 2.0, 4.0]), np.array([5.0, 7.0, 11.0])) == pytest.approx((2.0, 3.0))
    assert np.isnan(fit(np.array([]), np.array([]))).all()
    assert np.isnan(fit(np.full(3, 2.0), np.arange(3.0))).all()


def test_patches_without_minnaerts_law_on_another_planet() -> None:
    observation = made.observe(replace(made.Scene(), size=140, sun=(0.0, 0.0)), seed=4)
    plain = patches_of(observation, [3000.0], made.small())[3000.0]
    small = Planet(radius_km=VENUS_RADIUS_KM / 2, retrograde=False)
    halved = replace(observation, preprocessing=Preprocessing(darkening="none"), planet=small,
                     resolution_m_px=observation.resolution_m_px / 2)
    found = patches_of(halved, [1500.0], made.small())[1500.0]
    assert np.isnan(found.minnaert_k)
    assert not np.isnan(plain.minnaert_k)
    # half the scale on a planet of half the size: the same places, local time the other way round
    np.testing.assert_allclose(found.longitude_deg, plain.longitude_deg, atol=0.5)  # other outliers, another middle
    np.testing.assert_allclose(plain.local_time_h, 12 - plain.longitude_deg / 15)
    np.testing.assert_allclose(found.local_time_h, 12 + found.longitude_deg / 15)
    assert len(found.images) > 0
    assert not np.array_equal(found.images, plain.images)
