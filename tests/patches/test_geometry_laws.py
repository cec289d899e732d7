"""Laws of the geometry (Sect. 3.1.2-4): what is where on the planet is there on the patch, however it is turned."""

from dataclasses import replace
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.observations.observation import Observation, wrap
from paper_repro.paper import TABLE4, VENUS_RADIUS_KM
from paper_repro.patches.preprocess import preprocess
from paper_repro.patches.project import (
    REASONS,
    Patches,
    at_scale,
    interpolate,
    interpolated,
    patches_of,
    sparse,
)
from paper_repro.patches.viewpoints import centred, centring, grid, local_time_h, trace_back
from tests.patches import literal
from tests.patches import observations_made as made

SIDE = 32
SETTINGS = made.small(SIDE)
# without outliers the same pixels are kept with and without the cloud, so the patches stay where they are: next to a
# pole the least shift of the median would turn the whole grid
ALL_KEPT = replace(SETTINGS, outlier_sigmas=1e9)
DISC = made.Scene(size=160, km_px=82.0, sun=(15.0, 5.0), noise=0.005)
CLOSE_UP = made.Scene(size=160, km_px=0.7, tilt_deg=25.0, sun=(15.0, 5.0), noise=0.005, instrument="vmc")
VIEWS = {3000.0: DISC, 25.0: CLOSE_UP}
MIDDLES = [(0.0, 0.0), (180.0, 0.0), (-179.6, 35.0), (40.0, 90.0), (-70.0, -89.5), (120.0, -60.0)]


def scene_at(scale_km: float, observer: tuple[float, float], roll_deg: float = 0.0) -> made.Scene:
    """The scale's view with `observer` in its middle and the Sun near it, so that poles are lit too."""
    sun = (observer[0] + 15.0, observer[1] + (-12.0 if observer[1] > 0 else 12.0))
    return replace(VIEWS[scale_km], observer=observer, sun=sun, roll_deg=roll_deg)


def bumps(centres: list[tuple[float, float]], sigma_km: float) -> made.Clouds:
    """A bright round cloud at each longitude and latitude."""

    def clouds(points: made.Floats) -> made.Floats:
        factor = np.ones(points.shape[1:])
        for longitude, latitude in centres:
            across = points - made.unit(longitude, latitude)[:, None, None]
            factor += 0.3 * np.exp(-(across**2).sum(axis=0) * (VENUS_RADIUS_KM / sigma_km) ** 2 / 2)
        return factor

    return clouds


def centroid(image: made.Floats) -> made.Floats:
    """Row and column of the bright cloud: the mean over what is above the half."""
    weight = np.clip(image - 0.5 * image.max(), 0, None)
    rows, columns = np.indices(image.shape)
    mean: made.Floats = np.array([(rows * weight).sum(), (columns * weight).sum()]) / weight.sum()
    return mean


@pytest.mark.parametrize("scale_km", VIEWS)
@pytest.mark.parametrize("observer", MIDDLES)
def test_a_feature_lies_in_the_middle_of_the_patch_that_says_so(
    scale_km: float, observer: tuple[float, float]
) -> None:
    scene = scene_at(scale_km, observer, roll_deg=37.0)
    where = patches_of(made.observe(scene), [scale_km], ALL_KEPT)[scale_km]
    assert len(where.images) >= 4
    # the local time says the longitude too; the two must be of one place
    longitudes = scene.sun[0] - (where.local_time_h - 12) * 15
    centres = list(zip(longitudes, where.latitude_deg, strict=True))
    observation = made.observe(scene, bumps(centres, 0.1 * scale_km))
    found = patches_of(observation, [scale_km], ALL_KEPT)[scale_km]
    np.testing.assert_allclose(found.latitude_deg, where.latitude_deg, rtol=0, atol=1e-9)
    for image in found.images:
        assert np.abs(centroid(image.astype(float)) - (SIDE - 1) / 2).max() <= 1


@pytest.mark.parametrize("scale_km", VIEWS)
def test_one_cloud_off_the_middle_is_as_far_off_as_it_should_be(scale_km: float) -> None:
    """North is up and east is right, in kilometres: a cloud is displaced by a quarter of the scale."""
    scene = scene_at(scale_km, (-60.0, 10.0), roll_deg=-120.0)
    where = patches_of(made.observe(scene), [scale_km], ALL_KEPT)[scale_km]
    # the patch nearest to the middle of the data, where the centred north is the planet's
    middle = np.array([centring(preprocess(made.observe(scene), ALL_KEPT))[0]]).T
    nearest = int(
        np.argmax([made.unit(*at) @ middle for at in zip(where.longitude_deg, where.latitude_deg, strict=True)])
    )
    longitude, latitude = where.longitude_deg[nearest], where.latitude_deg[nearest]
    quarter = np.rad2deg(0.25 * scale_km / VENUS_RADIUS_KM)
    for north, east in ((1, 0), (0, 1), (-1, 0), (0, -1)):
        at = (longitude + east * quarter / np.cos(np.deg2rad(latitude)), latitude + north * quarter)
        found = patches_of(made.observe(scene, bumps([at], 0.06 * scale_km)), [scale_km], ALL_KEPT)[scale_km]
        offset = centroid(found.images[nearest].astype(float)) - (SIDE - 1) / 2
        expected = np.array([-north, east]) * 0.25 * (SIDE - 1)
        assert np.abs(offset - expected).max() <= 1.0


@pytest.mark.parametrize("turn_deg", [90.0, 180.0, -90.0, 64.0, -157.0])
@pytest.mark.parametrize("scale_km", VIEWS)
@pytest.mark.parametrize("latitude", [0.0, 55.0, -88.0])
def test_turning_the_planet_turns_the_patches(scale_km: float, latitude: float, turn_deg: float) -> None:
    """Longitudes are rounded to 2^-12 deg, so that adding the turn is exact in single precision.

    The median of Sect. 3.1.2 is taken of x, y and z each, so only quarter turns turn it exactly; for other turns the
    grid is laid over the turned points by the turned matrix.
    """
    observation = textured_at(scale_km, latitude)
    turned = replace(
        observation,
        longitude=wrap(observation.longitude + np.float32(turn_deg)),
        subsolar_longitude=(observation.subsolar_longitude + turn_deg + 180) % 360 - 180,
    )
    before = patches_of(observation, [scale_km], SETTINGS)[scale_km]
    if turn_deg % 90 == 0:
        after = patches_of(turned, [scale_km], SETTINGS)[scale_km]
    else:
        points = preprocess(turned, SETTINGS)
        matrix = centring(preprocess(observation, SETTINGS)) @ about_z(-turn_deg)
        sun = turned.subsolar_longitude
        after = at_scale(centred(points, matrix), scale_km, sun, points.k, SETTINGS)
    assert len(before.images) > 3
    assert len(before.images) == len(after.images)
    assert before.rejected == after.rejected
    apart = (after.longitude_deg - before.longitude_deg - turn_deg + 180) % 360 - 180
    assert np.abs(apart).max() < 1e-9
    np.testing.assert_allclose(after.latitude_deg, before.latitude_deg, rtol=0, atol=1e-9)
    np.testing.assert_allclose(after.local_time_h, before.local_time_h, rtol=0, atol=1e-9)
    np.testing.assert_allclose(after.density, before.density, rtol=0, atol=1e-12)
    assert np.mean(before.images != after.images) < 1e-3  # rounding may decide between equally near points


@pytest.mark.parametrize("scale_km", VIEWS)
def test_the_median_of_each_coordinate_moves_a_little_when_the_planet_turns(scale_km: float) -> None:
    """A documented trait of Sect. 3.1.2: the middle of the data is not quite where it was."""
    observation = textured_at(scale_km, 55.0)
    turned = replace(observation, longitude=wrap(observation.longitude + np.float32(64.0)))
    moved = centring(preprocess(observation, SETTINGS)) @ about_z(-64.0) @ centring(preprocess(turned, SETTINGS)).T
    angle_km = np.arccos(np.clip(moved[0, 0], -1, 1)) * VENUS_RADIUS_KM
    assert 0 < angle_km < 0.5 * scale_km


def textured_at(scale_km: float, latitude: float) -> Observation:
    scene = replace(scene_at(scale_km, (100.0, latitude)), noise=0.01)
    clouds = made.smooth_clouds(np.random.default_rng(3), 0.5 * scale_km, 0.1)
    return made.observe(scene, clouds, 1, quantum_deg=2.0**-12)


def about_z(angle_deg: float) -> made.Floats:
    return literal.about_z(np.deg2rad(angle_deg))


@pytest.mark.parametrize("scale_km", [3000.0, 500.0, 25.0])
def test_the_grid_is_spaced_as_eq_4_says_with_one_viewpoint_in_the_middle(scale_km: float) -> None:
    reach = min(0.9, 6 * scale_km / VENUS_RADIUS_KM)
    viewpoints = grid(scale_km, (-reach, reach), (-reach, reach))
    step = 2 * np.arcsin(scale_km / (2 * VENUS_RADIUS_KM))
    thetas = np.unique(viewpoints.theta)
    np.testing.assert_allclose(np.diff(thetas), step, rtol=0, atol=1e-12)
    for theta in thetas:
        phis = viewpoints.phi[viewpoints.theta == theta]
        np.testing.assert_allclose(np.diff(phis), step, rtol=0, atol=1e-12)
    assert np.all(np.diff(viewpoints.theta) >= 0)  # theta is the outer loop
    on_x = np.linalg.norm(viewpoints.vectors - [1, 0, 0], axis=1) < 1e-12
    assert on_x.sum() == 1
    # neighbours on the equator and on the meridian of the middle are s_p apart as the crow flies
    apart_km = np.linalg.norm(viewpoints.vectors - viewpoints.vectors[on_x], axis=1) * VENUS_RADIUS_KM
    assert np.sum(np.abs(apart_km - scale_km) < 1e-6) == 4
    np.testing.assert_allclose(np.linalg.norm(viewpoints.vectors, axis=1), 1, rtol=0, atol=1e-14)


def test_the_pre_selection_keeps_what_is_within_1_01_of_the_bounds() -> None:
    x, y, z = grid(500.0, (-0.2, 0.35), (-0.1, 0.3)).vectors.T
    everywhere = grid(500.0, (-1.0, 1.0), (-1.0, 1.0)).vectors
    inside = (everywhere[:, 1] >= -0.202) & (everywhere[:, 1] <= 0.3535)
    inside &= (everywhere[:, 2] >= -0.101) & (everywhere[:, 2] <= 0.303)
    assert len(x) == inside.sum()
    assert x.min() >= 0
    assert y.min() >= -0.202
    assert z.max() <= 0.303
    # half a sphere has about 2 pi / d^2 viewpoints where rows near the poles are not thinned out: far more than data
    assert len(x) < 0.2 * len(everywhere)


@pytest.mark.parametrize("observer", MIDDLES)
def test_the_median_of_the_points_is_in_front_with_north_up(observer: tuple[float, float]) -> None:
    points = preprocess(made.observe(scene_at(3000.0, observer)), SETTINGS)
    matrix = centring(points)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), rtol=0, atol=1e-14)
    assert np.linalg.det(matrix) > 0
    median = np.array([np.median(axis) for axis in (points.x, points.y, points.z)])
    np.testing.assert_allclose(matrix @ (median / np.linalg.norm(median)), [1, 0, 0], rtol=0, atol=1e-14)
    assert abs((matrix @ [0, 0, 1])[1]) < 1e-14  # the planet's north is in the plane of up and front
    assert (matrix @ [0, 0, 1])[2] >= 0
    frame = centred(points, matrix)
    np.testing.assert_allclose(frame.points[:3], matrix @ [points.x, points.y, points.z], rtol=0, atol=1e-14)


def test_tracing_back_undoes_the_centring() -> None:
    rng = np.random.default_rng(0)
    points = preprocess(made.observe(scene_at(3000.0, (-179.6, 35.0))), SETTINGS)
    matrix = centring(points)
    longitude = np.append(rng.uniform(-180, 180, 50), [-180.0, 179.999, 0.0])
    latitude = np.append(rng.uniform(-89, 89, 50), [0.0, 10.0, -45.0])
    vectors = np.stack([matrix @ made.unit(*at) for at in zip(longitude, latitude, strict=True)])
    back_longitude, back_latitude = trace_back(vectors, matrix)
    assert np.abs((back_longitude - longitude + 180) % 360 - 180).max() < 1e-9
    np.testing.assert_allclose(back_latitude, latitude, rtol=0, atol=1e-9)
    assert back_longitude.min() >= -180
    assert back_longitude.max() < 180


def test_local_time_is_noon_under_the_sun_and_later_towards_the_west() -> None:
    hours = local_time_h(np.array([100.0, 85.0, 115.0, -80.0, -79.9, 280.0]), 100.0)
    np.testing.assert_allclose(hours, [12, 13, 11, 0, 24 - 0.1 / 15, 0], rtol=0, atol=1e-12)
    assert np.all((hours >= 0) & (hours < 24))
    assert np.all(local_time_h(np.linspace(-180, 180, 361)[:-1], np.nextafter(0.0, -1.0)) < 24)


@pytest.mark.parametrize("scale_km", VIEWS)
def test_morning_is_on_the_right(scale_km: float) -> None:
    """East is right and the planet turns backwards: a patch's right neighbour has an earlier local time."""
    patches = patches_of(made.observe(scene_at(scale_km, (0.0, 0.0))), [scale_km], SETTINGS)[scale_km]
    order = np.argsort(patches.longitude_deg)
    assert np.all(np.diff(patches.local_time_h[order]) <= 1e-9)
    assert np.ptp(patches.local_time_h) > 0


def stretched(patches: Patches) -> made.Floats:
    """Back from 8 bits to values (the middle of each gray value's range), so that interpolations can be compared."""
    span = patches.value_max - patches.value_min
    return patches.value_min[:, None, None] + (patches.images + 0.5) / 255 * span[:, None, None]


def places(patches: Patches) -> NDArray[np.complex128]:
    return patches.longitude_deg + 1j * patches.latitude_deg


@pytest.mark.parametrize("scale_km", VIEWS)
@pytest.mark.parametrize("method", ["linear", "cubic"])
def test_linear_and_cubic_are_close_to_nearest_on_a_smooth_field(
    scale_km: float, method: Literal["linear", "cubic"]
) -> None:
    clouds = made.smooth_clouds(np.random.default_rng(5), 2 * scale_km, 0.1)
    observation = made.observe(replace(scene_at(scale_km, (20.0, -30.0)), noise=0.0), clouds)
    nearest = patches_of(observation, [scale_km], SETTINGS)[scale_km]
    other = patches_of(observation, [scale_km], replace(SETTINGS, interpolation=method))[scale_km]
    # what reaches over the edge of the data has empty pixels, and is dropped, unless the nearest point fills them
    missing = len(nearest.images) - len(other.images)
    assert other.rejected["empty pixel"] - nearest.rejected["empty pixel"] == missing >= 0
    both = np.isin(places(nearest), places(other))
    assert both.sum() == len(other.images) > 3
    spans = (nearest.value_max - nearest.value_min)[both, None, None]
    difference = (stretched(nearest)[both] - stretched(other)) / spans
    assert 0 < np.sqrt(np.mean(difference**2)) < 0.03  # "only minute" (caption of Fig. 9)


def test_as_many_points_as_the_density_asks_for_are_enough() -> None:
    """Half a point a pixel over a window of 1.5 times the side: 18 of 4 x 4 pixels."""
    settings = replace(TABLE4, resolution_px=4, density_bins=1)
    assert settings.min_density == 0.5
    points = np.random.default_rng(0).uniform(-1, 1, (3, 18))
    assert sparse(points, 1.0, settings) == ("", 18)
    assert sparse(points[:, 1:], 1.0, settings) == (REASONS[0], 0)


def test_interpolate_gives_the_values_alone() -> None:
    settings = replace(TABLE4, resolution_px=4)
    window = np.random.default_rng(0).uniform(-1, 1, (3, 50))
    np.testing.assert_array_equal(interpolate(window, 1.0, settings), interpolated(window, 1.0, settings)[0])
