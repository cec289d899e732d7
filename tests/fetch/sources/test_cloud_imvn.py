"""Cloud-ImVN 1.0 on the disk: unpacked by hand, in an archive put there, incomplete, damaged, changed."""

import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.download.ledger import Ledger
from paper_repro.fetch import cloud_imvn
from tests.download.archives_made import archive
from tests.fetch.sources.cloud_imvn_made import FEW, TOP, below, images, packed, put


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloud_imvn, "PER_CLASS", FEW)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with all images, unpacked by hand."""
    for name, data in images().items():
        put(tmp_path / "raw/mendeley", name, data)
    put(tmp_path / "raw/mendeley", f"__MACOSX/{TOP}/._A_0.png", b"x")
    put(tmp_path / "raw/mendeley", f"{TOP}/A-Clear Sky/Thumbs.db", b"x")
    return tmp_path / "raw/mendeley"


def local(root: Path) -> Path | None:
    return cloud_imvn.local(root, Ledger(root.parent))


def test_nothing_there(tmp_path: Path) -> None:
    assert local(tmp_path) is None


def test_unpacked_by_hand(root: Path) -> None:
    assert local(root) == root / TOP
    entries = Ledger(root.parent).entries()
    assert {entry.path.removeprefix("mendeley/") for entry in entries} == set(images())
    assert {entry.verified for entry in entries} == {"members of the set"}


def test_class_folders_without_a_folder_around(root: Path) -> None:
    for folder in (root / TOP).iterdir():
        folder.rename(root / folder.name)
    (root / TOP).rmdir()
    assert local(root) == root


@pytest.mark.parametrize("kind", ["rar40", "rar50-solid", "zip", "tar.xz"])
def test_an_archive_put_there_by_hand(tmp_path: Path, kind: str) -> None:
    put(tmp_path, "whatever it is called.rar", packed(kind))
    assert local(tmp_path) == tmp_path / TOP
    assert {f"{TOP}/{name}": data for name, data in below(tmp_path / TOP).items()} == images()


def test_what_a_killed_process_left_is_taken_away(tmp_path: Path) -> None:
    put(tmp_path, f".photographs/0/{TOP}/A-Clear Sky/A_0.png", b"half")
    put(tmp_path, "a.rar", packed())
    assert local(tmp_path) == tmp_path / TOP
    assert not (tmp_path / ".photographs").exists()


def deflate64() -> bytes:
    """All images in a zip of a method that isn't read."""
    data = archive("zip", images())
    return data.replace(b"PK\3\4\x14\0\0\0\x08", b"PK\3\4\x14\0\0\0\x09").replace(
        b"PK\1\2\x14\x03\x14\0\0\0\x08", b"PK\1\2\x14\x03\x14\0\0\0\x09")


@pytest.mark.parametrize(("data", "reason"), [
    (lambda: archive("zip", {"a.txt": b"x"}), "expected the images of Cloud-ImVN 1.0 in it, found none"),
    (lambda: packed()[:5000], "a.rar: broken, can't be unpacked"),
    (lambda: b"<html>Log in</html>", "found a web page"),
    (deflate64, r"'Swimcat-extend/A-Clear Sky/A_0.png' is compressed with Deflate64, .*; unpack it with another"),
])
def test_an_archive_put_there_that_is_of_no_use_is_named_with_the_reason(
        tmp_path: Path, data: Callable[[], bytes], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    put(tmp_path, "a.rar", data())
    assert local(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.rar"]
    notes = capsys.readouterr().err.splitlines()
    assert len(notes) == 1
    assert re.match(f"note: {tmp_path}/a.rar: .*", notes[0])
    assert re.search(reason, notes[0])


def test_archives_in_an_archive_have_one_limit_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(map(len, images().values()))
    inner = packed()
    put(tmp_path, "a.zip", archive("zip", {f"{i}.rar": inner for i in range(3)}))
    monkeypatch.setattr(cloud_imvn, "MOST_BYTES", 3 * len(inner) + 2 * size + 1)
    assert local(tmp_path) is None
    assert "refused, its files have more than" in capsys.readouterr().err
    monkeypatch.setattr(cloud_imvn, "MOST_BYTES", 3 * len(inner) + 3 * size + 1)
    assert local(tmp_path) == tmp_path / TOP


def test_an_image_of_too_many_pixels_is_not_decoded(root: Path) -> None:
    path = root / TOP / "F-Veil Clouds/F_9.png"
    data = path.read_bytes()
    header = struct.pack(">4sII", b"IHDR", 10_000, 10_000) + data[24:29]
    path.write_bytes(data[:12] + header + struct.pack(">I", zlib.crc32(header)) + data[33:])
    with pytest.raises(UserError, match=r"expected an image of 150 x 150 px, .*, found 10000 x 10000"):
        local(root)


def test_incomplete_class_folders(root: Path) -> None:
    (root / TOP / "F-Veil Clouds/F_9.png").unlink()
    with pytest.raises(UserError, match=r"6 class folders .* 12 images each, found .*F-Veil Clouds: 11; delete it"):
        local(root)


def test_a_damaged_image(root: Path) -> None:
    path = root / TOP / "F-Veil Clouds/F_9.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(UserError, match=r"F_9.png: expected an image of Cloud-ImVN 1.0, which can't be read"):
        local(root)


def test_an_image_that_changed_since(root: Path) -> None:
    local(root)
    path = root / TOP / "F-Veil Clouds/F_9.png"
    path.write_bytes((root / TOP / "F-Veil Clouds/F_8.png").read_bytes())
    with pytest.raises(UserError, match=r"F_9.png: expected sha256 \w{64}, as the ledger has it, found \w{64}; delete"):
        local(root)
