"""The ledger: one line for every file that was fetched or found, what it is and how it was verified."""

import csv
import fcntl
import io
import os
import threading
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from paper_repro.base.errors import UserError

NAME = "ledger.csv"


@dataclass(frozen=True)
class Entry:
    """One file. path: relative to the ledger's root, with slashes; verified: against what; mtime_ns: of the file."""

    url: str
    path: str
    bytes: int
    sha256: str
    verified: str
    time_utc: str
    mtime_ns: int


HEADER = [column.name for column in fields(Entry)]


class Ledger:
    """`ledger.csv` in `root`: lines are only ever added, the last one of a path counts.

    Any number of threads and processes can add lines. A line that a kill cut short is removed when the next one is
    added; a line that isn't an entry counts as absent, so that its file is verified again.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / NAME
        self._lock = threading.Lock()
        self._read = 0  # bytes of the file that `_entries` is from
        self._entries: dict[str, Entry] = {}

    def get(self, path: Path) -> Entry | None:
        """The entry of a file below the root; None if there is none."""
        name = self.name(path)
        with self._lock:
            self._update()
            return self._entries.get(name)

    def entries(self) -> list[Entry]:
        """All entries, in the order of their paths."""
        with self._lock:
            self._update()
            return [self._entries[name] for name in sorted(self._entries)]

    def add(self, *entries: Entry) -> None:
        """Add entries, on the disk when this returns. Raises UserError if the ledger can't be written."""
        with self._lock:
            try:
                self.root.mkdir(parents=True, exist_ok=True)
                with self.file.open("a+b") as file:
                    fcntl.flock(file, fcntl.LOCK_EX)
                    _mend(file)
                    header = b"" if file.tell() else _line(HEADER)
                    file.write(header + b"".join(_line(astuple(entry)) for entry in entries))
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise UserError(f"{self.file}: can't be written ({error}); free the place or choose another folder."
                                ) from error

    def name(self, path: Path) -> str:
        """Name of a file in the ledger. Raises ValueError if it isn't below the root."""
        return path.absolute().relative_to(self.root.absolute()).as_posix()

    def _update(self) -> None:
        """Read what anyone has added since the last time."""
        try:
            with self.file.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:  # another file
                    self._read, self._entries = 0, {}
                file.seek(self._read)
                fresh = file.read()
        except FileNotFoundError:
            self._read, self._entries = 0, {}
            return
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read += len(whole)
        for line in whole.decode(errors="replace").split("\n"):
            entry = _entry(line)
            if entry is not None:
                self._entries[entry.path] = entry


def _mend(file: io.BufferedRandom) -> None:
    """Remove what stands after the last line feed, and go to the end."""
    end = file.seek(0, os.SEEK_END)
    start = max(0, end - (1 << 16))
    file.seek(start)
    file.truncate(start + file.read().rfind(b"\n") + 1)
    file.seek(0, os.SEEK_END)


def _line(row: list[str] | tuple[object, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(row)
    return text.getvalue().encode()


def _entry(line: str) -> Entry | None:
    """The entry of a line; None for the header and for any other line."""
    try:
        [[url, path, size, sha256, verified, time_utc, mtime_ns]] = csv.reader([line])
        entry = Entry(url, path, int(size), sha256, verified, time_utc, int(mtime_ns))
    except (ValueError, csv.Error):
        return None
    return entry if len(sha256) == 64 else None
