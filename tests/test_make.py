"""The Makefile: every variable reaches Python as it was typed, and no shell runs any of it; every target is there."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from paper_repro import options
from paper_repro.steps.targets import FIGURES

ROOT = Path(__file__).resolve().parents[1]
NAMES = ("PROFILE", "OUT", "IMAGES", "IR1", "IR2", "LIR", "UVI", "VMC", "INSTRUMENT", "WEIGHTS", "ENCODERS", "DEVICE",
         "MIRROR", "CHECKPOINTS")
ODD = "a b $c $(touch pwned) ${HOME} `touch pwned` 'd' \"e\" %f :g ;touch pwned # h \\ ~ * ü\n> pwned && i"
# as users know them: README, REPRODUCING and the documents
TARGETS = ("all", "patches", "train", "table1", "table2", "table3", "table4", "tables", "figures", *FIGURES,
           "benchmark", "venus", "stability", "time", "seeds", "effects", "verify", "report", "index", "fetch",
           "fetch-plan", "check-data", "crate", "clean", "distclean", "test", "coverage", "mutation", "lint", "bench",
           "fuzz", "faults", "image", "image-test", "image-shell", "sbom", "help")


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """An interpreter that only writes down its arguments and what make handed on."""
    path = tmp_path / "python"
    path.write_text(f"#!{sys.executable}\nimport json, os, sys\n"
                    f"with open({str(tmp_path / 'handed')!r}, 'w') as handle:\n"
                    "    json.dump([sys.argv[1:], {name: text for name, text in os.environ.items() "
                    "if name.startswith('PAPER_REPRO_')}], handle)\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def handed(stand_in: Path, *words: str, **environment: str) -> tuple[list[str], dict[str, str]]:
    """What the command line gets of a call of make: its arguments, and the variables in its environment."""
    subprocess.run(["make", "-f", str(ROOT / "Makefile"), f"PYTHON={stand_in}", *words], cwd=stand_in.parent,
                   env=os.environ | environment, capture_output=True, check=True)
    arguments, variables = json.loads((stand_in.parent / "handed").read_text())
    return arguments, variables


@pytest.mark.parametrize("name", NAMES)
def test_what_is_typed_arrives_and_nothing_of_it_is_run(name: str, stand_in: Path) -> None:
    for value in (ODD, "two words ", "~/mine", ""):
        arguments, variables = handed(stand_in, "table4", f"{name}={value}")
        assert arguments == ["-m", "paper_repro", "run", "table4"]
        assert variables[f"PAPER_REPRO_{name}"] == value
        assert handed(stand_in, "table4", **{name: value})[1][f"PAPER_REPRO_{name}"] == value
    assert not [path for path in stand_in.parent.rglob("*") if path.name not in ("python", "handed")]


def test_each_variable_is_an_option_and_unset_ones_ask_for_nothing(stand_in: Path) -> None:
    assert {name.lower() for name in NAMES} <= options.OPTIONS.keys()
    _, variables = handed(stand_in, "all")
    tests = {"PAPER_REPRO_OFFLINE", "PAPER_REPRO_REAL"}  # what tests themselves have
    assert {name: text for name, text in variables.items() if text and name not in tests} == {"PAPER_REPRO_OUT": "."}


def test_a_python_of_the_users_own_environment_means_nothing() -> None:
    told = subprocess.run(["make", "--dry-run", "table4"], cwd=ROOT, env=os.environ | {"PYTHON": "/nowhere/python3"},
                          check=True, capture_output=True, text=True).stdout
    assert '".venv/bin/python" -m paper_repro run table4' in told
    assert "/nowhere" not in told


def test_tests_know_nothing_of_what_their_caller_set_for_runs() -> None:
    """One of them calls `distclean`, which would remove the results in that folder."""
    asked = {"OUT": "/mine", "PAPER_REPRO_OUT": "/mine", "PROFILE": "paper", "MAKEFLAGS": "-- OUT=/mine"}
    told = subprocess.run([sys.executable, "-c", "import os, tests.conftest\nprint(*sorted(os.environ))"], cwd=ROOT,
                          env=os.environ | asked, check=True, capture_output=True, text=True).stdout.split()
    assert "PATH" in told
    assert not {*asked} & {*told}


def test_every_target_that_users_know_is_there_and_calls_the_command_line(stand_in: Path) -> None:
    listed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    described = set(re.findall(r"^  ([a-z0-9-]+) ", listed, re.MULTILINE))
    assert {*TARGETS} - {*FIGURES} <= described
    for target in TARGETS:
        subprocess.run(["make", "--dry-run", target, "PYTHON=python3", "ENGINE=docker"], cwd=ROOT, check=True,
                       capture_output=True)
    for target in ("table1", "fig09", "venus", "report"):
        assert handed(stand_in, target)[0] == ["-m", "paper_repro", "run", target]
    assert handed(stand_in, "fetch-plan")[0] == ["-m", "paper_repro", "fetch", "--plan"]
    assert handed(stand_in, "check-data")[0] == ["-m", "paper_repro", "fetch", "--check"]
    assert handed(stand_in, "clean")[0] == ["-m", "paper_repro", "clean"]


def test_the_makefile_is_short_and_reads_no_settings() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 170
    recipes = "".join(line for line in text.splitlines(keepends=True) if line.startswith("\t"))
    assert not re.search(r"\b(sed|grep)\b|profiles/", recipes)
    # no rule is made by an output's time
    rules = [line for line in text.splitlines() if re.match(r"^[^\s#].*:", line)]
    assert not [line for line in rules if re.search(r"\b(data|figures|tables|report)/", line.split("##")[0])]
