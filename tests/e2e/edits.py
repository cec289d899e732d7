"""Random single edits of a finished run: each is refused, repaired by the next make, or without effect.

python -m tests.e2e.edits OUT [--profile sample] [--count 200] [--seed 0]

Files below data, tables and figures of the profile are edited one at a time in a copy by links: one byte, one line, one
JSON value, another file in its place, or none. Times stay as they were. An edit is without effect where nothing that
decides a verdict or is shown changes: the file is read neither for the verdict nor for the page, or says the same.
"""

import argparse
import contextlib
import functools
import io
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from paper_repro.base.run import Run, open_run
from paper_repro.base.step import Step, Steps
from paper_repro.report import build
from paper_repro.steps import steps_of
from paper_repro.verify import trust, verdict

PLACES = ("data", "tables", "figures", "report")
# The page says of the first that nothing checks it; the second is asked by no judgement (tests/verify/test_trust.py).
SAID_TO_BE_UNCHECKED = ("spent.csv", ".hashes.json")


def edited(rng: random.Random, path: Path, others: list[Path]) -> tuple[str, bytes | None]:
    """How a file is edited, and what it then holds; None: it is gone."""
    data = path.read_bytes()
    kinds = ["byte", "gone", "swapped"] + ["line"] * (b"\n" in data) + ["value"] * (path.suffix == ".json")
    kind = rng.choice(kinds)
    if kind == "gone":
        return kind, None
    if kind == "swapped":
        alike = [other for other in others if other.suffix == path.suffix and other.read_bytes() != data]
        return kind, rng.choice(alike).read_bytes() if alike else None
    if kind == "line":
        lines = data.splitlines(keepends=True)
        number = rng.randrange(len(lines))
        lines[number:number + 1] = rng.choice(([], [lines[number]] * 2, [lines[rng.randrange(len(lines))]]))
        return kind, b"".join(lines)
    if kind == "value":
        with contextlib.suppress(ValueError):
            whole = json.loads(data)
            change_value(rng, whole)
            return kind, json.dumps(whole, indent=1, sort_keys=True).encode() + b"\n"
    changed = bytearray(data or b"\0")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return "byte", bytes(changed)


def change_value(rng: random.Random, whole: Any) -> None:
    """Change one value at any depth of what a JSON file holds."""
    while True:
        keys = list(whole) if isinstance(whole, dict) else list(range(len(whole)))
        if not keys:
            return
        key = rng.choice(keys)
        value = whole[key]
        if not isinstance(value, dict | list) or not value:
            whole[key] = (not value if isinstance(value, bool) else value + 1 if isinstance(value, int | float)
                          else f"{value}0" if isinstance(value, str) else 1)
            return
        whole = value


def opened_by(do: Callable[[], object]) -> set[str]:
    """The files that are opened while something is done, by their real names."""
    seen: set[str] = set()
    watching = [True]

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching[0] and event == "open" and isinstance(arguments[0], str | os.PathLike):
            seen.add(os.path.realpath(arguments[0]))

    sys.addaudithook(hook)
    do()
    watching[0] = False
    return seen


class Judge:
    """What the next verify or make says of a run of which one file was edited."""

    def __init__(self, run: Run) -> None:
        self.run, self.steps = run, steps_of(run)
        self.steps.hashes.distrust_store()
        found: list[Path] = []

        def judge() -> None:
            judged, _ = verdict.judged_now(run, self.steps)
            found.extend(path for each in judged for path in each.ours.files)
            build.report(run)

        with contextlib.redirect_stdout(io.StringIO()):
            self.read = opened_by(judge)
        makers = {path: step.name for step in self.steps.by_name.values() for path in trust.outputs_of(step)}
        self.verified = {step.name for step in self.steps.closure([makers[path] for path in found])}
        self.readers: dict[Path, list[Step]] = {}
        for step in self.steps.by_name.values():
            needed = (self.steps.by_name[name].record for name in step.needs)
            for path in {step.record, *step.outputs, *trust.outputs_of(step), *needed}:
                self.readers.setdefault(path, []).append(step)

    def outcome(self, path: Path, before: bytes) -> str:
        """What comes of the edit: refused, repaired, without effect; anything else is a hole."""
        for step in self.readers.get(path, []):
            if not self.steps.by_name[step.name].always and why(self.steps, step):
                return "refused" if step.name in self.verified else "repaired"
        if os.path.realpath(path) not in self.read or path.name in SAID_TO_BE_UNCHECKED:
            return "without effect"
        with contextlib.suppress(OSError, ValueError):
            if path.suffix == ".json" and json.loads(path.read_bytes()) == json.loads(before):
                return "without effect"
        return "without effect" if path.is_file() and path.read_bytes() == before else "passed"


def why(steps: Steps, step: Step) -> str:
    """Why a step's outputs are refused, or made again."""
    try:
        return trust.why_refused(steps, step) or trust.why_unlike(steps, step)
    except (OSError, RuntimeError, ValueError) as error:  # a user's mistake is one, too
        return str(error)


@contextlib.contextmanager
def copy_of(out: Path, profile: str) -> Iterator[Path]:
    """A copy of a run by links, so that an edited file is another than the run's."""
    with tempfile.TemporaryDirectory(dir=out, prefix=".edits-") as folder:
        for place in PLACES:
            if (out / place / profile).is_dir():
                shutil.copytree(out / place / profile, Path(folder) / place / profile, copy_function=os.link)
        yield Path(folder)


def complaints(run_of: Callable[[Path], Run], out: Path, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many of `count` edits came out how, and a sentence for each that passed."""
    found, passed, rng = Counter[str](), list[str](), random.Random(seed)
    with copy_of(out, run_of(out).profile.name) as folder:
        judge = Judge(run_of(folder))
        files = sorted(path for place in PLACES[:3] for path in (folder / place).rglob("*") if path.is_file())
        for _ in range(count):
            path = rng.choice(files)
            before, times = path.read_bytes(), path.stat()
            kind, after = edited(rng, path, files)
            path.unlink()
            if after is not None:
                path.write_bytes(after)
                os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
            came = judge.outcome(path, before)
            found[came] += 1
            if came == "passed":
                passed.append(f"{path.relative_to(folder)}: {kind} edited, and nothing noticed it")
            path.unlink(missing_ok=True)
            path.write_bytes(before)
    return found, passed


def main(argv: list[str] | None = None) -> int:
    """Print how many edits came out how, and those that passed; returns the exit status."""
    words = argparse.ArgumentParser(prog="python -m tests.e2e.edits")
    words.add_argument("out", type=Path, nargs="?", default=Path())
    words.add_argument("--profile", default="sample")
    words.add_argument("--count", type=int, default=200)
    words.add_argument("--seed", type=int, default=0)
    given = words.parse_args(argv)
    found, passed = complaints(functools.partial(open_run, given.profile), given.out.resolve(), given.count, given.seed)
    counts = ", ".join(f"{number} {name}" for name, number in sorted(found.items()))
    print("\n".join([*passed, f"{given.count} edits: {counts}"]))
    return 1 if passed else 0


if __name__ == "__main__":
    sys.exit(main())
