"""The Dockerfile's promises that can be seen without building it, and the targets that build and start it."""

import os
import re
import subprocess
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path

import pytest

from tests.container.locks import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
STEPS = re.findall(r"^(?!#)([A-Z]+) +((?:.*\\\n)*.*)$", DOCKERFILE, re.MULTILINE)
SYSTEM = "/usr/bin:/bin"


def steps(name: str) -> list[str]:
    return [rest for step, rest in STEPS if step == name]


def stage(name: str) -> list[tuple[str, str]]:
    """The steps of a stage, those it stands on first."""
    start = next(place for place, (step, rest) in enumerate(STEPS) if step == "FROM" and rest.endswith(f" AS {name}"))
    end = next((place for place in range(start + 1, len(STEPS)) if STEPS[place][0] == "FROM"), len(STEPS))
    below = STEPS[start][1].split()[0]
    return [*(stage(below) if f" AS {below}\n" in DOCKERFILE else []), *STEPS[start:end]]


def run(command: list[str], **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_the_base_is_named_by_version_and_digest() -> None:
    assert [rest for step, rest in STEPS if step == "ARG"][:2] == ["DEBIAN=bookworm-slim", 'DIGEST=""']
    assert steps("FROM")[0] == "debian:${DEBIAN}${DIGEST} AS system"


def test_builders_of_every_kind_can_read_it() -> None:
    assert "<<" not in DOCKERFILE
    assert not re.search(r"^# *(?:syntax|escape)=", DOCKERFILE, re.MULTILINE)


def test_the_last_stage_is_the_one_to_run() -> None:
    assert steps("FROM")[-1] == "packages AS runtime"


@pytest.mark.parametrize("name", ["runtime", "test"])
def test_no_one_is_root_and_signals_arrive(name: str) -> None:
    users = [rest for step, rest in stage(name) if step == "USER"]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    assert [rest for step, rest in stage(name) if step == "ENTRYPOINT"] == [
        '["tini", "--", "/paper-repro/container/start.sh"]']
    assert all(rest.startswith("[") for step, rest in stage(name) if step in {"ENTRYPOINT", "CMD"})


@pytest.mark.parametrize("name", ["runtime", "test"])
def test_a_change_of_code_installs_nothing_again(name: str) -> None:
    """Before the last installation only lock files and the installer are copied."""
    all_steps = stage(name)
    last = max(place for place, (step, rest) in enumerate(all_steps) if step == "RUN" and "install.sh" in rest)
    copied = {word for step, rest in all_steps[:last] if step == "COPY" for word in rest.split()[:-1]}
    assert copied <= {"requirements.*lock", "requirements-dev.*lock", "container/install.sh"}
    # a lock file of the tests' packages doesn't install torch again either
    first = next(place for place, (step, rest) in enumerate(all_steps) if step == "RUN" and "install.sh" in rest)
    assert not any("requirements-dev" in rest for _, rest in all_steps[:first])


def test_what_is_copied_is_there_and_not_left_out() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for rest in steps("COPY"):
        for word in (word for word in rest.split()[:-1] if word != "."):
            assert list(ROOT.glob(word)), word
            assert not any(fnmatch(word, pattern) for pattern in ignored), word


def test_data_stays_out_of_it() -> None:
    ignored = set((ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines())
    for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines():
        name = line.replace("!/", "!").removeprefix("/").rstrip("/")
        assert {name, f"**/{name}"} & ignored, line
    assert ".git" in ignored


def test_every_folder_written_to_is_on_the_volume() -> None:
    (text,) = steps("ENV")[:1]
    values = dict(re.findall(r"(\w+)=(\S+)", text))
    assert values["OUT"] == "/out"
    for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "TORCH_HOME"):
        assert values[name].startswith("/out/"), name
    assert values["PAPER_REPRO_PYTHON"] == "/opt/venv/bin/python"  # or make would set up a .venv


def started(out: Path, *command: str) -> "subprocess.CompletedProcess[str]":
    cache = f"{out}/.cache"
    return run(["container/start.sh", *command], OUT=str(out), HOME=cache, TMPDIR=f"{cache}/tmp",
               NUMBA_CACHE_DIR=f"{cache}/numba", PATH=SYSTEM)


def test_the_start_makes_the_folders_and_hands_over(tmp_path: Path) -> None:
    ended = started(tmp_path, "sh", "-c", "echo $$; pwd")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.splitlines()[1:] == [str(ROOT)]
    assert (tmp_path / ".cache/tmp").is_dir()


def test_a_volume_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    ended = started(tmp_path / "out", "true")
    assert ended.returncode == 2
    assert re.fullmatch(r"\S+/out: user \d+ can't write there; make the folder first .*\n", ended.stderr)


@pytest.mark.attack("code-in-the-cache")
def test_what_numba_keeps_can_be_written_by_nobody_else(tmp_path: Path) -> None:
    assert started(tmp_path, "sh", "-c", "touch $NUMBA_CACHE_DIR/kernel.nbc").returncode == 0
    assert (tmp_path / ".cache").stat().st_mode & 0o077 == 0
    assert started(tmp_path, "true").returncode == 0
    for path in (".cache", ".cache/numba", ".cache/numba/kernel.nbc"):
        (tmp_path / path).chmod(0o777)
        ended = started(tmp_path, "sh", "-c", "echo $NUMBA_CACHE_DIR")
        assert (ended.returncode, ended.stdout) == (0, "/proc/none\n")
        assert re.fullmatch(rf"\S+{path}: others than user \d+ own this or can write there: .*\n", ended.stderr)
        (tmp_path / path).chmod(0o700)
    (tmp_path / ".cache").chmod(0o755)
    assert started(tmp_path, "sh", "-c", "echo $NUMBA_CACHE_DIR").stdout == f"{tmp_path}/.cache/numba\n"


def test_without_the_lock_of_the_cpu_wheels_the_build_says_how_to_make_it(tmp_path: Path) -> None:
    (tmp_path / "install.sh").write_bytes((ROOT / "container/install.sh").read_bytes())
    ended = run(["sh", str(tmp_path / "install.sh"), "requirements"], CPU_INDEX="https://example.invalid/cpu",
                PATH=SYSTEM, TMPDIR=str(tmp_path))
    assert ended.returncode == 1
    assert ended.stderr == ("requirements.cpu.lock: expected beside the Dockerfile, found none; make it with: "
                            "make lock CPU_INDEX=https://example.invalid/cpu\n")


ENGINE = """#!/bin/sh
[ "$1" = info ] && exit {info}
echo {name} "$@" >> "$LOG"
[ "$1" = from ] && echo container-1
exit 0
"""


def calls(folder: Path, engines: Mapping[str, int], *words: str) -> tuple[list[str], subprocess.CompletedProcess[str]]:
    """What make asks of engines whose `info` ends with the status given; others are not found."""
    tools = folder / "bin"
    tools.mkdir()
    for name in ("sh", "make", "test", "id", "mkdir", "python3", "sed", "grep"):
        (tools / name).symlink_to(next(Path(place, name) for place in os.environ["PATH"].split(":")
                                       if Path(place, name).exists()))
    for name, info in engines.items():
        (tools / name).write_text(ENGINE.format(name=name, info=info))
        (tools / name).chmod(0o755)
    log = folder / "log"
    ended = subprocess.run(["make", "-f", str(ROOT / "Makefile"), *words, "PYTHON=python3", "IMAGE=i"], cwd=folder,
                           env={"PATH": str(tools), "LOG": str(log)}, capture_output=True, text=True, timeout=60,
                           check=False)
    return log.read_text().splitlines() if log.exists() else [], ended


@pytest.mark.parametrize(("engines", "used"), [
    ({"docker": 0, "podman": 0, "buildah": 0}, "docker"), ({"docker": 1, "podman": 0, "buildah": 0}, "podman"),
    ({"buildah": 0}, "buildah"), ({"podman": 0}, "podman"),
])
def test_the_first_engine_that_works_builds_the_image(tmp_path: Path, engines: dict[str, int], used: str) -> None:
    found, ended = calls(tmp_path, engines, "image", "BUILD=--build-arg DIGEST=@sha256:1")
    assert ended.returncode == 0, ended.stderr
    assert found == [f"{used} build --build-arg DIGEST=@sha256:1 -t i ."]


def test_without_an_engine_one_sentence_says_so(tmp_path: Path) -> None:
    found, ended = calls(tmp_path, {"docker": 1}, "image")
    assert (found, ended.returncode) == ([], 2)
    assert "No container engine works here: install and start docker, podman or buildah" in ended.stderr


def test_the_tests_run_in_their_image_without_a_network(tmp_path: Path) -> None:
    found, ended = calls(tmp_path, {"docker": 0}, "image-test")
    assert ended.returncode == 0, ended.stderr
    me = f"{os.getuid()}:{os.getgid()}"
    assert found == ["docker build --target test -t i-test .",
                     f"docker run --rm -v {tmp_path}/out:/out --network none --user {me} i-test make test"]
    assert (tmp_path / "out").is_dir()


def test_buildah_runs_in_a_container_that_is_removed(tmp_path: Path) -> None:
    found, ended = calls(tmp_path, {"buildah": 0}, "image-shell")
    assert ended.returncode == 0, ended.stderr
    me = f"{os.getuid()}:{os.getgid()}"
    assert found == [
        "buildah build -t i .", "buildah from i",
        f"buildah run -t -v {tmp_path}/out:/out --network none --user {me} container-1 -- tini -- container/start.sh "
        "bash",
        "buildah rm container-1",
    ]


def test_podman_without_root_is_asked_to_keep_the_user(tmp_path: Path) -> None:
    found, ended = calls(tmp_path, {"podman": 0}, "image-shell")
    assert ended.returncode == 0, ended.stderr
    assert ("--userns=keep-id" in found[1]) is (os.getuid() != 0)
    assert re.match(r"podman run --rm -t -i -v ", found[1])
