"""A journal of finished work: what stands in it survives a kill at any moment."""

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self, TypeVar

from paper_repro.base import lines
from paper_repro.base.files import parse_json, write_bytes
from paper_repro.base.progress import Progress
from paper_repro.base.workers import parallel


class Keyed(Protocol):
    """A piece of work with its name in a journal."""

    @property
    def key(self) -> str:
        """Name that no other piece of the same work has."""


Piece = TypeVar("Piece", bound=Keyed)


class Journal:
    """JSON lines in a file: a header with the fingerprint of the work, then a line and its sum for each piece.

    Opened (as a context manager), it holds in `done` (key -> value) what an earlier run with the same fingerprint
    finished; a torn, damaged or edited line and all after it are cut off, and another fingerprint starts it anew.
    """

    def __init__(self, path: Path, fingerprint: str) -> None:
        self.path, self.fingerprint = path, fingerprint
        self.done: dict[str, Any] = {}

    def __enter__(self) -> Self:
        whole = self._read()
        if whole == 0:
            write_bytes(self.path, _line({"fingerprint": self.fingerprint}))
        else:
            os.truncate(self.path, whole)
        self._handle = self.path.open("ab", buffering=0)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._handle.close()

    def add(self, key: str, value: Any) -> None:
        """Record that the piece `key` gave `value` (plain JSON); on return it is on the disk."""
        line = _line({"key": key, "value": value, "sum": self._sum(key, value)})
        lines.add(self._handle, self.path.stat().st_size, line, sync=True)
        self.done[key] = value

    def _read(self) -> int:
        """Fill `done`; return the number of bytes that are good, 0 if the header is not ours."""
        try:
            whole = self.path.read_bytes().split(b"\n")[:-1]  # what follows the last line feed is torn or nothing
        except FileNotFoundError:
            return 0
        if not whole or _parse(whole[0]) != {"fingerprint": self.fingerprint}:
            return 0
        size = len(whole[0]) + 1
        for line in whole[1:]:
            entry = _parse(line)
            if entry is None or set(entry) != {"key", "value", "sum"}:
                break
            if entry["sum"] != self._sum(entry["key"], entry["value"]):
                break
            self.done[entry["key"]] = entry["value"]
            size += len(line) + 1
        return size

    def _sum(self, key: Any, value: Any) -> str:
        """By which an edited line is known, and one of other work."""
        return hashlib.sha256(json.dumps([self.fingerprint, key, value]).encode()).hexdigest()


def finish(journal: Journal, label: str, function: Callable[[Piece], Any], pieces: Sequence[Piece], jobs: int | None,
           dask: str | None = None, *, unit: str = "done", cost: Callable[[Piece], int] = lambda _: 1,
           note: Callable[[Piece], str] = lambda piece: piece.key) -> None:
    """Do the pieces of work that aren't in the journal yet, in parallel, and add what `function` gives of each.

    jobs, dask: see `parallel`. Shown with the progress: label; unit, of what a piece costs `cost`; note, of the piece
    that was finished last.
    """
    left = [piece for piece in pieces if piece.key not in journal.done]
    total, rest = (sum(map(cost, some)) for some in (pieces, left))
    progress = Progress(label, total, unit, done=total - rest)
    with contextlib.closing(parallel(function, left, jobs, dask)) as results:
        for piece, value in results:
            journal.add(piece.key, value)
            progress.step(cost(piece), note(piece))


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value, allow_nan=False).encode() + b"\n"


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        value = parse_json(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
