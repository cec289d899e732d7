"""The ledger: one line for every file that was fetched or found, what it is and how it was verified."""

import os
import threading
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from paper_repro.base import lines
from paper_repro.base.errors import UserError

NAME = "ledger.csv"
HEX_DIGITS = 64  # of a SHA-256


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
                lines.append(self.file, HEADER, map(astuple, entries), sync=True)
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
        for line in whole.split(b"\n"):
            entry = _entry(line)
            if entry is not None:
                self._entries[entry.path] = entry


def _entry(line: bytes) -> Entry | None:
    """The entry of a line; None for the header and for any other line."""
    row = lines.parse(line, HEADER)
    if row is None or len(row["sha256"]) != HEX_DIGITS:
        return None
    try:
        return Entry(row["url"], row["path"], int(row["bytes"]), row["sha256"], row["verified"], row["time_utc"],
                     int(row["mtime_ns"]))
    except ValueError:
        return None
