"""Akatsuki UVI: the l2b image and its l3bx geometry (FITS; Sect. 2.1)."""

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations import fits
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import (
    VENUS,
    Header,
    Observation,
    Pair,
    ReaderError,
    Start,
    by_folder,
    opened,
    wrap,
)
from paper_repro.observations.times import utc

_NAME = re.compile(r"(uvi_\d{8}_\d{6}_365)_(l2b|l3bx)_v(\d{1,4})\.fit", re.IGNORECASE | re.ASCII)
_VOLUME = re.compile(r"vcouvi_[17](\d{3})", re.IGNORECASE | re.ASCII)
_DATA_SET = re.compile(r"(?:vco-v-uvi-3-cdr-|vco_uvi_l3_)v(\d{1,4})\.(\d{1,4})", re.IGNORECASE | re.ASCII)
# the order of the HDUs of a geometry file, from HDU 1 on
_PLANES = ("latitude", "longitude", "local time", "phase angle", "incidence angle", "emission angle", "azimuthal angle")
_USED = ("incidence angle", "emission angle", "latitude", "longitude")
_MISSING = -1e38  # missing pixels are about -3.4e38
_FLAGS = ("P_MPIXV", "P_DPIXV", "P_SPIXV")  # values of missing, dead and saturated pixels
_EXTREME = 3.2e38  # valid radiances stay within +-0.95 of the largest float32

Release = tuple[int, int] | None


def choose(names: Iterable[str]) -> list[tuple[str, str | None]]:
    """Of files below an archive's root (relative, posix), the 365 nm images that count, each with its geometry, sorted.

    Only the highest version of an image counts. The geometry has the same name with l3bx for l2b, and lies in the
    volume of the same number (vcouvi_1NNN, vcouvi_7NNN) of the same data-set version, as far as folders tell; None
    where there is none.
    """
    best: dict[str, tuple[tuple[int, tuple[int, int]], str]] = {}
    geometries: dict[str, list[str]] = {}
    for name in by_folder(names):
        if (match := _NAME.fullmatch(name.rpartition("/")[2])) is None:
            continue
        if match[2].lower() == "l3bx":
            geometries.setdefault(match[0].lower(), []).append(name)
            continue
        rank = (int(match[3]), _place(name)[1] or (0, 0))
        key = match[1].lower()
        if key not in best or rank > best[key][0]:
            best[key] = (rank, name)
    found = []
    for _, image in best.values():
        candidates = geometries.get(image.rpartition("/")[2].lower().replace("_l2b_", "_l3bx_"), [])
        found.append((image, next((name for name in candidates if _fits_together(image, name)), None)))
    return sorted(found)


def product(name: str) -> tuple[str, bool] | None:
    """Of a file name: what all versions of an image share, and whether it is their geometry; None if neither."""
    match = _NAME.fullmatch(name.rpartition("/")[2])
    return (match[1].lower(), match[2].lower() == "l3bx") if match else None


def _place(name: str) -> tuple[str | None, Release]:
    """Volume number (NNN) and data-set version of a file by its folders; None where they do not say."""
    volume, release = None, None
    for part in name.split("/")[:-1]:
        if match := _VOLUME.fullmatch(part):
            volume = match[1]
        elif match := _DATA_SET.fullmatch(part):
            release = (int(match[1]), int(match[2]))
    return volume, release


def _fits_together(image: str, geometry: str) -> bool:
    here, there = _place(image), _place(geometry)
    return all(a is None or b is None or a == b for a, b in zip(here, there, strict=True))


def header(pair: Pair) -> Header:
    """Time, resolution and sub-solar longitude; of the pixels only that the files are long enough for them.

    At most 64 KiB of each header are read. Raises ReaderError.
    """
    with opened(pair.image) as (handle, size):
        unit = _image_unit(fits.units(handle, pair.image, size, 2), pair.image)
    if pair.geometry is not None:
        with opened(pair.geometry) as (handle, size):
            _check_start(handle, pair.geometry, size, unit)
    return _header(unit)


def header_of(image: Start, geometry: Start | None) -> Header:
    """The same from the first bytes of both files, wherever they are; a FITS header ends at byte 23,040 or sooner."""
    unit = _image_unit(fits.units(BytesIO(image.data), image.path, image.size, 2), image.path)
    if geometry is not None:
        _check_start(BytesIO(geometry.data), geometry.path, geometry.size, unit)
    return _header(unit)


def _check_start(handle: BinaryIO, path: Path, size: int, image: fits.Unit) -> None:
    """Raise ReaderError unless a geometry file begins as the image's does and is long enough."""
    units = fits.units(handle, path, size, 2)
    _check_shape(_plane(units, "latitude", path) if len(units) > 1 else units[0], image)
    # the other headers lie far apart: their least size will do, up to the last plane that is used
    least = units[1].end + _PLANES.index("emission angle") * (units[1].end - units[1].data_offset + fits.BLOCK)
    if size < least:
        raise ReaderError(path, size, f"truncated: its planes need {least} bytes or more")


def check(path: Path, *, geometry: bool) -> None:
    """Raise ReaderError unless this is a whole image, or a whole geometry file, as far as all its headers say."""
    with opened(path) as (handle, size):
        units = fits.units(handle, path, size)
        if not geometry:
            _header(_image_unit(units, path))
            return
        planes = [_plane(units, name, path) for name in _USED]
        for plane in planes[1:]:
            _check_shape(plane, planes[0])


def read(pair: Pair) -> Observation:
    """Read image and geometry of a pair.

    Invalid: not finite, below -1e38 or beyond +-3.2e38, equal to one of the header's flags (missing, dead, saturated),
    or without geometry. Window and binned frames have planes of their own size. Raises ReaderError.
    """
    if pair.geometry is None:
        raise _without_geometry(pair)
    with opened(pair.image) as (handle, size):
        unit = _image_unit(fits.units(handle, pair.image, size, 2), pair.image)
        head = _header(unit)
        image = unit.read(handle)
    planes = []
    with opened(pair.geometry) as (handle, size):
        units = fits.units(handle, pair.geometry, size)
        for name in _USED:
            plane = _plane(units, name, pair.geometry)
            _check_shape(plane, unit)
            planes.append(plane.read(handle))
    incidence, emission, latitude, longitude = planes
    # wrapped here, since the archive's convention is another one: each value in float32, the paper's way
    return INSTRUMENT.observation(pair, head, image, incidence, emission, latitude, wrap(longitude),
                                  _invalid(unit, image))


def read_plane(pair: Pair, name: str) -> NDArray[np.float32]:
    """One plane of a pair's geometry, float32 [H, W], by its name in lower case: "phase angle", "azimuthal angle", ...

    For what an `Observation` doesn't carry. Raises ReaderError, also if the file has no such plane.
    """
    if pair.geometry is None:
        raise _without_geometry(pair)
    with opened(pair.geometry) as (handle, size):
        return _plane(fits.units(handle, pair.geometry, size), name, pair.geometry).read(handle)


def _without_geometry(pair: Pair) -> ReaderError:
    return ReaderError(pair.image, None, "it has no geometry file of the same name, version and volume (l3bx)")


def _image_unit(units: list[fits.Unit], path: Path) -> fits.Unit:
    """HDU 1, whatever its name; its shape held against its own window and binning."""
    if len(units) < 2:
        raise ReaderError(path, units[0].end, "expected the image in HDU 1, found the end of the file")
    unit = units[1]
    for length, low, high in zip(unit.shape, ("P_POSLLY", "P_POSLLX"), ("P_POSURY", "P_POSURX"), strict=True):
        if not all(map(unit.has, (low, high, "P_BINN"))):
            continue
        window = unit.integer(high) - unit.integer(low) + 1
        binning = unit.integer("P_BINN")
        # no document says whether a window counts pixels before or after binning
        if binning < 1 or length not in {window, window // binning}:
            raise unit.error(f"wrong shape: {length} px, for {window} px by {low} and {high}, binned by {binning}")
    return unit


def _plane(units: list[fits.Unit], name: str, path: Path) -> fits.Unit:
    """A plane of geometry by its EXTNAME, else by its place, unless the HDU there is named as another plane."""
    for unit in units[1:]:
        if unit.name == name:
            return unit
    place = 1 + _PLANES.index(name)
    if place >= len(units) or units[place].name in _PLANES:
        raise ReaderError(path, None, f"wrong shape: it has no plane {name!r}, neither by name nor as HDU {place}")
    return units[place]


def _check_shape(plane: fits.Unit, image: fits.Unit) -> None:
    if plane.shape != image.shape:
        raise plane.error(f"wrong shape: the image is {image.shape}, this plane of its geometry is {plane.shape}")


def _invalid(unit: fits.Unit, image: NDArray[np.float32]) -> NDArray[np.bool_]:
    # written so that NaN is invalid, too
    invalid = ~((image >= np.float32(_MISSING)) & (image <= np.float32(_EXTREME)))
    for keyword in _FLAGS:
        if unit.has(keyword):
            with np.errstate(over="ignore"):
                invalid |= image == np.float32(unit.real(keyword))
    return invalid


def _header(unit: fits.Unit) -> Header:
    """Resolution: S_IFOV [rad] x (S_DISTAV [km] - 6051.8 km)."""
    resolution = unit.real("S_IFOV") * (unit.real("S_DISTAV") - VENUS.radius_km) * 1000
    if not 0 < resolution < 1e9:
        raise unit.error(f"expected S_IFOV and S_DISTAV of a spacecraft near Venus, found {resolution:g} m a pixel")
    return Header(
        time_utc=utc(unit.path, unit.header_offset, unit.text("DATE-OBS").strip()),
        resolution_m_px=resolution,
        subsolar_longitude_deg=(unit.real("S_SOLLON") + 180) % 360 - 180,
    )


INSTRUMENT = Instrument(
    name="uvi",
    title="Akatsuki UVI",
    archive="darts",
    files="Akatsuki UVI files (l2b and l3bx)",
    layout="as DARTS lays them out: images in vco-v-uvi-3-cdr-v1.0/vcouvi_1001/data/l2b/..., "
           "geometry in extras/vco_uvi_l3_v1.0/vcouvi_7001/data/l3bx/fits/...",
    pattern="uvi_*_365_l2b_v*.fit",
    band="365 nm",
    product=product,
    choose=choose,
    header=header,
    check=check,
    read=read,
    plane=read_plane,
    origin="lower",
    checkpoints="vco-uvi-365",
)
