"""Runs of the whole list that are disturbed: starting them, stopping them, and what they leave beside what they should.

`Kind` says what is run: the sample by `make all`, or a tiny profile with a step of every kind, at a tenth of the time.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from safetensors import safe_open

from paper_repro.base.files import TEMPORARY, read_json
from paper_repro.encoders.train import RESUME
from tests.tiny_profile import every_kind

GRACE_S = 30.0
# Files that tell of time and place: what commands took, hashes by file times, who holds the lock, and the page.
OF_THE_RUN = re.compile(r"(^|/)(spent\.csv|\.hashes\.json|\.lock|table1_seconds\.csv|index\.(html|json))$")
OF_THE_MOMENT = {"time_utc", "seconds_per_epoch", "seconds", "ran_on", "clock", "summary", "seal"}
# What may stand beside whole files as long as a run isn't finished: it goes on from there.
UNFINISHED = re.compile(r"/\.parts/.*\.npz$|\.journal$|/resume\.safetensors$|/raw/truth/begun\.json$")


def command(out: Path, *, tiny: bool) -> list[str]:
    """The command of a run, the same one each time; the tiny profile's file is written beside `out`."""
    if not tiny:
        return ["make", "all", f"PAPER_REPRO_PYTHON={sys.executable}", f"OUT={out}"]
    profile = out.parent / "tiny.toml"
    if not profile.is_file():
        profile.parent.mkdir(parents=True, exist_ok=True)
        profile.write_text(every_kind(), encoding="utf-8")
    return [sys.executable, "-m", "paper_repro", "run", "all", "--profile", str(profile), "--out", str(out)]


def start(arguments: Sequence[str], stderr: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    """A run in a process group of its own, without a network."""
    environment = {**os.environ, "PAPER_REPRO_OFFLINE": "1"}
    return subprocess.Popen(arguments, start_new_session=True, stdout=subprocess.DEVNULL, stderr=stderr, text=True,
                            env=environment)


def members(group: int) -> list[int]:
    """Processes of a group that are no zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = stat.read_text().rpartition(") ")[2].split()[:3]
            if int(of) == group and state != "Z":
                found.append(int(stat.parent.name))
    return found


def stop(process: subprocess.Popen[str], how: signal.Signals) -> tuple[list[int], float]:
    """Stop a group by a signal to all of it, as a terminal does.

    Returns who is still there after a while, and the seconds until all had ended.
    """
    begun = time.monotonic()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE_S)
    while (left := members(process.pid)) and time.monotonic() < begun + GRACE_S:
        time.sleep(0.1)
    seconds = time.monotonic() - begun
    for one in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()
    return left, seconds


def files(out: Path) -> Iterator[tuple[str, Path]]:
    """All files of a run that don't tell of time, by name."""
    kinds = ("data", "figures", "tables", "report")
    for path in sorted(path for kind in kinds for path in (out / kind).glob("*/**/*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and not OF_THE_RUN.search(name):
            yield name, path


def content(path: Path) -> object:
    """What must be the same: bytes, or a record without its times."""
    if path.name == RESUME:
        return _resumed_from(path)
    record = read_json(path) if path.suffix == ".json" else None
    if record is None:
        return path.read_bytes()
    outputs = {name: sha for name, sha in (record.get("outputs") or {}).items() if not OF_THE_RUN.search(name)}
    return {**{key: value for key, value in record.items() if key not in OF_THE_MOMENT}, "outputs": outputs}


def _resumed_from(path: Path) -> object:
    """All that a training is resumed from, but for the seconds it took and the sum over them."""
    with safe_open(path, framework="np") as file:
        training = json.loads(file.metadata()["training"])
        tensors = {key: file.get_tensor(key).tobytes() for key in file.keys()}  # noqa: SIM118  # it is no dict
    return {key: value for key, value in training.items() if key not in OF_THE_MOMENT}, tensors


def differences(out: Path, reference: Path) -> list[str]:
    """A sentence for each file that is missing, too many, or another."""
    ours, theirs = dict(files(out)), dict(files(reference))
    return [*(f"{name}: missing" for name in theirs.keys() - ours.keys()),
            *(f"{name}: left over" for name in ours.keys() - theirs.keys()),
            *(f"{name}: other bytes" for name in ours.keys() & theirs.keys()
              if content(ours[name]) != content(theirs[name]))]


def left_over(out: Path, reference: Path) -> list[str]:
    """A sentence for each file of an unfinished run that is none of a finished one's, and none that it goes on from."""
    theirs = dict(files(reference))
    return [f"{name}: left over" for name, path in files(out)
            if TEMPORARY.fullmatch(path.name) or not (name in theirs or UNFINISHED.search(f"/{name}"))]
