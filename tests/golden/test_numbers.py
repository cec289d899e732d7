"""Golden numbers: what differs is named; nothing changed by hand passes, on any machine."""

import csv
import math
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_json
from tests.golden import golden_numbers
from tests.golden.golden_numbers import Number

OWN = Path(__file__).parents[1] / "golden" / "own"
RECORDED = [path for path in sorted(OWN.glob("*.csv")) if path.with_suffix(".json").is_file()]


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    path = tmp_path / "some.csv"
    number = golden_numbers.number
    golden_numbers.write(path, [number("one, with a comma", 0.1 + 0.2, 0.01), number("chaotic", 7, None),
                                number("none", math.nan, None), number("nought", 0, 0.5)])
    return path


def test_what_is_written_is_read(recorded: Path) -> None:
    assert golden_numbers.read(recorded) == [Number("one, with a comma", 0.1 + 0.2, 0.01), Number("chaotic", 7.0, None),
                                     Number("none", None, None), Number("nought", 0.0, 0.5)]
    assert golden_numbers.recorded_here(recorded)
    write_json(recorded.with_suffix(".json"), golden_numbers.machine() | {"processor": "another"})
    assert not golden_numbers.recorded_here(recorded)


def test_the_machine_is_known_by_its_processor(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("model name\t: A\nflags\t\t: avx2\ncpu MHz\t: 2000\n")
    first = golden_numbers.machine(cpuinfo)
    cpuinfo.write_text("model name\t: A\nflags\t\t: avx2\ncpu MHz\t: 2600\nmodel name\t: A\nflags\t\t: avx2\n")
    assert golden_numbers.machine(cpuinfo) == first
    cpuinfo.write_text("model name\t: A\nflags\t\t: avx2 avx512f\ncpu MHz\t: 2000\n")
    assert golden_numbers.machine(cpuinfo) != first
    assert golden_numbers.machine(tmp_path / "absent")["processor"]


@pytest.mark.parametrize(("same", "found", "wrong"), [
    (True, {"a": 2.0, "b": 5.0, "c": None}, []),
    (False, {"a": 2.09, "b": -5.0, "c": 1.0}, []),
    (True, {"a": 2.0 + 1e-7, "b": 5.0, "c": None}, ["a: expected 2.0, found 2.0000001 (allowed difference 2e-09)"]),
    (False, {"a": 1.89, "b": 5.0, "c": None}, ["a: expected 2.0, found 1.89 (allowed difference 0.1)"]),
    (False, {"a": None, "b": 5.0, "c": None}, ["a: expected 2.0, found None (allowed difference 0.1)"]),
    (True, {"a": 2.0, "b": 5.0, "c": 1.0}, ["c: expected None, found 1.0 (allowed difference 0)"]),
    (False, {"a": 2.0, "c": None, "d": 1.0}, ["b: expected 5.0, found nothing", "d: found 1.0, no golden number"]),
])
def test_what_differs_is_named(same: bool, found: dict[str, float | None], wrong: list[str]) -> None:
    numbers = [Number("a", 2.0, 0.1), Number("b", 5.0, None), Number("c", None, None)]
    assert golden_numbers.compare(numbers, found, same) == wrong


@pytest.mark.parametrize("bad", ["a,b\n1,2\n", "name,value,tolerance,check\na,x,,00000000\n",
                                 "name,value,tolerance,check\na,1.0\n"])
def test_a_broken_file_is_one_sentence(tmp_path: Path, bad: str) -> None:
    path = tmp_path / "bad.csv"
    with pytest.raises(UserError, match="expected golden numbers, found none"):
        golden_numbers.read(path)
    path.write_text(bad)
    with pytest.raises(UserError, match="as it was recorded"):
        golden_numbers.read(path)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_number_changed_by_one_percent_is_named(path: Path, tmp_path: Path) -> None:
    assert golden_numbers.read(path)
    assert (read_json(path.with_suffix(".json")) or {})["processor"]
    with path.open(newline="") as handle:
        header, *rows = list(csv.reader(handle))
    changed, tried = tmp_path / path.name, 0
    for row in rows:
        for column in (1, 2):
            if not row[column] or float(row[column]) == 0:
                continue
            other = [*row]
            other[column] = repr(float(row[column]) * 1.01)
            with changed.open("w", newline="") as handle:
                csv.writer(handle).writerows([header, other])
            with pytest.raises(UserError) as caught:
                golden_numbers.read(changed)
            assert row[0] in str(caught.value)
            tried += 1
    assert tried >= len(rows) // 2
