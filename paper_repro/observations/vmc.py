"""Venus Express VMC: the ultraviolet image (.IMG) and its geometry (.GEO) (PDS3; Sect. 2.2)."""

import datetime
import re
from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations import pds3
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import (
    Header,
    Observation,
    Pair,
    ReaderError,
    Start,
    by_folder,
    opened,
)
from paper_repro.observations.times import utc

_NAME = re.compile(r"(V\d{4}_\d{4}_UV\d)\.(IMG|GEO)", re.IGNORECASE | re.ASCII)
_DATA_SET = re.compile(r"VEX-V-VMC-3-RDR(?:-EXT\d+)?-V(\d{1,4})\.(\d{1,4})", re.IGNORECASE | re.ASCII)
_BANDS = 5  # of a geometry cube: incidence, emission, phase, latitude, longitude
_USED = (0, 1, 3, 4)


def choose(names: Iterable[str]) -> list[tuple[str, str | None]]:
    """Of files below an archive's root (relative, posix), the ultraviolet images that count, each with its geometry.

    Of an image in several data sets only the one of the highest version counts. The geometry has the same stem and
    lies in the same orbit of the same data set (DATA/0942 and GEOMETRY/0942), or beside an image outside of DATA; None
    where there is none. Sorted.
    """
    best: dict[str, tuple[tuple[int, int], str]] = {}
    geometries: dict[str, str] = {}
    for name in by_folder(names):
        if (match := _NAME.fullmatch(name.rpartition("/")[2])) is None:
            continue
        key = match[1].upper()
        if match[2].upper() == "GEO":
            geometries[name.lower()] = name
        elif key not in best or _version(name) > best[key][0]:
            best[key] = (_version(name), name)
    return sorted((image, geometries.get(_geometry_key(image))) for _, image in best.values())


def product(name: str) -> tuple[str, bool] | None:
    """Of a file name: what all versions of an image share, and whether it is their geometry; None if neither."""
    match = _NAME.fullmatch(name.rpartition("/")[2])
    return (match[1].upper(), match[2].upper() == "GEO") if match else None


def _version(name: str) -> tuple[int, int]:
    """Version of the data set by its folder; (0, 0) where no folder says."""
    for part in name.split("/")[:-1]:
        if match := _DATA_SET.fullmatch(part):
            return int(match[1]), int(match[2])
    return (0, 0)


def _geometry_key(image: str) -> str:
    parts = f"{image[:-4]}.geo".lower().split("/")
    if "data" in parts[:-1]:
        # the last one: a user's own folder above the archive may be called data, too
        parts[len(parts) - 1 - parts[::-1].index("data")] = "geometry"
    return "/".join(parts)


def header(pair: Pair) -> Header:
    """Time, resolution and sub-solar longitude; of the pixels only that the files are long enough for them.

    At most 64 KiB of each file are read. Raises ReaderError.
    """
    with opened(pair.image) as (handle, size):
        label = _image_label(pds3.read_label(handle, pair.image, size))
    if pair.geometry is not None:
        with opened(pair.geometry) as (handle, size):
            _check_geometry(pds3.read_label(handle, pair.geometry, size), label)
    return _header(label)


def header_of(image: Start, geometry: Start | None) -> Header:
    """The same from the first bytes of both files, wherever they are; a label ends at byte 16,384 or sooner."""
    label = _image_label(pds3.read_label(BytesIO(image.data), image.path, image.size))
    if geometry is not None:
        _check_geometry(pds3.read_label(BytesIO(geometry.data), geometry.path, geometry.size), label)
    return _header(label)


def check(path: Path, *, geometry: bool) -> None:
    """Raise ReaderError unless this is a whole image, or a whole geometry file, as far as its label says."""
    with opened(path) as (handle, size):
        label = pds3.read_label(handle, path, size)
        if geometry:
            label.check(">f4", _BANDS)
        else:
            _header(_image_label(label))


def read(pair: Pair) -> Observation:
    """Read image and geometry of a pair.

    Invalid: image below 0 (outside the field of view), or without geometry. Raises ReaderError.
    """
    if pair.geometry is None:
        raise ReaderError(pair.image, None, "it has no geometry file of the same name, orbit and data set (.GEO)")
    with opened(pair.image) as (handle, size):
        label = _image_label(pds3.read_label(handle, pair.image, size))
        head = _header(label)
        image = label.read_band(handle, 0).astype(np.float32)
    with opened(pair.geometry) as (handle, size):
        geometry = pds3.read_label(handle, pair.geometry, size)
        _check_geometry(geometry, label)
        planes = [geometry.read_band(handle, band).astype(np.float32) for band in _USED]
    incidence, emission, latitude, longitude = planes
    return INSTRUMENT.observation(pair, head, image, incidence, emission, latitude, longitude, image < 0)


def read_image(path: Path) -> NDArray[np.int16]:
    """The image of an .IMG file, int16 [lines, samples], -1 outside of the field of view. Raises ReaderError."""
    with opened(path) as (handle, size):
        label = _image_label(pds3.read_label(handle, path, size))
        return label.read_band(handle, 0).astype(np.int16)


def _image_label(label: pds3.Label) -> pds3.Label:
    label.check(">i2", 1)
    return label


def _check_geometry(geometry: pds3.Label, image: pds3.Label) -> None:
    geometry.check(">f4", _BANDS)
    if geometry.shape[1:] != image.shape[1:]:
        raise geometry.error(f"wrong shape: the image is {image.shape[1:]}, its geometry is {geometry.shape[1:]}")


def _header(label: pds3.Label) -> Header:
    from paper_repro.observations import sun

    resolution = label.real("MAXIMUM_RESOLUTION", {"m/pixel", "m/pix"})
    if not 0 < resolution < 1e9:
        raise label.error(f"expected MAXIMUM_RESOLUTION in m/pixel, found {resolution:g}")
    time = label.file.get("IMAGE_TIME")
    if not isinstance(time, datetime.datetime):
        raise label.error(f"expected IMAGE_TIME as date and time, found {time!r:.40}")
    text = utc(label.path, 0, time.replace(tzinfo=None).isoformat())
    return Header(text, resolution, sun.subsolar_longitude(text))


INSTRUMENT = Instrument(
    name="vmc",
    title="Venus Express VMC",
    archive="psa",
    files="Venus Express VMC files (.IMG with .GEO)",
    layout="as the PSA lays them out: VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0/DATA/... and .../GEOMETRY/...",
    pattern="V*_UV?.IMG",
    band="ultraviolet",
    product=product,
    choose=choose,
    header=header,
    check=check,
    read=read,
    checkpoints="vex-vmc-uv",
)
