"""The true clouds of the simulated Venus: spots where they were put, types where they belong, nothing undersampled."""

import math

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.simulated import venus_fields
from paper_repro.simulated.venus_camera import View, geometry
from paper_repro.simulated.venus_fields import TYPES, Field, Spot

TIME = "2016-06-01T12:00:00.000"


def northern(roll: float = 0.0, longitude: float = 10.0, latitude: float = 89.5) -> View:
    return View(TIME, longitude, latitude, 6451.8, 6.9261e-4, (512, 512), (270.0, 278.0), 6111.8, roll=roll,
                north_up=True)


@pytest.mark.parametrize(("longitude", "latitude"), [(10.0, 89.5), (180.0, 65.0), (-180.0, -70.0)])
def test_spot_is_where_it_was_put(longitude: float, latitude: float) -> None:
    view = northern(30.0, longitude, latitude)
    field = Field(1, clouds=False, spots=(Spot(longitude, latitude, 3.0),))
    planes = geometry(view)
    value = field.brightness(planes.longitude.ravel(), planes.latitude.ravel(), 0.0, 0.0, 0.2).reshape(view.shape)
    assert value.argmax() == 270 * 512 + 278
    assert value.max() == pytest.approx(1.5, abs=1e-4)
    width = np.flatnonzero(value[270] > 1 + 0.5 * math.exp(-0.5)).size * view.pixel_km * 6051.8 / 6111.8
    assert width == pytest.approx(6.0, abs=0.4)


def test_clouds_turn_in_four_days() -> None:
    """Away from the wake, what is at a longitude now is 90 degrees further west a day later."""
    rng = np.random.default_rng(5)
    longitude, latitude = rng.uniform(0, 360, 200), rng.uniform(45, 50, 200)
    field = Field(7)
    now = field.brightness(longitude, latitude, 0.0, 0.0, 20.0)
    later = field.brightness(longitude - 90, latitude, 0.0 - 90, 24.0, 20.0)
    assert np.abs(now - later).max() < 1e-9
    assert now.std() > 0.01


def test_types() -> None:
    field, rng = Field(7), np.random.default_rng(6)
    def share(latitude: tuple[float, float], local: tuple[float, float], scale: float) -> dict[str, float]:
        lat, hour = rng.uniform(*latitude, 400), rng.uniform(*local, 400)
        found = field.feature_type((12 - hour) * 15, lat, 0.0, 0.0, scale)
        return {name: float((found == name).mean()) for name in TYPES}

    assert share((-15, 15), (13.5, 15), 3000)["mottled"] > 0.8
    assert share((-15, 15), (8, 9.5), 500)["featureless"] > 0.8
    assert share((-55, -48), (8, 16), 500)["streak"] > 0.7
    north = share((56, 68), (9, 15), 25)
    assert min(north.values()) > 0.05
    assert share((56, 68), (9, 15), 500)["wave"] == 0


def test_waves() -> None:
    """Trains of 5 to 12 km, in the north only; the envelope is where the displacement is."""
    angles = np.linspace(0, 2 * np.pi, 20000)
    for latitude, some in ((62.0, True), (40.0, False), (-62.0, False)):
        z = math.sin(math.radians(latitude))
        found = np.array([venus_fields.waves(math.cos(math.radians(latitude)) * math.cos(a),
                                             math.cos(math.radians(latitude)) * math.sin(a), z, 7) for a in angles])
        assert (found[:, 1].max() > 0.9) == some
        assert (np.abs(found[:, 0]) <= 4 * found[:, 1] + 1e-12).all()


def test_no_scale_is_preferred() -> None:
    """At any scale from 25 to 3000 km there is structure, and finer pixels only add to it."""
    field, lat = Field(7), 5.0
    for scale in (25.0, 500.0, 3000.0):
        step = math.degrees(scale / 128 / paper.VENUS_RADIUS_KM)
        longitude = -38 + step * np.arange(128)  # 14.5 h
        value = field.brightness(longitude, np.full(128, lat), 0.0, 0.0, scale / 128)
        assert value.std() > 0.003
        assert np.abs(np.diff(value)).mean() > 0.05 * value.std()


def test_pixels_see_what_they_resolve() -> None:
    """All of what is four pixels long, nothing of what is two; and what replaces patches too small is their mean."""
    assert [venus_fields.seen(wave, 10.0) for wave in (15.0, 20.0, 30.0, 40.0, 99.0)] == [0, 0, 0.5, 1, 1]
    assert venus_fields.seen(1.0, 0.0) == 1
    places = np.random.default_rng(0).uniform(-500, 500, (20_000, 3))
    noise = [venus_fields.noise(x, y, z, 102, venus_fields.GRADIENTS) for x, y, z in places]
    assert np.mean([venus_fields.ramp(0.08, 0.16, value) for value in noise]) == pytest.approx(0.28, abs=0.01)
    assert np.mean([venus_fields.ramp(-0.12, -0.04, value) for value in noise]) == pytest.approx(0.65, abs=0.01)
    shear = np.array([[1, venus_fields.SHEAR], [0, 1]])
    assert np.linalg.svd(shear, compute_uv=False)[0] == pytest.approx(venus_fields.NARROWED)


@pytest.mark.parametrize("latitude", [5.0, 45.0, 58.0, 70.0])
@pytest.mark.parametrize("pixel_km", [25.0, 5.0, 1.0])
def test_nothing_is_undersampled(latitude: float, pixel_km: float) -> None:
    """From south to north and from west to east: next to nothing lies beyond the pixels' Nyquist frequency."""
    field, finer, count = Field(7), 8, 512
    along = (np.arange(count) - count / 2) * math.degrees(pixel_km / finer / paper.VENUS_RADIUS_KM)
    beyond, total = 0.0, 0.0
    for east in np.arange(-40.0, -20.0, 2.5):
        for lon, lat in ((np.full(count, east), latitude + along),
                         (east + along / math.cos(math.radians(latitude)), np.full(count, latitude))):
            value = field.brightness(lon, lat, 0.0, 0.0, pixel_km)
            power = np.abs(np.fft.rfft((value - value.mean()) * np.hanning(count))) ** 2
            beyond += power[count // (2 * finer) + 1:].sum()
            total += power[1:].sum()
    assert total > 0
    assert beyond < 0.005 * total


def test_clouds_that_lie_farther_north_are_those_that_were_south_of_there() -> None:
    rng = np.random.default_rng(6)
    longitude, latitude = rng.uniform(0, 360, 200), rng.uniform(-40, 70, 200)
    usual, moved = Field(7), Field(7, north_deg=15.0)
    assert moved.brightness(longitude, latitude, 0.0, 0.0, 20.0) == pytest.approx(
        usual.brightness(longitude, latitude - 15, 0.0, 0.0, 20.0), abs=1e-9)
    here = usual.feature_type(longitude, latitude - 15, 0.0, 0.0, 25.0)
    assert (moved.feature_type(longitude, latitude, 0.0, 0.0, 25.0) == here).mean() > 0.95  # a patch's width shrinks
    assert (usual.feature_type(longitude, latitude, 0.0, 0.0, 25.0) == here).mean() < 0.8
