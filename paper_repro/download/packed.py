"""What archives hold, for `unpack`: the members of zip, tar and RAR files as declared, not yet to be trusted."""

import contextlib
import functools
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal, cast

import rars

Format = Literal["zip", "tar", "rar"]
Kind = Literal["file", "folder", "link", "device", "sparse", "encrypted", "volume"]

MAGIC: tuple[tuple[int, bytes, Format], ...] = (
    (0, b"PK\x03\x04", "zip"),
    (0, b"PK\x05\x06", "zip"),  # empty
    (0, b"\x1f\x8b", "tar"),
    (0, b"\xfd7zXZ\0", "tar"),
    (257, b"ustar", "tar"),
    (0, b"Rar!\x1a\x07", "rar"),
)
MOST_RATIO, RATIO_FROM = 200, 1 << 28  # how many times its size an archive may swell, and what any archive may have
MOST_HEADER = 1 << 20  # bytes of what a tar says of one member
TAR_BUFFER = 1 << 16  # whole blocks of a tar
MOST_RAR_BYTES = 1 << 30  # the library holds the archive in memory
MOST_DICTIONARY = 1 << 30


class FormatError(Exception):
    """Why a file can't be unpacked; follows its name, ends with what to do."""


@dataclass(frozen=True)
class Raw:
    """One member as declared. `open` gives the content of a file (not in RAR, which is unpacked as a whole)."""

    name: str
    size: int
    kind: Kind
    open: Callable[[], IO[bytes]] | None = None


def kind_of(archive: Path) -> Format:
    """The format by the first bytes. Raises FormatError for any other."""
    with archive.open("rb") as handle:
        head = handle.read(512)
    for place, magic, kind in MAGIC:
        if head[place : place + len(magic)] == magic:
            return kind
    web = head.lstrip()[:9].lower().startswith((b"<!doctype", b"<html"))
    raise FormatError(f"expected an archive (zip, tar, tar.gz, tar.xz, RAR), found {'a web page' if web else 'none'}; "
                      "delete it and fetch it again")


def walk(archive: Path) -> Iterator[Raw]:
    """The members in order; the content of one can be read until the next is asked for.

    Raises FormatError, or what the libraries raise, for a broken archive; FormatError for one that swells too much.
    """
    return {"zip": _zip, "tar": _tar, "rar": _rar}[kind_of(archive)](archive)


def _type(mode: int) -> Kind:
    """What the type bits of a Unix mode mean; none are those of a file."""
    if stat.S_ISLNK(mode):
        return "link"
    return "file" if stat.S_IFMT(mode) in {0, stat.S_IFREG} else "folder" if stat.S_ISDIR(mode) else "device"


def _zip(archive: Path) -> Iterator[Raw]:
    with zipfile.ZipFile(archive) as opened:
        infos = opened.infolist()
        _check_ratio(archive, sum(info.file_size for info in infos))
        for info in infos:
            kind: Kind = _type(info.external_attr >> 16)
            if info.flag_bits & 1:
                kind = "encrypted"
            elif kind == "file" and info.is_dir():
                kind = "folder"
            # `filename` would end where a NUL stands
            yield Raw(info.orig_filename, info.file_size, kind, functools.partial(opened.open, info))


def _tar(archive: Path) -> Iterator[Raw]:
    """A stream read to its very end, so that the checksums there are looked at and a cut is noticed."""
    with archive.open("rb") as raw, _inflated(raw) as inflated:
        limited = _Limited(inflated, max(RATIO_FROM, MOST_RATIO * archive.stat().st_size))
        with tarfile.open(fileobj=limited, mode="r|", bufsize=TAR_BUFFER) as opened:
            while (info := opened.next()) is not None:
                opened.members.clear()  # type: ignore[attr-defined]  # they would all be kept
                kind: Kind = "file" if info.isreg() else "folder" if info.isdir() else "device"
                if info.issym() or info.islnk():
                    kind = "link"
                elif info.issparse():
                    kind = "sparse"
                limited.header_ends = info.offset_data + max(info.size, 0) + MOST_HEADER
                yield Raw(info.name, info.size, kind, functools.partial(_content, opened, info))
            # tarfile takes a cut, and rubbish where a header should be, for the end, which is a block of zeros
            start = opened.offset - (limited.place - len(limited.block))
            if limited.block[start : start + tarfile.BLOCKSIZE] != bytes(tarfile.BLOCKSIZE):
                raise FormatError("broken, cut off or damaged before its end; delete it and fetch it again")
        limited.header_ends = limited.most
        while limited.read(TAR_BUFFER):
            pass


def _inflated(raw: IO[bytes]) -> contextlib.AbstractContextManager[IO[bytes]]:
    """The tar itself, out of gzip or xz."""
    head = raw.read(6)
    raw.seek(0)
    if head.startswith(b"\x1f\x8b"):
        return contextlib.closing(cast(IO[bytes], gzip.GzipFile(fileobj=raw)))
    return lzma.LZMAFile(raw) if head.startswith(b"\xfd7zXZ") else contextlib.nullcontext(raw)


def _content(opened: tarfile.TarFile, info: tarfile.TarInfo) -> IO[bytes]:
    found = opened.extractfile(info)
    assert found is not None
    return found


class _Limited(io.RawIOBase):
    """What tarfile reads: at most `most` bytes in all, and none past `header_ends`, where one header must have ended.

    place: bytes read so far; block: the last ones.
    """

    def __init__(self, source: IO[bytes], most: int) -> None:
        self.source, self.most, self.place, self.header_ends, self.block = source, most, 0, MOST_HEADER, b""

    def read(self, size: int = -1) -> bytes:
        """The next `size` bytes. Raises FormatError past a limit."""
        block = self.source.read(size)
        self.place += len(block)
        self.block = block or self.block
        if self.place > self.most:
            raise FormatError(f"refused, swells to more than {self.most} bytes (an archive bomb); delete it")
        if self.place > self.header_ends + 2 * TAR_BUFFER:
            raise FormatError(f"refused, the header of a member has more than {MOST_HEADER} bytes; delete it")
        return block


def _rar_file(archive: Path) -> rars.RarFile:
    size = archive.stat().st_size
    if size > MOST_RAR_BYTES:
        raise FormatError(f"a RAR archive of {size} bytes; only up to {MOST_RAR_BYTES} are opened, unpack it by hand")
    try:
        return rars.RarFile(archive)
    except rars.PasswordRequired as error:
        raise FormatError("refused, its list of members is encrypted; get one without a password") from error


def _rar(archive: Path) -> Iterator[Raw]:
    infos = _rar_file(archive).infolist()
    _check_ratio(archive, sum(info.file_size for info in infos))
    for info in infos:
        # The type bits are Unix's only where the host is (3 in RAR 4, 1 in RAR 5); DOS attributes have none up there.
        host = 1 if info.rar_version == "rar50_plus" else 3
        kind: Kind = _type(info.file_attr) if info.host_os == host else "file"
        if info.is_dir() and kind == "file":
            kind = "folder"
        elif kind == "file" and ((info.file_attr & 0x400 and info.host_os != host)
                                 or (info.file_size and not info.compress_size)):
            kind = "link"  # a reparse point; or content that stands elsewhere: a hard link, a copy by reference
        if info.is_encrypted:
            kind = "encrypted"
        elif info.is_split_before or info.is_split_after:
            kind = "volume"
        yield Raw(info.filename, info.file_size, kind)


def extract_rar(archive: Path, folder: Path, wanted: Mapping[str, int], safe: Callable[[str], str],
                most_bytes: int) -> list[str]:
    """Unpack the `wanted` files (name as `safe` makes it -> size) of a RAR archive into an empty `folder`.

    In one pass, since a solid archive must be read from its start. Returns the names in the archive's order.
    Raises FormatError, or what the library raises, where one isn't there afterwards as a plain file of its size.
    """
    opened = _rar_file(archive)
    chosen = {name: info for info in opened.infolist() if (name := safe(info.filename)) in wanted and not info.is_dir()}
    total = max(RATIO_FROM, MOST_RATIO * archive.stat().st_size)  # what is passed over counts too
    limits = rars.ReadOptions(max_member_output_bytes=most_bytes, max_total_output_bytes=total,
                              rar50_dictionary_size_limit=MOST_DICTIONARY)
    opened.extractall(folder, list(chosen.values()), options=limits)
    for name in chosen:
        path = folder / name
        about = path.lstat() if path.parent.resolve().is_relative_to(folder.resolve()) and path.exists() else None
        if about is None or not stat.S_ISREG(about.st_mode) or about.st_nlink != 1 or about.st_size != wanted[name]:
            raise FormatError(f"broken, its member {name!a} did not come out as a plain file of {wanted[name]} bytes; "
                              "delete it and fetch it again")
    return list(chosen)


def _check_ratio(archive: Path, declared: int) -> None:
    """Raise FormatError if the members' sizes are out of all proportion to the archive's."""
    most = max(RATIO_FROM, MOST_RATIO * archive.stat().st_size)
    if declared > most:
        raise FormatError(f"refused, swells to {declared} bytes, more than {most} (an archive bomb); delete it")
