"""PDS3 labels at the start of their files (Planetary Data System Standards Reference 3.8, ch. 5 and 14)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from paper_repro.observations.observation import ReaderError
from paper_repro.observations.odl import Statement, statements

_FILE_KEYS = {"PDS_VERSION_ID", "RECORD_TYPE", "RECORD_BYTES", "FILE_RECORDS", "LABEL_RECORDS", "^IMAGE", "IMAGE_TIME",
              "MAXIMUM_RESOLUTION", "RADIANCE_OFFSET", "RADIANCE_SCALING_FACTOR", "POSITIVE_LONGITUDE_DIRECTION"}
LABEL_BYTES = 65536  # most of a file that is taken for a label; the largest seen has 10240
# of samples: values that mean that there is none
CONSTANTS = ("MISSING_CONSTANT", "INVALID_CONSTANT", "NOT_APPLICABLE_CONSTANT", "NULL_CONSTANT", "UNKNOWN_CONSTANT",
             "LOW_INSTR_SATURATION", "HIGH_INSTR_SATURATION", "LOW_REPR_SATURATION", "HIGH_REPR_SATURATION")
_IMAGE_KEYS = {"LINES", "LINE_SAMPLES", "SAMPLE_TYPE", "SAMPLE_BITS", "SAMPLE_BIT_MASK", "BANDS", "BAND_STORAGE_TYPE",
               "BAND_NAME", "BAND_SEQUENCE", "LINE_PREFIX_BYTES", "LINE_SUFFIX_BYTES", "ENCODING_TYPE",
               "INTERCHANGE_FORMAT", "STRETCHED_FLAG", "SCALING_FACTOR", "OFFSET", "UNIT", *CONSTANTS}
_NONE = {"N/A", "NA", "UNK", "NULL", "NONE"}  # words for a value that there isn't


@dataclass(frozen=True)
class Label:
    """The statements of a label that are needed: of the file and of its one IMAGE object; no keyword is in both.

    size: of the file in bytes.
    """

    path: Path
    size: int
    statements: Mapping[str, Statement]

    def error(self, reason: str) -> ReaderError:
        """A ReaderError about the label, which starts at byte 0."""
        return ReaderError(self.path, 0, reason)

    def get(self, keyword: str) -> Statement | None:
        """The statement of a keyword; None where there is none."""
        return self.statements.get(keyword)

    def needed(self, keyword: str) -> Statement:
        """The statement of a keyword. Raises ReaderError where there is none."""
        if keyword not in self.statements:
            raise self.error(f"the label has no {keyword}")
        return self.statements[keyword]

    def integer(self, keyword: str, default: int | None = None) -> int:
        """A whole number of 0 or more; `default`, if there is one, where it is missing. Raises ReaderError."""
        if default is not None and keyword not in self.statements:
            return default
        statement = self.needed(keyword)
        value, unit = statement.value()
        if isinstance(value, bool) or not isinstance(value, int) or unit or not 0 <= value < 2**40:
            raise statement.error("as a whole number")
        return value

    def word(self, keyword: str, default: str | None = None) -> str:
        """A word; `default`, if there is one, where it is missing or N/A. Raises ReaderError."""
        if default is not None and keyword not in self.statements:
            return default
        statement = self.needed(keyword)
        value, _ = statement.value()
        if default is not None and is_none(value):
            return default
        if not isinstance(value, str):
            raise statement.error("as a word")
        return value

    def real(self, keyword: str, units: Mapping[str, float] = {}, default: float | None = None) -> float:
        """A finite number, times what `units` has for its unit (small letters, no blanks), if it has one.

        `default`, if there is one, where it is missing or N/A. Raises ReaderError, also for any other unit.
        """
        if default is not None and keyword not in self.statements:
            return default
        statement = self.needed(keyword)
        value, unit = statement.value()
        if default is not None and is_none(value):
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e32 or (
                unit and unit not in units):
            wanted = f" in {next(iter(units))}" if units else " without a unit" if unit else ""
            raise statement.error(f"as a number{wanted}")
        return float(value) * units.get(unit, 1.0)

    @property
    def bytes(self) -> int:
        """Of the label and what pads it. Raises ReaderError."""
        return self.integer("LABEL_RECORDS") * self.integer("RECORD_BYTES")

    @property
    def remark(self) -> str:
        """What is odd about the file's size; "" where nothing is. Raises ReaderError."""
        expected = self.integer("FILE_RECORDS", 0) * self.integer("RECORD_BYTES")
        if not expected or expected == self.size:
            return ""
        return f"{self.size} bytes long, by its label {expected}; what is needed is there"


def is_none(value: Any) -> bool:
    """Whether a label's value says that there is none."""
    return value is None or (isinstance(value, str) and value.upper() in _NONE) or (
        isinstance(value, float) and abs(value) == 1e32)


def read_label(handle: BinaryIO, path: Path, size: int) -> Label:
    """Read the label at the start of a file of `size` bytes; at most 64 KiB are read.

    Raises ReaderError for a label that is broken, endless, nested too deeply, or larger than its LABEL_RECORDS or
    than the file.
    """
    handle.seek(0)
    text = handle.read(LABEL_BYTES).decode("latin-1")
    found: dict[str, Statement] = {}
    wanted: dict[str, Collection[str]] = {"": _FILE_KEYS, "IMAGE": _IMAGE_KEYS}
    end = 0
    for statement in statements(path, text):
        end = statement.byte
        if statement.keyword in wanted.get(statement.part, ()):
            if statement.keyword in found:
                raise ReaderError(path, end, f"broken label, line {statement.line}: {statement.keyword} stands there "
                                             "twice")
            found[statement.keyword] = statement
    label = Label(path, size, found)
    if label.word("PDS_VERSION_ID") != "PDS3" or label.word("RECORD_TYPE", "FIXED_LENGTH") != "FIXED_LENGTH":
        raise label.error("expected a PDS3 label and records of fixed length")
    if not end <= label.bytes <= size:
        raise label.error(f"the label ends at byte {end}, by its LABEL_RECORDS at {label.bytes}, the file has {size} "
                          "bytes")
    return label
