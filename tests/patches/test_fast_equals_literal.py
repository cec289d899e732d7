"""The fast way from an observation to patches gives what the literal one gives, bit by bit where there is no tie."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from paper_repro.observations.observation import Observation
from paper_repro.paper import VENUS_RADIUS_KM, Table4
from paper_repro.patches.preprocess import Unusable, preprocess, stages
from paper_repro.patches.project import Patches, interpolate, patches_of, window
from paper_repro.patches.viewpoints import centred, centring, grid
from tests.patches import literal
from tests.patches import observations_made as made

SCALES = (3000.0, 500.0, 25.0)
SEEDS = range(8)


def only_ties(differ: NDArray[np.bool_], y: literal.Floats, z: literal.Floats, half: float) -> bool:
    """Whether two points are equally near to each of the pixels that differ."""
    rows, columns = np.nonzero(differ)
    positions = np.linspace(-half, half, len(differ))
    pixels = np.stack([positions[columns], positions[::-1][rows]], axis=1)
    near, second = np.asarray(cKDTree(np.stack([y, z], axis=1)).query(pixels, k=2)[0]).T
    return bool(np.all(second - near <= 1e-12 * second))


def ties(fast: Patches, slow: literal.LiteralPatches) -> int:
    """Count pixels that differ; each must have two equally near points, else the test fails."""
    count = 0
    for image, patch in zip(fast.images, slow.patches, strict=True):
        differ = image != patch.image
        assert only_ties(differ, patch.y, patch.z, patch.half), "pixels differ where one point is the nearest"
        count += int(differ.sum())
    return count


def assert_equal(fast: Patches, slow: literal.LiteralPatches) -> None:
    assert len(fast.images) == len(slow.patches)
    assert fast.rejected == slow.rejected
    np.testing.assert_allclose(fast.minnaert_k, slow.k, rtol=0, atol=1e-9)
    for name in ("latitude_deg", "density", "density_min_bin"):
        expected = [getattr(patch, name) for patch in slow.patches]
        np.testing.assert_allclose(getattr(fast, name), expected, rtol=0, atol=1e-9, err_msg=name)
    for name in ("value_min", "value_max"):
        expected = [getattr(patch, name) for patch in slow.patches]
        np.testing.assert_allclose(getattr(fast, name), expected, rtol=1e-9, atol=0, err_msg=name)
    for name, turn in (("longitude_deg", 360), ("local_time_h", 24)):
        apart = getattr(fast, name) - [getattr(patch, name) for patch in slow.patches]
        assert np.all(np.abs((apart + turn / 2) % turn - turn / 2) < 1e-9), name


def compare(observation: Observation, scale_km: float, settings: Table4) -> tuple[int, int, int]:
    """Compare viewpoints, metadata, pixels: number of patches, pixels and ties."""
    slow = literal.patches(observation, scale_km, settings)
    assert slow is not None
    points = preprocess(observation, settings)
    frame = centred(points, centring(points))
    viewpoints = grid(scale_km, frame.y_range, frame.z_range)
    assert len(viewpoints.phi) == len(slow.phi)
    np.testing.assert_allclose(viewpoints.phi, slow.phi, rtol=0, atol=1e-12)
    np.testing.assert_allclose(viewpoints.theta, slow.theta, rtol=0, atol=1e-12)
    np.testing.assert_allclose(viewpoints.vectors, slow.vectors, rtol=0, atol=1e-12)
    fast = patches_of(observation, [scale_km], settings)[scale_km]
    assert_equal(fast, slow)
    assert fast.images.dtype == np.uint8
    return len(fast.images), fast.images.size, ties(fast, slow)


@pytest.mark.parametrize("scale_km", SCALES)
def test_randomised_observations(scale_km: float) -> None:
    settings = made.small()
    counts = np.array([compare(made.random_observation(seed, scale_km), scale_km, settings) for seed in SEEDS])
    patches, pixels, tied = counts.sum(axis=0)
    print(f"{scale_km:g} km: {len(SEEDS)} observations, {patches} patches, {pixels} pixels, {tied} ties")
    assert patches > 3 * len(SEEDS)  # something was compared
    assert tied < 1e-3 * pixels


@pytest.mark.parametrize("interpolation", ["linear", "cubic"])
@pytest.mark.parametrize("scale_km", SCALES)
def test_other_interpolations(scale_km: float, interpolation: Literal["linear", "cubic"]) -> None:
    settings = made.small(interpolation=interpolation)
    observation = made.random_observation(100, scale_km)
    slow = literal.patches(observation, scale_km, settings)
    assert slow is not None
    fast = patches_of(observation, [scale_km], settings)[scale_km]
    assert len(fast.images) > 0
    assert len(fast.images) == len(slow.patches)
    for image, patch in zip(fast.images, slow.patches, strict=True):
        # another order of the last bits of y and z may turn a diagonal of a square of points
        assert np.mean(image != patch.image) < 0.01
        assert np.abs(image.astype(int) - patch.image).max() <= 16


def test_full_resolution() -> None:
    settings = made.small(128)
    scene = replace(made.random_scene(np.random.default_rng(7), 500.0), size=260, km_px=4.5, ragged=False)
    observation = made.observe(scene, made.smooth_clouds(np.random.default_rng(8), 200.0, 0.05))
    assert compare(observation, 500.0, settings)[0] > 0


def test_differences_between_equally_near_points_are_seen_to_be_ties() -> None:
    """Coordinates in steps of two pixels: pixels share a place, so which of them is the nearest is anyone's choice."""
    scene = made.Scene(size=150, km_px=13.0, sun=(10.0, 0.0))
    observation = made.observe(scene, made.smooth_clouds(np.random.default_rng(1), 300.0, 0.05), quantum_deg=0.25)
    points = preprocess(observation, made.small())
    half = 250 / VENUS_RADIUS_KM
    y, z, value = window(points, centring(points), np.array([1.0, 0.0, 0.0]), 500.0)
    fast = interpolate(np.array([y, z, value]), half, made.small())
    slow = literal.interpolate(y, z, value, half, made.small())
    assert np.mean(fast != slow) > 0.1
    assert only_ties(fast != slow, y, z, half)
    moved = np.roll(slow, 1, axis=1)  # a wrong patch is not excused
    once_y, once_z = np.unique([y, z], axis=1)
    assert not only_ties(moved != slow, once_y, once_z, half)


def test_two_scales_of_one_observation_are_those_of_each() -> None:
    observation = made.random_observation(3, 500.0)
    settings = made.small()
    both = patches_of(observation, [500.0, 700.0, 100.0], settings)
    assert sorted(both) == [500.0, 700.0]  # too coarse for 100 km
    for scale_km, patches in both.items():
        slow = literal.patches(observation, scale_km, settings)
        assert slow is not None
        assert_equal(patches, slow)
        ties(patches, slow)


def test_resolution_must_be_below_the_limit() -> None:
    observation = made.random_observation(3, 500.0)
    settings = made.small(32)
    limit = 1.5 * 1000 * 500 / 32
    assert patches_of(replace(observation, resolution_m_px=limit), [500.0], settings) == {}
    assert 500.0 in patches_of(replace(observation, resolution_m_px=np.nextafter(limit, 0)), [500.0], settings)


@pytest.mark.parametrize("scale_km", SCALES)
def test_windows(scale_km: float) -> None:
    """The same points of each window, accepted or not: y, z and value, in any order."""
    observation = made.random_observation(5, scale_km)
    settings = made.small()
    points = preprocess(observation, settings)
    matrix = centring(points)
    turned = matrix @ np.array([points.x, points.y, points.z])
    half = 0.5 * scale_km / VENUS_RADIUS_KM
    for phi, theta, vector in zip(*literal.viewpoints(scale_km, turned), strict=True):
        x, y, z = literal.about_y(np.pi / 2 - theta) @ literal.about_z(-phi) @ turned
        inside = (x >= 0) & (np.abs(y) <= 1.5 * half) & (np.abs(z) <= 1.5 * half)
        expected = np.array([y[inside], z[inside], points.value[inside]])
        found = np.array(window(points, matrix, vector, scale_km))
        assert found.shape == expected.shape
        order, wanted = np.argsort(found[2]), np.argsort(expected[2])
        np.testing.assert_allclose(found[:, order], expected[:, wanted], rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale_km", SCALES)
def test_stages_and_points(scale_km: float) -> None:
    for seed in SEEDS:
        observation = made.random_observation(seed, scale_km)
        slow = literal.stages(observation, made.small())
        plain = stages(observation, made.small())
        points = preprocess(observation, made.small())
        np.testing.assert_array_equal(plain.valid, slow.valid)
        np.testing.assert_array_equal(plain.lit, slow.lit)
        np.testing.assert_array_equal(plain.outlier, slow.outlier)
        np.testing.assert_allclose(plain.normalised[slow.lit], slow.normalised[slow.lit], rtol=1e-9)
        assert np.isnan(plain.normalised[~slow.lit]).all()
        np.testing.assert_allclose([plain.k, plain.log_i0], [slow.k, slow.log_i0], rtol=0, atol=1e-9)
        np.testing.assert_allclose([points.k, points.log_i0], [slow.k, slow.log_i0], rtol=0, atol=1e-9)
        kept = slow.lit & ~slow.outlier
        assert points.kept == kept.sum()
        np.testing.assert_allclose(points.value, slow.normalised[kept], rtol=1e-9)
        np.testing.assert_allclose([points.x, points.y, points.z], literal.sphere(observation, kept), atol=1e-14)


@pytest.mark.parametrize("fault", ["all invalid", "all dark"])
def test_unusable(fault: str) -> None:
    """Both refuse what has no pixel left; the unspoilt observation is read by both."""
    observation = made.observe(made.Scene(size=40, km_px=130.0))
    everywhere = np.ones_like(observation.image)
    assert literal.patches(observation, 3000.0, made.small(16)) is not None
    assert 3000.0 in patches_of(observation, [3000.0], made.small(16))
    observation = {
        "all invalid": replace(observation, invalid=everywhere.astype(bool)),
        "all dark": replace(observation, incidence=everywhere * np.float32(75.001)),
    }[fault]
    with pytest.raises(literal.LiteralUnusableError):
        literal.patches(observation, 3000.0, made.small(16))
    with pytest.raises(Unusable, match="pixel"):
        patches_of(observation, [3000.0], made.small(16))
    with pytest.raises(Unusable, match="pixel"):
        stages(observation, made.small(16))


@pytest.mark.parametrize("fault", ["no radiance", "one angle"])
def test_an_observation_without_a_fit_is_used_as_it_is(fault: str) -> None:
    """By the text nothing but Eq. 3 is left out: both ways give the patches of the image itself, and no k."""
    observation = made.observe(made.Scene(size=40, km_px=130.0),
                               made.smooth_clouds(np.random.default_rng(1), 300.0, 0.05))
    everywhere = np.ones_like(observation.image)
    observation = {
        "no radiance": replace(observation, image=observation.image - 2 * observation.image.max()),
        "one angle": replace(observation, incidence=30 * everywhere, emission=30 * everywhere),
    }[fault]
    slow = literal.patches(observation, 3000.0, made.small(16))
    assert slow is not None
    fast = patches_of(observation, [3000.0], made.small(16))[3000.0]
    assert len(fast.images) > 0
    assert np.isnan(fast.minnaert_k)
    assert_equal(fast, slow)
    ties(fast, slow)
    found = stages(observation, made.small(16))
    assert np.isnan([found.k, found.log_i0]).all()
    np.testing.assert_array_equal(found.normalised[found.lit], observation.image[found.lit])


@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
def test_what_is_drawn_out_is_farther_than_three_pixels_from_every_point(interpolation: Literal["nearest", "linear"]
                                                                         ) -> None:
    scene = replace(made.random_scene(np.random.default_rng(7), 500.0), ragged=True)
    observation = made.observe(scene, made.smooth_clouds(np.random.default_rng(8), 200.0, 0.05))
    settings = replace(made.small(), interpolation=interpolation, min_bin_density=0.0, min_density=0.2)
    fast, slow = patches_of(observation, [500.0], settings)[500.0], literal.patches(observation, 500.0, settings)
    assert slow is not None
    shares = []
    for patch in slow.patches:
        positions = np.linspace(-patch.half, patch.half, settings.resolution_px)
        away, _ = cKDTree(np.column_stack([patch.y, patch.z])).query(np.dstack(np.meshgrid(positions, positions)))
        shares.append(np.mean(away / (positions[1] - positions[0]) > 3))
    assert fast.drawn_out == pytest.approx(shares, abs=1e-9)
    if interpolation == "nearest":  # others leave pixels beyond the points empty, and so the patch out
        assert max(shares) > 0.1
        assert min(shares) == 0
