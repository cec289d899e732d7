"""The faults of servers, disks and archives that `faults` injects, each drawn from a seeded generator."""

import email.utils
import errno
import hashlib
import os
import shutil
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from paper_repro.base.errors import UserError
from paper_repro.download import ledger, partial
from paper_repro.download.decisions import STEP_BYTES
from tests.download import archives_made
from tests.download.server import Fault

Draw = Callable[[np.random.Generator, int], Fault]  # from the size of the file
HTML = b"<!DOCTYPE html>\n<html><head><title>Service notice</title></head><body>Back soon.</body></html>\n" * 3
STALL_S = 1.0  # longer than the hasty client of a faulty phase waits


def content(rng: np.random.Generator, size: int) -> bytes:
    """A file that a reader can check: SHA-256 of the rest, then the rest."""
    body = rng.bytes(size)
    return hashlib.sha256(body).digest() + body


def read(path: Path) -> None:
    """The reader's check of such a file."""
    data = path.read_bytes()
    if hashlib.sha256(data[32:]).digest() != data[:32]:
        raise UserError(f"{path.name}: expected a file with its checksum, found another")


def _at(rng: np.random.Generator, size: int) -> int:
    """A place in the file, its ends and those of steps more often than others."""
    steps = [0, 1, size - 1, size, min(STEP_BYTES, size), min(STEP_BYTES + 1, size)]
    return max(0, int(rng.choice(steps)) if rng.random() < 0.3 else int(rng.integers(size + 1)))


def _wait(rng: np.random.Generator) -> str:
    """A Retry-After: seconds, a date, or nonsense."""
    return str(rng.choice(["0", "1", "3600", "-1", "soon", email.utils.formatdate(time.time(), usegmt=True),
                           email.utils.formatdate(time.time() + 86400, usegmt=True)]))


def _busy(status: int) -> Draw:
    return lambda rng, size: Fault(status=status, body=b"busy", headers={
        "Retry-After": _wait(rng) if rng.random() < 0.7 else None})


def _redirect(to: str) -> Draw:
    return lambda rng, size: Fault(status=int(rng.choice([301, 302, 307])), body=b"", headers={"Location": to})


def _html(rng: np.random.Generator, size: int) -> Fault:
    kind = str(rng.choice(["text/html", "application/octet-stream", "text/html; charset=utf-8"]))
    return Fault(status=200, body=HTML, headers={"Content-Type": kind})


SERVER: dict[str, Draw] = {
    "reset": lambda rng, size: Fault(cut=_at(rng, size), reset=True),
    "closed": lambda rng, size: Fault(cut=_at(rng, size)),
    "closed, no length": lambda rng, size: Fault(cut=_at(rng, size), no_length=True),
    "closed, chunks": lambda rng, size: Fault(cut=_at(rng, size), chunked=True),
    "no length": lambda rng, size: Fault(no_length=True),
    "stall": lambda rng, size: Fault(cut=_at(rng, size), stall_s=STALL_S),
    "silence": lambda rng, size: Fault(stall_s=STALL_S),
    "flipped bit": lambda rng, size: Fault(flip=_at(rng, size)),
    "flipped bit, closed": lambda rng, size: Fault(flip=_at(rng, size), cut=_at(rng, size)),
    "429": _busy(429), "500": _busy(500), "503": _busy(503),
    "range ignored": lambda rng, size: Fault(ignore_range=True, cut=_at(rng, size) if rng.random() < 0.5 else None),
    "wrong part": lambda rng, size: Fault(shift=int(rng.integers(1, 1000))),
    "no validators": lambda rng, size: Fault(headers={"ETag": None, "Last-Modified": None}, cut=_at(rng, size)),
    "web page": _html,
    "compressed": lambda rng, size: Fault(headers={"Content-Encoding": "gzip"}),
    "redirect: same host": _redirect("copy.bin"),
    "redirect: listed host": _redirect("http://localhost:{port}/copy.bin"),
    "redirect: other host": _redirect("http://127.0.0.1:{port}/wrong.bin"),
    "redirect: other scheme": _redirect("ftp://127.0.0.1/wrong.bin"),
    "redirect: to a file": _redirect("file:///etc/hostname"),
    "redirect: loop": _redirect("file.bin"),
    "redirect: nowhere": lambda rng, size: Fault(status=302, body=b""),
}
# of the process, the disk and what lies at the server; see `faults`
OTHER = ("killed", "two processes", "full disk", "full disk, ledger", "read-only folder", "no room", "missing",
         "changed", "old file", "partial of another file")
UNPACK = ("../", "absolute", "link", "device", "bomb", "too many", "cut", "changed bytes", "twice", "good")


class BrokenDisk:
    """`os` as `partial` and `ledger` see it on a disk that fails."""

    def __init__(self, kind: str, after: int) -> None:
        self.kind, self.left = kind, after

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def write(self, file: int, data: Any) -> int:
        """As on a disk with room for `left` bytes more; the last write takes what there is room for."""
        if self.kind != "full disk":
            return os.write(file, data)
        if self.left <= 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = os.write(file, data[: self.left])
        self.left -= written
        return written

    def open(self, path: Any, flags: int, *mode: int) -> int:
        """As in a folder that can't be written."""
        if self.kind == "read-only folder":
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        return os.open(path, flags, *mode)

    def fsync(self, file: int) -> None:
        """As for the ledger's line that finds no room."""
        if self.kind == "full disk, ledger":
            raise OSError(errno.ENOSPC, "No space left on device")
        os.fsync(file)


def break_disk(patch: pytest.MonkeyPatch, kind: str, rng: np.random.Generator, size: int) -> None:
    """Let the disk fail from now on in this process; other kinds of faults change nothing."""
    if kind == "full disk, ledger":
        patch.setattr(ledger, "os", BrokenDisk(kind, 0))
    elif kind in {"full disk", "read-only folder"}:
        patch.setattr(partial, "os", BrokenDisk(kind, int(rng.integers(size + 1))))
    elif kind == "no room":
        free = int(rng.integers(size + 1))
        patch.setattr(shutil, "disk_usage", lambda path: type("Usage", (), {"free": free}))


def packed(kind: str, rng: np.random.Generator, files: dict[str, bytes]) -> bytes:
    """An archive of `files` in a random format, with what `kind` says done to it.

    A plain tar has no checksum of what is in its files: changed bytes show in the archive's own hash alone.
    """
    form = str(rng.choice([form for form in archives_made.FORMATS if kind != "changed bytes" or form != "tar"]))
    pairs = list(files.items())
    if kind == "../":
        name = str(rng.choice(["../victim", "a/../../victim", "../../victim"]))
        return archives_made.archive(form, [*pairs, (name, b"harm")])
    if kind == "absolute":
        name = str(rng.choice(["/tmp/paper-repro-victim", "C:/victim"]))
        return archives_made.archive(form, [*pairs, (name, b"harm")])
    if kind == "link":
        return archives_made.with_link(form, "link", str(rng.choice(["../victim", "/etc/passwd", "a.png"])))
    if kind == "device":
        return archives_made.with_device(form)
    if kind == "bomb":
        return archives_made.archive(form, [*pairs, ("bomb", bytes(1 << 24))])
    if kind == "too many":
        return archives_made.archive(form, [*pairs, *((f"many/{i}", b"x") for i in range(200))])
    if kind == "twice":
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # zipfile says what is meant here
            return archives_made.archive(form, [*pairs, (pairs[0][0], b"harm")])
    data = archives_made.archive(form, pairs)
    if kind == "cut":
        return data[: int(rng.integers(len(data)))]
    if kind == "changed bytes":
        changed = bytearray(data)
        for _ in range(int(rng.integers(1, 6))):
            changed[int(rng.integers(len(data)))] ^= 1 << int(rng.integers(8))
        return bytes(changed)
    return data
