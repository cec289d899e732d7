"""What a reader of an instrument makes of a pair of archive files, and the one error it raises."""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.preprocessing import AS_IN_PAPER, Preprocessing
from paper_repro.paper import VENUS_RADIUS_KM

# what a unit of angles is in degrees; none said means degrees
DEGREES = {"": 1.0, "deg": 1.0, "degree": 1.0, "degrees": 1.0,
           **dict.fromkeys((f"{unit}_{way}" for unit in ("degree", "degrees") for way in ("north", "east")), 1.0),
           **dict.fromkeys(("rad", "radian", "radians"), 180 / np.pi)}
HEAD_BYTES = 131072  # most of a file that is ever taken for one header; one of LIR has 66240 bytes, behind another


class ReaderError(UserError):
    """A file that is not what the archive's format says: path, byte offset (None: the file as a whole), reason."""

    def __init__(self, path: Path, offset: int | None, reason: str) -> None:
        where = "" if offset is None else f", byte {offset}"
        super().__init__(f"{path}{where}: {reason}; fetch this file again from the archive, or remove it.")
        self.path = path
        self.offset = offset
        self.reason = reason

    def __reduce__(self) -> tuple[type["ReaderError"], tuple[Path, int | None, str]]:
        """Pickle by the three arguments, so that the error comes back whole from another process."""
        return type(self), (self.path, self.offset, self.reason)


@dataclass(frozen=True)
class Planet:
    """What is looked at: its radius in km, and whether it turns backwards, so that local time runs westward."""

    radius_km: float
    retrograde: bool


VENUS = Planet(VENUS_RADIUS_KM, retrograde=True)


@dataclass(frozen=True)
class Pair:
    """An image and its geometry (None where the archive has none); source: the image relative to the root, posix."""

    image: Path
    geometry: Path | None
    source: str


@dataclass(frozen=True)
class Start:
    """What is known of a file that lies elsewhere: a path to name it by, its first bytes, its size in bytes."""

    path: Path
    data: bytes
    size: int


@dataclass(frozen=True)
class Header:
    """What the headers say: time (UTC, ISO), best resolution (m/px), sub-solar longitude (deg east, [-180, 180)).

    remark: what is odd about the files although they can be read.
    """

    time_utc: str
    resolution_m_px: float
    subsolar_longitude_deg: float
    remark: str = ""

    @classmethod
    def checked(cls, path: Path, offset: int, time_utc: str, resolution_m_px: float, subsolar_longitude_deg: float,
                remark: str = "") -> "Header":
        """A header whose numbers can be ones, the longitude of any convention; one rule for every instrument.

        Raises ReaderError (at byte `offset` of the image) for a resolution that is no length above 0, or what is a
        longitude by no convention.
        """
        if not 0 < resolution_m_px < 1e9:
            raise ReaderError(path, offset, f"expected a resolution above 0 m a pixel, found {resolution_m_px:g}")
        if not -360 <= subsolar_longitude_deg <= 360:
            raise ReaderError(path, offset, "expected the sub-solar longitude between -360 and 360 degrees, found "
                                            f"{subsolar_longitude_deg:g}")
        return cls(time_utc, resolution_m_px, (subsolar_longitude_deg + 180) % 360 - 180, remark)


@dataclass(frozen=True, eq=False)
class Observation:
    """One image with its geometry, all planes [H, W] (Sect. 2).

    image: float32, the instrument's unit, raw values kept where invalid. incidence, emission, latitude, longitude:
    float32, degrees, longitude east-positive in [-180, 180). invalid: bool, by the instrument's rule.
    subsolar_longitude: deg east in [-180, 180). resolution_m_px: the best of the image. time_utc:
    YYYY-MM-DDTHH:MM:SS.sss. source: the image's path relative to the archive's root, with slashes. instrument: its
    name; planet, preprocessing: what it looks at, and which steps of Sect. 3.1.1 apply. stored_longitude: float32,
    degrees, as the file has them where that is another convention, NaN where invalid.
    """

    image: NDArray[np.float32]
    incidence: NDArray[np.float32]
    emission: NDArray[np.float32]
    latitude: NDArray[np.float32]
    longitude: NDArray[np.float32]
    invalid: NDArray[np.bool_]
    subsolar_longitude: float
    resolution_m_px: float
    time_utc: str
    source: str
    instrument: str
    planet: Planet = VENUS
    preprocessing: Preprocessing = AS_IN_PAPER
    stored_longitude: NDArray[np.float32] | None = None


def wrap(longitude: NDArray[np.float32]) -> NDArray[np.float32]:
    """Longitudes (deg east) into [-180, 180), evaluated in float32: the last bit of a pixel depends on it.

    NaN for what is a longitude by no convention: beyond 360 degrees either way.
    """
    with np.errstate(invalid="ignore", over="ignore"):
        turned = longitude + np.float32(180)
        if np.nanmin(turned, initial=0) < 0 or np.nanmax(turned, initial=0) >= 720:
            turned %= np.float32(360)
        else:
            # The archives' own range needs at most one turn, a subtraction: exact as the remainder, and far faster.
            turned -= np.float32(360) * (turned >= 360)
        turned -= np.float32(180)
    turned[np.abs(longitude) > 360] = np.nan
    return turned


@contextlib.contextmanager
def opened(path: Path) -> Iterator[tuple[BufferedReader, int]]:
    """Open a regular file: handle, size in bytes. Whatever the system refuses, then or later, is a ReaderError."""
    try:
        # a pipe or device under an archive's name would block or never end
        if not stat.S_ISREG(path.stat().st_mode):
            raise ReaderError(path, None, "expected a regular file, found something else")
        with path.open("rb") as handle:
            yield handle, os.fstat(handle.fileno()).st_size
    except OSError as error:
        raise ReaderError(path, None, f"it cannot be read ({error.strerror or error})") from error


def read_array(
    handle: BufferedReader, path: Path, offset: int, dtype: str, shape: tuple[int, int]
) -> NDArray[Any]:
    """Read `shape` samples of `dtype` (with byte order) at `offset`.

    The file's size is looked at before anything is allocated. Raises ReaderError where it is too short.
    """
    count = shape[0] * shape[1] * np.dtype(dtype).itemsize
    size = os.fstat(handle.fileno()).st_size
    if offset + count > size:
        raise ReaderError(path, size, f"truncated: {shape[0]} x {shape[1]} samples end at byte {offset + count}")
    buffer = np.empty(count, np.uint8)
    handle.seek(offset)
    if handle.readinto(buffer.data) != count:
        raise ReaderError(path, offset, "the file shrank while it was read")
    return buffer.view(dtype).reshape(shape)
