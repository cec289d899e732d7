"""Forty seeded runs of `make faults`; each ends in the right file or a clear sentence."""

from pathlib import Path

import pytest

from tests.download import faults


@pytest.mark.parametrize("number", range(40))
def test_random_faults(number: int, tmp_path: Path) -> None:
    kinds, ended = faults.run(1, number, tmp_path / "run")
    assert kinds
    assert ended in {"right", "sentence"}
