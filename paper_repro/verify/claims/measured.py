"""Our value of one claim, or why there is none."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base.run import AUTHORS_NOTE, Run
from paper_repro.paper import ENCODER_NAMES
from paper_repro.patches.dataset import open_set
from paper_repro.tables.comparable import OTHER_WEIGHTS, not_comparable

COMPARABLE = "Cloud-ImVN"
EXPERIMENT = "an experiment beside the paper's"  # in the notes of whatever is made by other rules than the paper's
Value = float | tuple[float, float] | bool


class NotRun(Exception):  # noqa: N818 -- it is no mistake of anyone's
    """A claim was not run, and why. files: the outputs that say so, whose provenance is checked."""

    def __init__(self, why: str, *files: Path) -> None:
        super().__init__(why)
        self.why, self.files = why, files


@dataclass(frozen=True)
class Measured:
    """value: None where not run; shown: ours in the paper's notation; why: why not run, or what must be said.

    simulated, comparable: whether it comes from simulated input, and may be held against the paper's; files: the
    outputs it was read from, whose provenance is checked; clock: what a clock said of it, which no two runs have alike,
    so that it is shown and recorded in verdict.json, but not in verdict.csv: same inputs, same bytes. Without a value
    yet it is the basis of values: what holds for each one that is read from these files.
    """

    value: Value | None
    shown: str
    why: str = ""
    simulated: bool = False
    comparable: bool = True
    files: tuple[Path, ...] = ()
    clock: str = ""

    def with_value(self, value: Value, shown: str = "") -> "Measured":
        """A value on this basis; a yes or no needs no words."""
        return dataclasses.replace(self, value=value, shown=shown or ("yes" if value else "no"))

    def beside(self, other: "Measured") -> "Measured":
        """The basis of a value read from both."""
        return Measured(None, "", self.why or other.why, self.simulated or other.simulated,
                        self.comparable and other.comparable, tuple(dict.fromkeys(self.files + other.files)))


OF_THE_CODE = Measured(None, "")  # the basis of values that follow from the code alone, whatever the input


def basis_of(record: Mapping[str, Any], *files: Path, encoder: str = "simclr") -> Measured:
    """The basis of values that `record` is the provenance of: simulated, with other weights, encoder or rules.

    The authors' own encoder is the paper's.
    """
    simulated = bool(record["simulated"])
    notes = [note.lower() for note in record.get("notes", ()) if not note.startswith(AUTHORS_NOTE)]
    other = [kind for kind in OTHER_WEIGHTS if any(kind in note for note in notes)]
    used = record["settings"].get("encoder", encoder)
    if used != encoder:
        other.append(f"encoder {ENCODER_NAMES[used]}")
    other += [note.rstrip(".") for note in record.get("notes", ()) if EXPERIMENT in note]
    why = "simulated input" if simulated else other[0] if other else ""
    return Measured(None, "", why, simulated, not why, files)


def benchmark_basis(run: Run, name: str, record: Mapping[str, Any], *files: Path) -> Measured:
    """The basis of values of the photographs `name`: held against the paper's only where these are Cloud-ImVN.

    What else stands in the notes of how the values were made is told in their own words. Raises UserError where the
    set isn't there.
    """
    other = why_not(not_comparable(open_set(run.patches(name)), ()))
    basis = basis_of(record, *files)
    notes = " ".join(note for note in record["notes"] if not note.startswith(AUTHORS_NOTE))
    why = other or basis.why or notes.rstrip(".")
    return dataclasses.replace(basis, why=why, comparable=not why)


def why_not(comparison: str) -> str:
    """The sentence for a table's `comparison`: "" where it stands beside the paper's."""
    if comparison in ("", COMPARABLE):
        return ""
    reason = comparison.removeprefix("not comparable: ")
    return "simulated input" if reason == "simulated" else reason
