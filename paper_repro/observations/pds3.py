"""PDS3 labels and the images they point at, warily (Planetary Data System Standards Reference 3.8, ch. 12 and 14).

A scanner of our own finds the statements, in one pass and without recursion; pvl's decoder makes the values of the few
that are needed. Given whole labels, pvl's parser spends a quarter of a second on the footprint of each image, recurses
as deep as they nest, and does not come to an end on some broken ones (A = 1 = B).
"""

import functools
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations.observation import HEAD_BYTES, ReaderError, read_array

with warnings.catch_warnings():
    # pvl recommends a package that it can do without, and defines a class of its own that it has deprecated
    warnings.simplefilter("ignore", ImportWarning)
    warnings.simplefilter("ignore", PendingDeprecationWarning)
    from pvl.collections import Quantity
    from pvl.decoder import OmniDecoder

_FILE_KEYS = {"PDS_VERSION_ID", "RECORD_TYPE", "RECORD_BYTES", "FILE_RECORDS", "LABEL_RECORDS", "^IMAGE", "IMAGE_TIME",
              "MAXIMUM_RESOLUTION"}
_IMAGE_KEYS = {"LINES", "LINE_SAMPLES", "SAMPLE_TYPE", "SAMPLE_BITS", "BANDS", "BAND_STORAGE_TYPE",
               "LINE_PREFIX_BYTES", "LINE_SUFFIX_BYTES"}
# the big-endian types, with their synonyms (Standards Reference, appendix C)
_TYPES = {(name, 16): ">i2" for name in ("MSB_INTEGER", "INTEGER", "MAC_INTEGER", "SUN_INTEGER")} | {
    (name, 32): ">f4" for name in ("IEEE_REAL", "REAL", "FLOAT", "MAC_REAL", "SUN_REAL", "MSB_REAL", "MSB")
}
_MOST_DEPTH = 8
# what the needed values look like, and all that pvl is given: a short word, text, number or time, with or without unit
_PLAIN = re.compile(r"""("[\w ./:-]{0,80}"|[\w.+:-]{1,40})(?:[ \t]*<([\w/*]{1,40})>)?""", re.ASCII)
_WORD = re.compile(r"[A-Z][A-Z0-9_]*", re.ASCII)
_decode = functools.lru_cache(maxsize=4096)(OmniDecoder().decode_simple_value)  # labels say the same again and again

_SPACE = re.compile(r"(?:\s++|/\*[^*]*+(?:\*(?!/)[^*]*+)*+\*/)*+")
_KEYWORD = re.compile(r"(\^?[A-Za-z]\w*+(?::[A-Za-z]\w*+)?)[ \t]*+(=?)\s*+", re.ASCII)
_BRACKET = re.compile(r"""[(){}]|"[^"]*+"|'[^']*+'""")
_UNIT = re.compile(r"[ \t]*+<[^<>\r\n]*+>")


@dataclass(frozen=True)
class Label:
    """The statements of a label that are needed: of the file and of its one IMAGE object, decoded."""

    path: Path
    size: int
    file: Mapping[str, Any]
    image: Mapping[str, Any]

    def error(self, reason: str) -> ReaderError:
        """A ReaderError about the label, which starts at byte 0."""
        return ReaderError(self.path, 0, reason)

    def integer(self, keyword: str, default: int | None = None) -> int:
        """A whole number of 0 or more; `default`, if there is one, where it is missing. Raises ReaderError."""
        value = self.file.get(keyword, self.image.get(keyword, default))
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**40:
            raise self.error(f"expected {keyword} as a whole number, found {value!r:.60}")
        return value

    def word(self, keyword: str, default: str | None = None) -> str:
        """A word; `default`, if there is one, where it is missing. Raises ReaderError."""
        value = self.file.get(keyword, self.image.get(keyword, default))
        if not isinstance(value, str):
            raise self.error(f"expected {keyword} as text, found {value!r:.60}")
        return value

    def real(self, keyword: str, units: set[str]) -> float:
        """A number without unit or in one of `units` (lower case). Raises ReaderError."""
        value = self.file.get(keyword)
        if isinstance(value, Quantity) and str(value.units).lower() in units:
            value = value.value
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e32:
            raise self.error(f"expected {keyword} in {max(units)}, found {value!r:.60}")
        return float(value)

    @property
    def offset(self) -> int:
        """Byte at which the image starts."""
        record = self.integer("^IMAGE")
        if record <= self.integer("LABEL_RECORDS"):
            raise self.error(f"^IMAGE = {record} points into the label")
        return (record - 1) * self.integer("RECORD_BYTES")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(bands, lines, samples). Raises ReaderError if the bands are not one after the other."""
        if self.word("BAND_STORAGE_TYPE", "BAND_SEQUENTIAL") != "BAND_SEQUENTIAL":
            raise self.error("expected the bands one after the other (BAND_SEQUENTIAL)")
        if self.integer("LINE_PREFIX_BYTES", 0) or self.integer("LINE_SUFFIX_BYTES", 0):
            raise self.error("expected lines without prefix and suffix")
        shape = (self.integer("BANDS", 1), self.integer("LINES"), self.integer("LINE_SAMPLES"))
        if 0 in shape:
            raise self.error(f"wrong shape: {shape} (bands, lines, samples)")
        return shape

    @property
    def dtype(self) -> str:
        """Sample type as numpy writes it, ">i2" or ">f4". Raises ReaderError for any other."""
        kind = (self.word("SAMPLE_TYPE"), self.integer("SAMPLE_BITS"))
        if kind not in _TYPES:
            raise self.error(f"expected MSB_INTEGER of 16 or IEEE_REAL of 32 bits, found {kind[0]!r:.40} of {kind[1]}")
        return _TYPES[kind]

    def check(self, dtype: str, bands: int) -> None:
        """Raise ReaderError unless the image has this sample type and number of bands, and is in the file whole."""
        shape = self.shape
        if self.dtype != dtype or shape[0] != bands:
            raise self.error(f"wrong shape: expected {bands} bands of {dtype}, found {shape[0]} of {self.dtype}")
        records = self.integer("FILE_RECORDS", 0)
        end = max(self.offset + shape[0] * shape[1] * shape[2] * np.dtype(dtype).itemsize,
                  records * self.integer("RECORD_BYTES"))
        if end > self.size:
            raise ReaderError(self.path, self.size, f"truncated: by its label this file ends at byte {end}")

    def read_band(self, handle: BufferedReader, band: int) -> NDArray[Any]:
        """One band [lines, samples] in the file's own type. Raises ReaderError if the file is too short."""
        _, lines, samples = self.shape
        start = self.offset + band * lines * samples * np.dtype(self.dtype).itemsize
        return read_array(handle, self.path, start, self.dtype, (lines, samples))


def read_label(handle: BinaryIO, path: Path, size: int) -> Label:
    """Read the label at the start of a file of `size` bytes; at most 64 KiB are read.

    Raises ReaderError for a label that is broken, endless, nested too deeply, or larger than its LABEL_RECORDS or
    than the file.
    """
    handle.seek(0)
    text = handle.read(HEAD_BYTES).decode("latin-1")
    parts: dict[str, dict[str, Any]] = {"": {}, "IMAGE": {}}
    end = 0
    for part, keyword, value, start in _statements(path, text):
        end = start
        wanted = {"": _FILE_KEYS, "IMAGE": _IMAGE_KEYS}.get(part, set())
        if keyword not in wanted:
            continue
        if keyword in parts[part]:
            raise ReaderError(path, start, f"broken label: {keyword} stands there twice")
        parts[part][keyword] = _decoded(path, start, keyword, value)
    if not text[:end].isascii():
        raise ReaderError(path, 0, "broken label: it has characters other than ASCII")
    label = Label(path, size, parts[""], parts["IMAGE"])
    if label.word("PDS_VERSION_ID") != "PDS3" or label.word("RECORD_TYPE", "FIXED_LENGTH") != "FIXED_LENGTH":
        raise label.error("expected a PDS3 label and records of fixed length")
    room = label.integer("LABEL_RECORDS") * label.integer("RECORD_BYTES")
    if not end <= room <= size:
        raise label.error(f"the label ends at byte {end}, LABEL_RECORDS say {room}, the file has {size} bytes")
    return label


def _statements(path: Path, text: str) -> Iterator[tuple[str, str, str, int]]:
    """Statements up to END, which comes last: (names of the objects around it joined by a point, keyword, value, byte).

    Raises ReaderError where the text is no label, nested too deeply, or has no END.
    """
    around: list[str] = []
    at = 0
    while True:
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr]  # it matches the empty text, too
        match = _KEYWORD.match(text, at)
        if match is None:
            raise ReaderError(path, at, "broken label: expected KEYWORD = VALUE, or END within 64 KiB")
        keyword, start = match[1], at
        if keyword == "END" and not match[2]:
            if around:
                raise ReaderError(path, at, f"broken label: {around[-1]!r:.40} has no END_OBJECT")
            yield "", keyword, "", at
            return
        at = match.end()
        if keyword in {"END_OBJECT", "END_GROUP"}:
            value, at = _value(path, text, at) if match[2] else (around[-1] if around else "", at)
            if not around or value != around.pop():
                raise ReaderError(path, start, f"broken label: {keyword} without its beginning")
            continue
        if not match[2]:
            raise ReaderError(path, start, f"broken label: {keyword!r:.40} has no value")
        value, at = _value(path, text, at)
        if keyword in {"OBJECT", "GROUP"}:
            if len(around) == _MOST_DEPTH:
                raise ReaderError(path, start, f"broken label: objects are nested more than {_MOST_DEPTH} deep")
            around.append(value)
        else:
            yield ".".join(around), keyword, value, start


def _value(path: Path, text: str, at: int) -> tuple[str, int]:
    """The value that starts at `at`, units included, and where it ends: quoted, a list, or the rest of the line."""
    first = text[at : at + 1]
    if first and first in "\"'":
        end = text.find(first, at + 1) + 1
    elif first and first in "({":
        end = _list_end(path, text, at)
    else:
        end = text.find("\n", at)
        comment = text.find("/*", at, end if end >= 0 else len(text))
        end = comment if comment >= 0 else end
        if end < 0 or not text[at:end].strip():
            raise ReaderError(path, at, "broken label: a value is missing or has no end")
        return text[at:end].strip(), end
    if end <= 0:
        raise ReaderError(path, at, "broken label: a text or list has no end")
    unit = _UNIT.match(text, end)
    end = unit.end() if unit else end
    return text[at:end], end


def _list_end(path: Path, text: str, at: int) -> int:
    depth = 0
    for match in _BRACKET.finditer(text, at):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(match[0], 0)
        if depth > _MOST_DEPTH:
            raise ReaderError(path, match.start(), f"broken label: lists are nested more than {_MOST_DEPTH} deep")
        if depth == 0:
            return match.end()
    return 0


def _decoded(path: Path, start: int, keyword: str, value: str) -> Any:
    """A value as pvl has it: int, float, str, datetime, or a Quantity of one of them and its unit."""
    match = _PLAIN.fullmatch(value)
    if match is None:
        raise ReaderError(path, start, f"broken label: {keyword} = {value!r:.60} is no plain value")
    try:
        # a plain word stands for itself; pvl would first hold it against some twenty forms of dates
        decoded = match[1] if _WORD.fullmatch(match[1]) else _decode(match[1])
    except Exception as error:  # pvl promises no kind of error for a broken value
        raise ReaderError(path, start, f"broken label: {keyword} = {value!r:.60} cannot be decoded") from error
    return Quantity(decoded, match[2]) if match[2] else decoded
