"""Is an output what its provenance says? Refused: without one, made by other code, or from other inputs than are there.

Followed from each output to what it was made from, back to the patches, by the hashes in the records: that also finds
an output older than its inputs, and one that was changed by hand. What patches were made from is the archive's, and
what fetching checks.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NoReturn

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, sha256_files
from paper_repro.base.provenance import code_hash
from paper_repro.base.run import PHOTO_SETS, Run
from paper_repro.patches.dataset import IMAGES, TABLE

CODE_OF = "code of "
RECORD = "provenance.json"
WHOLE = {"step", "room", "profile", "simulated", "settings", "inputs", "code"}


def check(run: Run, files: Iterable[Path]) -> set[Path]:
    """Check outputs that claims were read from, and all that these were made from.

    Returns the records that were looked at. Raises UserError for the first one refused.
    """
    known = present(run)
    looked_at: set[Path] = set()
    queue = list(dict.fromkeys(files))
    while queue:
        path = queue.pop(0)
        place = record_of(run, path)
        record = _record(run, path, place)
        _unchanged(path, place, record)
        if place in looked_at:
            continue
        looked_at.add(place)
        for name, sha256 in record["inputs"].items():
            if name.startswith(CODE_OF):
                if sha256 != code_hash(name.removeprefix(CODE_OF)):
                    _refuse(path, f"it was made by other {name} than is here", record)
            elif not _of_the_archives(name, record):
                if sha256 not in known:
                    _refuse(path, f"it was not made from the {name} that is there", record)
                source = known[sha256]
                if not record["simulated"] and (read_json(record_of(run, source)) or {}).get("simulated"):
                    _refuse(path, f"it isn't marked simulated, which the {name} it was made from is", record)
                queue.append(source)
    return looked_at


def outputs(run: Run) -> list[Path]:
    """All outputs that claims can be read from and that are there."""
    found = [*run.data.glob(f"patches/*/{TABLE}"), *run.data.glob("encoders/*/*/losses.csv"),
             *run.data.glob("features/*/*.npy"), *run.results.glob("*/classes.csv"), *run.results.glob("*/tsne2.csv"),
             run.results / "table1_runs.csv", *run.tables.glob("table[1-4].csv")]
    return [path for path in sorted(found) if path.is_file()]


def present(run: Run) -> dict[str, Path]:
    """Hash of each intermediate file of the run that another can be made from -> the file (of a set: its table)."""
    known = {}
    for place in sorted(run.data.glob(f"patches/*/{RECORD}")):
        known[str((read_json(place) or {}).get("sha256"))] = place.with_name(TABLE)
    files = [*run.data.glob("encoders/*/*/*.safetensors"), *run.data.glob("encoders/*/*/losses.csv"),
             *run.data.glob("features/*/*.npy"), *run.results.rglob("*.csv"), *run.tables.glob("*.csv")]
    return known | {sha256_file(path): path for path in sorted(files)}


def record_of(run: Run, path: Path) -> Path:
    """Where the provenance of an output is."""
    if path.name in {"table1_not_run.csv", "table1_seconds.csv"}:
        return path.with_name("table1_runs.json")
    alone = path.parent in {run.tables, run.results} or path.suffix == ".npy" or path.stem.startswith("table1_")
    if alone and path.name != IMAGES:
        return path.with_suffix(".json")
    return path.with_name(RECORD)


def _record(run: Run, path: Path, place: Path) -> Mapping[str, Any]:
    """The provenance of an output, its profile and code checked."""
    record = read_json(place)
    if record is None:
        _refuse(path, f"it has no provenance ({place.name})", {"profile": run.profile.name})
    if not record.keys() >= WHOLE:
        _refuse(path, f"its provenance ({place.name}) is not whole", {"profile": run.profile.name})
    if record["profile"] != run.profile.name:
        _refuse(path, f"it was made with the profile {record['profile']}", {**record, "profile": run.profile.name})
    simulated = run.profile.simulated if path.parent.name in PHOTO_SETS else run.venus_simulated
    if record["room"] == "patches" and simulated and not record["simulated"]:
        _refuse(path, f"it isn't marked simulated, which all images of the profile {run.profile.name} are", record)
    if record["code"] != code_hash(record["room"]):
        _refuse(path, f"it was made by other code of {record['room']} than is here", record)
    return record


def _unchanged(path: Path, place: Path, record: Mapping[str, Any]) -> None:
    """Refuse a file that is no longer the one its record was written for."""
    if not path.is_file():
        _refuse(path, "it is not there", record)
    if path.parent.parent.name == "patches":
        now, written = sha256_files([path.with_name(IMAGES), path.with_name(TABLE)], path.parent), record.get("sha256")
    elif path.suffix == ".npy":
        now, written = sha256_file(path), record.get("sha256")
    elif path.name in record.get("outputs", {}):
        now, written = sha256_file(path), record["outputs"][path.name]
    else:
        return
    if now != written:
        _refuse(path, f"it is no longer what {place.name} was written for", record)


def _of_the_archives(name: str, record: Mapping[str, Any]) -> bool:
    """Whether an input was fetched, named by the user, or is made anew each time: none of the run's outputs."""
    weights = name == "base_weights" or (name == "weights" and (
        record["settings"]["model"] == "simple" or "checkpoint" in record["settings"]))
    images = record["room"] == "patches" and record["step"] != "flatten"
    return weights or images or (record["room"] == "figures" and "." in name)


def _refuse(path: Path, why: str, record: Mapping[str, Any]) -> NoReturn:
    step = str(record.get("step", ""))
    room = record.get("room", "")
    command = {"tables": f"table {step.removeprefix('table')}", "patches": "patches"}.get(room, step)
    if room == "experiments" and step == "table1":
        command = "cluster"
    settings = record.get("settings", {})
    asked = f" --set {settings['set']}" if command in {"train", "encode"} and "set" in settings else ""
    again = f"python -m paper_repro {command} --profile {record['profile']}{asked}" if command else (
        f"make all PROFILE={record['profile']}")
    # a trained encoder is kept when code changes, unless it isn't there
    first = f"delete {path.parent} and " if command == "train" else "" if command else "remove it and "
    raise UserError(f"{path}: refused, {why}; {first}run `{again}`, then `make verify`.")
