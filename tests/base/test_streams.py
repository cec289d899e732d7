"""A command says and does the same whatever its streams, locale, home and time zone are."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from paper_repro.base import streams

NAME = "\xe9 \u03bb"


def table2(folder: Path, redirected: str = "", name: str = NAME, changes: Mapping[str, str | None] | None = None
           ) -> subprocess.CompletedProcess[str]:
    """Table 2, made by another process below a folder whose name isn't ASCII."""
    environment = {key: value for key, value in {**os.environ, **(changes or {})}.items() if value is not None}
    words = [sys.executable, "-m", "paper_repro", "run", "table2", "--out", str(folder / name)]
    return subprocess.run(["sh", "-c", f'exec "$@" {redirected}', "sh", *words], capture_output=True, text=True,
                          errors="replace", env=environment, timeout=120, check=False)


def tables(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / NAME / "tables").rglob("table2.*")
            if path.suffix != ".json"}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("expected")
    assert table2(folder).returncode == 0
    assert len(tables(folder)) >= 3
    return tables(folder)


@pytest.mark.parametrize("changes", [
    {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": None},
    {"HOME": None, "TZ": "Nowhere/Land", "LC_ALL": "xx_YY.UTF-99", "LANG": "de_DE@euro", "LANGUAGE": "klingon"},
    {"HOME": "/nonexistent", "TZ": "::::", "LC_NUMERIC": "de_DE.UTF-8"},
])
def test_whatever_the_locale_home_and_time_zone(tmp_path: Path, expected: dict[str, bytes],
                                                changes: dict[str, str | None]) -> None:
    done = table2(tmp_path, changes=changes)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert "table2.csv" in done.stdout
    assert tables(tmp_path) == expected


@pytest.mark.parametrize("redirected", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_whatever_streams_are_closed(tmp_path: Path, expected: dict[str, bytes], redirected: str) -> None:
    done = table2(tmp_path, redirected)
    assert "Traceback" not in done.stderr
    assert done.returncode == 0, done.stderr
    assert tables(tmp_path) == expected


def test_a_mistake_ends_with_its_status_though_nobody_hears_of_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert table2(tmp_path, ">&- 2>&-", "file/out").returncode == table2(tmp_path, "", "file/out").returncode == 2


def test_streams_that_are_there_stay() -> None:
    before = sys.stdin, sys.stdout, sys.stderr
    streams.prepare()
    assert (sys.stdin, sys.stdout, sys.stderr) == before
