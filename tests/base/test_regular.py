"""Only regular files are opened: pipes and devices, which would block or never end, are refused at once."""

import os
from pathlib import Path

import pytest

from paper_repro.base import files, regular
from paper_repro.base.errors import UserError


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
