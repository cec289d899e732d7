"""A small simulated archive of Venus."""

from pathlib import Path

import pytest

from paper_repro.simulated import venus_archive


@pytest.fixture(scope="session")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of seed 3 with one observation of each kind, and all faults."""
    folder = tmp_path_factory.mktemp("raw")
    venus_archive.make(folder, seed=3, size=0.06)
    return folder
