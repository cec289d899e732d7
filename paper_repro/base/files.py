"""Files that are either whole or absent: temporary name, fsync, rename; and their hashes."""

import contextlib
import csv
import hashlib
import json
import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from paper_repro.base import cells, regular, stopping
from paper_repro.base.errors import NO_ROOM, UserError

if TYPE_CHECKING:
    import pandas as pd  # slow to import, and most that write files have no table of it

# The largest of ours but for the store of hashes, which has its own limit
MOST_JSON_BYTES = 1 << 27
TEMPORARY = re.compile(r"\..*\.\d+\.[0-9a-f]{8}\.partial(\..*)?")  # names that `atomic` gives


_noted = threading.local()  # .written: what `noting` yields


class Written:
    """A file that is being written. sha256: of all that was written to it; size: its bytes."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle, self._digest = handle, hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """64 hex digits."""
        return self._digest.hexdigest()

    def write(self, data: "bytes | memoryview") -> int:
        """Append. Raises OSError."""
        self._digest.update(data)
        count = self._handle.write(data)
        self.size += count
        return count


@contextlib.contextmanager
def noting() -> Iterator[dict[Path, str]]:
    """Within the block, gather the SHA-256 of each file that this thread writes with `atomic`, as it was written."""
    before = getattr(_noted, "written", None)
    _noted.written = written = dict[Path, str]()
    try:
        yield written
    finally:
        _noted.written = before


@contextlib.contextmanager
def atomic(path: Path, *, sync: bool = True) -> Iterator[Written]:
    """Yield a file to be written to, which becomes `path` when the block succeeds.

    On any exception, an interrupt included, it is removed and `path` stays as it was. Bytes are written plainly, never
    through a memory map: where the disk is full, that is an OSError, which names `path`. sync: wait until the disk has
    them; not needed for small pieces whose damage by a crash of the system would be noticed and mended. Raises Stopped
    once the user has asked for an end: threads that aren't waited for any more begin no file.
    """
    stopping.check()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        with temporary.open("xb") as handle:
            written = Written(handle)
            yield written
            handle.flush()
            if sync:
                os.fsync(handle.fileno())
        temporary.replace(path)
        if (noted := getattr(_noted, "written", None)) is not None:
            noted[path] = written.sha256
    except OSError as error:
        if error.filename == str(temporary) or (error.filename is None and error.errno in NO_ROOM):
            error.filename = str(path)
        raise
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: "bytes | memoryview", *, sync: bool = True) -> None:
    """Write `data` to `path` in one step; `sync` as for `atomic`.

    What a library writes goes into memory first, and here from there: libraries lose the system's reason for an error,
    or the error.
    """
    with atomic(path, sync=sync) as handle:
        handle.write(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` in one step (UTF-8, line feeds)."""
    write_bytes(path, text.encode())


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` as indented JSON with sorted keys, in one step."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n")


def parse_json(text: str | bytes) -> Any:
    """The value that a text in JSON stands for. Raises ValueError for any other text, and for one nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply to be read") from None


def read_json(path: Path, most: int | None = None) -> dict[str, Any] | None:
    """Read a JSON object; None where the file is absent or is no JSON object (then it counts as not there).

    most: bytes that it may have, MOST_JSON_BYTES by default. Raises UserError for a larger file, which is none of ours,
    and for what is no regular file.
    """
    most = MOST_JSON_BYTES if most is None else most
    try:
        with regular.opened(path) as handle:
            text = handle.read(most + 1)
            if len(text) > most:
                raise UserError(f"{path}: expected notes of a run, in at most {most} bytes of JSON, found "
                                f"{os.fstat(handle.fileno()).st_size} bytes; move the file away.")
            value = parse_json(text.decode())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def csv_text(table: "pd.DataFrame") -> str:
    """A table as CSV: line feeds, floats as the shortest text that reads back the same, texts `cells.guarded`."""
    return line_feeds(str(cells.guarded_table(table).to_csv(index=False, lineterminator="\r\n")))


def line_feeds(text: str) -> str:
    """CSV written with CRLF, each line ended by a line feed alone; what stands in quotes stays.

    Only if it is written so, a carriage return or line feed in a cell is in quotes, and is read back.
    """
    return re.sub(r'"[^"]*"|\r\n', lambda found: found[0] if found[0][0] == '"' else "\n", text)


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as `csv_text` has it, in one step."""
    write_text(path, csv_text(table))


def read_csv(path: Path, **options: Any) -> "pd.DataFrame":
    """Read a table that `write_csv` wrote; options: of pandas' `read_csv`. Raises what pandas raises."""
    import pandas as pd

    return cells.plain_table(pd.read_csv(path, **options))


def csv_rows(handle: Iterable[str]) -> Iterator[dict[str, str]]:
    """The rows of such a table as texts by column, as csv's DictReader has them. Raises csv.Error."""
    for row in csv.DictReader(handle):
        yield {key and cells.plain(key): cells.plain(text) if isinstance(text, str) else text
               for key, text in row.items()}


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits."""
    with regular.opened(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_files(paths: Iterable[Path], root: Path) -> str:
    """One SHA-256 over files: their names relative to `root` and their bytes, in the order of the names."""
    return sha256_named({path.relative_to(root).as_posix(): sha256_file(path) for path in paths})


def sha256_named(hashes: Mapping[str, str]) -> str:
    """The SHA-256 of `sha256_files`, by the name of each file and the SHA-256 of its bytes."""
    return hashlib.sha256("".join(f"{name}\0{hashes[name]}\n" for name in sorted(hashes)).encode()).hexdigest()
