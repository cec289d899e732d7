"""The report among make's targets: remade when what it shows changes, after the verdict, and only then."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETS = ("uvi-3000km-flat", "uvi-500km-flat", "vmc-25km-flat")
DATA = ("request.txt", "patches/index.csv", "patches/statistics.csv", "results/table1_runs.csv",
        "results/table1_seeds.csv", "results/index.csv", "results/venus.csv", "results/verdict.csv",
        *(f"{room}/{name}/index.csv" for room in ("encoders", "features")
          for name in ("photos-colour", "photos-gray", *SETS)))
TABLES = ("table1", "table2", "table3", "table4", "seeds", "stability")
FIGURES = (*(f"fig{number:02d}" for number in range(1, 17)), "losses", "accuracies")


def touch(path: Path, seconds: int) -> None:
    """A file that is as new as if made so many seconds from now: newer than all code."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (time.time() + seconds,) * 2)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """The files of a finished run, all of one time."""
    if shutil.which("make") is None:
        pytest.skip("not run: make is missing")
    for folder, names in (("data", DATA), ("tables", [f"{name}.csv" for name in TABLES]),
                          ("figures", [f"{name}.txt" for name in FIGURES]), ("report", ["index.html"])):
        for name in names:
            touch(tmp_path / folder / "sample" / name, 1000)
    now = time.time() + 1000
    for path in tmp_path.rglob("*"):
        os.utime(path, (now, now))
    return tmp_path


def commands(out: Path, target: str, *options: str) -> list[str]:
    """What `make` would run, without running it; the request is taken as unchanged."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    ended = subprocess.run(
        ["make", "-n", target, f"OUT={out}", f"PYTHON={sys.executable}", "-o", f"{out}/data/sample/request.txt",
         *options],
        cwd=ROOT, env=own, capture_output=True, text=True, timeout=60, check=True)
    return [line.partition(" -m paper_repro ")[2].partition(" --profile")[0]
            for line in ended.stdout.splitlines() if " -m paper_repro " in line]


def test_a_finished_run_has_nothing_to_do(out: Path) -> None:
    assert commands(out, "all") == []
    assert commands(out, "report") == []


@pytest.mark.parametrize("changed", [
    "data/sample/results/verdict.csv", "tables/sample/seeds.csv", "tables/sample/stability.csv",
    *(f"figures/sample/{name}.txt" for name in FIGURES)])
def test_what_it_shows_makes_it_anew(out: Path, changed: str) -> None:
    touch(out / changed, 2000)
    assert commands(out, "report") == ["report"]
    assert commands(out, "all") == ["report"]


@pytest.mark.parametrize("changed", ["build.py", "templates/macros.html", "assets/style.css"])
def test_what_writes_the_page_makes_it_anew_and_nothing_else(out: Path, changed: str) -> None:
    assert commands(out, "all", "-W", f"paper_repro/report/{changed}") == ["report"]


@pytest.mark.parametrize("changed", ["tables/sample/table1.csv", "tables/sample/table3.csv"])
def test_a_table_makes_the_verdict_anew_first(out: Path, changed: str) -> None:
    touch(out / changed, 2000)
    assert commands(out, "all")[-2:] == ["verify", "report"]


def test_effects_are_shown_where_they_were_made_but_never_made_for_it(out: Path) -> None:
    assert "effects" not in " ".join(commands(out, "all"))
    touch(out / "tables/sample/effects.md", 2000)
    assert commands(out, "report") == ["report"]


def test_all_ends_with_verdict_and_report(tmp_path: Path) -> None:
    if shutil.which("make") is None:
        pytest.skip("not run: make is missing")
    asked = commands(tmp_path, "all")
    assert asked[-2:] == ["verify", "report"]
    assert asked.count("verify") == asked.count("report") == 1
