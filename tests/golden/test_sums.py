"""Every line of our own golden files is the one recorded; a number changed by one percent is found by its line."""

import re
import shutil
from pathlib import Path

import pytest

from tests.golden import sums, verdicts

NUMBER = re.compile(r"(?<![\w.])\d+\.\d+")


def test_every_line_is_the_one_recorded() -> None:
    assert sums.complaints(sums.OWN) == []


@pytest.mark.parametrize("name", [path.name for path in sums.covered(sums.OWN) if path.suffix in {".csv", ".md"}
                                  and NUMBER.search(path.read_text(encoding="utf-8"))])
def test_one_percent_is_found(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "own"
    shutil.copytree(sums.OWN, folder)
    path = folder / name
    text = path.read_text(encoding="utf-8")
    found = next(match for match in NUMBER.finditer(text) if float(match[0]))
    path.write_text(f"{text[:found.start()]}{float(found[0]) * 1.01!r}{text[found.end():]}", encoding="utf-8")
    line = text[:found.start()].count("\n") + 1
    assert [sentence.split(": ")[0] for sentence in sums.complaints(folder)] == [f"{name}, line {line}"]


def test_a_line_and_a_file_too_few_or_too_many_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1\n2\n")
    sums.write(tmp_path)
    (tmp_path / "a.txt").write_text("1\n")
    (tmp_path / "b.csv").write_text("3\n")
    (tmp_path / "c.csv").write_text("name,value,tolerance,check\n")
    assert [sentence.split(": ")[0] for sentence in sums.complaints(tmp_path)] == ["a.txt, line 2", "b.csv, line 1"]


def test_a_nested_file_has_one_check_sum(tmp_path: Path) -> None:
    path = tmp_path / "part" / "a.csv"
    path.parent.mkdir()
    path.write_text("1\n2\n")
    sums.write(tmp_path)
    assert sums.complaints(tmp_path) == []
    path.write_text("1\n3\n")
    (tmp_path / "part" / "b.csv").write_text("3\n")
    assert [sentence.split(": ")[0] for sentence in sums.complaints(tmp_path)] == [
        "part/a.csv, line 0", "part/b.csv, line 0"]
    assert "found 'another file'" in sums.complaints(tmp_path)[0]


def test_verdicts_that_differ_are_named(tmp_path: Path) -> None:
    path = tmp_path / "verdict.csv"
    verdicts.write({"a": "reproduced", "b": "not run"}, path)
    assert verdicts.difference({"a": "reproduced", "b": "not run"}, path) == []
    assert verdicts.difference({"a": "differs", "c": "not run"}, path) == [
        "a: recorded reproduced, now differs", "b: recorded not run, now nothing", "c: recorded nothing, now not run"]
