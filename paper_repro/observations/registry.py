"""The records of the instruments, each loaded with its reader when it is asked for."""

import importlib

from paper_repro.base.instruments import entries, entry
from paper_repro.observations.instrument import Instrument


def get(name: str) -> Instrument:
    """The record of an instrument by its name. Raises UserError where there is none."""
    record = importlib.import_module(f"paper_repro.observations.{entry(name).name}").INSTRUMENT
    assert isinstance(record, Instrument)
    return record


def instruments() -> dict[str, Instrument]:
    """All records by name, in the order of the names. Raises UserError."""
    return {name: get(name) for name in entries()}


def of_file(name: str) -> Instrument:
    """The instrument that a file is of, by the file's name; ValueError where it is of none."""
    found = [record for record in instruments().values() if record.product(name)]
    if not found:
        raise ValueError(f"{name}: a file of no instrument")
    return found[0]
