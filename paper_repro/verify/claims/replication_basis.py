"""Claims about the method, held against real photographs other than the paper's: what may be judged, and how.

`replication_rules` says why; here is what every measure of a replication shares.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.recipe import departures
from paper_repro.base.run import COLOUR, Run
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.tables.comparable import OTHER_WEIGHTS, name_of
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import COMPARABLE, Measured, NotRun

RANDOM = "random weights"
DIGITS = 9  # that are kept of a value: rounding of floating-point numbers is no difference


def photographs_of(run: Run) -> PatchSet:
    """The colour photographs of a run that can replicate a claim.

    Raises NotRun for those that can't: simulated ones, gray ones, and the paper's own.
    """
    folder = run.patches(COLOUR)
    if COLOUR not in run.photo_sets or read_json(folder / "provenance.json") is None:
        raise NotRun("this run has no colour photographs")
    photographs = open_set(folder)
    if photographs.provenance["simulated"]:
        raise NotRun("the photographs are simulated")
    if name_of(photographs) == COMPARABLE:
        raise NotRun("the photographs are the paper's own")
    return photographs


def basis(run: Run, records: Sequence[dict[str, Any] | None], trained: Sequence[int], *files: Path) -> Measured:
    """What holds for values read from `files`, made as `records` say: in words, what must stand with the verdict.

    trained: seeds of the trainings that the value rests on; none for the Simple encoder.
    Raises NotRun for anything that can't replicate a claim (see `replication_rules`), or that isn't there.
    """
    photographs = photographs_of(run)
    if any(record is None for record in records) or not all(path.is_file() for path in files):
        raise NotRun("this run has not made what it is measured on")
    notes = " ".join(str(note).lower() for record in records if record for note in record.get("notes", ()))
    weights = [kind for kind in OTHER_WEIGHTS if kind in notes]
    if RANDOM in weights:
        raise NotRun(RANDOM, *files)
    encoders = run.profile.encoders
    if trained and run.checkpoints != "own":
        raise NotRun("the authors' encoders are trained on other photographs", *files)
    if trained and encoders.epochs != paper.TABLE2.max_epochs:
        raise NotRun(f"trained for {encoders.epochs} epochs, not the {paper.TABLE2.max_epochs} of Table 2", *files)
    if trained and (departing := departures(run.profile, "simclr")):
        raise NotRun(departing[0], *files)
    said = [name_of(photographs) or f"{len(photographs.classes)} classes of other photographs", *weights]
    if trained:
        switched = " with switches" if encoders.switches else ""
        seeds = ", ".join(map(str, trained))
        said += [f"recipe {encoders.recipe}{switched}", f"training seed{'s' * (len(trained) > 1)} {seeds}"]
    said.append(f"{encoders.side} px")
    return Measured(None, "", "; ".join(said), files=files)


@dataclass(frozen=True)
class EachTraining:
    """A measure with a value for each training of the run.

    values: the basis and the values, one for Simple; raises NotRun. together: makes our value of them.
    """

    values: Callable[[Run, Claim], tuple[Measured, Sequence[float]]]
    together: Callable[[Claim, Measured, Sequence[float]], Measured]

    def __call__(self, run: Run, claim: Claim) -> Measured:
        """Our value in a run. Raises NotRun."""
        return self.together(claim, *self.values(run, claim))


def over_trainings(claim: Claim, found: Measured, values: Sequence[float], form: str = ".2f") -> Measured:
    """The value of a claim from those of each training: their mean, less or plus its standard error.

    Less where the rule is "at least", plus where it is "at most", so that the luck of training decides nothing.
    form: how a value is shown.
    """
    mean, count = float(np.mean(values)), len(values)
    error = float(np.std(values, ddof=1)) / math.sqrt(count) if count > 1 else 0.0
    value = mean - error if claim.rule == "at least" else mean + error
    shown = f"{mean:{form}}"
    if count > 1:  # a cell that begins with + is taken for a formula, unless it is a number
        shown = f"mean {shown} ({min(values):{form}} to {max(values):{form}} in {count} trainings)"
    return found.with_value(round(value, DIGITS), shown)
