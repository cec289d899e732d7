"""Venus Express VMC: an image (.IMG) of one of its four channels, and its geometry (.GEO) (PDS3; Sect. 2.1).

All four see the day side at the same time and are treated alike (Markiewicz et al. 2007). By night N2 sees the surface
shine through the clouds at 1.01 um: for a folder of such images a profile says `side = "night"`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any

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
    opened,
)
from paper_repro.observations.pds3_image import Image
from paper_repro.observations.times import utc
from paper_repro.observations.versions import Numbers, Version, by_folder, newest

_DATA_SET = re.compile(r"VEX-V-VMC-3-RDR(?:-EXT\d+)?-V(\d{1,4})\.(\d{1,4})", re.IGNORECASE | re.ASCII)
_BANDS = ("incidence", "emission", "phase", "latitude", "longitude")  # of a geometry cube, in this order
_METRES = {"m/pixel": 1.0, "m/pix": 1.0, "m/px": 1.0, "km/pixel": 1e3, "km/pix": 1e3, "km/px": 1e3}
_RADIANCE = {"w*m**-3*sr**-1": 1.0}


@dataclass(frozen=True)
class Channel:
    """One of the camera's four, each with a lens and a field of view of its own. code: as file names have it."""

    code: str
    band: str
    checkpoints: str = ""


def instruments(*, name: str, title: str, archive: str, files: str, filters: Mapping[str, Channel]
                ) -> dict[str, Instrument]:
    """The records of the channels by the instruments' names; `filters` likewise."""
    made = {}
    for each, channel in filters.items():
        reader = _Reader(channel.code)
        made[each] = reader.record = Instrument(
            name=each,
            title=title,
            archive=archive,
            files=files,
            layout="as the PSA lays them out: VENUS-EXPRESS/VMC/VEX-V-VMC-3-RDR-V3.0/DATA/... and .../GEOMETRY/...",
            pattern=f"V*_{channel.code}?.IMG",
            band=channel.band,
            product=reader.product,
            choose=reader.choose,
            header=header,
            check=check,
            read=reader.read,
            header_of=header_of,
            checkpoints=channel.checkpoints,
        )
    assert all(each.startswith(name) for each in made)
    return made


class _Reader:
    """What depends on the names of the files of one channel."""

    record: Instrument

    def __init__(self, code: str) -> None:
        self._name = re.compile(rf"(V\d{{4}}_\d{{4}}_{code}\d)\.(IMG|GEO)", re.IGNORECASE | re.ASCII)

    def choose(self, names: Iterable[str]) -> list[tuple[str, str | None]]:
        """Of files below an archive's root (relative, posix), the images that count, each with its geometry.

        Of an image in several data sets one counts, by the rule of `versions.newest`: V3.1 before V3.0, whatever
        extension of the mission they are of. The geometry has the same stem and lies in the same orbit of the same data
        set (DATA/0942 and GEOMETRY/0942), or beside an image outside of DATA; None where there is none. Sorted.
        """
        geometries: dict[str, str] = {}
        images: list[tuple[str, str]] = []
        for name in by_folder(names):
            if match := self._name.fullmatch(name.rpartition("/")[2]):
                if match[2].upper() == "GEO":
                    geometries.setdefault(name.lower(), name)
                else:
                    images.append((match[1].upper(), name))
        return newest(Version(key, _release(name), name, geometries.get(_geometry_key(name))) for key, name in images)

    def product(self, name: str) -> tuple[str, bool] | None:
        """Of a file name: what all versions of an image share, and whether it is their geometry; None if neither."""
        match = self._name.fullmatch(name.rpartition("/")[2])
        return (match[1].upper(), match[2].upper() == "GEO") if match else None

    def read(self, pair: Pair) -> Observation:
        """Read image and geometry of a pair.

        Invalid: image below 0 (outside the field of view), one of the label's constants, or without geometry. The image
        is in the camera's numbers: RADIANCE_OFFSET is applied, as so many numbers, RADIANCE_SCALING_FACTOR isn't.
        Raises ReaderError.
        """
        if pair.geometry is None:
            raise ReaderError(pair.image, None, "it has no geometry file of the same name, orbit and data set (.GEO)")
        with opened(pair.image) as (handle, size):
            label = pds3.read_label(handle, pair.image, size)
            image = _image(label)
            stored = image.read_band(handle, 0)
        with opened(pair.geometry) as (handle, size):
            geometry = pds3.read_label(handle, pair.geometry, size)
            head = _header(label, geometry)
            planes = {name: _angles(Image(geometry), handle, band) for name, band in _bands(geometry).items()}
        values = image.physical(stored)
        if (bias := _bias(label)) != 0:
            values += np.float32(bias)
        return self.record.observation(pair, head, values, **planes, invalid=(stored < 0) | image.missing(stored))


def _release(name: str) -> Numbers:
    """Version of the data set by its folder; () where no folder says."""
    for part in name.split("/")[:-1]:
        if match := _DATA_SET.fullmatch(part):
            return int(match[1]), int(match[2])
    return ()


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
        label = pds3.read_label(handle, pair.image, size)
    if pair.geometry is None:
        return _header(label, None)
    with opened(pair.geometry) as (handle, size):
        return _header(label, pds3.read_label(handle, pair.geometry, size))


def header_of(image: Start, geometry: Start | None) -> Header:
    """The same from the first bytes of both files, wherever they are; a label ends at byte 16,384 or sooner."""
    label = pds3.read_label(BytesIO(image.data), image.path, image.size)
    if geometry is None:
        return _header(label, None)
    return _header(label, pds3.read_label(BytesIO(geometry.data), geometry.path, geometry.size))


def check(path: Path, *, geometry: bool) -> None:
    """Raise ReaderError unless this is a whole image, or a whole geometry file, as far as its label says."""
    with opened(path) as (handle, size):
        label = pds3.read_label(handle, path, size)
    if geometry:
        _bands(label)
    else:
        _header(label, None)


def read_image(path: Path) -> NDArray[Any]:
    """The image of an .IMG file as it is stored [lines, samples], -1 outside of the field of view.

    Raises ReaderError.
    """
    with opened(path) as (handle, size):
        stored = _image(pds3.read_label(handle, path, size)).read_band(handle, 0)
        return stored.astype(stored.dtype.newbyteorder("="))


def _image(label: pds3.Label) -> Image:
    image = Image(label)
    image.check("if", 1)
    return image


def _bands(label: pds3.Label) -> dict[str, int]:
    """The bands that are used: by names where the label has any, else by their order. Raises ReaderError."""
    image = Image(label)
    image.check("f", len(_BANDS))
    names: Sequence[str] = _BANDS
    for statement in filter(None, map(label.get, ("BAND_NAME", "BAND_SEQUENCE"))):
        said = [str(value).lower() for value, _ in statement.values()]
        found = [[name for name in _BANDS if name in text and "west" not in text] for text in said]
        names = [each[0] for each in found if len(each) == 1]
        if sorted(names) != sorted(_BANDS) or len(said) != len(_BANDS):
            raise statement.error(f"as {', '.join(_BANDS)} in any order")
    if label.word("POSITIVE_LONGITUDE_DIRECTION", "EAST").upper() != "EAST":
        raise label.needed("POSITIVE_LONGITUDE_DIRECTION").error("as EAST")
    bands = {name: names.index(name) for name in _BANDS if name != "phase"}
    for band in bands.values():
        image.degrees(band)
    return bands


def _angles(image: Image, handle: BufferedReader, band: int) -> NDArray[np.float32]:
    """A band of geometry in degrees, NaN where the label calls it missing."""
    stored = image.read_band(handle, band)
    angles, factor = image.physical(stored), image.degrees(band)
    if factor != 1:
        with np.errstate(over="ignore", invalid="ignore"):
            angles = (factor * angles.astype(np.float64)).astype(np.float32)
    angles[image.missing(stored)] = np.nan
    return angles


def _bias(label: pds3.Label) -> float:
    """RADIANCE_OFFSET in the camera's numbers: radiance = RADIANCE_OFFSET + RADIANCE_SCALING_FACTOR x number."""
    offset = label.real("RADIANCE_OFFSET", _RADIANCE, 0.0)
    if offset == 0:
        return 0.0
    factor = label.real("RADIANCE_SCALING_FACTOR", _RADIANCE)
    if not factor > 0:
        raise label.needed("RADIANCE_SCALING_FACTOR").error("above 0")
    return offset / factor


def _header(label: pds3.Label, geometry: pds3.Label | None) -> Header:
    """Time, resolution, the Sun by the time, what is odd. Raises ReaderError, also for geometry of another image."""
    from paper_repro.observations import sun

    image = _image(label)
    if geometry is not None:
        _bands(geometry)
        if Image(geometry).shape[1:] != image.shape[1:]:
            raise geometry.error(f"wrong shape: the image is {image.shape[1:]}, its geometry is "
                                 f"{Image(geometry).shape[1:]}")
    _bias(label)
    time = utc(label.path, label.needed("IMAGE_TIME").byte, label.needed("IMAGE_TIME").text.strip("\"' "))
    remarks = [f"{name}: {each.remark}" for name, each in (("image", label), ("geometry", geometry))
               if each and each.remark]
    return Header.checked(label.path, 0, time, label.real("MAXIMUM_RESOLUTION", _METRES), sun.subsolar_longitude(time),
                          "; ".join(remarks))


INSTRUMENTS = instruments(
    name="vmc",
    title="Venus Express VMC",
    archive="psa",
    files="Venus Express VMC files (.IMG with .GEO)",
    filters={
        "vmc": Channel("UV", "ultraviolet", checkpoints="vex-vmc-uv"),
        "vmc-vis": Channel("VI", "visible, 513 nm"),
        "vmc-n1": Channel("N1", "infrared, 965 nm"),
        "vmc-n2": Channel("N2", "infrared, 1.01 um"),
    },
)
