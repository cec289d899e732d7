"""What archives hold, for `unpack`: the members of zip, tar and RAR files as declared, not yet to be trusted."""

import contextlib
import copy
import functools
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable, Generator, Mapping
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
MOST_LIST_BYTES = 1 << 23  # of a zip's list of members, which the library holds in memory, ten times as large
ZIP_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}  # of others a few bytes may fill the memory in one step
METHOD_NAMES = {9: "Deflate64", 12: "bzip2", 14: "LZMA", 93: "Zstandard", 95: "xz", 98: "PPMd"}
MOST_RAR_BYTES, MOST_RAR_HEADERS = 1 << 30, 50_000  # the library holds the archive in memory, and 2 kB a header
MOST_DICTIONARY = 1 << 30
MOST_XZ_MEMORY = 1 << 28  # xz -9 needs 65 MB


class FormatError(Exception):
    """Why a file can't be unpacked; follows its name, ends with what to do."""


@dataclass(frozen=True)
class Raw:
    """One member as declared. extract: writes a file below a folder under a name (not in RAR, unpacked as a whole)."""

    name: str
    size: int
    kind: Kind
    extract: Callable[[Path, str], None] | None = None


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


def walk(archive: Path) -> Generator[Raw, None, None]:
    """The members in order, to be closed by the caller; each can be extracted until the next is asked for.

    Raises FormatError, or what the libraries raise, for a broken archive; FormatError for one that swells too much.
    """
    return {"zip": _zip, "tar": _tar, "rar": _rar}[kind_of(archive)](archive)


def _type(mode: int) -> Kind:
    """What the type bits of a Unix mode mean; none are those of a file."""
    if stat.S_ISLNK(mode):
        return "link"
    return "file" if stat.S_IFMT(mode) in {0, stat.S_IFREG} else "folder" if stat.S_ISDIR(mode) else "device"


def _zip(archive: Path) -> Generator[Raw, None, None]:
    with _ShortReads(archive.open("rb", buffering=0)) as file, zipfile.ZipFile(file) as opened:
        infos = opened.infolist()
        _check_ratio(archive, sum(info.file_size for info in infos))
        for info in infos:
            kind: Kind = _type(info.external_attr >> 16)
            if info.flag_bits & 1:
                kind = "encrypted"
            elif kind == "file" and info.is_dir():
                kind = "folder"
            # `filename` would end where a NUL stands
            yield Raw(info.orig_filename, info.file_size, kind, functools.partial(_extract_zip, opened, info))


class _ShortReads(io.BufferedReader):
    """A file that zipfile reads: its list of members is asked for at once, anything else in small pieces."""

    def read(self, size: int | None = -1, /) -> bytes:
        """The next `size` bytes. Raises FormatError for more than a list of members may have."""
        if (size or 0) > MOST_LIST_BYTES:
            raise FormatError(f"refused, its list of members has more than {MOST_LIST_BYTES} bytes; delete it")
        return super().read(size)


def _extract_zip(opened: zipfile.ZipFile, info: zipfile.ZipInfo, folder: Path, name: str) -> None:
    if info.compress_type not in ZIP_METHODS:
        method = METHOD_NAMES.get(info.compress_type, f"method {info.compress_type}")
        raise FormatError(f"its member {info.orig_filename!a} is compressed with {method}, which isn't read here; "
                          "unpack it with another program (7-Zip, for one)")
    info.filename = name
    opened.extract(info, folder)


def _tar(archive: Path) -> Generator[Raw, None, None]:
    """A stream read to its very end, so that the checksums there are looked at and a cut is noticed."""
    with archive.open("rb") as raw, _inflated(raw) as inflated:
        limited = _Limited(inflated, max(RATIO_FROM, MOST_RATIO * archive.stat().st_size))
        with tarfile.open(fileobj=limited, mode="r|", bufsize=TAR_BUFFER, errorlevel=2) as opened:
            opened.extraction_filter = getattr(tarfile, "data_filter", None)  # from Python 3.11.4 on
            while (info := opened.next()) is not None:
                opened.members.clear()  # type: ignore[attr-defined]  # they would all be kept
                kind: Kind = "file" if info.isreg() else "folder" if info.isdir() else "device"
                if info.issym() or info.islnk():
                    kind = "link"
                elif info.issparse():
                    kind = "sparse"
                limited.header_ends = info.offset_data + max(info.size, 0) + MOST_HEADER
                yield Raw(info.name, info.size, kind, functools.partial(_extract_tar, opened, info))
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
    if head.startswith(b"\xfd7zXZ"):
        return contextlib.closing(cast(IO[bytes], _Xz(raw)))
    return contextlib.nullcontext(raw)


class _Xz(io.RawIOBase):
    """What an xz file holds, unpacked in bounded memory: the library alone takes the 4 GB that a file may ask for."""

    def __init__(self, source: IO[bytes]) -> None:
        self.source, self.packed = source, lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        """The next bytes, `size` at most, none at the end. Raises FormatError, LZMAError."""
        while not self.packed.eof:
            fed = self.source.read(TAR_BUFFER) if self.packed.needs_input else b""
            if self.packed.needs_input and not fed:
                raise FormatError("broken, cut off before the end of its compressed data; delete it and fetch it again")
            if block := self.packed.decompress(fed, size):
                return block
        if (self.packed.unused_data + self.source.read(TAR_BUFFER)).strip(b"\0"):
            raise FormatError("refused, has something behind the end of its compressed data; delete it")
        return b""


def _extract_tar(opened: tarfile.TarFile, info: tarfile.TarInfo, folder: Path, name: str) -> None:
    renamed = copy.copy(info)
    renamed.name = name
    opened.extract(renamed, folder, set_attrs=False)


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
        return rars.RarFile(archive, options=rars.ReadOptions(max_header_count=MOST_RAR_HEADERS))
    except rars.PasswordRequired as error:
        raise FormatError("refused, its list of members is encrypted; get one without a password") from error


def _rar(archive: Path) -> Generator[Raw, None, None]:
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
        made = path.lstat() if path.parent.resolve().is_relative_to(folder.resolve()) and path.exists() else None
        if made is None or not stat.S_ISREG(made.st_mode) or made.st_nlink != 1 or made.st_size != wanted[name]:
            raise FormatError(f"broken, its member {name!a} did not come out as a plain file of {wanted[name]} bytes; "
                              "delete it and fetch it again")
    return list(chosen)


def _check_ratio(archive: Path, declared: int) -> None:
    """Raise FormatError if the members' sizes are out of all proportion to the archive's."""
    most = max(RATIO_FROM, MOST_RATIO * archive.stat().st_size)
    if declared > most:
        raise FormatError(f"refused, swells to {declared} bytes, more than {most} (an archive bomb); delete it")
