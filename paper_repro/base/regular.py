"""Files that come from others are opened as what they should be: regular files, not pipes or devices."""

import os
import stat
from collections.abc import Iterable
from io import BufferedReader
from pathlib import Path

from paper_repro.base.errors import UserError


def opened(path: Path) -> BufferedReader:
    """A regular file, open for reading; to be closed by the caller.

    Raises UserError for a pipe, a socket or a device, which would block or never end, also by way of a link; OSError
    where the system refuses.
    """
    handle = open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NONBLOCK))  # noqa: SIM115
    if not stat.S_ISREG(os.fstat(handle.fileno()).st_mode):
        handle.close()
        raise refused(path)
    return handle


def kind_found(path: Path) -> str:
    """What is at a path where something else was expected, in words for a sentence; links are followed."""
    if path.is_dir():
        return "a folder"
    if path.is_file():
        return "a file"
    if path.exists():
        return "a pipe, a socket or a device"
    return "a link to nothing" if path.is_symlink() else "nothing"


def refused(path: Path) -> UserError:
    """The sentence about a pipe, a socket or a device."""
    return UserError(f"{path}: expected a regular file, found a pipe, a socket or a device; remove it or name another.")


def check_place(out: Path) -> None:
    """Raise UserError where results can't go into a folder, since a file is in its place or in that of one above it."""
    for place in (out, *out.parents):
        if place.is_dir():
            return
        if place.exists() or place.is_symlink():
            raise UserError(f"OUT= or --out: {out}: expected a folder for results, or the name of a new one, found "
                            f"{kind_found(place)}{'' if place == out else f' at {place}'}; name another.")


def refuse_input(option: str, written: Path, read: Iterable[Path]) -> None:
    """Raise UserError where the file that an option names would be written over one that is read, also by a link."""
    for path in read:
        if written.resolve() == path.resolve() or (path.is_file() and written.is_file() and written.samefile(path)):
            raise UserError(f"{option} {written}: expected a file to write, found one that is read ({path}); name "
                            "another.")
