"""Bring targets of a run up to date: one run at a time in its folder, and a line of what came of it."""

import sys
from typing import Any

from paper_repro.base import cleaning, lock, workers
from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.steps import Means, steps_of
from paper_repro.steps.targets import resolve

FEW = 3  # steps whose files are listed one by one
LOST, MISTAKE = 1, 2  # exit statuses: a claim that was reproduced before no longer is; something wasn't made


def means(values: dict[str, Any]) -> Means:
    """How steps may run, by the options given."""
    return Means(values.get("device"), values.get("jobs"), values.get("dask"))


def walked(run: Run, targets: list[str], values: dict[str, Any]) -> int:
    """Bring targets of a run up to date, one run at a time in its folder; print where they are. The exit status."""
    steps = steps_of(run, means(values))
    chosen = resolve(steps, targets)
    return walk_locked(run, steps, chosen, " ".join(targets), values.get("jobs"))


def walk_locked(run: Run, steps: Steps, chosen: list[str], asked: str, jobs: int | None) -> int:
    """Walk a list with the lock of its folder held, and tell what came of it. Returns the exit status."""
    from paper_repro.base.walk import walk

    for folder in (run.data, run.figures, run.tables, run.report):
        if folder != run.report or "report" in chosen:
            cleaning.mark(folder)
    with lock.held(run.data, asked), workers.sharing(jobs):
        failed = walk(steps, chosen, workers.cores())
    where(steps, [name for name in chosen if name not in failed])
    if failed:
        missing = [name for name in chosen if name in failed]
        print(f"paper_repro: {len(failed)} of {len(steps.closure(chosen))} steps were not made"
              f"{f', among them {missing[0]}' if missing else ''}; see above.", file=sys.stderr)
        return MISTAKE
    return lost_claims(steps, chosen)


def where(steps: Steps, names: list[str]) -> None:
    """Print where the outputs of steps are: of a few the files; of many those of verdict and report, or the folders."""
    last = [name for name in ("verdict", "report") if name in names]
    few = names if len(names) <= FEW else last
    files = [path for step in map(steps.by_name.__getitem__, few or names)
             for path in (*step.outputs, *(step.record.parent / output for output in steps.outputs(step)))]
    for path in dict.fromkeys(files if few else (path.parent for path in files)):
        print(path)


def lost_claims(steps: Steps, chosen: list[str]) -> int:
    """Say which claims that were reproduced before no longer are; the exit status."""
    if "verdict" not in chosen:
        return 0
    from paper_repro.verify import recorded

    step = steps.by_name["verdict"]
    lost = recorded.lost(step.outputs[0], recorded.FOLDER / f"verdict-{step.profile}.csv")
    for sentence in lost:
        print(f"paper_repro: {sentence}", file=sys.stderr)
    return LOST if lost else 0


def preview(run: Run, targets: list[str], values: dict[str, Any]) -> int:
    """Say what would be made of targets, and why."""
    from paper_repro.base.walk import would_make

    steps = steps_of(run, means(values))
    chosen = resolve(steps, targets)
    stale = would_make(steps, chosen)
    for step, reason in stale:
        print(f"would make  {step.name}  ({reason})")
    print(f"{len(stale)} of {len(steps.closure(chosen))} steps would be made")
    return 0
