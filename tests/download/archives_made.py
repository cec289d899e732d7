"""Archives in every format that `unpack` reads: good ones, and the kinds that mean harm."""

import contextlib
import io
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import rars
from PIL import Image

from paper_repro.base.errors import UserError
from paper_repro.download import unpack

FORMATS = ("zip", "tar", "tar.gz", "tar.xz", "rar40", "rar40-solid", "rar50", "rar50-solid")
Files = Sequence[tuple[str, bytes]]


def png(shade: int, side: int = 150) -> bytes:
    """A PNG image that no other shade equals."""
    held = io.BytesIO()
    image = Image.new("RGB", (side, side), (shade % 256, shade // 256 % 256, 90))
    image.putpixel((shade % side, shade // side % side), (255, 255, 255))
    image.save(held, "PNG")
    return held.getvalue()


def archive(kind: str, files: Files | Mapping[str, bytes]) -> bytes:
    """An archive of plain files, in order; harmful names are written as they are."""
    pairs = list(files.items()) if isinstance(files, Mapping) else list(files)
    if kind == "zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as made:
            for name, data in pairs:
                info = zipfile.ZipInfo("x")
                info.filename, info.compress_type = name, zipfile.ZIP_DEFLATED
                made.writestr(info, data)
        return held.getvalue()
    if kind.startswith("tar"):
        return tar(kind, [(member(name, len(data)), data) for name, data in pairs])
    return rar(kind, pairs)


def member(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, target
    return info


def tar(kind: str, entries: Sequence[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode=f"w:{kind[4:]}") as made:  # type: ignore[call-overload]
        for info, data in entries:
            made.addfile(info, io.BytesIO(data))
    return held.getvalue()


def rar(kind: str, pairs: Files, builder: Callable[[rars.RarBuilder], None] = lambda _: None, **options: Any) -> bytes:
    """A RAR archive. The library writes no harmful names: such ones, of the same length, are put in afterwards."""
    version, _, solid = kind.partition("-")
    made = rars.RarBuilder(format=version, solid=bool(solid), **options)
    renamed = {}
    for number, (name, data) in enumerate(pairs):
        harmless = f"{number:x}".ljust(len(name.encode()), "_") if _refused(name, pairs) else name
        renamed[harmless] = name
        made.add_bytes(data, harmless)
    builder(made)
    # the library keeps what it packs solidly in a file of the working directory, which may be one that can't be written
    with contextlib.chdir(tempfile.gettempdir()):
        data = made.to_bytes()
    for old, new in renamed.items():
        if old != new:
            data = patched(data, old.encode(), new.encode())
    return data


def _refused(name: str, pairs: Files) -> bool:
    return name.startswith(("/", "..", "C:")) or "/../" in name or [other for other, _ in pairs].count(name) > 1


def patched(data: bytes, old: bytes, new: bytes) -> bytes:
    """A RAR archive with bytes of one header replaced, and that header's checksum made right again."""
    assert len(old) == len(new)
    for start, end, checksum in _headers(data):
        place = data.find(old, start, end)
        if place >= 0:
            data = data[:place] + new + data[place + len(old) :]
            checked = data[start + checksum : end]
            value = struct.pack("<I", zlib.crc32(checked))[:checksum]
            return data[:start] + value + data[start + checksum :]
    raise AssertionError(f"{old!r} is in no header")


def _headers(data: bytes) -> list[tuple[int, int, int]]:
    """Of each header: where it starts and ends, and the bytes of its checksum, with which it starts."""
    found, new = [], data.startswith(b"Rar!\x1a\x07\x01\0")
    at = 8 if new else 7
    while at < len(data):
        if new:
            size, place = _vint(data, at + 4)
            end = place + size
            _, place = _vint(data, place)
            flags, place = _vint(data, place)
            if flags & 1:
                _, place = _vint(data, place)
            follows = _vint(data, place)[0] if flags & 2 else 0
            found.append((at, end, 4))
        else:
            _, flags, size = struct.unpack_from("<BHH", data, at + 2)
            end = at + size
            follows = struct.unpack_from("<I", data, at + 7)[0] if flags & 0x8000 else 0
            found.append((at, end, 2))
        at = end + follows
    return found


def _vint(data: bytes, at: int) -> tuple[int, int]:
    """A RAR 5 integer (seven bits a byte, lowest first) and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def with_link(kind: str, name: str, target: str, *, hard: bool = False) -> bytes:
    """An archive with one plain file and a link."""
    if kind == "zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as made:
            made.writestr("a.png", b"plain")
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
            made.writestr(info, target)
        return held.getvalue()
    if kind.startswith("tar"):
        link = member(name, kind=tarfile.LNKTYPE if hard else tarfile.SYMTYPE, target=target)
        return tar(kind, [(member("a.png", 5), b"plain"), (link, b"")])
    data = rar(kind, [("a.png", b"plain")], lambda made: made.add_unix_symlink(name, target))
    if hard:  # type 1 (symlink) -> 4 (hard link); a plain file's mode; a size, as such links have
        record = bytes([len(target) + 4, 5, 1, 0, len(target)])
        data = patched(data, record + target.encode(), bytes([record[0], 5, 4, 0, record[4]]) + target.encode())
        data = patched(data, b"\xff\xc3\x02", b"\xa4\x83\x02")
    return data


def with_device(kind: str) -> bytes:
    """An archive with one plain file and a device."""
    if kind == "zip":
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as made:
            made.writestr("a.png", b"plain")
            info = zipfile.ZipInfo("null")
            info.create_system, info.external_attr = 3, (stat.S_IFCHR | 0o666) << 16
            made.writestr(info, b"")
        return held.getvalue()
    if kind.startswith("tar"):
        return tar(kind, [(member("a.png", 5), b"plain"), (member("null", kind=tarfile.CHRTYPE), b"")])
    return rar(kind, [("a.png", b"plain")], lambda made: made.add_bytes(b"x", "null", mode=stat.S_IFCHR | 0o666))


def encrypted(kind: str) -> bytes:
    """A zip or RAR archive whose member needs a password."""
    if kind != "zip":
        return rar(kind, [("a.png", b"plain")], password="open sesame")
    data = bytearray(archive("zip", {"a.png": b"plain"}))
    central = data.index(b"PK\1\2")
    data[6] |= 1
    data[central + 8] |= 1
    return bytes(data)


def written(folder: Path, name: str, data: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def check_refused(tmp_path: Path, data: bytes, said: str, most_bytes: int = 1 << 30, most_members: int = 1000) -> None:
    """`extract` says `said` in one line, and the only files in the world are those that were there before."""
    source = written(tmp_path, "set", data)
    old = written(tmp_path / "out", "a.png", b"old")
    outside = written(tmp_path, "victim", b"as it was")
    with pytest.raises(UserError, match=said) as caught:
        unpack.extract(source, tmp_path / "out", most_bytes=most_bytes, most_members=most_members)
    assert str(source) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert {path for path in tmp_path.rglob("*") if path != old.parent} == {source, old, outside}
    assert (old.read_bytes(), outside.read_bytes()) == (b"old", b"as it was")
