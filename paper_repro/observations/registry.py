"""The records of the instruments, each loaded with its reader when it is asked for."""

import importlib
import sys
from pathlib import Path

from paper_repro.base.folders import files_below
from paper_repro.base.instruments import SEVERAL, SINGLE, entries, entry
from paper_repro.observations.instrument import Instrument


def get(name: str) -> Instrument:
    """The record of an instrument by its name. Raises UserError where there is none."""
    module = importlib.import_module(f"paper_repro.observations.{entry(name).camera}")
    record = getattr(module, SEVERAL)[name] if hasattr(module, SEVERAL) else getattr(module, SINGLE)
    assert isinstance(record, Instrument)
    return record


def instruments() -> dict[str, Instrument]:
    """All records by name, in the order of the names. Raises UserError."""
    return {name: get(name) for name in entries()}


def of_camera(camera: str) -> dict[str, Instrument]:
    """The records of a camera by the instruments' names: one for each of its filters."""
    return {name: get(name) for name, each in entries().items() if each.camera == camera}


def in_folder(camera: str, root: Path) -> tuple[str, ...]:
    """The instruments of a camera that a folder has files of, by the files' names; the first if there is none.

    Where they are several, standard error says which. Raises UserError where there is no such folder.
    """
    records = of_camera(camera)
    if len(records) == 1:
        return tuple(records)
    names = [path.name for path in files_below(root)]
    found = tuple(name for name, record in records.items() if any(map(record.product, names)))
    if len(found) > 1:
        print(f"{camera}: {root} has files of {', '.join(found)}, kept apart; --instrument chooses", file=sys.stderr)
    return found or (next(iter(records)),)


def of_file(name: str) -> Instrument:
    """The instrument that a file is of, by the file's name; ValueError where it is of none."""
    found = [record for record in instruments().values() if record.product(name)]
    if not found:
        raise ValueError(f"{name}: a file of no instrument")
    return found[0]
