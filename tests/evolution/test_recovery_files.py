"""The wind comes back from simulated archive files: images, patches, features of a random encoder, classes."""

from pathlib import Path

import pytest

from paper_repro.base.files import read_json
from tests.evolution.recovery import WIND, Sky, numbers
from tests.evolution.recovery_files import NAME, NEAR_KM, classified, run_of

FEW = Sky(24, 12, block_h=48)


@pytest.mark.slow
def test_the_wind_comes_back_from_a_few_images(tmp_path: Path) -> None:
    table = classified(tmp_path, FEW, 1, None)
    assert table["source"].nunique() == 48
    assert bool((read_json(run_of(tmp_path).patches(NAME) / "provenance.json") or {})["simulated"])
    for kind in ("middle", "found"):
        wind = numbers(table.assign(**{"class": table[kind]}), FEW, NEAR_KM, 0)["wind"]
        assert wind[0] == pytest.approx(WIND, rel=0.1)
