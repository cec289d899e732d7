"""Files below a folder: in order, links followed once each, without loops."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base import folders
from paper_repro.base.errors import UserError
from paper_repro.base.folders import files_below, visible_files


def write(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


def found(root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in files_below(root)]


def test_in_the_order_of_folders_without_hidden_files_and_companions(tmp_path: Path) -> None:
    write(tmp_path, "b/2", "b/1", "a", "b-/0", "b/._1", ".x.partial", ".trash/a", "@eaDir/a", "b/__MACOSX/1")
    assert found(tmp_path) == ["a", "b/1", "b/2", "b-/0"]


def test_linked_folders_and_files_are_followed_once_each(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "here/1")
    write(tmp_path, "far/2", "far/deep/3", "single/4")
    (root / "to-far").symlink_to(tmp_path / "far")
    (root / "to-far-again").symlink_to(tmp_path / "far")
    (root / "4").symlink_to(tmp_path / "single/4")
    (root / "here/also-4").symlink_to(tmp_path / "single/4")
    (tmp_path / "far/back").symlink_to(root)
    (tmp_path / "far/itself").symlink_to(tmp_path / "far")
    assert found(root) == ["4", "here/1", "to-far/2", "to-far/deep/3"]


def test_what_stands_in_the_folder_is_not_found_by_a_link(tmp_path: Path) -> None:
    write(tmp_path, "z/1", "z/sub/2")
    (tmp_path / "a").symlink_to(tmp_path / "z")
    (tmp_path / "b").symlink_to(tmp_path / "z/sub")
    (tmp_path / "c").symlink_to(tmp_path / "z/1")
    assert found(tmp_path) == ["z/1", "z/sub/2"]


def test_links_in_linked_folders_and_to_a_folder_above(tmp_path: Path) -> None:
    root = tmp_path / "root"
    write(root, "1")
    write(tmp_path, "far/2", "farther/3")
    (root / "to-far").symlink_to("../far")
    (tmp_path / "far/on").symlink_to("../farther")
    assert found(root) == ["1", "to-far/2", "to-far/on/3"]
    (root / "up").symlink_to("..")  # leads round
    assert found(root) == ["1", "to-far/2", "to-far/on/3"]


def test_hard_links_are_files_of_their_own_and_a_dangling_link_is_told_by_who_opens_it(tmp_path: Path) -> None:
    write(tmp_path, "1")
    os.link(tmp_path / "1", tmp_path / "2")
    (tmp_path / "3").symlink_to("nowhere")
    assert found(tmp_path) == ["1", "2", "3"]


def test_a_linked_root(tmp_path: Path) -> None:
    write(tmp_path, "far/1")
    (tmp_path / "root").symlink_to("far")
    assert found(tmp_path / "root") == ["1"]


def test_no_folder_a_file_and_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="expected a folder of files, found nothing"):
        files_below(tmp_path / "none")
    write(tmp_path, "file", "closed/1")
    with pytest.raises(UserError, match="found a file"):
        files_below(tmp_path / "file")
    scandir = os.scandir

    def refused(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    with monkeypatch.context() as patched:  # pytest lists folders by their numbers when it removes this test's
        patched.setattr(os, "scandir", refused)
        with pytest.raises(UserError, match=r"closed: can't be listed \(Permission denied\)"):
            files_below(tmp_path)


@pytest.mark.attack("endless-folders")
@pytest.mark.parametrize("listed", [files_below, lambda root: list(visible_files(root))])
def test_folders_too_deep_or_too_full_are_refused(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, listed: Callable[[Path], list[Path]]) -> None:
    deep = tmp_path / "a"
    (deep / "/".join(["d"] * folders.MOST_DEPTH)).mkdir(parents=True)
    assert listed(deep) == []
    (deep / "/".join(["d"] * 100)).mkdir(parents=True)
    with pytest.raises(UserError, match="a: expected at most 64 folders in one another, found more"):
        listed(deep)
    full = tmp_path / "b"
    full.mkdir()
    for number in range(11):
        (full / f"{number}").touch()
    monkeypatch.setattr(folders, "MOST_ENTRIES", 10)
    with pytest.raises(UserError, match="b: expected at most 10 files and folders, found more"):
        listed(full)


def test_visible_files_are_those_of_no_linked_folder(tmp_path: Path) -> None:
    for name in ("a/b/1", "a/2", "a/.3", "a/__MACOSX/4", "c/5"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "a" / "c").symlink_to("../c")
    (tmp_path / "a" / "6").symlink_to("../c/5")
    found = [path.relative_to(tmp_path / "a").as_posix() for path in visible_files(tmp_path / "a")]
    assert sorted(found) == ["2", "6", "b/1"]
