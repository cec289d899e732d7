"""The image that a PDS3 label describes (Standards Reference 3.8, ch. 3, appendices A and C).

Whatever the label says that changes samples or their meaning is applied, or the file is refused.
"""

from dataclasses import dataclass
from io import BufferedReader
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations.observation import DEGREES, ReaderError, read_array
from paper_repro.observations.odl import Statement
from paper_repro.observations.pds3 import CONSTANTS, Label, is_none

# sample types with their synonyms, as numpy writes byte order and kind
_TYPES = (
    dict.fromkeys(("MSB_INTEGER", "INTEGER", "MAC_INTEGER", "SUN_INTEGER"), ">i")
    | dict.fromkeys(("IEEE_REAL", "REAL", "FLOAT", "MAC_REAL", "SUN_REAL", "MSB_REAL", "MSB"), ">f")
    | dict.fromkeys(("LSB_INTEGER", "PC_INTEGER", "VAX_INTEGER"), "<i") | {"PC_REAL": "<f"}
)
_BITS = {"i": (16, 32), "f": (32, 64)}
_KINDS = {"i": "whole numbers", "f": "real numbers"}
_LAYOUTS = ("BAND_SEQUENTIAL", "LINE_INTERLEAVED", "SAMPLE_INTERLEAVED")


@dataclass(frozen=True)
class Image:
    """The image of a label: where its samples are, and what they mean."""

    label: Label

    @property
    def offset(self) -> int:
        """Byte at which the image starts. Raises ReaderError if it is in another file or in the label."""
        pointer = self.label.needed("^IMAGE")
        items = pointer.values()
        if items and isinstance(items[0][0], str) and not items[0][1]:
            if items[0][0].lower() != self.label.path.name.lower():
                raise pointer.error(f"in this file, {self.label.path.name}")
            items = items[1:]
        match items:
            case [(int(place), ("" | "bytes") as unit)] if place > 0:
                start = place - 1 if unit else (place - 1) * self.label.integer("RECORD_BYTES")
            case _:
                raise pointer.error("as the number of a record, or of a byte <BYTES>")
        if start < self.label.bytes:
            raise pointer.error("behind the label")
        return start

    @property
    def shape(self) -> tuple[int, int, int]:
        """(bands, lines, samples). Raises ReaderError."""
        shape = (self.label.integer("BANDS", 1), self.label.integer("LINES"), self.label.integer("LINE_SAMPLES"))
        if 0 in shape:
            raise self.label.error(f"wrong shape: {shape} (bands, lines, samples)")
        return shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """Sample type. Raises ReaderError for one that isn't read, or samples that are encoded or have unused bits."""
        name, bits = self.label.word("SAMPLE_TYPE"), self.label.integer("SAMPLE_BITS")
        kind = _TYPES.get(name.upper(), "")
        if bits not in _BITS.get(kind[-1:], ()):
            raise self.label.error("expected samples that are signed whole numbers of 16 or 32 bits or IEEE real ones "
                                   f"of 32 or 64, found {name!r:.40} of {bits}")
        if (encoding := self.label.word("ENCODING_TYPE", "NONE").upper()) != "NONE":
            raise self.label.error(f"expected samples as they are, found them encoded ({encoding:.40})")
        if (written := self.label.word("INTERCHANGE_FORMAT", "BINARY").upper()) != "BINARY":
            raise self.label.error(f"expected binary samples, found INTERCHANGE_FORMAT {written:.40}")
        if (flag := self.label.get("STRETCHED_FLAG")) and str(flag.value()[0]).upper() in {"TRUE", "YES"}:
            raise flag.error("as FALSE: stretched samples aren't what was measured")
        if self.label.integer("SAMPLE_BIT_MASK", 2**bits - 1) != 2**bits - 1:
            raise self.label.error("expected all bits of a sample to count, found a SAMPLE_BIT_MASK")
        return np.dtype(f"{kind}{bits // 8}")

    @property
    def _layout(self) -> tuple[str, int, int]:
        """Order of bands, bytes before the samples of a line, and bytes of a line. Raises ReaderError."""
        order = "_".join(self.label.word("BAND_STORAGE_TYPE", _LAYOUTS[0]).upper().split())
        prefix, suffix = self.label.integer("LINE_PREFIX_BYTES", 0), self.label.integer("LINE_SUFFIX_BYTES", 0)
        if order not in _LAYOUTS:
            raise self.label.error(f"expected BAND_STORAGE_TYPE as one of {', '.join(_LAYOUTS)}, found {order:.40}")
        if self.shape[0] == 1:
            order = _LAYOUTS[0]  # all three are the same
        if order != _LAYOUTS[0] and (prefix or suffix):
            raise self.label.error("expected lines without prefix and suffix where bands aren't one after the other")
        return order, prefix, prefix + self.shape[2] * self.dtype.itemsize + suffix

    def check(self, kinds: str, bands: int) -> None:
        """Raise ReaderError unless samples are of one of the kinds (i, f), there are so many bands, whole, and what is
        said of the samples' meaning can be applied.
        """  # noqa: D205
        shape = self.shape
        if self.dtype.kind not in kinds or shape[0] != bands:
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            raise self.label.error(f"wrong shape: expected {bands} {'band' if bands == 1 else 'bands'} of {wanted}, "
                                   f"found {shape[0]} of {_KINDS[self.dtype.kind]}")
        end = self.offset + shape[0] * shape[1] * self._layout[2]
        if end > self.label.size:
            raise ReaderError(self.label.path, self.label.size, f"truncated: by its label the image ends at byte {end}")
        none = np.empty((0, 0), self.dtype)
        self.physical(none), self.missing(none)

    def read_band(self, handle: BufferedReader, band: int) -> NDArray[Any]:
        """One band [lines, samples] as it is stored. Raises ReaderError if the file is too short."""
        bands, lines, samples = self.shape
        order, prefix, line = self._layout
        path, dtype = self.label.path, self.dtype
        if order == "BAND_SEQUENTIAL":
            rows = read_array(handle, path, self.offset + band * lines * line, "u1", (lines, line))
            return np.ascontiguousarray(rows[:, prefix : prefix + samples * dtype.itemsize]).view(dtype)
        cube = read_array(handle, path, self.offset, dtype.str, (lines, bands * samples))
        if order == "LINE_INTERLEAVED":
            return cube.reshape(lines, bands, samples)[:, band]
        return cube.reshape(lines, samples, bands)[:, :, band]

    def physical(self, stored: NDArray[Any]) -> NDArray[np.float32]:
        """Samples in their unit: SCALING_FACTOR x sample + OFFSET. Raises ReaderError."""
        factor, offset = self.label.real("SCALING_FACTOR", default=1.0), self.label.real("OFFSET", default=0.0)
        if factor == 0:
            raise self.label.needed("SCALING_FACTOR").error("other than 0, by which all values would be the same")
        if (factor, offset) == (1.0, 0.0):
            return stored.astype(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):
            return (factor * stored.astype(np.float64) + offset).astype(np.float32)

    def missing(self, stored: NDArray[Any]) -> NDArray[np.bool_]:
        """Where samples as stored are one of the values that the label calls missing. Raises ReaderError."""
        found = np.zeros(stored.shape, np.bool_)
        for keyword in CONSTANTS:
            if statement := self.label.get(keyword):
                for value, _ in statement.values():
                    if isinstance(value, float) or not is_none(value):  # -1e32 may be the very value that samples have
                        found |= stored == _constant(statement, value, stored.dtype)
        return found

    def degrees(self, band: int) -> float:
        """What a band's unit of angles is in degrees; 1 where none is said. Raises ReaderError."""
        if (statement := self.label.get("UNIT")) is None:
            return 1.0
        units = ["" if is_none(value) else str(value).lower() for value, _ in statement.values()]
        if len(units) not in {1, self.shape[0]} or not set(units) <= DEGREES.keys():
            raise statement.error("as degrees or radians")
        return DEGREES[units[band % len(units)]]


def _constant(statement: Statement, value: Any, dtype: np.dtype[Any]) -> Any:
    """A value of the label as samples of a type have it; a based integer is the pattern of its bits: 16#FFFF# is -1."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise statement.error("as a number")
    if isinstance(value, int) and "#" in statement.text:
        return np.array(value % 2 ** (8 * dtype.itemsize), f"u{dtype.itemsize}").view(f"{dtype.kind}{dtype.itemsize}")
    if dtype.kind != "f":
        return value
    with np.errstate(over="ignore"):
        return np.array(float(value)).astype(dtype)
