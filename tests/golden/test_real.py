"""Real photographs through the project's own steps give what they gave when it was recorded."""

from pathlib import Path

import pytest

from tests.golden import golden_numbers, real


@pytest.mark.slow
def test_simple_rows_of_table_1_on_real_photographs(real_inputs: Path, tmp_path: Path) -> None:
    if lacking := real.missing(real_inputs):
        pytest.skip(f"not run: {lacking}")
    found = {one.name: one.value for one in real.measure(real_inputs, tmp_path)}
    assert len(found) == 2 * 10 * 2
    recorded, here = golden_numbers.read(real.GOLDEN), golden_numbers.recorded_here(real.GOLDEN)
    assert golden_numbers.compare(recorded, found, here) == []


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    assert "swimcat" in (real.missing(tmp_path) or "")
    for name in ("swimcat/A-sky/images/1.png", "weights/some.pth"):
        assert real.missing(tmp_path) is not None
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    assert real.missing(tmp_path) is None
