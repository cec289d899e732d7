"""`python -m tests.e2e.kills FOLDER REFERENCE`: stop and kill `make all` at random, 30 times; the bytes stay the same.

FOLDER is made anew; REFERENCE holds what an uninterrupted `make all` left, on the same machine. After each end: no
process is left. At last `make all` runs to its end: every file must be that of the reference, and none may be besides.
"""

import contextlib
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from paper_repro.base.files import read_json

RUNS, SEED = 30, 20260101
LONGEST_S = 40.0  # until a run is stopped; the shortest is at once
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
GRACE_S = 30.0
# Files that tell of time and place: what commands took, hashes by file times, who holds the lock, and the page.
OF_THE_RUN = re.compile(r"(^|/)(spent\.csv|\.hashes\.json|\.lock|table1_seconds\.csv|index\.(html|json))$")
OF_THE_MOMENT = {"time_utc", "seconds_per_epoch", "seconds", "ran_on", "clock", "summary", "seal"}


def start(out: Path) -> subprocess.Popen[bytes]:
    """`make all` in a process group of its own."""
    python = [f"PAPER_REPRO_PYTHON={sys.executable}"]
    return subprocess.Popen(["make", "all", *python, f"OUT={out}"], start_new_session=True,
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def members(group: int) -> list[int]:
    """Processes of a group that are no zombies."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, of = stat.read_text().rpartition(") ")[2].split()[:3]
            if int(of) == group and state != "Z":
                found.append(int(stat.parent.name))
    return found


def stop(process: subprocess.Popen[bytes], how: signal.Signals) -> list[int]:
    """Stop a group by a signal to all of it, as a terminal does; returns who is still there after a while."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, how)
    process.wait()
    end = time.monotonic() + GRACE_S
    while (left := members(process.pid)) and time.monotonic() < end:
        time.sleep(0.2)
    for one in left:
        os.kill(one, signal.SIGKILL)
    return left


def files(out: Path) -> Iterator[tuple[str, Path]]:
    """All files of a run that don't tell of time, by name."""
    kinds = ("data", "figures", "tables", "report")
    for path in sorted(path for kind in kinds for path in (out / kind).glob("*/**/*")):
        name = path.relative_to(out).as_posix()
        if path.is_file() and not OF_THE_RUN.search(name):
            yield name, path


def content(path: Path) -> object:
    """What must be the same: bytes, or a record without its times."""
    record = read_json(path) if path.suffix == ".json" else None
    if record is None:
        return path.read_bytes()
    outputs = {name: sha for name, sha in (record.get("outputs") or {}).items() if not OF_THE_RUN.search(name)}
    return {**{key: value for key, value in record.items() if key not in OF_THE_MOMENT}, "outputs": outputs}


def differences(out: Path, reference: Path) -> list[str]:
    """A sentence for each file that is missing, too many, or another."""
    ours, theirs = dict(files(out)), dict(files(reference))
    return [*(f"{name}: missing" for name in theirs.keys() - ours.keys()),
            *(f"{name}: left over" for name in ours.keys() - theirs.keys()),
            *(f"{name}: other bytes" for name in ours.keys() & theirs.keys()
              if content(ours[name]) != content(theirs[name]))]


def main(out: Path, reference: Path) -> int:
    """Run the check; the exit status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it, and so would make
    draw, wrong = random.Random(SEED), list[str]()
    for number in range(RUNS):
        how, after = draw.choice(SIGNALS), draw.uniform(0, LONGEST_S)
        process = start(out)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(after)
        ended = process.poll()
        left = stop(process, how)
        print(f"{number + 1}/{RUNS}: {how.name} after {after:.1f} s"
              f"{'' if ended is None else f' (it had ended with status {ended})'}", flush=True)
        wrong += [f"run {number + 1}: {len(left)} processes were left"] * bool(left)
        wrong += [f"run {number + 1}: ended with status {ended}"] * (ended not in {None, 0})
    status = start(out).wait()
    wrong += [f"the last run ended with status {status}"] * (status != 0)
    wrong += differences(out, reference)
    print("\n".join(wrong) or f"{RUNS} times stopped, every file is that of the uninterrupted run")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
