"""Venus Express VMC: the ultraviolet image (.IMG) and its geometry (.GEO) (PDS3; Sect. 2.2)."""

import datetime
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations import pds3
from paper_repro.observations.observation import Header, Observation, Pair, ReaderError, opened, utc, walk, wrap

_NAME = re.compile(r"(V\d{4}_\d{4}_UV\d)\.(IMG|GEO)", re.IGNORECASE | re.ASCII)
_DATA_SET = re.compile(r"VEX-V-VMC-3-RDR(?:-EXT\d+)?-V(\d{1,4})\.(\d{1,4})", re.IGNORECASE | re.ASCII)
_BANDS = 5  # of a geometry cube: incidence, emission, phase, latitude, longitude
_USED = (0, 1, 3, 4)
_MISSING = -1e10  # pixels off the planet are about -1e32


def pairs(root: Path) -> list[Pair]:
    """Ultraviolet images below `root`, each with its geometry, sorted by source.

    Of an image in several data sets only the one of the highest version counts. The geometry has the same stem and
    lies in the same orbit of the same data set (DATA/0942 and GEOMETRY/0942), or beside an image outside of DATA.
    Raises UserError if there is no such folder.
    """
    best: dict[str, tuple[tuple[int, int], Path]] = {}
    geometries: dict[str, Path] = {}
    for path in walk(root):
        if (match := _NAME.fullmatch(path.name)) is None:
            continue
        if match[2].upper() == "GEO":
            geometries[path.relative_to(root).as_posix().lower()] = path
        elif match[1].upper() not in best or _version(path, root) > best[match[1].upper()][0]:
            best[match[1].upper()] = (_version(path, root), path)
    found = [
        Pair(image, geometries.get(_geometry_key(image, root)), image.relative_to(root).as_posix())
        for _, image in best.values()
    ]
    return sorted(found, key=lambda pair: pair.source)


def _version(path: Path, root: Path) -> tuple[int, int]:
    """Version of the data set by its folder; (0, 0) where no folder says."""
    for part in path.relative_to(root).parts[:-1]:
        if match := _DATA_SET.fullmatch(part):
            return int(match[1]), int(match[2])
    return (0, 0)


def _geometry_key(image: Path, root: Path) -> str:
    parts = list(image.relative_to(root).with_suffix(".geo").parts)
    folders = [part.lower() for part in parts]
    if "data" in folders[:-1]:
        # the last one: a user's own folder above the archive may be called data, too
        parts[len(folders) - 1 - folders[::-1].index("data")] = "geometry"
    return "/".join(parts).lower()


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


def read(pair: Pair) -> Observation:
    """Read image and geometry of a pair.

    Invalid: image below 0 (outside the field of view), or one of incidence, emission, latitude and longitude below
    -1e10 or not finite. Raises ReaderError.
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
    invalid = image < 0
    for values in planes:
        # written so that NaN is invalid, too
        invalid |= ~((values >= np.float32(_MISSING)) & np.isfinite(values))
    incidence, emission, latitude, longitude = planes
    # the archive's are in [-180, 180] already: those keep their last bit
    outside = ~((longitude >= -180) & (longitude < 180))
    longitude[outside] = wrap(longitude[outside])
    return Observation(
        image=image,
        incidence=incidence,
        emission=emission,
        latitude=latitude,
        longitude=longitude,
        invalid=invalid,
        subsolar_longitude=head.subsolar_longitude_deg,
        resolution_m_px=head.resolution_m_px,
        time_utc=head.time_utc,
        source=pair.source,
        instrument="vmc",
    )


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
