"""Progress of long work on standard error: done, rate and estimated time left."""

import math
import sys
import time
from typing import TextIO

from paper_repro.base import stopping


class Progress:
    """Counts finished pieces of work and prints `label: done/total unit, rate, ETA` at most every `every` seconds.

    On a terminal the line is rewritten in place; elsewhere (a log) each report is a line of its own. quiet: work that
    mostly takes a moment; nothing is said before ten seconds.
    """

    def __init__(self, label: str, total: int, unit: str = "done", *, done: int = 0, every: float | None = None,
                 stream: TextIO | None = None, quiet: bool = False) -> None:
        self.label, self.total, self.unit = label, total, unit
        self.done = self.first = done
        self.stream = stream or sys.stderr
        self.tty = self.stream.isatty()
        self.every = every if every is not None else (0.2 if self.tty and not quiet else 10.0)
        self.silent = quiet
        self.start = self.last = time.monotonic()

    def step(self, count: int = 1, note: str = "") -> None:
        """Count `count` more pieces as done; `note` stands at the end of the line (a loss, a name).

        Raises Stopped once the user has asked for an end.
        """
        stopping.check()
        self.report(count, note)

    def report(self, count: int = 1, note: str = "") -> None:
        """Count as `step` does, of work that is also done after the user asked for an end, such as judging."""
        self.done += count
        now = time.monotonic()
        if now - self.last >= self.every or (self.done >= self.total and not self.silent):
            self.last, self.silent = now, False
            self.stream.write(("\r\x1b[K" if self.tty else "") + self.line(now - self.start, note))
            self.stream.write("\n" if not self.tty or self.done >= self.total else "")
            self.stream.flush()

    def say(self, text: str) -> None:
        """Print a line of its own, which stays; on a terminal the report follows below it."""
        self.stream.write(("\r\x1b[K" if self.tty else "") + f"{self.label}: {text}\n")
        self.stream.flush()

    def line(self, seconds: float, note: str = "") -> str:
        """The report after `seconds` seconds of work."""
        fresh = self.done - self.first
        rate = fresh / seconds if seconds > 0 else 0.0
        left = (self.total - self.done) / rate if rate > 0 else float("nan")
        text = f"{self.label}: {self.done}/{self.total} {self.unit}, {rate:.3g}/s, ETA {clock(left)}"
        return f"{text}, {note}" if note else text


def announce(work: str, seconds: float, advice: str = "") -> None:
    """Say on standard error about how long work takes that can't report how far it is; `advice` follows."""
    print(f"{work}: some {max(1, round(seconds / 60))} min on one core, with no report until its end{advice}",
          file=sys.stderr, flush=True)


def clock(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss; `-:--` where they aren't known."""
    if not math.isfinite(seconds):
        return "-:--"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
