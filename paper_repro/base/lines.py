"""Tables in CSV that lines are added to, one write each: what a kill, a full disk or a power cut left is mended."""

import csv
import fcntl
import io
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from paper_repro.base import cells

BLOCK = 1 << 16  # bytes looked through at once for the last line feed


def append(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]], *, sync: bool = False) -> None:
    """Add rows to a table; the line of its columns is written first where it isn't there.

    What stands after the last line feed was cut short, and is removed. Any number of threads and processes may append.
    sync: the rows are on the disk on return. Raises OSError; then none of the rows is there.
    """
    with path.open("a+b", buffering=0) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        end = _mended(file)
        data = "".join(_line(row) for row in ([columns, *rows] if end == 0 else rows)).encode()
        add(file, end, data, sync=sync)


def add(file: io.FileIO, end: int, data: bytes, *, sync: bool) -> None:
    """Add bytes to a file, opened to append, that ends at `end`; sync: they are on the disk on return.

    Raises OSError that names the file; then it ends where it did.
    """
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest):]
        if sync:
            os.fsync(file.fileno())
    except OSError as error:
        file.truncate(end)
        error.filename = os.fspath(file.name)
        raise


def read(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a table that are whole: as many cells as columns. None of a file that is absent or no such table.

    A line that is damaged, or not ended, counts as not there.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [row for line in data[: data.rfind(b"\n") + 1].split(b"\n") if (row := parse(line, columns)) is not None]


def parse(line: bytes, columns: Sequence[str]) -> dict[str, str] | None:
    """The cells of one line by column; None for the line of the columns themselves, and for no such row."""
    try:
        rows = list(csv.reader([line.decode()], strict=True))
    except (ValueError, csv.Error):
        return None
    if b"\0" in line or len(rows) != 1 or len(rows[0]) != len(columns) or rows[0] == list(columns):
        return None
    return dict(zip(columns, map(cells.plain, rows[0]), strict=True))


def _mended(file: io.FileIO) -> int:
    """Remove what stands after the last line feed, and go to the end; returns where that is."""
    end = place = file.seek(0, os.SEEK_END)
    while place:
        start = max(0, place - BLOCK)
        file.seek(start)
        found = file.read(place - start).rfind(b"\n")
        if found >= 0:
            place = start + found + 1
            break
        place = start
    if place < end:
        file.truncate(place)
    return file.seek(place)


def _line(row: Sequence[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(map(cells.guarded_cell, row))
    return text.getvalue()
