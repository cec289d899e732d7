"""Cloud-ImVN 1.0 on the disk: unpacked by hand, in an archive put there, incomplete, damaged, changed."""

from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.download.ledger import Ledger
from paper_repro.fetch import cloud_imvn
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


def test_another_archive_there_does_not_count(tmp_path: Path) -> None:
    put(tmp_path, "a.rar", b"Rar!\x1a\x07\x00")
    assert local(tmp_path) is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.rar"]


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
