"""Is an output what its provenance says? Refused: without one, made by other code, or from other inputs than are there.

Inputs are compared by hash where the record has it: that also finds an output older than its inputs.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import read_json, sha256_file
from paper_repro.profiles.provenance import code_hash
from paper_repro.profiles.run import COLOUR, GRAY, Run

CODE_OF = "code of "


def check(run: Run, files: Iterable[Path]) -> None:
    """Check outputs that claims were read from, and what these were made from.

    Raises UserError for the first one refused.
    """
    for path in dict.fromkeys(files):
        record = _record(run, path)
        if path.parent != run.tables:
            continue
        for name, source in _sources(run, path.stem, record).items():
            if not source.is_file() or record["inputs"].get(name) != sha256_file(source):
                _refuse(run, path, f"it was not made from the {source.name} that is there ({source})")
            _record(run, source)


def _record(run: Run, path: Path) -> dict[str, Any]:
    """The provenance of an output, its code and recorded inputs checked."""
    place = path.with_suffix(".json")
    if path.parent != run.tables:
        place = run.results / "table1_runs.json" if path.parent == run.results else path.with_name("provenance.json")
    record = read_json(place)
    if record is None:
        _refuse(run, path, f"it has no provenance ({place.name})")
    assert record is not None
    if not {"step", "room", "profile", "simulated", "settings", "inputs", "code"} <= record.keys():
        _refuse(run, path, f"its provenance ({place.name}) is not whole")
    if record["profile"] != run.profile.name:
        _refuse(run, path, f"it was made with the profile {record['profile']}")
    if record["code"] != code_hash(record["room"]):
        _refuse(run, path, f"it was made by other code of {record['room']} than is here")
    inputs = record["inputs"]
    for name in (name for name in inputs if name.startswith(CODE_OF)):
        if inputs[name] != code_hash(name.removeprefix(CODE_OF)):
            _refuse(run, path, f"it was made by other {name} than is here")
    photographs = record["settings"].get("set")
    if "patches" in inputs and photographs in (COLOUR, GRAY):
        made = read_json(run.patches(photographs) / "provenance.json") or {}
        if made.get("sha256") != inputs["patches"]:
            _refuse(run, path, f"it was not made from the patches of {photographs} that are there")
    return record


def _sources(run: Run, table: str, record: dict[str, Any]) -> dict[str, Path]:
    """The files that a table was made from, under their names in its record."""
    if table == "table1":
        return {"runs": run.results / "table1_runs.csv", "not_run": run.results / "table1_not_run.csv"}
    if table == "table3":
        return {name: run.results / name / "classes.csv" for name in (COLOUR, GRAY) if name in record["settings"]}
    return {}


def _refuse(run: Run, path: Path, why: str) -> None:
    target = f"make {path.stem}" if path.parent == run.tables else "make patches tables"
    raise UserError(f"{path}: refused, {why}; run `{target} PROFILE={run.profile.name}`.")
