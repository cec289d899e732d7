"""Archives that mean harm, or are broken: one clear sentence, nothing outside, and nothing half-written."""

import gzip
import io
import lzma
import re
import struct
import tarfile
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import rars

from paper_repro.base.errors import UserError
from paper_repro.download import packed, unpack
from tests.download.archives_made import (
    FORMATS,
    archive,
    check_refused,
    encrypted,
    member,
    patched,
    rar,
    tar,
    with_device,
    with_link,
    written,
)


class Disk(NamedTuple):
    total: int
    used: int
    free: int


TARS = ("tar", "tar.gz", "tar.xz")
RARS = tuple(kind for kind in FORMATS if kind.startswith("rar"))


@pytest.mark.attack("archive-outside")
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("name", "said"), [
    ("../victim", "leads out of the folder"), ("a/../../victim", "leads out of the folder"),
    ("..", "leads out of the folder"),
    ("/tmp/victim", "has an absolute path"), ("C:/victim", "has an absolute path"),
    ("C:\\victim", "has an absolute path"), ("..\\victim", "leads out of the folder"),
    ("\\victim", "has an absolute path"),
])
def test_names_that_lead_outside(tmp_path: Path, kind: str, name: str, said: str) -> None:
    if kind.startswith("rar") and "\\" in name:
        # the library writes a slash for it; in the file it stands as it is
        data = patched(archive(kind, [("a.png", b"good"), ("q" * len(name), b"bad")]), b"q" * len(name), name.encode())
    else:
        data = archive(kind, [("a.png", b"good"), (name, b"bad")])
    check_refused(tmp_path, data, f"refused, its member .*{said}|broken.*unsafe")


@pytest.mark.parametrize("kind", ["zip", *TARS])
@pytest.mark.parametrize("name", [".", "a\nb", "a\x1b[2Jb"])
def test_names_that_are_none(tmp_path: Path, kind: str, name: str) -> None:
    check_refused(tmp_path, archive(kind, [(name, b"bad")]), "has no name that a file can have")


def test_a_name_with_a_nul(tmp_path: Path) -> None:
    check_refused(tmp_path, archive("zip", [("a\0b", b"bad")]), "has no name that a file can have")


@pytest.mark.attack("archive-outside")
@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("target", ["../victim", "/etc/passwd", "a.png"])
def test_symbolic_links(tmp_path: Path, kind: str, target: str) -> None:
    check_refused(tmp_path, with_link(kind, "b.png", target), "refused, its member 'b.png' is a link")


def through_a_link(made: rars.RarBuilder) -> None:
    made.add_unix_symlink("x", "..")
    made.add_bytes(b"bad", "x/victim")


@pytest.mark.attack("archive-outside")
@pytest.mark.parametrize("kind", FORMATS)
def test_writing_through_a_link(tmp_path: Path, kind: str) -> None:
    if kind.startswith("tar"):
        data = tar(kind, [(member("x", kind=tarfile.SYMTYPE, target=".."), b""), (member("x/victim", 3), b"bad")])
    elif kind == "zip":
        held = io.BytesIO(with_link(kind, "x", ".."))
        with zipfile.ZipFile(held, "a") as made:
            made.writestr("x/victim", b"bad")
        data = held.getvalue()
    else:
        data = rar(kind, [], through_a_link)
    check_refused(tmp_path, data, "refused, its member 'x' is a link")


@pytest.mark.attack("archive-outside")
@pytest.mark.parametrize("kind", [*TARS, "rar50", "rar50-solid"])
def test_hard_links(tmp_path: Path, kind: str) -> None:
    check_refused(tmp_path, with_link(kind, "b.png", "../victim", hard=True),
           "refused, its member 'b.png' is a link|'b.png' did not come out as a plain file")


@pytest.mark.attack("pipes-and-devices")
@pytest.mark.parametrize("kind", FORMATS)
def test_devices(tmp_path: Path, kind: str) -> None:
    check_refused(tmp_path, with_device(kind), "refused, its member 'null' is a device")


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("names", [("b.png", "b.png"), ("b/B.png", "B/b.PNG"), ("b", "b/c.png"), ("b/c.png", "b"),
                                   ("b/e\u0301", "b/\xe9")])
@pytest.mark.filterwarnings("ignore:Duplicate name")  # the maker of the zip warns of it
def test_two_members_of_one_name(tmp_path: Path, kind: str, names: tuple[str, str]) -> None:
    data = archive(kind, [(names[0], b"first"), (names[1], b"second")])
    check_refused(tmp_path, data, "has the name of another member")


@pytest.mark.parametrize("kind", ["zip", *RARS])
def test_encrypted_members(tmp_path: Path, kind: str) -> None:
    check_refused(tmp_path, encrypted(kind), "refused, its member 'a.png' is encrypted")


def test_an_encrypted_list(tmp_path: Path) -> None:
    data = rar("rar50", [("a.png", b"x")], password="sesame", encrypt_headers=True)
    check_refused(tmp_path, data, "its list of members is encrypted")


def test_a_sparse_file(tmp_path: Path) -> None:
    info = member("b", 0, tarfile.GNUTYPE_SPARSE)
    check_refused(tmp_path, tar("tar", [(info, b"")]), "is a sparse file")


@pytest.mark.attack("archive-bomb")
@pytest.mark.parametrize("kind", FORMATS)
def test_more_bytes_or_files_than_allowed(tmp_path: Path, kind: str) -> None:
    data = archive(kind, {"b": b"x" * 600, "c": b"y" * 600})
    check_refused(tmp_path / "1", data, "refused, its files have more than 1000 bytes", most_bytes=1000)
    check_refused(tmp_path / "2", data, "refused, has more than 1 members", most_members=1)


@pytest.mark.attack("archive-bomb")
@pytest.mark.parametrize("kind", [kind for kind in FORMATS if kind != "tar"])
def test_bombs_that_declare_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(packed, "RATIO_FROM", 1 << 21)
    data = archive(kind, [(f"{i}", bytes(1 << 20)) for i in range(8)])
    assert len(data) * packed.MOST_RATIO < 8 << 20
    check_refused(tmp_path, data, "swells to .* bytes.*archive bomb")


@pytest.mark.attack("archive-bomb")
@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_tar_that_swells_past_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                        pack: Callable[[bytes], bytes]) -> None:
    monkeypatch.setattr(packed, "RATIO_FROM", 1 << 20)
    plain = tar("tar", [(member("a", 1), b"x")]) + bytes(8 << 20)
    check_refused(tmp_path, pack(plain), "swells to more than .* bytes .an archive bomb")


@pytest.mark.attack("archive-bomb")
def test_a_tar_whose_header_fills_the_memory(tmp_path: Path) -> None:
    info = member("././@LongLink", 64 << 20, tarfile.GNUTYPE_LONGNAME)
    block = info.tobuf(tarfile.GNU_FORMAT)
    check_refused(tmp_path, gzip.compress(block + b"a" * (64 << 20)), "the header of a member has more than")


@pytest.mark.attack("archive-depth")
@pytest.mark.parametrize("kind", ["zip", *TARS])
@pytest.mark.parametrize(("name", "message"), [
    ("d/" * 40 + "a", "has a path of more than 32 folders"), ("abcdefghi/" * 110 + "a", "has a path of more than"),
    ("b" * 256, "has no name that a file can have"), ("/".join(["ä" * 120] * 5), "or 1024 bytes"),
])
def test_paths_without_end(tmp_path: Path, kind: str, name: str, message: str) -> None:
    check_refused(tmp_path, archive(kind, [(name, b"x")]), f"refused, its member .*{message}")


@pytest.mark.attack("archive-depth")
def test_a_path_of_a_hundred_thousand_folders(tmp_path: Path) -> None:
    data = tar("tar", [(member("d/" * 100_000 + "a", 1), b"x")])
    tracemalloc.start()
    try:
        check_refused(tmp_path, data, "has a path of more than 32 folders")
        assert tracemalloc.get_traced_memory()[1] < 32 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("kind", TARS)
def test_folders_count_as_members(tmp_path: Path, kind: str) -> None:
    folders = [(member(f"{i}/", kind=tarfile.DIRTYPE), b"") for i in range(1001)]
    check_refused(tmp_path, tar(kind, folders), "refused, has more than 1000 members")


@pytest.mark.attack("archive-members")
def test_a_zip_of_more_members_than_memory_can_hold(tmp_path: Path) -> None:
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    count = packed.MOST_LIST_BYTES // len(entry) + 1
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, count * len(entry), 0, 0)
    tracemalloc.start()
    try:
        check_refused(tmp_path, b"PK\3\4" + entry * count + end, "refused, its list of members has more than 8388608")
        assert tracemalloc.get_traced_memory()[1] < 4 * packed.MOST_LIST_BYTES
    finally:
        tracemalloc.stop()


@pytest.mark.attack("archive-members")
@pytest.mark.parametrize("kind", RARS)
def test_a_rar_of_more_members_than_memory_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(packed, "MOST_RAR_HEADERS", 10)
    check_refused(tmp_path, archive(kind, {str(i): b"x" for i in range(11)}), "refused .*above .* limit of 10 headers")


@pytest.mark.parametrize(("method", "name"), [(9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (77, "method 77")])
def test_a_zip_that_is_compressed_otherwise(tmp_path: Path, method: int, name: str) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method if method in {12, 14} else zipfile.ZIP_DEFLATED) as made:
        made.writestr("b", bytes(64 << 20))  # of which bzip2 makes 113 bytes
    data = bytearray(held.getvalue())
    data[8] = data[data.rindex(b"PK\1\2") + 10] = method
    tracemalloc.start()
    try:
        check_refused(tmp_path, bytes(data), f"set: its member 'b' is compressed with {name}, which isn't read")
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("kind", "copying"), [("zip", "shutil.copyfileobj"), ("tar", "tarfile.copyfileobj")])
def test_a_disk_that_fills_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, copying: str) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    source = written(tmp_path, "set", archive(kind, {"b": b"x" * 600}))
    monkeypatch.setattr(copying, fail)
    with pytest.raises(UserError, match=r"set: can't be read or written \(No space left on device\)"):
        unpack.extract(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_full_disk_is_known_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: Disk(10**9, 10**9, 1000))
    source = written(tmp_path, "a.zip", archive("zip", {"b": b"x" * 600, "c": b"y" * 600}))
    with pytest.raises(UserError, match=r"1200 bytes are needed to unpack a\.zip, 1000 are free; make room"):
        unpack.extract(source, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("kind", ["zip", "tar.gz", "rar50"])
def test_a_place_that_is_taken(tmp_path: Path, kind: str) -> None:
    source = written(tmp_path, "set", archive(kind, {"x/a": b"1"}))
    written(tmp_path / "out", "x", b"a file where a folder should be")
    with pytest.raises(UserError, match=re.escape(str(tmp_path / "out/x"))):
        unpack.extract(source, tmp_path / "out")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["x"]


@pytest.mark.attack("archive-bomb")
def test_an_xz_that_asks_for_too_much_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = archive("tar.xz", {"a.png": b"x"})
    monkeypatch.setattr(packed, "MOST_XZ_MEMORY", 1 << 20)  # its dictionary alone has 8 MiB
    check_refused(tmp_path, data, "broken, can't be unpacked .*[Mm]emory")


@pytest.mark.parametrize(("rest", "said"), [(b"x" * 100, "something behind the end"), (bytes(100), None)],
                         ids=["rubbish", "zeros"])
def test_an_xz_with_a_rest(tmp_path: Path, rest: bytes, said: str | None) -> None:
    data = archive("tar.xz", {"a.png": b"x"}) + rest
    if said:
        check_refused(tmp_path, data, said)
        return
    [path] = unpack.extract(written(tmp_path, "set", data), tmp_path / "target")
    assert path.read_bytes() == b"x"
