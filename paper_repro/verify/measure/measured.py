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


@dataclass(frozen=True)
class Measured:
    """value: None where not run; shown: ours in the paper's notation; why: why not run, or what must be said.

    simulated, comparable: whether it comes from simulated input, and may be held against the paper's; files: the
    outputs it was read from, whose provenance is checked.
    """

    value: float | tuple[float, float] | bool | None
    shown: str
    why: str = ""
    simulated: bool = False
    comparable: bool = True
    files: tuple[Path, ...] = ()

    def like(self, value: float | tuple[float, float] | bool, shown: str = "") -> "Measured":
        """The same with a value; a yes or no needs no words."""
        return dataclasses.replace(self, value=value, shown=shown or ("yes" if value else "no"))

    def beside(self, other: "Measured") -> "Measured":
        """What holds for a value read from both."""
        return Measured(None, "", self.why or other.why, self.simulated or other.simulated,
                        self.comparable and other.comparable, tuple(dict.fromkeys(self.files + other.files)))


def template(record: Mapping[str, Any], *files: Path, encoder: str = "simclr") -> Measured:
    """What holds for values that `record` is the provenance of: simulated, made with other weights or another encoder.

    The authors' own encoder is the paper's.
    """
    simulated = bool(record["simulated"])
    notes = [note.lower() for note in record.get("notes", ()) if not note.startswith(AUTHORS_NOTE)]
    other = [kind for kind in OTHER_WEIGHTS if any(kind in note for note in notes)]
    used = record["settings"].get("encoder", encoder)
    if used != encoder:
        other.append(f"encoder {ENCODER_NAMES[used]}")
    why = "simulated input" if simulated else other[0] if other else ""
    return Measured(None, "", why, simulated, not why, files)


def benchmark_template(run: Run, name: str, record: Mapping[str, Any], *files: Path) -> Measured:
    """What holds for values of the photographs `name`: held against the paper's only where these are Cloud-ImVN.

    Raises UserError where the set isn't there.
    """
    other = why_not(not_comparable(open_set(run.patches(name)), record["notes"]))
    found = template(record, *files)
    why = other or found.why
    return dataclasses.replace(found, why=why, comparable=not why)


def why_not(comparison: str) -> str:
    """The sentence for a table's `comparison`: "" where it stands beside the paper's."""
    if comparison in ("", COMPARABLE):
        return ""
    reason = comparison.removeprefix("not comparable: ")
    return "simulated input" if reason == "simulated" else reason


def absent(why: str, *files: Path) -> Measured:
    """What a claim has that was not run."""
    return Measured(None, "", why, files=files)
