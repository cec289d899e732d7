"""Planes of FITS geometry: taken by name, never by place where any has a name; units, scales and flags are applied."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from paper_repro.observations import uvi
from paper_repro.observations.observation import Observation, Pair, ReaderError
from tests.observations import products
from tests.observations.products import assert_same

SHAPE = (4, 6)
NAMES = ("incidence", "emission", "latitude", "longitude")
Change = Callable[[fits.HDUList], object]


def changed(pair: Pair, change: Change, path: Path | None = None) -> Observation:
    """The observation after a change to the units of its geometry."""
    with fits.open(path or products.geometry_of(pair)) as units:
        change(units)
        units.writeto(path or products.geometry_of(pair), overwrite=True)
    return uvi.read(pair)


def named(*names: str) -> Change:
    def change(units: fits.HDUList) -> None:
        for unit, name in zip(units[1:], names, strict=True):
            unit.header["EXTNAME"] = name

    return change


def test_planes_named_otherwise_in_another_order_are_refused(uvi_pair: Pair) -> None:
    with pytest.raises(ReaderError, match="it has no plane 'incidence angle'; what is HDU 1, called 'ema'") as caught:
        changed(uvi_pair, named("EMA", "SZA", "LAT", "LON", "LT", "PHA", "AZI"))
    assert caught.value.offset == 2880
    with pytest.raises(ReaderError, match="it has no plane 'incidence angle'; what is HDU 2, called 'sza'"):
        changed(uvi_pair, named("Emission angle", "SZA", "Latitude", "Longitude", "Local time", "Phase angle", "AZI"))
    for call in (uvi.read, uvi.header):  # the index says so, too
        with pytest.raises(ReaderError, match="called 'sza'"):
            call(uvi_pair)


def test_one_plane_without_a_name_is_not_taken_by_its_place(uvi_pair: Pair) -> None:
    def change(units: fits.HDUList) -> None:
        del units[5].header["EXTNAME"]

    with pytest.raises(ReaderError, match="it has no plane 'incidence angle'; what is HDU 5\\?"):
        changed(uvi_pair, change)


def test_a_name_that_two_planes_have(uvi_pair: Pair) -> None:
    with pytest.raises(ReaderError, match="HDU 4, called 'latitude': it is the second of this name"):
        changed(uvi_pair, lambda units: units[4].header.update(EXTNAME="LATITUDE"))


@pytest.mark.parametrize("count", [6, 8])
def test_planes_without_names_of_another_number_are_refused(uvi_pair: Pair, count: int) -> None:
    order = (*products.PLANES, "Latitude")[:count]
    products.write_uvi_geometry(products.geometry_of(uvi_pair), products.planes(SHAPE), order, named=False)
    with pytest.raises(ReaderError, match=f"its planes have no names, and there are {count}, not 7"):
        uvi.read(uvi_pair)


@pytest.mark.parametrize("name", ["INCIDENCE_ANGLE", "incidence  angle", " Incidence Angle "])
def test_spellings_of_a_name(uvi_pair: Pair, name: str) -> None:
    expected = uvi.read(uvi_pair)
    assert_same(changed(uvi_pair, lambda units: units[5].header.update(EXTNAME=name)), expected)


@pytest.mark.parametrize("unit", ["rad", "RADIAN", " radians"])
def test_radians(uvi_pair: Pair, unit: str) -> None:
    expected = uvi.read(uvi_pair)

    def change(units: fits.HDUList) -> None:
        for plane in (units[1], units[5]):
            plane.data = np.radians(plane.data.astype(np.float64)).astype(np.float32)
            plane.header["BUNIT"] = unit

    assert_same(changed(uvi_pair, change), expected, 1e-6)


@pytest.mark.parametrize("unit", ["deg", "Degree", "DEGREES ", ""])
def test_degrees(uvi_pair: Pair, unit: str) -> None:
    expected = uvi.read(uvi_pair)
    assert_same(changed(uvi_pair, lambda units: units[2].header.update(BUNIT=unit)), expected)


@pytest.mark.parametrize("unit", ["hour", "arcsec", "mrad"])
def test_other_units_of_angles_are_refused(uvi_pair: Pair, unit: str) -> None:
    reason = f"HDU 2, called 'longitude': expected BUNIT in degrees or radians, found '{unit}'"
    with pytest.raises(ReaderError, match=reason):
        changed(uvi_pair, lambda units: units[2].header.update(BUNIT=unit))
    with pytest.raises(ReaderError, match="expected BUNIT"):
        uvi.header(uvi_pair)


def test_the_unit_of_what_is_not_used_may_be_any(uvi_pair: Pair) -> None:
    expected = uvi.read(uvi_pair)
    assert_same(changed(uvi_pair, lambda units: units[3].header.update(BUNIT="hour")), expected)


def test_scale_and_zero_are_applied_to_geometry_and_image(uvi_pair: Pair) -> None:
    """Against astropy, which applies them when it opens the file."""
    def scaled(unit: fits.ImageHDU) -> None:
        unit.header["BSCALE"], unit.header["BZERO"] = 0.5, 10.0

    def write(path: Path, place: int) -> None:
        with fits.open(path, do_not_scale_image_data=True) as units:
            values = units[place].data.astype(">f4")
            unit = fits.ImageHDU(values, header=units[place].header)
            scaled(unit)
            units[place] = unit
            units.writeto(path, overwrite=True)

    plain = uvi.read(uvi_pair)
    write(products.geometry_of(uvi_pair), 5)
    write(uvi_pair.image, 1)
    found = uvi.read(uvi_pair)
    np.testing.assert_array_equal(found.image, (0.5 * plain.image.astype(np.float64) + 10).astype(np.float32))
    np.testing.assert_allclose(found.incidence, 0.5 * plain.incidence + 10, rtol=1e-6)
    with fits.open(uvi_pair.image) as units:
        np.testing.assert_array_equal(found.image, units[1].data)


@pytest.mark.parametrize("keyword", ["P_MPIXV", "P_DPIXV", "P_SPIXV"])
def test_what_a_planes_header_calls_missing(uvi_pair: Pair, keyword: str) -> None:
    value = float(products.planes(SHAPE)["emission angle"][2, 3])
    assert not uvi.read(uvi_pair).invalid[2, 3]
    found = changed(uvi_pair, lambda units: units[6].header.update({keyword: value}))
    assert np.argwhere(found.invalid).tolist() == [[0, 0], [2, 3]]
    assert np.isnan(found.emission[2, 3])
