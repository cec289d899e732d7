"""FITS files, warily: sizes of headers are held against the file before a pixel is read.

astropy's own file objects are not used: they trust a header's sizes, warn instead of failing, and cannot say at which
byte a file is broken.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations.fits_cards import value_of
from paper_repro.observations.observation import DEGREES, HEAD_BYTES, ReaderError, read_array

BLOCK = 2880  # FITS 4.0, Sect. 3.1
_CARD = 80
_MOST_UNITS = 32  # an l3bx file has 8; more is no product of this archive
_VALUE = re.compile(r"[A-Z0-9_-]+ *+= ")  # of a card with a value, in columns 1 to 10
_END = re.compile(rb"(?:.{80})*?END {77}", re.DOTALL)


@dataclass(frozen=True)
class Unit:
    """One header-data unit: its number from 0, its cards by keyword, where header and data start, bytes of data.

    Of a keyword that stands there more than once, the cards one after the other.
    """

    path: Path
    number: int
    cards: Mapping[str, str]
    header_offset: int
    data_offset: int
    data_bytes: int

    @property
    def end(self) -> int:
        """Offset of the next unit."""
        return self.data_offset + -(-self.data_bytes // BLOCK) * BLOCK

    @property
    def name(self) -> str:
        """EXTNAME in lower case with single spaces; empty where there is none."""
        value = _value(self.path, self.header_offset, self.cards, "EXTNAME")
        return " ".join(str(value or "").lower().replace("_", " ").split())

    @property
    def place(self) -> str:
        """The unit as a message names it: HDU 5, called 'emission angle'."""
        return f"HDU {self.number}" + (f", called {self.name!r}" if self.name else "")

    @property
    def shape(self) -> tuple[int, int]:
        """(NAXIS2, NAXIS1) of a float32 image. Raises ReaderError for anything else."""
        if self.has("ZIMAGE"):
            raise self.error(f"{self.place}, is a compressed image (ZIMAGE), which isn't read; unpack it with funpack")
        kind = self.text("XTENSION").strip()
        form = (self.integer("BITPIX"), self.integer("NAXIS"))
        if kind != "IMAGE" or form != (-32, 2):
            raise self.error(f"expected a float32 IMAGE (BITPIX -32, NAXIS 2), found {kind:.9} {form}")
        shape = (self.integer("NAXIS2"), self.integer("NAXIS1"))
        if 0 in shape:
            raise self.error("expected an image, found one without pixels")
        return shape

    def text(self, keyword: str) -> str:
        """A text value. Raises ReaderError if it is missing or of another kind."""
        value = _value(self.path, self.header_offset, self.cards, keyword)
        if not isinstance(value, str):
            raise self.error(f"expected {keyword} as text, found {_found(value)}")
        return value

    def integer(self, keyword: str) -> int:
        """A whole number. Raises ReaderError if it is missing or of another kind."""
        return _integer(self.path, self.header_offset, self.cards, keyword)

    def real(self, keyword: str, default: float | None = None) -> float:
        """A finite number; `default`, if there is one, where the keyword is missing. Raises ReaderError."""
        value = _value(self.path, self.header_offset, self.cards, keyword)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not -math.inf < value < math.inf:
            raise self.error(f"expected {keyword} as a number, found {_found(value)}")
        try:
            return float(value)
        except OverflowError as error:
            raise self.error(f"{keyword} is too large") from error

    def has(self, keyword: str) -> bool:
        """Whether there is such a keyword with a value."""
        return _value(self.path, self.header_offset, self.cards, keyword) is not None

    def error(self, reason: str) -> ReaderError:
        """A ReaderError that names the start of this header."""
        return ReaderError(self.path, self.header_offset, reason)

    def read(self, handle: BufferedReader) -> NDArray[np.float32]:
        """The image as it is stored, float32 [NAXIS2, NAXIS1].

        Raises ReaderError if it is no float32 image or ends too early.
        """
        return read_array(handle, self.path, self.data_offset, ">f4", self.shape).astype(np.float32)

    def physical(self, stored: NDArray[np.float32]) -> NDArray[np.float32]:
        """Samples in their unit: BZERO + BSCALE x sample (FITS 4.0, Eq. 3). Raises ReaderError."""
        factor, zero = self.real("BSCALE", 1.0), self.real("BZERO", 0.0)
        if factor == 0:
            raise self.error(f"{self.place}: expected BSCALE other than 0, by which all values would be the same")
        if (factor, zero) == (1.0, 0.0):
            return stored
        with np.errstate(over="ignore", invalid="ignore"):
            return (zero + factor * stored.astype(np.float64)).astype(np.float32)

    def check_meaning(self, flags: Iterable[str], *, angles: bool = False) -> None:
        """Raise ReaderError unless what the header says of the samples' meaning can be applied."""
        self.flagged(np.empty((0, 0), np.float32), flags)
        if angles:
            _ = self.degrees

    @property
    def degrees(self) -> float:
        """What the unit of a plane of angles is in degrees. Raises ReaderError for one that is no angle's."""
        unit = self.text("BUNIT").strip().lower() if self.has("BUNIT") else ""
        if unit not in DEGREES:
            raise self.error(f"{self.place}: expected BUNIT in degrees or radians, found {unit!r:.40}")
        return DEGREES[unit]

    def flagged(self, stored: NDArray[np.float32], keywords: Iterable[str]) -> NDArray[np.bool_]:
        """Where samples, as stored or in their unit, are the value of one of the keywords that are there.

        Raises ReaderError.
        """
        with np.errstate(over="ignore"):
            flags = {float(np.float32(self.real(keyword))) for keyword in keywords if self.has(keyword)}
        found = np.zeros(stored.shape, np.bool_)
        values = self.physical(stored)
        for samples in (stored,) if values is stored else (stored, values):
            for flag in flags:
                found |= samples == np.float32(flag)
        return found


def units(handle: BinaryIO, path: Path, size: int, most: int = _MOST_UNITS) -> list[Unit]:
    """The first `most` units of a file of `size` bytes; their data are skipped, not read.

    What follows the data of a unit and is no header is no unit. Raises ReaderError for a broken header, and for data
    that reach beyond the file.
    """
    found: list[Unit] = []
    start = 0
    while start < size and len(found) < most:
        if found and not _is_extension(handle, start):
            break
        unit = _unit(handle, path, start, len(found))
        if unit.data_offset + unit.data_bytes > size:
            expected = unit.data_offset + unit.data_bytes
            raise ReaderError(path, size, f"truncated: the data of HDU {len(found)} end at byte {expected}")
        found.append(unit)
        start = unit.end
    if not found:
        raise ReaderError(path, 0, "expected a FITS file, found an empty one")
    return found


def remark(units: Sequence[Unit], size: int) -> str:
    """What is odd behind the last of all units of a file of `size` bytes, although their data are whole; else ""."""
    end = units[-1].end
    if size < end:
        return f"{end - size} bytes of padding are missing at the end; what is needed is there"
    return f"{size - end} bytes follow the data" if size > end else ""


def _is_extension(handle: BinaryIO, start: int) -> bool:
    handle.seek(start)
    return handle.read(9) == b"XTENSION="


def _unit(handle: BinaryIO, path: Path, start: int, number: int) -> Unit:
    handle.seek(start)
    head = b""
    while (end := _END.match(head)) is None:
        block = handle.read(BLOCK)
        if not head and not block.startswith((b"SIMPLE  =", b"XTENSION=")[start > 0]):
            raise ReaderError(path, start, "expected a FITS header, found something else")
        if len(block) < BLOCK or len(head) >= HEAD_BYTES:
            raise ReaderError(path, start + len(head), "truncated or broken: this FITS header has no END")
        head += block
    head = head[: end.end()]
    if not (head.isascii() and head.decode("latin-1").isprintable()):
        raise ReaderError(path, start, "broken: this FITS header has characters other than printable ASCII")
    cards: dict[str, str] = {}
    for at in range(0, len(head), _CARD):
        card = head[at : at + _CARD].decode("ascii")
        # whatever else stands in a header (comments, history, other conventions) is nothing that is asked for
        if _VALUE.fullmatch(card, 0, 10):
            keyword = card[:8].rstrip()
            cards[keyword] = cards.get(keyword, "") + card
    data_offset = start + -(-len(head) // BLOCK) * BLOCK
    return Unit(path, number, cards, start, data_offset, _data_bytes(path, start, cards))


def _data_bytes(path: Path, start: int, cards: Mapping[str, str]) -> int:
    """FITS 4.0, Eq. 2: |BITPIX| / 8 x GCOUNT x (PCOUNT + NAXIS1 x ... x NAXISm)."""
    axes = _integer(path, start, cards, "NAXIS")
    bits = _integer(path, start, cards, "BITPIX")
    if bits not in {8, 16, 32, 64, -32, -64} or not 0 <= axes <= 999:
        raise ReaderError(path, start, f"broken FITS header (BITPIX {bits}, NAXIS {axes})")
    if axes == 0:
        return 0
    pixels = 1
    for axis in range(1, axes + 1):
        length = _integer(path, start, cards, f"NAXIS{axis}")
        # products of huge axes would be slow before they are refused
        if not 0 <= length < 2**40 or pixels > 2**62:
            raise ReaderError(path, start, f"broken FITS header (NAXIS{axis} = {length})")
        pixels *= length
    extra = _integer(path, start, cards, "PCOUNT") if "PCOUNT" in cards else 0
    groups = _integer(path, start, cards, "GCOUNT") if "GCOUNT" in cards else 1
    if extra < 0 or groups < 1:
        raise ReaderError(path, start, f"broken FITS header (PCOUNT {extra}, GCOUNT {groups})")
    return abs(bits) // 8 * groups * (extra + pixels)


def _integer(path: Path, start: int, cards: Mapping[str, str], keyword: str) -> int:
    value = _value(path, start, cards, keyword)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ReaderError(path, start, f"expected {keyword} as a whole number, found {_found(value)}")
    return value


def _value(path: Path, start: int, cards: Mapping[str, str], keyword: str) -> Any:
    """The value of a keyword; None where there is none. Raises ReaderError, also for one with different values."""
    text = cards.get(keyword, "")
    try:
        values = [value_of(text[at : at + _CARD]) for at in range(0, len(text), _CARD)]
    except Exception as error:  # astropy promises no kind of error for a broken card
        raise ReaderError(path, start, f"the value of {keyword} cannot be read ({type(error).__name__})") from error
    value = values[0] if values else None
    if any(other != value for other in values):
        raise ReaderError(path, start, f"{keyword} stands there more than once, with different values")
    return value if isinstance(value, bool | int | float | str) else None


def _found(value: Any) -> str:
    return "none" if value is None else repr(value)[:40]
