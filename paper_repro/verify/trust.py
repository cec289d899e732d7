"""Is an output what the list of steps says it must be? Refused: whatever is not up to date, back to the raw inputs.

The list says of each step which inputs and outputs its record must have, and which settings, code and libraries; the
hashes in the records lead from an output to the files that the user named. What a clock or a file's time says counts
for nothing. Somebody who rewrites every hash consistently can't be found out.
"""

from collections.abc import Iterable
from pathlib import Path

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.step import Step, Steps


def check(steps: Steps, files: Iterable[Path]) -> list[str]:
    """Check outputs that claims were read from, and all that these were made from.

    Returns what must be said of trainings that are kept though code has changed since. Raises UserError for the first
    output refused.
    """
    # what the list says goes before what records say
    makers = {path: step for step in steps.by_name.values() for path in outputs_of(step)}
    makers |= {path: step for step in steps.by_name.values() for path in step.outputs}
    wanted = []
    for path in dict.fromkeys(files):
        if path not in makers:
            raise UserError(f"{path}: refused, no step of this run made it; remove it, then run "
                            f"`{hints.command('run', 'all')}`.")
        wanted.append(makers[path].name)
    kept = []
    for step in steps.closure(wanted):
        if reason := why_refused(steps, step):
            raise UserError(f"{step.record}: refused, {step.name}: {reason}; run "
                            f"`{hints.command('run', step.name)}`, then `{hints.command('verify')}`.")
        if changed := steps.changed_since(step):
            kept.append(f"{step.name}: {changed}")
    return kept


def outputs_of(step: Step) -> list[Path]:
    """The files that a step's record tells of."""
    written = (read_json(step.record) or {}).get("outputs")
    return [step.record.parent / str(name) for name in written] if isinstance(written, dict) else []


def made(steps: Steps) -> list[str]:
    """Names of the steps that have left a record."""
    return [name for name, step in steps.by_name.items() if step.record.is_file()]


def why_refused(steps: Steps, step: Step) -> str:
    """Why a step's outputs can't be trusted; "" where they can, as far as this step alone goes."""
    if step.always:
        return ""
    if reason := steps.why_stale(step):
        return reason
    record = read_json(step.record) or {}
    notes, simulated = record.get("notes"), record.get("simulated")
    if not isinstance(notes, list) or not isinstance(simulated, bool):
        return "its record doesn't say whether it is simulated, or has no notes"
    inputs = steps.records(step.needs)
    if (step.simulated or any(bool(one.get("simulated")) for one in inputs)) and not simulated:
        return "it isn't marked simulated, which its inputs are"
    missing = [note for one in inputs for note in one.get("notes") or () if note not in notes]
    return f"its record lacks a note of its inputs ({missing[0]})" if missing else ""
