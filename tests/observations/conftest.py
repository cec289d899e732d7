"""One whole tiny pair of each instrument, in a folder of its own."""

from pathlib import Path

import pytest

from paper_repro.observations.observation import Pair
from tests.observations import products


@pytest.fixture
def uvi_pair(tmp_path: Path) -> Pair:
    return products.uvi_pair(tmp_path)


@pytest.fixture
def vmc_pair(tmp_path: Path) -> Pair:
    return products.vmc_pair(tmp_path)
