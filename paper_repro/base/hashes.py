"""Hashes of files, kept between runs: a file that has not been touched is not read again."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from paper_repro.base.files import read_json, sha256_file, write_json
from paper_repro.base.progress import Progress

STORE = ".hashes.json"  # in the folder of a run
MOST_BYTES = 1 << 31  # of that file, which has some 280 for each input: seven million of them
SETTLED_NS = 1_000_000_000  # a file changed more recently could change again without its times showing it


class Hashes:
    """SHA-256 of files by content.

    `store` is the file that keeps them between runs; None keeps them in memory only. A file is read again unless its
    size, inode and times of modification and of status change are what they were; the last can't be set by a user. What
    the store says can: whoever judges doesn't ask it (`distrust_store`).
    """

    def __init__(self, store: Path | None) -> None:
        self._store = store
        stored = (read_json(store, MOST_BYTES) or {}) if store else {}
        self._known: dict[str, list[int | str]] = {name: entry for name, entry in stored.items()
                                                   if isinstance(entry, list)}
        self._settled = set(self._known)
        self._own: set[str] = set()
        self._own_only = False
        self._lock = threading.Lock()

    def file(self, path: Path) -> str:
        """SHA-256 of a file, 64 hex digits. Raises OSError where it can't be read."""
        name, stat = os.path.abspath(path), path.stat()  # noqa: PTH100  # resolving links would follow them twice
        key: list[int | str] = [stat.st_size, stat.st_ino, stat.st_mtime_ns, stat.st_ctime_ns]
        with self._lock:
            known = self._known.get(name) if name in self._own or not self._own_only else None
        if known and known[:-1] == key:
            return str(known[-1])
        settled = time.time_ns() - stat.st_ctime_ns > SETTLED_NS
        sha256 = sha256_file(path)
        with self._lock:
            self._known[name] = [*key, sha256]
            self._own.add(name)
            (self._settled.add if settled else self._settled.discard)(name)
        return sha256

    def distrust_store(self) -> None:
        """From now on ask the store, which anybody can edit, no more: what wasn't hashed by this object is read."""
        self._own_only = True

    def files(self, paths: Mapping[str, Path]) -> str:
        """One SHA-256 over files: their names and contents, in the order of the names."""
        progress, found = Progress("checking inputs", len(paths), "files", quiet=True), {}
        for name, path in paths.items():
            found[name] = self.file(path)
            progress.report()
        return digest(found)

    def save(self) -> None:
        """Write the store; not what was hashed so soon after a change that it can't be trusted, or is gone."""
        with self._lock:
            if self._store is None or not self._store.parent.is_dir():
                return
            kept = {name: self._known[name] for name in sorted(self._settled) if os.path.exists(name)}  # noqa: PTH110
            if kept != read_json(self._store, MOST_BYTES):
                write_json(self._store, kept)


def digest(value: Any) -> str:
    """One SHA-256 over plain JSON, such as named hashes, whatever the order of names."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
