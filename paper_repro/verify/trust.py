"""Is an output what the list of steps says it must be? Refused: whatever is not up to date, back to the raw inputs.

The list says of each step which inputs and outputs its record must have, and which settings, code and libraries; the
hashes in the records lead from an output to the files that the user named. Tables are made a second time. What a clock,
a file's time or a list of hashes kept from an earlier run says counts for nothing. Somebody who rewrites every hash
consistently can't be found out.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from paper_repro.base import hints, provenance
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Made
from paper_repro.base.step import Step, Steps


def check(steps: Steps, files: Iterable[Path]) -> list[str]:
    """Check outputs that claims were read from, and all that these were made from.

    Returns what must be said of trainings that are kept though code has changed since. Raises UserError for the first
    output refused.
    """
    steps.hashes.distrust_store()
    makers, wanted = makers_of(steps), []
    for path in dict.fromkeys(files):
        if path not in makers:
            raise UserError(f"{path}: refused, no step of this run made it; remove it, then run "
                            f"`{hints.command('run', 'all')}`.")
        wanted.append(makers[path].name)
    for step, reason in refused(steps, wanted):
        raise UserError(f"{step.record}: refused, {step.name}: {reason}; run `{hints.command('run', step.name)}`, "
                        f"then `{hints.command('verify')}`.")
    return [f"{step.name}: {changed}" for step in steps.closure(wanted) if (changed := steps.changed_since(step))]


def makers_of(steps: Steps) -> dict[Path, Step]:
    """The step that makes each output; what the list says goes before what records say."""
    return ({path: step for step in steps.by_name.values() for path in outputs_of(step)}
            | {path: step for step in steps.by_name.values() for path in step.outputs})


def unproven(steps: Steps) -> dict[Path, tuple[str, ...]]:
    """What isn't verified of the inputs of outputs, as the records beside them say; of those where something isn't."""
    found: dict[Path, tuple[str, ...]] = {}
    for step in steps.by_name.values():
        notes = () if step.always else (read_json(step.record) or {}).get("notes") or ()
        if parts := provenance.unproven(notes):
            found |= dict.fromkeys((*step.outputs, *outputs_of(step)), parts)
    return found


def refused(steps: Steps, names: Sequence[str]) -> Iterator[tuple[Step, str]]:
    """Of steps and all that these are made from, those whose outputs can't be trusted, each with why."""
    for step in steps.closure(names):
        if reason := why_refused(steps, step) or why_unlike(steps, step):
            yield step, reason


def why_unlike(steps: Steps, step: Step) -> str:
    """What of a step that takes no time isn't what its inputs give when it is made again; "" where all is."""
    if step.again is None:
        return ""
    record = read_json(step.record) or {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            made = step.again(Path(folder))(steps.origin(step)) or Made()
        except (KeyError, ValueError) as error:
            return f"it can't be made again of its inputs ({error})"
        for path in (*step.outputs, *made.files):
            if (Path(folder) / path.name).read_bytes() != (step.record.parent / path.name).read_bytes():
                return f"{path.name} isn't what its inputs give"
    said = json.loads(json.dumps(dict(made.extra)))
    other = [key for key, value in said.items() if record.get(key) != value]
    other += [note for note in made.notes if note not in record["notes"]]
    return f"its record isn't what its inputs give ({other[0]})" if other else ""


def outputs_of(step: Step) -> list[Path]:
    """The files that a step's record tells of; none of one that runs each time, whose record nothing checks."""
    written = None if step.always else (read_json(step.record) or {}).get("outputs")
    return [step.record.parent / str(name) for name in written] if isinstance(written, dict) else []


def made(steps: Steps) -> list[str]:
    """Names of the steps that have left a record."""
    return [name for name, step in steps.by_name.items() if step.record.is_file()]


def why_refused(steps: Steps, step: Step) -> str:
    """Why a step's outputs can't be trusted; "" where they can, as far as this step alone goes."""
    return "" if step.always else steps.why_stale(step)
