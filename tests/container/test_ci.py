"""The forge's CI file calls only what is there, on the Pythons that the project supports."""

import re
import subprocess
import tomllib
from importlib.util import find_spec
from typing import Any

import pytest
import yaml

from tests.container.locks import ROOT

CI: dict[str, Any] = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = [step["run"] for job in CI["jobs"].values() for step in job["steps"] if "run" in step]


def test_every_job_ends_and_starts_from_the_checkout() -> None:
    for name, job in CI["jobs"].items():
        assert job["timeout-minutes"] <= 120, name
        assert job["steps"][0]["uses"].startswith("actions/checkout@"), name
        assert set(job.get("needs", "").split()) <= CI["jobs"].keys()
        assert all(("uses" in step) ^ ("run" in step) for step in job["steps"])


def test_it_can_only_read() -> None:
    assert CI["permissions"] == {"contents": "read"}
    assert "secrets." not in (ROOT / ".github/workflows/ci.yml").read_text(encoding="utf-8")


@pytest.mark.attack("moved-action")
def test_every_action_is_pinned_by_its_commit() -> None:
    named = [line.partition("uses:")[2].strip() for path in (ROOT / ".github/workflows").glob("*.yml")
             for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(named) >= 10
    assert [text for text in named if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+", text)] == []


def test_every_target_that_it_calls_is_in_the_makefile() -> None:
    called = {word for command in COMMANDS for word in re.findall(r"\bmake ([a-z][a-z0-9-]*)", command)}
    assert {"lint", "test", "all", "image", "image-test", "sbom", "vulnerabilities"} == called
    for target in called:
        ended = subprocess.run(["make", "--dry-run", target, "PYTHON=python3", "ENGINE=docker"], cwd=ROOT,
                               capture_output=True, text=True, timeout=60, check=False)
        assert ended.returncode == 0, ended.stderr


def test_every_program_that_it_calls_is_there() -> None:
    called = {word for command in COMMANDS for word in re.findall(r"\bpython -m ([\w.]+\w)", command)}
    called |= {f"tests.e2e.{name}" for command in COMMANDS for name in re.findall(r'"(\w+) /out', command)}
    called -= {"tests.e2e"}
    assert called >= {"tests.e2e.sample", "tests.e2e.golden", "tests.e2e.compare"}
    assert all(find_spec(name) for name in called)


def test_the_oldest_python_is_the_one_that_the_project_names() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    oldest, newest = CI["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert project["requires-python"] == f">={oldest}"
    assert tuple(map(int, newest.split("."))) > tuple(map(int, oldest.split(".")))


@pytest.mark.parametrize("name", ["paper-repro", "paper-repro-test"])
def test_the_images_that_it_starts_are_those_that_are_built(name: str) -> None:
    assert any(f" {name} " in command for command in COMMANDS)
    assert "IMAGE ?= paper-repro\n" in MAKEFILE
    assert "-t $(IMAGE)-test ." in MAKEFILE
