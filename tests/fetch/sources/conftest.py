"""The server and the client of the tests of single sources."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.download.conftest import client  # noqa: F401
from tests.download.server import ArchiveServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ArchiveServer]:
    """A server of the folder `served`, which is empty at first."""
    (tmp_path / "served").mkdir()
    with ArchiveServer(tmp_path / "served") as running:
        yield running
