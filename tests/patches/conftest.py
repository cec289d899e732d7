"""A folder of photographs in the layout of Cloud-ImVN 1.0."""

from pathlib import Path

import pytest

from tests.patches.photographs_made import cloud_imvn


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Six classes of three colour images of 4 px."""
    return cloud_imvn(tmp_path / "images")
