"""What made a file: the record beside every output, and what a step's result rests on."""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from paper_repro import __version__
from paper_repro.base.code import python_version
from paper_repro.base.files import write_json
from paper_repro.base.hashes import digest

RECORDED = ("step", "name", "profile", "simulated", "notes", "settings", "inputs", "code", "libraries", "outputs")
SEAL = "seal"  # of a record: see `seal`
NOT_VERIFIED = "not verified: "  # in the last part of a note: what isn't known to be what it is taken for, and why


@dataclass(frozen=True)
class Origin:
    """What a result rests on, as far as a reader of the result must know it.

    simulated: whether any input is; notes: sentences to be shown with the result (random weights, stand-in weights).
    """

    simulated: bool = False
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """What a step adds to its record once it is done.

    extra: results and facts (counts, seconds) by name; files: outputs beyond those the step always writes;
    notes, simulated: what must be said of the result beyond what was known of its inputs.
    """

    extra: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    simulated: bool = False


def union(records: Iterable[Mapping[str, Any]]) -> Origin:
    """What must be said of a result made from several others, by their records: notes in their order, once each."""
    known = list(records)
    notes = dict.fromkeys(str(note) for record in known for note in record.get("notes", ()))
    return Origin(any(bool(record.get("simulated")) for record in known), tuple(notes))


def unproven(notes: Iterable[str]) -> tuple[str, ...]:
    """The parts of notes that say what isn't verified, once each."""
    parts = (note.rpartition("; ")[2].rstrip(".") for note in notes)
    return tuple(dict.fromkeys(part for part in parts if NOT_VERIFIED in part))


def seal(record: Mapping[str, Any]) -> str:
    """SHA-256 over all that a record says but its seal, by which an edit of any entry is noticed."""
    said = {key: value for key, value in record.items() if key != SEAL}
    return digest(said)


def write_record(path: Path, deciding: Mapping[str, Any], origin: Origin, made: Made,
                 outputs: Mapping[Path, str]) -> None:
    """Write the record at `path`: what decided the result, what must be said of it, and the hashes of its files.

    outputs: the SHA-256 of each file as it was written; files are named relative to the record's folder.
    """
    notes = tuple(dict.fromkeys((*origin.notes, *made.notes)))
    record = {
        **deciding,
        "simulated": origin.simulated or made.simulated,
        "notes": list(notes),
        "outputs": {output.relative_to(path.parent).as_posix(): sha256 for output, sha256 in outputs.items()},
        "python": python_version(), "platform": sys.platform, "version": __version__,
        "time_utc": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **made.extra,
    }
    record = json.loads(json.dumps(record))  # sealed as it reads back
    write_json(path, {**record, SEAL: seal(record)})
