"""Planes of FITS geometry: taken by name, never by place where any has a name; units, scales and flags are applied."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from paper_repro.observations.observation import Observation, Pair, ReaderError
from tests.instruments import uvi
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


@pytest.mark.parametrize("unit", ["deg", "Degree", "DEGREES ", "", "degrees_east", "degree_east"])
def test_degrees(uvi_pair: Pair, unit: str) -> None:
    expected = uvi.read(uvi_pair)
    assert_same(changed(uvi_pair, lambda units: units[2].header.update(BUNIT=unit)), expected)


@pytest.mark.parametrize("unit", ["hour", "arcsec", "mrad", "degrees_west"])
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


@pytest.mark.parametrize("part", ["image", "geometry"])
def test_a_scale_that_makes_all_values_the_same_is_refused(uvi_pair: Pair, part: str) -> None:
    path, place = (uvi_pair.image, 1) if part == "image" else (products.geometry_of(uvi_pair), 6)
    with fits.open(path, do_not_scale_image_data=True, mode="update") as units:
        units[place].header["BSCALE"] = 0.0
    for call in (uvi.header, uvi.read):
        with pytest.raises(ReaderError, match=f"HDU {place}.*: expected BSCALE other than 0"):
            call(uvi_pair)


def test_a_keyword_with_two_values_is_refused_and_one_that_is_repeated_is_read(uvi_pair: Pair) -> None:
    expected = uvi.read(uvi_pair)
    same = fits.Card("BUNIT", "deg"), fits.Card("BUNIT", "deg", "with a comment")
    assert_same(changed(uvi_pair, lambda units: units[5].header.extend(same)), expected)
    with pytest.raises(ReaderError, match="BUNIT stands there more than once, with different values"):
        changed(uvi_pair, lambda units: units[5].header.append(fits.Card("BUNIT", "rad")))


def test_what_other_conventions_put_into_headers_changes_nothing(uvi_pair: Pair) -> None:
    """Long texts over several cards (CONTINUE), long keywords (HIERARCH), comments and history."""
    expected = uvi.read(uvi_pair)

    def change(units: fits.HDUList) -> None:
        header = units[5].header
        header["NOTE"] = "BSCALE  = 2.0 " * 20
        header["HIERARCH ESO BSCALE OF IT"] = 2.0
        header.add_history("BSCALE  = 2.0")
        header.add_comment("BUNIT   = 'rad'")

    assert_same(changed(uvi_pair, change), expected)


@pytest.mark.parametrize("part", ["image", "geometry"])
def test_compressed_images_are_refused_by_name(uvi_pair: Pair, part: str) -> None:
    path, place = (uvi_pair.image, 1) if part == "image" else (products.geometry_of(uvi_pair), 5)
    with fits.open(path) as units:
        units[place] = fits.CompImageHDU(units[place].data, units[place].header)
        units.writeto(path, overwrite=True)
    with pytest.raises(ReaderError, match=f"HDU {place}, called .*, is a compressed image .ZIMAGE., .* funpack"):
        uvi.read(uvi_pair)


@pytest.mark.parametrize("bits", ["i2", "i4", "f8"])
def test_planes_of_other_sample_types_are_refused(uvi_pair: Pair, bits: str) -> None:
    def change(units: fits.HDUList) -> None:
        values = np.nan_to_num(units[5].data).astype(bits)
        units[5] = fits.ImageHDU(values, name="Incidence angle")
        if bits != "f8":
            units[5].header["BLANK"] = -999

    with pytest.raises(ReaderError, match=r"expected a float32 IMAGE \(BITPIX -32, NAXIS 2\), found IMAGE"):
        changed(uvi_pair, change)


def test_planes_that_no_observation_carries_are_read_like_the_others(uvi_pair: Pair) -> None:
    expected = uvi.plane(uvi_pair, "phase angle")
    value = float(expected[2, 3])

    def change(units: fits.HDUList) -> None:
        units[4].data = np.radians(units[4].data.astype(np.float64)).astype(np.float32)
        units[4].header["BUNIT"] = "rad"
        units[4].header["P_MPIXV"] = float(units[4].data[2, 3])
        units[3].header["BUNIT"] = "hour"

    changed(uvi_pair, change)
    found = uvi.plane(uvi_pair, "phase angle")
    assert value > 0
    assert np.isnan(found[2, 3])
    found[2, 3] = value
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    uvi.plane(uvi_pair, "local time")


@pytest.mark.filterwarnings("ignore:Invalid 'BLANK' keyword")
def test_blank_values_are_missing_although_the_samples_are_real_numbers(uvi_pair: Pair) -> None:
    def change(units: fits.HDUList) -> None:
        units[6].data[2, 3] = 30
        units[6].header["BLANK"] = 30

    found = changed(uvi_pair, change)
    assert np.argwhere(found.invalid).tolist() == [[0, 0], [2, 3]]


@pytest.mark.parametrize("keyword", ["P_MPIXV", "P_DPIXV", "P_SPIXV"])
def test_what_a_planes_header_calls_missing(uvi_pair: Pair, keyword: str) -> None:
    value = float(products.planes(SHAPE)["emission angle"][2, 3])
    assert not uvi.read(uvi_pair).invalid[2, 3]
    found = changed(uvi_pair, lambda units: units[6].header.update({keyword: value}))
    assert np.argwhere(found.invalid).tolist() == [[0, 0], [2, 3]]
    assert np.isnan(found.emission[2, 3])
