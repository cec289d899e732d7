"""Akatsuki UVI: the reader against astropy's own, pairing, window frames, missing values, broken files."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from paper_repro.observations.observation import Header, Pair, ReaderError
from tests.instruments import uvi
from tests.observations import products


def literal(pair: Pair) -> dict[str, NDArray[Any]]:
    """The planes by astropy alone, as the authors read them."""
    with fits.open(pair.image, memmap=False) as image, fits.open(products.geometry_of(pair), memmap=False) as geometry:
        planes = {name: geometry[name].data for name in ("incidence angle", "emission angle", "latitude", "longitude")}
        wrapped = (planes["longitude"].astype(np.float32) + np.float32(180)) % np.float32(360) - np.float32(180)
        invalid = (image[1].data < -1e38) | ~np.isfinite(np.array(list(planes.values()))).all(axis=0)
        return {"image": image[1].data, "incidence": planes["incidence angle"], "emission": planes["emission angle"],
                "latitude": planes["latitude"], "longitude": wrapped, "invalid": invalid}


def test_planes_equal_astropys(uvi_pair: Pair) -> None:
    observation = uvi.read(uvi_pair)
    for name, values in literal(uvi_pair).items():
        read = getattr(observation, name)
        assert read.dtype == (bool if name == "invalid" else np.float32)
        assert read.dtype.isnative
        np.testing.assert_array_equal(read, values, err_msg=name)
    assert observation.image.shape == (4, 6)
    assert observation.invalid.sum() == 1
    assert (observation.source, observation.instrument) == (uvi_pair.source, "uvi")


def test_header(uvi_pair: Pair) -> None:
    head = uvi.header(uvi_pair)
    assert head.time_utc == "2015-12-07T05:23:31.499"
    assert head.resolution_m_px == pytest.approx(0.000204619 * (72102.7 - 6051.8) * 1000, rel=1e-15)
    assert head.resolution_m_px == pytest.approx(13515, abs=1)
    assert head.subsolar_longitude_deg == pytest.approx(341.454 - 360, abs=1e-12)
    observation = uvi.read(uvi_pair)
    assert Header(observation.time_utc, observation.resolution_m_px, observation.subsolar_longitude) == head


def test_planes_are_found_by_name_in_any_order_and_case(uvi_pair: Pair) -> None:
    expected = uvi.read(uvi_pair)
    values = products.planes((4, 6))
    order = [name.upper() for name in reversed(products.PLANES)]
    products.write_uvi_geometry(products.geometry_of(uvi_pair), values, order)
    found = uvi.read(uvi_pair)
    np.testing.assert_array_equal(found.emission, expected.emission)
    np.testing.assert_array_equal(found.latitude, expected.latitude)


def test_planes_without_names_are_found_by_place(uvi_pair: Pair) -> None:
    expected = uvi.read(uvi_pair)
    products.write_uvi_geometry(products.geometry_of(uvi_pair), products.planes((4, 6)), named=False)
    found = uvi.read(uvi_pair)
    for name in ("incidence", "emission", "latitude", "longitude"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_a_place_taken_by_another_plane_is_no_fallback(uvi_pair: Pair) -> None:
    values = products.planes((4, 6))
    order = ["Latitude", "Local time", "Phase angle", "Incidence angle", "Emission angle", "Azimuthal angle"]
    products.write_uvi_geometry(products.geometry_of(uvi_pair), values, order)
    with pytest.raises(ReaderError, match="no plane 'longitude'"):
        uvi.read(uvi_pair)
    products.write_uvi_geometry(products.geometry_of(uvi_pair), values, products.PLANES[:5])
    with pytest.raises(ReaderError, match="no plane 'emission angle'"):
        uvi.read(uvi_pair)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -3.4e38, -1.1e38, 3.3e38])
def test_missing_values(uvi_pair: Pair, value: float) -> None:
    image = np.ones((4, 6), np.float32)
    image[2, 3] = value
    products.write_uvi_image(uvi_pair.image, image, products.uvi_cards(P_MPIXV=0.5, P_DPIXV=0.5, P_SPIXV=0.5))
    invalid = uvi.read(uvi_pair).invalid
    assert np.argwhere(invalid).tolist() == [[0, 0], [2, 3]]  # the corner is off the disc


def test_negative_radiances_are_valid_and_flags_may_overflow(uvi_pair: Pair) -> None:
    image = np.full((4, 6), -759020, np.float32)
    products.write_uvi_image(uvi_pair.image, image, products.uvi_cards(P_MPIXV=-1e300, P_DPIXV=None))
    assert uvi.read(uvi_pair).invalid.sum() == 1


@pytest.mark.parametrize("plane", ["Latitude", "Longitude", "Incidence angle", "Emission angle"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_geometry_that_is_not_finite_is_invalid(uvi_pair: Pair, plane: str, value: float) -> None:
    values = products.planes((4, 6))
    values[plane.lower()][1, 2] = value
    products.write_uvi_geometry(products.geometry_of(uvi_pair), values)
    assert np.argwhere(uvi.read(uvi_pair).invalid).tolist() == [[0, 0], [1, 2]]


@pytest.mark.parametrize("plane", ["Local time", "Phase angle", "Azimuthal angle"])
def test_planes_that_are_not_used_make_nothing_invalid(uvi_pair: Pair, plane: str) -> None:
    values = products.planes((4, 6))
    values[plane.lower()][1, 2] = np.nan
    products.write_uvi_geometry(products.geometry_of(uvi_pair), values)
    assert not uvi.read(uvi_pair).invalid[1, 2]


@pytest.mark.parametrize("keyword", ["P_MPIXV", "P_DPIXV", "P_SPIXV"])
def test_each_flag_of_the_header_is_invalid(uvi_pair: Pair, keyword: str) -> None:
    image = np.ones((4, 6), np.float32)
    image[2, 3] = 123.25
    products.write_uvi_image(uvi_pair.image, image, products.uvi_cards(**{keyword: 123.25}))
    assert np.argwhere(uvi.read(uvi_pair).invalid).tolist() == [[0, 0], [2, 3]]


def test_planes_that_no_observation_carries(uvi_pair: Pair) -> None:
    values = products.planes((4, 6))
    for name in ("phase angle", "azimuthal angle", "local time"):
        plane = uvi.plane(uvi_pair, name)
        np.testing.assert_array_equal(plane, values[name])
        assert plane.dtype == np.float32
    with pytest.raises(ReaderError, match="no geometry file"):
        uvi.plane(Pair(uvi_pair.image, None, uvi_pair.source), "phase angle")
    products.write_uvi_geometry(products.geometry_of(uvi_pair), values, products.PLANES[:3])
    with pytest.raises(ReaderError, match="no plane 'phase angle'"):
        uvi.plane(uvi_pair, "phase angle")


@pytest.mark.parametrize(("window", "binning"), [((101, 11, 106, 14), 1), ((101, 11, 112, 18), 2), ((1, 1, 6, 4), 2)])
def test_window_and_binned_frames(uvi_pair: Pair, window: tuple[int, int, int, int], binning: int) -> None:
    keys = ("P_POSLLX", "P_POSLLY", "P_POSURX", "P_POSURY")
    cards = products.uvi_cards(**dict(zip(keys, window, strict=True)), P_BINN=binning)
    products.write_uvi_image(uvi_pair.image, np.ones((4, 6), np.float32), cards)
    assert uvi.read(uvi_pair).image.shape == (4, 6)


@pytest.mark.parametrize("changes", [{"P_POSURX": 107}, {"P_POSURY": 13}, {"P_BINN": 3}, {"P_BINN": 0}])
def test_a_shape_that_is_not_the_windows(uvi_pair: Pair, changes: dict[str, int]) -> None:
    window = {"P_POSLLX": 101, "P_POSLLY": 11, "P_POSURX": 112, "P_POSURY": 18, "P_BINN": 2}
    cards = products.uvi_cards(**{**window, **changes})
    products.write_uvi_image(uvi_pair.image, np.ones((4, 6), np.float32), cards)
    with pytest.raises(ReaderError, match="wrong shape"):
        uvi.read(uvi_pair)


@pytest.mark.parametrize("changes", [
    {"DATE_OBS": None}, {"DATE_OBS": "yesterday"}, {"DATE_OBS": 2015}, {"S_IFOV": None}, {"S_IFOV": "small"},
    {"S_IFOV": True}, {"S_DISTAV": 6000.0}, {"S_SOLLON": None}, {"S_IFOV": 1e300}, {"P_MPIXV": "none"},
])
def test_header_values_that_are_no_such_values(uvi_pair: Pair, changes: dict[str, object]) -> None:
    products.write_uvi_image(uvi_pair.image, np.ones((4, 6), np.float32), products.uvi_cards(**changes))
    with pytest.raises(ReaderError) as caught:
        uvi.read(uvi_pair)
    assert (caught.value.path, caught.value.offset) == (uvi_pair.image, 2880)


def edit(path: Path, old: bytes, new: bytes, after: int = 0) -> None:
    data = path.read_bytes()
    at = data.index(old, after)
    path.write_bytes(data[:at] + new.ljust(len(old)) + data[at + max(len(old), len(new)) :])


@pytest.mark.attack("fits-sizes")
@pytest.mark.parametrize(("old", "new", "reason"), [
    (b"NAXIS1  =                    6", b"NAXIS1  =           1000000000", "truncated: the data of HDU 1"),
    (b"NAXIS1  =                    6", b"NAXIS1  =  9999999999999999999", "broken FITS header"),
    (b"NAXIS1  =                    6", b"NAXIS1  =                   -6", "broken FITS header"),
    (b"NAXIS1  =                    6", b"NAXIS1  =                    0", "without pixels"),
    (b"NAXIS1  =                    6", b"NAXIS1  =                  6.0", "whole number"),
    (b"NAXIS1  =                    6", b"NAXIS7  =                    6", "NAXIS1 as a whole number, found none"),
    (b"NAXIS   =                    2", b"NAXIS   =                    1", "float32 IMAGE"),
    (b"NAXIS   =                    2", b"NAXIS   =          99999999999", "broken FITS header"),
    (b"BITPIX  =                  -32", b"BITPIX  =                   32", "float32 IMAGE"),
    (b"BITPIX  =                  -32", b"BITPIX  =                   -7", "broken FITS header"),
    (b"GCOUNT  =                    1", b"GCOUNT  =                   -1", "broken FITS header"),
    (b"XTENSION= 'IMAGE   '", b"XTENSION= 'TABLE   '", "float32 IMAGE"),
    (b"XTENSION= 'IMAGE   '", b"YTENSION= 'IMAGE   '", "expected the image in HDU 1, found none"),
    (b"S_SOLLON= ", b"BSCALE  = 'a' /", "BSCALE as a number"),
    (b"S_IFOV  = ", b"S_IF\xffV  = ", "printable"),
    (b"S_IFOV  =          0.000204619", b"S_IFOV  =                 '''?", "cannot be read"),
])
def test_a_header_that_lies_or_is_broken(uvi_pair: Pair, old: bytes, new: bytes, reason: str) -> None:
    edit(uvi_pair.image, old, new, after=2880)
    for call in (uvi.read, uvi.header):
        with pytest.raises(ReaderError, match=reason) as caught:
            call(uvi_pair)
        assert caught.value.path == uvi_pair.image


@pytest.mark.attack("fits-sizes")
def test_a_header_without_end(uvi_pair: Pair) -> None:
    data = uvi_pair.image.read_bytes()
    uvi_pair.image.write_bytes(data[:2880] + b"XTENSION= 'IMAGE   '".ljust(80) + b" " * 200_000)
    with pytest.raises(ReaderError, match="has no END") as caught:
        uvi.read(uvi_pair)
    assert caught.value.offset is not None
    assert caught.value.offset <= 2880 + 131072 + 2880


def test_a_file_that_is_no_fits_or_has_no_image(uvi_pair: Pair) -> None:
    whole = uvi_pair.image.read_bytes()
    uvi_pair.image.write_bytes(b"<html>not found</html>")
    with pytest.raises(ReaderError, match="expected a FITS header"):
        uvi.read(uvi_pair)
    uvi_pair.image.write_bytes(b"")
    with pytest.raises(ReaderError, match="empty"):
        uvi.read(uvi_pair)
    uvi_pair.image.write_bytes(whole[:2880])
    with pytest.raises(ReaderError, match="expected the image in HDU 1"):
        uvi.read(uvi_pair)


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_only_the_highest_version_counts(tmp_path: Path) -> None:
    stems = [products.UVI_STEM.replace("v10", version) for version in ("v9", "v21", "v20")]
    for stem in stems:
        touch(*products.uvi_paths(tmp_path, stem=stem))
    touch(*products.uvi_paths(tmp_path, stem=products.UVI_STEM.replace("365", "283")))
    image, geometry = products.uvi_paths(tmp_path, stem=stems[1])
    assert uvi.pairs(tmp_path) == [Pair(image, geometry, image.relative_to(tmp_path).as_posix())]


def test_a_geometry_of_another_version_volume_or_data_set_is_none(tmp_path: Path) -> None:
    image, _ = products.uvi_paths(tmp_path)
    touch(image, products.uvi_paths(tmp_path, volume="002")[1], products.uvi_paths(tmp_path, release="1.1")[1],
          products.uvi_paths(tmp_path, stem=products.UVI_STEM.replace("v10", "v20"))[1])
    (pair,) = uvi.pairs(tmp_path)
    assert pair.geometry is None
    right = products.uvi_paths(tmp_path)[1]
    touch(right)
    assert uvi.pairs(tmp_path) == [Pair(image, right, pair.source)]


def test_the_newer_data_set_counts_where_versions_are_equal(tmp_path: Path) -> None:
    old, new = products.uvi_paths(tmp_path), products.uvi_paths(tmp_path, release="1.1")
    touch(*old, *new)
    (pair,) = uvi.pairs(tmp_path)
    assert (pair.image, pair.geometry) == new


def test_files_without_the_archives_folders_are_paired_by_name(tmp_path: Path) -> None:
    image, geometry = (tmp_path / products.UVI_STEM.format(level) for level in ("l2b", "l3bx"))
    touch(image, geometry)
    assert uvi.pairs(tmp_path) == [Pair(image, geometry, image.name)]


def test_pairs_are_sorted_by_source(tmp_path: Path) -> None:
    for volume, day in (("002", "01"), ("001", "09"), ("001", "08")):
        touch(*products.uvi_paths(tmp_path, volume=volume, stem=products.UVI_STEM.replace("1207", f"12{day}")))
    sources = [pair.source for pair in uvi.pairs(tmp_path)]
    assert len(sources) == 3
    assert sources == sorted(sources)


def test_the_index_sees_geometry_cut_between_planes(uvi_pair: Pair) -> None:
    whole = products.geometry_of(uvi_pair).read_bytes()
    block = 2880
    for planes in range(1, 6):  # the sixth is the last one that is used
        products.geometry_of(uvi_pair).write_bytes(whole[: block * (1 + 2 * planes)])
        with pytest.raises(ReaderError, match="its planes need"):
            uvi.header(uvi_pair)
    products.geometry_of(uvi_pair).write_bytes(whole[: block * (1 + 2 * 6)])
    assert uvi.header(uvi_pair).time_utc == uvi.read(uvi_pair).time_utc
