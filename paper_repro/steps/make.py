"""Bring targets of a run up to date: one run at a time in its folder, and a line of what came of it."""

import dataclasses
import sys
from typing import Any

from paper_repro.base import cleaning, cluster, limits, workers
from paper_repro.base.errors import UserError
from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.steps import Means, steps_of
from paper_repro.steps.targets import resolve

ELSEWHERE = 32  # steps more at once where a cluster does the work of most
FEW = 3  # steps whose files are listed one by one
LOST, MISTAKE = 1, 2  # exit statuses: a claim that was reproduced before no longer is; something wasn't made


def means(values: dict[str, Any]) -> Means:
    """How steps may run, by the options given."""
    return Means(values.get("device"), values.get("jobs"), values.get("dask"))


def steps_for(run: Run, values: dict[str, Any]) -> Steps:
    """All steps of a run, to be run as the options say."""
    return steps_of(run, means(values))


def targets_walked(run: Run, targets: list[str], values: dict[str, Any]) -> int:
    """Bring targets of a run up to date, and tell what came of it. Returns the exit status.

    Of several sets of the user's own scales, those that no observation gives a patch are told and left aside.
    """
    steps = steps_for(run, values)
    chosen, asked = resolve(steps, targets), " ".join(targets)
    failed = _walk(run, steps, chosen, asked, values)
    empty = _empty_sets(run, failed)
    if empty and len(empty) < len(run.venus_sets):
        print(f"going on without {', '.join(empty)}, which no observation gave a patch", flush=True)
        run = dataclasses.replace(run, empty=empty)
        steps = steps_for(run, values)
        chosen = resolve(steps, targets)
        failed = _walk(run, steps, chosen, asked, values)
    return _status(run, steps, chosen, failed)


def _empty_sets(run: Run, failed: dict[str, str]) -> tuple[str, ...]:
    """The sets of the user's own scales among what failed that no observation gave a patch."""
    if not (run.scales and failed):
        return ()
    from paper_repro.patches.build import nothing_from  # which loads libraries

    return tuple(each.name for each in run.venus_sets if failed.get(f"patches {each.name}") == nothing_from(run, each))


def walked(run: Run, steps: Steps, chosen: list[str], asked: str, values: dict[str, Any]) -> int:
    """Bring chosen steps of a list up to date, and tell what came of it. Returns the exit status."""
    return _status(run, steps, chosen, _walk(run, steps, chosen, asked, values))


def _walk(run: Run, steps: Steps, chosen: list[str], asked: str, values: dict[str, Any]) -> dict[str, str]:
    """Walk a list with the lock of the run's folder held. Returns the steps that failed, each with the reason.

    Raises UserError for a device or a cluster that isn't here, before anything is written.
    """
    from paper_repro.base.walk import walk

    if "dask" in values:
        cluster.check(values["dask"])
    else:  # with a cluster it is the workers' device
        _check_device(values.get("device"), steps, chosen)
    if not run.data.exists():
        _check_named(steps, chosen)
    records = [step.record for step in steps.closure(chosen)]
    folders = [folder for folder in (run.figures, run.tables, run.report)
               if any(record.is_relative_to(folder) for record in records)]
    with cleaning.working(asked, run.data, *folders), workers.sharing(values.get("jobs")):
        return walk(steps, chosen, limits.cores() + (ELSEWHERE if "dask" in values else 0))


def _check_named(steps: Steps, chosen: list[str]) -> None:
    """Raise UserError where none of the chosen steps can be made, since files that the user is to name aren't there."""
    errors: dict[str, None] = {}
    for target in chosen:
        try:
            for step in steps.closure([target]):
                for list_files in step.named.values():
                    list_files()
        except UserError as error:
            errors[str(error)] = None
        else:
            return
    raise UserError(" ".join(errors))


def _check_device(device: str | None, steps: Steps, chosen: list[str]) -> None:
    """Raise UserError where steps are to run on a device that isn't here."""
    if device not in (None, "cpu") and "device" in steps.options(chosen):
        from paper_repro.encoders.train import choose_device  # which loads torch

        choose_device(device)


def _status(run: Run, steps: Steps, chosen: list[str], failed: dict[str, str]) -> int:
    """Tell what came of walking a list. Returns the exit status."""
    where(steps, [name for name in chosen if name not in failed])
    if failed:
        wanted = steps.closure(chosen)
        print(f"paper_repro: {sum(step.name in failed for step in wanted)} of {len(wanted)} steps were not made, since "
              f"{_first(steps, failed)} failed; see above.", file=sys.stderr)
        return MISTAKE
    return lost_claims(run, steps, chosen)


def _first(steps: Steps, failed: dict[str, str]) -> str:
    """The steps that failed by themselves, not since one that they need did, in words."""
    names = [repr(name) for name in failed
             if not failed.keys() & {*steps.by_name[name].needs, *steps.by_name[name].helpers}]
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")


def where(steps: Steps, names: list[str]) -> None:
    """Print where the outputs of steps are: of a few the files; of many those of verdict and report, or the folders."""
    last = [name for name in ("verdict", "report") if name in names]
    few = names if len(names) <= FEW else last
    files = [path for step in map(steps.by_name.__getitem__, few or names)
             for path in (*step.outputs, *(step.record.parent / output for output in steps.outputs(step)))]
    for path in dict.fromkeys(files if few else (path.parent for path in files)):
        print(path)


def lost_claims(run: Run, steps: Steps, chosen: list[str]) -> int:
    """Say which claims that were reproduced before no longer are; the exit status.

    A run that asks for other encoders, sets or settings than its profile is held against nothing.
    """
    if "verdict" not in chosen or not run.as_profile:
        return 0
    from paper_repro.verify import recorded

    lost = recorded.lost(steps.by_name["verdict"].outputs[0], recorded.FOLDER / f"verdict-{run.profile.name}.csv")
    for sentence in lost:
        print(f"paper_repro: {sentence}", file=sys.stderr)
    return LOST if lost else 0


def preview(steps: Steps, chosen: list[str]) -> int:
    """Say what would be made of chosen steps, and why."""
    from paper_repro.base.walk import would_make

    stale = would_make(steps, chosen)
    for step, reason in stale:
        print(f"would make  {step.name}  ({reason})")
    print(f"{len(stale)} of {len(steps.closure(chosen))} steps would be made")
    return 0
