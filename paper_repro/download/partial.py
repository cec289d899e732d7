"""A file that is not whole yet: `.<name>.partial` beside its final name; `.<name>.partial.json` says what it is of.

Locked while in use, so that a second process waits. It stays after an error, an interrupt or a kill, for the next run.
"""

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.download.decisions import STEP_BYTES, Kept, kept

POLL_S = 0.1


class Partial:
    """The partial of `target`, this process's alone in a `with` block. sleep: waits, and may raise to end the wait."""

    def __init__(self, target: Path, sleep: Callable[[float], None]) -> None:
        self.target, self.sleep = target, sleep
        self.path, self.record = partial_of(target), record_of(target)
        self.waited = self.done = False
        self._made: list[Path] = []

    def __enter__(self) -> Self:
        while not self._locked():
            self.waited = True
            self.sleep(POLL_S)
        self.size = os.fstat(self._file).st_size
        self.known = kept(read_json(self.record))
        return self

    def _locked(self) -> bool:
        """Try to open and lock the file, made if absent; False while another has it or has just renamed it."""
        for folder in (self.path.parent, *self.path.parent.parents):
            if folder.exists():
                break
            self._made.append(folder)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except FileNotFoundError:  # another process removed the folder, which it had made in vain
            return False
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.path.samestat(os.fstat(self._file), self.path.stat()):
                return True
        except (BlockingIOError, FileNotFoundError):
            pass
        except BaseException:
            os.close(self._file)
            raise
        os.close(self._file)
        return False

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        try:
            if not self.done and self.size == 0:
                self.record.unlink(missing_ok=True)
                self.path.unlink(missing_ok=True)
                for folder in self._made:
                    with contextlib.suppress(OSError):  # no longer empty
                        folder.rmdir()
        finally:
            os.close(self._file)

    def cut(self, size: int, known: Kept) -> None:
        """Keep the first `size` bytes; `known`: what is known of the file that they are of."""
        os.ftruncate(self._file, size)
        os.lseek(self._file, size, os.SEEK_SET)
        self.size = size
        if size == 0:
            os.fsync(self._file)  # before the record, lest old bytes are taken for the new file's
            self.known = known
            with self.record.open("w", encoding="utf-8") as file:
                json.dump(known.record(), file)
                file.flush()
                os.fsync(file.fileno())

    def room(self, total: int) -> None:
        """Raise UserError if the disk has no room for a file of `total` bytes."""
        free = shutil.disk_usage(self.path.parent).free
        if total - self.size > free:
            raise UserError(f"{self.target}: needs {total - self.size} bytes more, but only {free} are free on its "
                            "disk; free some space, then run the same command again, which resumes here.")

    def write(self, block: bytes) -> None:
        """Append; what ends at a full step is on the disk before more is written."""
        rest = memoryview(block)
        while rest:
            step = STEP_BYTES - self.size % STEP_BYTES
            written = os.write(self._file, rest[:step])
            self.size += written
            rest = rest[written:]
            if self.size % STEP_BYTES == 0:
                os.fsync(self._file)

    def discard(self) -> None:
        """Forget all that is there."""
        os.ftruncate(self._file, 0)
        os.lseek(self._file, 0, os.SEEK_SET)
        self.size, self.known = 0, None

    def finish(self) -> None:
        """Give the file its final name."""
        os.fsync(self._file)
        self.path.replace(self.target)
        self.done = True
        folder = os.open(self.target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self.record.unlink(missing_ok=True)


def partial_of(target: Path) -> Path:
    """Path of the bytes until they are whole."""
    return target.with_name(f".{target.name}.partial")


def record_of(target: Path) -> Path:
    """Path of the record of what the partial is of."""
    return target.with_name(f".{target.name}.partial.json")


def tidy(target: Path) -> None:
    """Remove what a kill just after the renaming left beside a whole file, unless it is in use."""
    path = partial_of(target)
    with contextlib.suppress(OSError):  # in use, or a folder that can't be written
        if path.exists():
            with path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()
        record_of(target).unlink(missing_ok=True)
