"""Only regular files are opened: pipes and devices, which would block or never end, are refused at once."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base import files, folders, profile_files, regular
from paper_repro.base.errors import UserError
from paper_repro.base.run import open_run
from paper_repro.experiments import classify
from paper_repro.fetch import registry
from paper_repro.patches import folder


def test_a_file_is_read_and_what_is_missing_is_the_systems_error(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    (tmp_path / "link").symlink_to("a")
    for name in ("a", "link"):
        with regular.opened(tmp_path / name) as handle:
            assert handle.read() == b"abc"
    with pytest.raises(FileNotFoundError):
        regular.opened(tmp_path / "b")
    with pytest.raises(IsADirectoryError):
        regular.opened(tmp_path)


@pytest.mark.attack("pipes-and-devices")
@pytest.mark.parametrize("read", [regular.opened, files.sha256_file, files.read_json])
def test_a_pipe_and_a_device_are_refused_and_nothing_waits(tmp_path: Path, read: object) -> None:
    assert callable(read)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    for name in ("pipe", "zero"):
        with pytest.raises(UserError, match=rf"{name}: expected a regular file, found a pipe, a socket or a device"):
            read(tmp_path / name)


def test_what_is_found_where_something_else_was_expected_is_called_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name, to in (("linked", "file"), ("nowhere", "gone"), ("null", "/dev/null")):
        (tmp_path / name).symlink_to(to)
    assert {name: regular.kind_found(tmp_path / name) for name in ("file", "folder", "pipe", "linked", "nowhere",
                                                                   "null", "none")} == {
        "file": "a file", "folder": "a folder", "pipe": "a pipe, a socket or a device", "linked": "a file",
        "nowhere": "a link to nothing", "null": "a pipe, a socket or a device", "none": "nothing"}


@pytest.mark.attack("pipes-and-devices")
@pytest.mark.parametrize("refuse", [
    lambda path: open_run("swimcat", Path("out"), path),
    lambda path: open_run("sample", Path("out"), weights=path),
    lambda path: open_run("paper", Path("out"), folders={"uvi": path}),
    lambda path: registry.load({"darts": str(path)}),
    lambda path: classify.model_of(None, path),
    folder.find, profile_files.read, folders.files_below])
def test_a_device_is_called_one_wherever_users_name_a_path(refuse: Callable[[Path], object]) -> None:
    with pytest.raises(UserError, match=r"/dev/null: expected .*, found a pipe, a socket or a device; .*\.$"):
        refuse(Path("/dev/null"))
