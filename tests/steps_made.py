"""Steps of a run brought up to date in a test, asked what they would do, or given outputs that the test wrote."""

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.base.walk import walk, would_make
from paper_repro.steps import Means, steps_of
from paper_repro.steps.targets import resolve


def make(run: Run, *targets: str, means: Means | None = None) -> Steps:
    """Bring targets (`patches photos-gray`, `table1`, ...) up to date, one step after the other; all must be made."""
    steps = steps_of(run, means or Means(device="cpu", jobs=1))
    failed = walk(steps, resolve(steps, list(targets)), 1)
    assert failed == {}
    return steps


def make_alone(run: Run, name: str, means: Means | None = None) -> Steps:
    """Make one step whether or not it is up to date, in this thread: what it raises comes out as it is."""
    steps = steps_of(run, means or Means(device="cpu", jobs=1))
    steps.make(steps.by_name[name])
    return steps


def finish(run: Run, name: str, made: Made | None = None) -> None:
    """Write the record of a step whose outputs the test has written itself; those that it needs are finished."""
    steps = steps_of(run)
    steps.make(dataclasses.replace(steps.by_name[name], make=lambda _: made))


def stale(run: Run, *targets: str) -> dict[str, str]:
    """The steps that the targets need, themselves included, which aren't up to date, and why."""
    steps = steps_of(run)
    return {step.name: reason for step, reason in would_make(steps, resolve(steps, list(targets)))}


def damage(path: Path, how: str, place: int = -2) -> str:
    """Take an output away ("gone") or change a byte of it, its times as before ("other"); what is then said of it."""
    times, data = path.stat(), bytearray(path.read_bytes())
    path.unlink()
    if how == "gone":
        return "missing"
    data[place] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    return "no longer what was written"


def with_times_of(path: Path, change: Callable[[Path], object]) -> None:
    """Change a file and set its times back, as `touch -r` does."""
    before = path.stat()
    change(path)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def flip(path: Path) -> None:
    """Change the last byte of a file."""
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
