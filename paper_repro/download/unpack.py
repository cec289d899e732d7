"""Archives from strangers: their files end below one folder, whole, or not at all.

zip, tar, tar.gz, tar.xz and RAR (4, 5, solid or not), told apart by their first bytes; zipfile, tarfile and rars unpack
them. Refused, before anything has its final name: `../`, absolute and drive paths, paths that are too long or too deep,
links, devices, sparse files, two members of one name, encrypted members, volumes of a set, more bytes or members than
the caller allows, and archives that swell more than `MOST_RATIO` times. A cut is noticed, but for one of RAR 4 between
two members, which needs no end: callers that need all files count them.
"""

import contextlib
import fcntl
import os
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from paper_repro.base.errors import UserError
from paper_repro.download import packed
from paper_repro.download.packed import Raw

MOST_BYTES, MOST_MEMBERS = 1 << 36, 100_000
MOST_NAME_BYTES, MOST_PART_BYTES, MOST_DEPTH = 1024, 255, 32  # of a member's path; of one folder or file in it
SHOWN = 200  # characters of a name in a sentence
MOST_SYNCED = 32  # files that are synced one by one; for more it takes less to sync all there is
WORDS = {"link": "a link", "device": "a device or pipe", "sparse": "a sparse file", "encrypted": "encrypted",
         "volume": "a piece of an archive in several volumes"}

Names = dict[str, "Names | None"]


@dataclass(frozen=True)
class Member:
    """One member of an archive. name: relative, posix, checked; size: bytes as the archive declares them."""

    name: str
    size: int
    kind: Literal["file", "folder"]


def members(archive: Path) -> list[Member]:
    """All members of an archive, in its order, checked as `extract` does; a compressed tar is read to its end.

    Raises UserError if the archive can't be read or holds something that `extract` refuses.
    """
    with _reading(archive):
        return _members(archive, _Checks(archive, MOST_BYTES, MOST_MEMBERS))


def extract(archive: Path, target: Path, wanted: Callable[[str], bool] | None = None, most_bytes: int = MOST_BYTES,
            most_members: int = MOST_MEMBERS) -> list[Path]:
    """Unpack the files that are `wanted` (by their names in the archive; default: all) below `target`.

    Everything is unpacked and checked in a hidden folder of `target` first; then each file is synced and renamed, over
    one that is there. Returns their paths, in the archive's order. most_bytes: of the files written; most_members:
    of the archive, wanted or not.
    Raises UserError, and leaves the files of `target` as they were, if the archive is broken, holds something that is
    refused (see above), if it is too large for the limits or the disk, or if `target` can't be written.
    """
    stage = target / f".{archive.name}.unpacking"
    with _reading(archive), archive.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second process waits, and then unpacks again over the same files
        try:
            _remove(stage)  # of a killed process
            _made(stage)
            names = _unpack(archive, stage, wanted or (lambda _: True), _Checks(archive, most_bytes, most_members))
            paths = [target / name for name in names]
            _sync([stage / name for name in names])
            for name, path in zip(names, paths, strict=True):
                with _writing(path):
                    _publish(stage / name, path)
        finally:
            _remove(stage)
    return paths


@dataclass
class _Checks:
    """What one archive may do, and what it has done so far.

    names: folder -> what is in it, file -> None; as a file system that ignores capitals knows them.
    """

    archive: Path
    most_bytes: int
    most_members: int
    written: int = 0
    count: int = 0
    names: Names = field(default_factory=dict)

    def member(self, raw: Raw) -> Member:
        """The checked member. Raises UserError where it is refused."""
        if raw.kind in WORDS:
            raise self.refused(raw.name, f"is {WORDS[raw.kind]}")
        name = self.safe(raw.name)
        if raw.size < 0:
            raise self.refused(raw.name, f"declares {raw.size} bytes")
        self.count += 1
        if self.count > self.most_members:
            raise UserError(f"{self.archive}: refused, has more than {self.most_members} members; nothing of it was "
                            "unpacked: delete it.")
        *parents, last = unicodedata.normalize("NFC", name).casefold().split("/")
        folder: Names | None = self.names
        for part in parents:
            folder = None if folder is None else folder.setdefault(part, {})
        if folder is None or (last in folder and (raw.kind == "file" or folder[last] is None)):
            raise self.refused(raw.name, "has the name of another member")
        if raw.kind == "folder":
            folder.setdefault(last, {})
            return Member(name, 0, "folder")
        folder[last] = None
        return Member(name, raw.size, "file")

    def safe(self, stored: str) -> str:
        """The name of a member as a relative posix path. Raises UserError where it leads outside or is none."""
        path = stored.replace("\\", "/")
        if path.startswith("/") or re.match(r"[A-Za-z]:", path):
            raise self.refused(stored, "has an absolute path")
        parts = [part for part in path.split("/") if part not in {"", "."}]
        if ".." in parts:
            raise self.refused(stored, "leads out of the folder")
        if not parts or not path.isprintable() or "\ufffd" in path or max(
                len(part.encode()) for part in parts) > MOST_PART_BYTES:
            raise self.refused(stored, "has no name that a file can have")
        if len(parts) > MOST_DEPTH or len(path.encode()) > MOST_NAME_BYTES:
            raise self.refused(stored, f"has a path of more than {MOST_DEPTH} folders or {MOST_NAME_BYTES} bytes")
        return "/".join(parts)

    def room(self, size: int, folder: Path) -> None:
        """Raise UserError if `size` bytes more are too many for the limit, or for the disk of `folder`."""
        if self.written + size > self.most_bytes:
            raise UserError(f"{self.archive}: refused, its files have more than {self.most_bytes} bytes (an archive "
                            "bomb, or not the archive expected); nothing of it was unpacked: delete it.")
        free = shutil.disk_usage(folder).free
        if size > free:
            raise UserError(f"{folder.parent}: {size} bytes are needed to unpack {self.archive.name}, {free} are free; "
                            "make room and run the same command again.")

    def refused(self, name: str, why: str) -> UserError:
        """The sentence about a member."""
        shown = name if len(name) <= SHOWN else f"{name[:SHOWN]}..."
        return UserError(f"{self.archive}: refused, its member {shown!a} {why}; nothing of it was unpacked: delete the "
                         "archive and get it from a source that you trust.")


def _unpack(archive: Path, stage: Path, wanted: Callable[[str], bool], checks: _Checks) -> list[str]:
    """Unpack the wanted files into `stage`; returns their names."""
    if packed.kind_of(archive) != "tar":  # an index tells all names first
        index = _members(archive, _Checks(archive, checks.most_bytes, checks.most_members))
        listed = [member for member in index if member.kind == "file" and wanted(member.name)]
        checks.room(sum(member.size for member in listed), stage)
        if packed.kind_of(archive) == "rar":
            return packed.extract_rar(archive, stage, {member.name: member.size for member in listed},
                                       checks.safe, checks.most_bytes)
    names = []
    with contextlib.closing(packed.walk(archive)) as raws:
        for raw in raws:
            member = checks.member(raw)
            if member.kind == "file" and wanted(member.name):
                checks.room(member.size, stage)
                assert raw.extract is not None
                raw.extract(stage, member.name)  # never more than the size that it declares
                size = (stage / member.name).stat().st_size
                if size != member.size:
                    raise UserError(f"{archive}: broken, its member {member.name!a} should have {member.size} bytes "
                                    f"and has {size}; delete the archive and fetch it again.")
                checks.written += size
                names.append(member.name)
    return names


def _members(archive: Path, checks: _Checks) -> list[Member]:
    """All members, checked."""
    with contextlib.closing(packed.walk(archive)) as raws:
        return [checks.member(raw) for raw in raws]


def _sync(paths: Sequence[Path]) -> None:
    """Wait until the disk has the files."""
    if len(paths) > MOST_SYNCED:
        os.sync()
        return
    for path in paths:
        with path.open("rb") as handle:
            os.fsync(handle.fileno())


def _publish(source: Path, path: Path) -> None:
    """Give an unpacked file its final name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    source.replace(path)


def _made(folder: Path) -> None:
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)


def _remove(stage: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(stage)


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn a failure to write into a sentence."""
    try:
        yield
    except OSError as error:
        raise UserError(f"{path}: can't be written ({error.strerror or error}); free the place or choose another "
                        "folder.") from error


@contextlib.contextmanager
def _reading(archive: Path) -> Iterator[None]:
    """Turn whatever a reader of archives raises into a sentence."""
    try:
        yield
    except UserError:
        raise
    except packed.FormatError as error:
        raise UserError(f"{archive}: {error}.") from error
    except FileNotFoundError as error:
        raise UserError(f"{archive}: expected an archive, found nothing; fetch it again.") from error
    except MemoryError as error:  # what `rars` raises past its limits
        raise UserError(f"{archive}: refused ({error}); nothing of it was unpacked: delete it.") from error
    except OSError as error:
        if error.errno is None:  # of the archive's bytes (gzip) or, in words only, of the disk (`rars`)
            raise UserError(f"{archive}: broken, or the disk is ({error}); nothing of it was unpacked: look at the "
                            "disk, then delete the archive and fetch it again.") from error
        raise UserError(f"{error.filename or archive}: can't be read or written ({error.strerror}); free the place or "
                        "choose another folder.") from error
    except Exception as error:  # the libraries raise a dozen kinds, depending on where the bytes are wrong
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UserError(f"{archive}: broken, can't be unpacked ({reason}); delete it and fetch it again.") from error
