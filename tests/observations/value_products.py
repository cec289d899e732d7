"""Products whose values are known because they are written from a description, and what must be read of each.

A description can be changed in any value. Its files are written here, by hand; what an observation of it must be is
worked out pixel by pixel from the description alone, never from the files.
"""

import datetime
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations.observation import Pair
from tests.observations import products

SHAPE = (4, 6)
USED = ("incidence", "emission", "latitude", "longitude")
RADIUS_KM = 6051.8
Array = NDArray[Any]
single = np.float32


class Unreadable(Exception):  # noqa: N818
    """A description that no observation can be made of."""


@dataclass
class Plane:
    """A plane: its name (None: none), samples as stored, unit, scale and zero, and values that mean there is none."""

    name: str | None
    stored: Array
    unit: str = ""
    scale: float = 1.0
    zero: float = 0.0
    flags: list[float] = field(default_factory=list)


@dataclass
class Expected:
    """What an observation must hold; angles NaN where there is no geometry."""

    time_utc: str
    resolution: float
    subsolar: float | None  # None: by the time
    image: Array
    angles: dict[str, Array]
    invalid: Array


def time_text(time: datetime.datetime, form: int) -> str:
    """A time in one of eight spellings."""
    day = f"{time:%Y-%j}" if form & 1 else f"{time:%Y-%m-%d}"
    if form & 2:
        there = time + datetime.timedelta(hours=2)
        day = f"{there:%Y-%j}" if form & 1 else f"{there:%Y-%m-%d}"
        return f"{day}T{there:%H:%M:%S}.{time.microsecond:06d}+02" + ":00" * (form >> 2 & 1)
    return f"{day}T{time:%H:%M:%S}.{time.microsecond // 1000:03d}" + "Z" * (form >> 2 & 1)


def time_expected(time: datetime.datetime) -> str:
    if not 1990 <= time.year < 2028:
        raise Unreadable("year")
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03d}"


def physical(plane: Plane, row: int, column: int) -> float:
    """A sample in its unit, as a float32."""
    stored = plane.stored[row, column]
    if plane.scale == 0:
        raise Unreadable("scale")
    if (plane.scale, plane.zero) == (1.0, 0.0):
        return float(single(stored))
    with np.errstate(over="ignore", invalid="ignore"):
        return float(single(plane.zero + plane.scale * float(stored)))


def flagged(plane: Plane, row: int, column: int, *, in_unit: bool) -> bool:
    stored = plane.stored[row, column]
    with np.errstate(over="ignore"):
        flags = [stored.dtype.type(flag) if stored.dtype.kind == "f" else flag for flag in plane.flags]
        value = single(physical(plane, row, column))
        return any(stored == flag or (in_unit and value == single(flag)) for flag in flags)


def expect(image: Plane, planes: dict[str, Plane], off: Array, *, in_unit: bool, turned: bool, bias: float = 0.0
           ) -> tuple[Array, dict[str, Array], Array]:
    """Image, angles and what is invalid; off: pixels that the image's own rule excludes.

    in_unit: whether flags are held against scaled values, too; turned: whether every longitude is turned into
    [-180, 180) in single precision, not only those outside.
    """
    values, invalid = np.empty(SHAPE, single), off.copy()
    angles = {name: np.empty(SHAPE, single) for name in USED}
    for row in range(SHAPE[0]):
        for column in range(SHAPE[1]):
            values[row, column] = single(physical(image, row, column)) + single(bias)
            invalid[row, column] |= flagged(image, row, column, in_unit=in_unit)
            read = []
            for name, plane in planes.items():
                angle = physical(plane, row, column)
                if plane.unit.lower().startswith("rad"):
                    with np.errstate(over="ignore"):
                        angle = float(single(math.degrees(angle)))
                angle = math.nan if flagged(plane, row, column, in_unit=in_unit) else angle
                read.append(angle)
                low, high = {"latitude": (-90, 90), "longitude": (-360, 360)}.get(name, (0, 180))
                if not low <= angle <= high:
                    angle = math.nan
                elif name == "longitude" and (turned or not -180 <= angle < 180):
                    angle = float((single(angle) + single(180)) % single(360) - single(180))
                    angle = -180.0 if angle == 180 else angle
                angles[name][row, column] = angle
            if read[0] == read[1] == read[2] == angles["longitude"][row, column]:  # what fills all planes
                for name in USED:
                    angles[name][row, column] = math.nan
            invalid[row, column] |= any(math.isnan(angles[name][row, column]) for name in USED)
    return values, angles, invalid


class Uvi:
    """An l2b image and its l3bx geometry."""

    def __init__(self) -> None:
        self.time, self.form = datetime.datetime(2015, 12, 7, 5, 23, 31, 499000), 0
        self.numbers: dict[str, float] = {"S_IFOV": 0.000204619, "S_DISTAV": 72102.7, "S_SOLLON": 341.454}
        self.system: str | None = None
        self.again: tuple[str, float] | None = None  # a keyword that stands there a second time
        self.image = Plane(None, np.arange(24, dtype=single).reshape(SHAPE) + 1, flags=[-3.4e38])
        made = products.planes(SHAPE)
        self.planes = [Plane(name, made[name.lower()]) for name in products.PLANES]

    def write(self, root: Path) -> Pair:
        image, geometry = products.uvi_paths(root)
        cards = {"DATE-OBS": time_text(self.time, self.form), **self.numbers}
        if self.system is not None:
            cards["TIMESYS"] = self.system
        again = {} if self.again is None else {self.again[0]: self.again[1]}
        image.parent.mkdir(parents=True, exist_ok=True)
        geometry.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(self._primary() + self._unit(self.image, cards, again))
        geometry.write_bytes(self._primary() + b"".join(self._unit(plane, {}) for plane in self.planes))
        return Pair(image, geometry, image.relative_to(root).as_posix())

    def _primary(self) -> bytes:
        return self._header({"SIMPLE": True, "BITPIX": 8, "NAXIS": 0})

    def _unit(self, plane: Plane, more: dict[str, Any], again: dict[str, Any] | None = None) -> bytes:
        cards: dict[str, Any] = {"XTENSION": "IMAGE   ", "BITPIX": -32, "NAXIS": 2, "NAXIS1": SHAPE[1],
                                 "NAXIS2": SHAPE[0], "PCOUNT": 0, "GCOUNT": 1, **more}
        if plane.name is not None:
            cards["EXTNAME"] = plane.name
        if plane.unit:
            cards["BUNIT"] = plane.unit
        if (plane.scale, plane.zero) != (1.0, 0.0):
            cards |= {"BSCALE": plane.scale, "BZERO": plane.zero}
        cards |= dict(zip(("P_MPIXV", "BLANK", "P_SPIXV"), plane.flags, strict=False))
        data = plane.stored.astype(">f4").tobytes()
        return self._header(cards, again) + data.ljust(2880, b"\0")

    @staticmethod
    def _header(cards: dict[str, Any], again: dict[str, Any] | None = None) -> bytes:
        lines = []
        for key, value in [*cards.items(), *(again or {}).items()]:
            text = f"'{value:<8}'" if isinstance(value, str) else {True: "T", False: "F"}[value] if (
                isinstance(value, bool)) else repr(value).upper()
            lines.append(f"{key:<8}= {text:<20}" if isinstance(value, str) else f"{key:<8}= {text:>20}")
        return "".join(f"{line:<80}" for line in [*lines, "END"]).encode().ljust(2880)

    def expected(self) -> Expected:
        """Raises Unreadable."""
        view, distance, sun = (self.numbers[key] for key in ("S_IFOV", "S_DISTAV", "S_SOLLON"))
        resolution = view * (distance - RADIUS_KM) * 1000
        if self.again is not None and self.again[1] != self.numbers[self.again[0]]:
            raise Unreadable("two values")
        if not (view > 0 and distance > RADIUS_KM and 0 < resolution < 1e9 and -360 <= sun <= 360):
            raise Unreadable("numbers")
        if self.system not in {None, "UTC"}:
            raise Unreadable("time system")
        names = [None if plane.name is None else " ".join(plane.name.lower().split()) for plane in self.planes]
        if not any(names):
            names = [name.lower() for name in products.PLANES]
            if len(self.planes) != len(names):
                raise Unreadable("number of planes")
        planes = {}
        for name in USED:
            full = f"{name} angle" if name in {"incidence", "emission"} else name
            if names.count(full) != 1:
                raise Unreadable("names")
            planes[name] = self.planes[names.index(full)]
            if planes[name].unit.lower() not in {"", "deg", "degree", "rad", "radians"}:
                raise Unreadable("unit")
        stored = self.image.stored
        off = np.array([[not -1e38 <= value <= 3.2e38 for value in row] for row in stored])
        image, angles, invalid = expect(self.image, planes, off, in_unit=True, turned=True)
        return Expected(time_expected(self.time), resolution, (sun + 180) % 360 - 180, image, angles, invalid)


class Vmc:
    """An .IMG and its .GEO."""

    def __init__(self) -> None:
        self.time, self.form = datetime.datetime(2008, 11, 17, 21, 54, 18, 8000), 4
        self.resolution, self.unit = 46087.9, " <m/pixel>"
        self.bias, self.factor = 0.0, 89136.3
        self.image = Plane(None, products.vmc_image(SHAPE))
        cube = products.vmc_cube(SHAPE)
        self.order = ["incidence", "emission", "phase", "latitude", "longitude"]
        self.names = ""  # the keyword of the bands' names
        self.samples: dict[str, str] = {}
        self.planes = {name: Plane(name, values) for name, values in zip(self.order, cube, strict=True)}
        self.geometry = self.planes["phase"]  # what is said of one band is said of all
        self.layouts = ["BAND_SEQUENTIAL", "BAND_SEQUENTIAL"]
        self.little = False
        self.prefix = self.suffix = 0
        self.pointer = "7"
        self.extra = ""

    def write(self, root: Path) -> Pair:
        image, geometry = products.vmc_paths(root)
        image.parent.mkdir(parents=True, exist_ok=True)
        geometry.parent.mkdir(parents=True, exist_ok=True)
        stored = self.image.stored.astype("<i2" if self.little else ">i2")
        changes = {
            **self._said(self.image), "IMAGE_TIME": time_text(self.time, self.form), "POINTER": self.pointer,
            "MAXIMUM_RESOLUTION": f"{self.resolution!r}{self.unit}", "BAND_STORAGE_TYPE": self.layouts[0],
            "RADIANCE_OFFSET": f"{self.bias!r} <W*m**-3*sr**-1>", "RADIANCE_SCALING_FACTOR": repr(self.factor),
            "LINE_PREFIX_BYTES": str(self.prefix), "LINE_SUFFIX_BYTES": f"16#{self.suffix:X}#", **self.samples,
        }
        rows = [b"\xfe" * self.prefix + row.tobytes() + b"\x01" * self.suffix for row in stored]
        kind = "LSB_INTEGER" if self.little else "MSB_INTEGER"
        self._file(image, products.vmc_label((1, *SHAPE), kind, 16, 512, self.extra, **changes), b"".join(rows))
        cube = np.stack([self.planes[name].stored for name in self.order])
        axes = {"BAND_SEQUENTIAL": (0, 1, 2), "LINE_INTERLEAVED": (1, 0, 2), "SAMPLE_INTERLEAVED": (1, 2, 0)}
        data = np.transpose(cube, axes[self.layouts[1]]).astype("<f4" if self.little else ">f4").tobytes()
        changes = {**self._said(self.geometry), "BAND_STORAGE_TYPE": self.layouts[1]}
        if self.names:
            changes[self.names] = f"({', '.join(f'{name} angle'.upper().join(2 * [chr(34)]) for name in self.order)})"
        kind = "PC_REAL" if self.little else "IEEE_REAL"
        self._file(geometry, products.vmc_label((5, *SHAPE), kind, 32, 512, self.extra, **changes), data)
        return Pair(image, geometry, image.relative_to(root).as_posix())

    @staticmethod
    def _said(plane: Plane) -> dict[str, str]:
        found = {"SCALING_FACTOR": repr(plane.scale), "OFFSET": repr(plane.zero)}
        if plane.unit:
            found["UNIT"] = f'"{plane.unit}"'
        return found | dict(zip(("MISSING_CONSTANT", "INVALID_CONSTANT"), map(repr, plane.flags), strict=False))

    @staticmethod
    def _file(path: Path, head: bytes, data: bytes) -> None:
        path.write_bytes(head + b" " * 512 + data.ljust(-(-len(data) // 512) * 512, b"\0"))

    def expected(self) -> Expected:
        """Raises Unreadable."""
        resolution = self.resolution * (1000 if "km" in self.unit.lower() else 1)
        if not 0 < resolution < 1e9 or self.geometry.unit.lower() not in {"", "degree", "deg", "rad", "radians"}:
            raise Unreadable("numbers")
        if "TRUE" in self.samples.values() or "ASCII" in self.samples.values() or "WEST" in self.extra:
            raise Unreadable("meaning")
        if self.bias != 0 and not self.factor > 0:
            raise Unreadable("factor")
        said = self.geometry
        planes = {name: Plane(name, self.planes[name].stored, said.unit, said.scale, said.zero, said.flags)
                  for name in USED}
        bias = self.bias / self.factor if self.bias else 0.0
        off = self.image.stored < 0
        image, angles, invalid = expect(self.image, planes, off, in_unit=False, turned=False, bias=bias)
        return Expected(time_expected(self.time), resolution, None, image, angles, invalid)
