"""Time and memory that each step took, a line each time it is made: what REPRODUCING.md and the report have of cost."""

import contextlib
import resource
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from paper_repro.base import lines

NAME = "spent.csv"
COLUMNS = ("command", "ended_utc", "seconds", "peak_mb", "peak_worker_mb", "finished")


@contextlib.contextmanager
def counted(folder: Path, step: str) -> Iterator[None]:
    """Append a line to `spent.csv` in `folder` when the block ends; nothing where the folder isn't there then.

    step: its name. Written: peak_mb, the largest resident set of this process so far; peak_worker_mb, that of the
    largest of its workers that ended; whether the block did its work to the end.
    """
    start = time.monotonic()
    try:
        yield
    except BaseException:
        with contextlib.suppress(OSError):  # it must not hide what went wrong
            _append(folder, step, time.monotonic() - start, finished=False)
        raise
    _append(folder, step, time.monotonic() - start, finished=True)


def _append(folder: Path, step: str, seconds: float, *, finished: bool) -> None:
    if not folder.is_dir():
        return
    # bytes on macOS, kilobytes elsewhere
    unit = 1e6 if sys.platform == "darwin" else 1e3
    who = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    own, workers = (resource.getrusage(one).ru_maxrss / unit for one in who)
    ended = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    lines.append(folder / NAME, COLUMNS, [[step, ended, f"{seconds:.1f}", f"{own:.0f}", f"{workers:.0f}",
                                           "yes" if finished else "no"]])


def longest(folder: Path) -> dict[str, tuple[float, float, float]]:
    """Of each step the longest time that it was made: seconds, peak MB, peak MB of a worker.

    One that resumed is short; so the longest is the one that did most of the work.
    """
    found: dict[str, tuple[float, float, float]] = {}
    for row in lines.read(folder / NAME, COLUMNS):
        try:
            call = (float(row["seconds"]), float(row["peak_mb"]), float(row["peak_worker_mb"]))
        except ValueError:
            continue
        if row["finished"] == "yes" and call > found.get(row["command"], (-1.0, 0.0, 0.0)):
            found[row["command"]] = call
    return found
