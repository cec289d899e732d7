"""Whatever stands where there is no geometry, an observation gives the very same patches, of every instrument.

The products are those of the simulated archive, their fill values replaced.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from paper_repro.base.profile import load
from paper_repro.observations import registry
from paper_repro.observations.observation import Pair, ReaderError
from paper_repro.paper import TABLE4
from paper_repro.patches.project import Patches, patches_of
from paper_repro.simulated import venus_archive
from paper_repro.simulated.venus_archive import Shot, disc, north
from paper_repro.simulated.venus_camera import View
from paper_repro.simulated.venus_fields import Field
from tests.observations import products

SCALE_KM = 3000.0
FILLS = [-3.4e38, -999.0, -9999.0, 999.0, 1e30, 1e32, -1e32, 3.4e38, -32768.0, 65535.0, 0.0, 45.0, np.inf, -np.inf,
         np.nan]


def limb() -> Shot:
    """A distant view of VMC's, the whole disc within its field of view."""
    shot = north(1)
    view: View = replace(shot.view, distance_km=36000.0)
    return replace(shot, view=view)


def replace_fits(path: Path, value: float) -> None:
    with fits.open(path) as units:
        for unit in units[1:]:
            unit.data[np.isnan(unit.data)] = value
        units.writeto(path, overwrite=True)


def replace_pds3(path: Path, value: float) -> None:
    data = path.read_bytes()
    stored = np.frombuffer(data, ">f4", 5 * 512 * 512, len(data) - 5 * 512 * 512 * 4).copy()
    stored[stored < -1e31] = value
    path.write_bytes(data[: -stored.nbytes] + stored.tobytes())


Made = tuple[str, Pair, Callable[[Path, float], None], Patches]


@pytest.fixture(scope="module", params=["uvi", "vmc"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    """A frame that shows space beside the planet, in its own format, and the patches of it."""
    name = str(request.param)
    folder = tmp_path_factory.mktemp(name)
    shot, change = {"uvi": (disc(12), replace_fits), "vmc": (limb(), replace_pds3)}[name]
    venus = load("sample").venus
    assert venus is not None
    venus_archive.take(folder, shot, Field(venus.seed), venus.seed)
    record = registry.get(name)
    (pair,) = record.pairs(folder / record.archive)
    return name, pair, change, patches_of(record.read(pair), [SCALE_KM], TABLE4)[SCALE_KM]


def test_the_frames_show_space_and_give_patches(made: Made) -> None:
    name, pair, _, expected = made
    geometry_missing = np.isnan(registry.get(name).read(pair).emission)
    assert 0.05 < geometry_missing.mean() < 0.9
    if name == "uvi":
        assert (len(expected.images), round(expected.minnaert_k, 3)) == (9, 0.749)
    else:
        assert len(expected.images) == 2


@pytest.mark.parametrize("value", FILLS)
def test_the_very_same_patches_whatever_fills_the_geometry(made: Made, value: float) -> None:
    name, pair, change, expected = made
    geometry = products.geometry_of(pair)
    kept = geometry.read_bytes()
    try:
        change(geometry, value)
        assert geometry.read_bytes() != kept or np.isnan(value) or value == -1e32
        observation = registry.get(name).read(pair)
    finally:
        geometry.write_bytes(kept)
    found = patches_of(observation, [SCALE_KM], TABLE4)[SCALE_KM]
    for field in fields(Patches):
        np.testing.assert_array_equal(getattr(found, field.name), getattr(expected, field.name), err_msg=field.name)


def planes(name: str, pair: Pair, plane: str, value: float) -> NDArray[np.bool_]:
    """What is invalid of a tiny product whose pixel (1, 2) has this value in a plane."""
    geometry = products.geometry_of(pair)
    if name == "uvi":
        values = products.planes((4, 6))
        values[plane if plane in values else f"{plane} angle"][1, 2] = value
        products.write_uvi_geometry(geometry, values)
    else:
        cube = products.vmc_cube((4, 6))
        cube[("incidence", "emission", "phase", "latitude", "longitude").index(plane), 1, 2] = value
        products.write_vmc(geometry, cube)
    observation = registry.get(name).read(pair)
    # an angle that can't be one is none afterwards; longitudes are in [-180, 180)
    for each in ("incidence", "emission", "latitude", "longitude"):
        values = getattr(observation, each)
        assert not np.isinf(values).any()
        assert (np.abs(values[~np.isnan(values)]) <= 180).all()
    return observation.invalid


@pytest.mark.parametrize("name", ["uvi", "vmc"])
@pytest.mark.parametrize(("plane", "value", "valid"), [
    ("incidence", 0, True), ("incidence", 180, True), ("incidence", -0.001, False), ("incidence", 180.001, False),
    ("emission", 0, True), ("emission", 180, True), ("emission", -1e-6, False), ("emission", 1e6, False),
    ("latitude", -90, True), ("latitude", 90, True), ("latitude", 90.001, False), ("latitude", -91, False),
    ("longitude", -360, True), ("longitude", 360, True), ("longitude", 360.1, False), ("longitude", -361, False),
    ("longitude", 180, True), ("longitude", -180, True), ("longitude", 270, True), ("longitude", -270, True),
    ("phase", -999, True),
])
def test_what_is_an_angle(name: str, plane: str, value: float, valid: bool, tmp_path: Path) -> None:
    pair = products.uvi_pair(tmp_path) if name == "uvi" else products.vmc_pair(tmp_path)
    invalid = planes(name, pair, plane, value)
    assert invalid[1, 2] == (not valid)
    assert invalid.sum() == {"uvi": 1, "vmc": 2}[name] + (not valid)


@pytest.mark.parametrize(("changes", "reason"), [
    ({"S_SOLLON": -3.4e38}, "sub-solar longitude between -360 and 360 degrees, found -3.4e\\+38"),
    ({"S_SOLLON": 360.001}, "sub-solar longitude"), ({"S_SOLLON": -999.0}, "sub-solar longitude"),
    ({"S_IFOV": 0.0}, "S_IFOV above 0"), ({"S_IFOV": -0.0002}, "S_IFOV above 0"),
    ({"S_IFOV": -0.0002, "S_DISTAV": 100.0}, "S_IFOV above 0"),  # whose product would be a resolution
    ({"S_DISTAV": -3.4e38}, "S_DISTAV above 6051.8 km"), ({"S_DISTAV": 0.0}, "S_DISTAV above"),
    ({"S_DISTAV": 6051.8}, "S_DISTAV above"), ({"S_DISTAV": 1e30}, "resolution above 0 m a pixel, found 2.0"),
    ({"TIMESYS": "TDB"}, "expected times in UTC, found TIMESYS 'TDB'"),
])
def test_what_makes_an_observation_unusable_is_said(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    pair = products.uvi_pair(tmp_path)
    record = registry.get("uvi")
    products.write_uvi_image(pair.image, np.ones((4, 6), np.float32), products.uvi_cards(**changes))
    for call in (record.header, record.read):
        with pytest.raises(ReaderError, match=reason):
            call(pair)


@pytest.mark.parametrize(("longitude", "expected"), [(-360, 0), (360, 0), (-190, 170), (180, -180), (341.454, -18.546)])
def test_sub_solar_longitudes_of_every_convention(tmp_path: Path, longitude: float, expected: float) -> None:
    pair = products.uvi_pair(tmp_path)
    cards = products.uvi_cards(S_SOLLON=float(longitude), TIMESYS="UTC")
    products.write_uvi_image(pair.image, np.ones((4, 6), np.float32), cards)
    assert registry.get("uvi").header(pair).subsolar_longitude_deg == pytest.approx(expected, abs=1e-9)
