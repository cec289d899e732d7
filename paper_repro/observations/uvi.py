"""Akatsuki UVI: the l2b image and its l3bx geometry (FITS; Sect. 2.1)."""

import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations import fits
from paper_repro.observations.fits_planes import angles, find
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import (
    VENUS,
    Header,
    Observation,
    Pair,
    ReaderError,
    Start,
    opened,
    wrap,
)
from paper_repro.observations.times import utc
from paper_repro.observations.versions import Numbers, Version, by_folder, newest

_NAME = re.compile(r"(uvi_\d{8}_\d{6}_365)_(l2b|l3bx)_v(\d{1,4})\.fit", re.IGNORECASE | re.ASCII)
_VOLUME = re.compile(r"vcouvi_[17](\d{3})", re.IGNORECASE | re.ASCII)
_DATA_SET = re.compile(r"(?:vco-v-uvi-3-cdr-|vco_uvi_l3_)v(\d{1,4})\.(\d{1,4})", re.IGNORECASE | re.ASCII)
# the order of the HDUs of a geometry file, from HDU 1 on
_PLANES = ("latitude", "longitude", "local time", "phase angle", "incidence angle", "emission angle", "azimuthal angle")
_USED = ("incidence angle", "emission angle", "latitude", "longitude")
_MISSING = -1e38  # missing pixels are about -3.4e38
# values of missing, dead and saturated pixels; BLANK is for whole numbers, but what it says is clear
_FLAGS = ("P_MPIXV", "P_DPIXV", "P_SPIXV", "BLANK")
_EXTREME = 3.2e38  # valid radiances stay within +-0.95 of the largest float32


def choose(names: Iterable[str]) -> list[tuple[str, str | None]]:
    """Of files below an archive's root (relative, posix), the 365 nm images that count, each with its geometry, sorted.

    Versions of an image (v20 in its name before the v1.1 of its data set) count by the rule of `versions.newest`. The
    geometry has the same name with l3bx for l2b, and lies in the volume of the same number (vcouvi_1NNN, vcouvi_7NNN)
    of the same data-set version, as far as folders tell; of several the one of the highest data-set version.
    """
    geometries: dict[str, list[str]] = {}
    images: list[tuple[re.Match[str], str]] = []
    for name in by_folder(names):
        if match := _NAME.fullmatch(name.rpartition("/")[2]):
            if match[2].lower() == "l3bx":
                geometries.setdefault(match[0].lower(), []).append(name)
            else:
                images.append((match, name))
    return newest(Version(match[1].lower(), (int(match[3]), *_place(name)[1]), name,
                          _geometry(name, geometries.get(match[0].lower().replace("_l2b_", "_l3bx_"), [])))
                  for match, name in images)


def product(name: str) -> tuple[str, bool] | None:
    """Of a file name: what all versions of an image share, and whether it is their geometry; None if neither."""
    match = _NAME.fullmatch(name.rpartition("/")[2])
    return (match[1].lower(), match[2].lower() == "l3bx") if match else None


def _place(name: str) -> tuple[str, Numbers]:
    """Volume number (NNN) and data-set version of a file by its folders; empty where they do not say."""
    volume: str = ""
    release: Numbers = ()
    for part in name.split("/")[:-1]:
        if match := _VOLUME.fullmatch(part):
            volume = match[1]
        elif match := _DATA_SET.fullmatch(part):
            release = (int(match[1]), int(match[2]))
    return volume, release


def _geometry(image: str, candidates: Iterable[str]) -> str | None:
    """Of files of the right name the one that belongs to an image."""
    here = _place(image)
    fitting = [name for name in candidates
               if all(not a or not b or a == b for a, b in zip(here, _place(name), strict=True))]
    return max(fitting, key=lambda name: _place(name)[1], default=None)


def header(pair: Pair) -> Header:
    """Time, resolution and sub-solar longitude; of the pixels only that the files are long enough for them.

    At most 64 KiB of each header are read. Raises ReaderError.
    """
    with opened(pair.image) as (handle, size):
        units = fits.units(handle, pair.image, size, 2)
    image = _image_unit(units, pair.image)
    remarks = {"image": fits.remark(units, size)}
    if pair.geometry is not None:
        with opened(pair.geometry) as (handle, size):
            _check_start(handle, pair.geometry, size, image)
            units = fits.units(handle, pair.geometry, size)
        _used(units, pair.geometry, image)
        remarks["geometry"] = fits.remark(units, size)
    return _header(image, "; ".join(f"{name}: {text}" for name, text in remarks.items() if text))


def header_of(image: Start, geometry: Start | None) -> Header:
    """The same from the first bytes of both files, wherever they are; a FITS header ends at byte 23,040 or sooner.

    Of the planes of geometry only the first is looked at: the others lie far apart.
    """
    unit = _image_unit(fits.units(BytesIO(image.data), image.path, image.size, 2), image.path)
    if geometry is not None:
        _check_start(BytesIO(geometry.data), geometry.path, geometry.size, unit)
    return _header(unit)


def _check_start(handle: BinaryIO, path: Path, size: int, image: fits.Unit) -> None:
    """Raise ReaderError unless a geometry file begins as the image's does and is long enough."""
    first = fits.units(handle, path, size, 2)[-1]
    _check_shape(first, image)
    # each plane up to the last one that is used has a header of its own, the last may lack its padding
    planes = _PLANES.index("emission angle")
    least = first.end + planes * (first.end - first.data_offset + fits.BLOCK) - (first.end - first.data_offset
                                                                               ) + first.data_bytes
    if size < least:
        raise ReaderError(path, size, f"truncated: its planes need {least} bytes or more")


def check(path: Path, *, geometry: bool) -> None:
    """Raise ReaderError unless this is a whole image, or a whole geometry file, as far as all its headers say."""
    with opened(path) as (handle, size):
        units = fits.units(handle, path, size)
    if geometry:
        _used(units, path)
    else:
        _header(_image_unit(units, path))


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
        stored = unit.read(handle)
    with opened(pair.geometry) as (handle, size):
        units = fits.units(handle, pair.geometry, size)
        incidence, emission, latitude, longitude = (angles(plane, handle, _FLAGS)
                                                    for plane in _used(units, pair.geometry, unit))
    # written so that NaN is invalid, too
    invalid = ~((stored >= np.float32(_MISSING)) & (stored <= np.float32(_EXTREME))) | unit.flagged(stored, _FLAGS)
    # wrapped here, since the archive's convention is another one: each value in float32, the paper's way
    return INSTRUMENT.observation(pair, head, unit.physical(stored), incidence, emission, latitude, wrap(longitude),
                                  invalid)


def read_plane(pair: Pair, name: str) -> NDArray[np.float32]:
    """One plane of a pair's geometry, float32 [H, W], by its name in lower case: "phase angle", "azimuthal angle", ...

    Angles in degrees. For what an `Observation` doesn't carry. Raises ReaderError, also if the file has no such plane.
    """
    if pair.geometry is None:
        raise _without_geometry(pair)
    with opened(pair.geometry) as (handle, size):
        plane = find(fits.units(handle, pair.geometry, size), name, _PLANES, pair.geometry)
        return plane.physical(plane.read(handle)) if name == "local time" else angles(plane, handle, _FLAGS)


def _without_geometry(pair: Pair) -> ReaderError:
    return ReaderError(pair.image, None, "it has no geometry file of the same name, version and volume (l3bx)")


def _image_unit(units: list[fits.Unit], path: Path) -> fits.Unit:
    """HDU 1, whatever its name; its shape held against its own window and binning."""
    if len(units) < 2:
        raise ReaderError(path, units[0].end, "expected the image in HDU 1, found none")
    unit = units[1]
    unit.check_meaning(_FLAGS)
    for length, low, high in zip(unit.shape, ("P_POSLLY", "P_POSLLX"), ("P_POSURY", "P_POSURX"), strict=True):
        if not all(map(unit.has, (low, high, "P_BINN"))):
            continue
        window = unit.integer(high) - unit.integer(low) + 1
        binning = unit.integer("P_BINN")
        # no document says whether a window counts pixels before or after binning
        if binning < 1 or length not in {window, window // binning}:
            raise unit.error(f"wrong shape: {length} px, for {window} px by {low} and {high}, binned by {binning}")
    return unit


def _used(units: list[fits.Unit], path: Path, image: fits.Unit | None = None) -> list[fits.Unit]:
    """The planes of geometry that are used, of one shape, that of the image where there is one. Raises ReaderError."""
    planes = [find(units, name, _PLANES, path) for name in _USED]
    for plane in planes:
        _check_shape(plane, image or planes[0])
        plane.check_meaning(_FLAGS, angles=True)
    return planes


def _check_shape(plane: fits.Unit, image: fits.Unit) -> None:
    if plane.shape != image.shape:
        raise plane.error(f"wrong shape: the image is {image.shape}, this plane of its geometry is {plane.shape}")


def _header(unit: fits.Unit, remark: str = "") -> Header:
    """Resolution: S_IFOV [rad] x (S_DISTAV [km] - 6051.8 km)."""
    view, distance = unit.real("S_IFOV"), unit.real("S_DISTAV")
    if not view > 0:
        raise unit.error(f"expected S_IFOV above 0 rad, found {view:g}")
    if not distance > VENUS.radius_km:
        raise unit.error(f"expected S_DISTAV above {VENUS.radius_km:g} km, Venus' radius, found {distance:g}")
    if unit.has("TIMESYS") and unit.text("TIMESYS").strip().upper() != "UTC":
        raise unit.error(f"expected times in UTC, found TIMESYS {unit.text('TIMESYS')!r:.40}")
    time = utc(unit.path, unit.header_offset, unit.text("DATE-OBS").strip())
    return Header.checked(unit.path, unit.header_offset, time, view * (distance - VENUS.radius_km) * 1000,
                          unit.real("S_SOLLON"), remark)


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
