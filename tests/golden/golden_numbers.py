"""Golden numbers: results recorded from runs of our own, which later runs must give again.

On the machine that recorded them (same processor, cores and libraries) the same seed gives the same bytes, so there
numbers must be equal. On another one last bits differ, and each number has a tolerance of its own; a number that last
bits decide entirely (a cell of a confusion matrix after t-SNE) has none and is compared only where it was recorded.
Every number stands beside a check sum, so that one changed by hand is found on any machine.
"""

import csv
import hashlib
import math
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from paper_repro.base.code import python_version, version_of
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv, write_json

EQUAL = 1e-9  # relative: what is left of a number after it was written as text and summed in another order
COLUMNS = ["name", "value", "tolerance", "check"]
# All that can change a number.
LIBRARIES = ("numpy", "scipy", "torch", "torchvision", "scikit-learn", "astropy", "pandas", "matplotlib", "numba",
             "pillow", "fastcluster")
CPUINFO = Path("/proc/cpuinfo")
RECORD = "`python -m tests.golden.regenerate real|sample --write`"


@dataclass(frozen=True)
class Number:
    """A recorded number; tolerance: absolute, on a machine other than the recording one, None for not compared there.

    A value that isn't finite is None: the result is there, but it isn't a number.
    """

    name: str
    value: float | None
    tolerance: float | None

    @property
    def check(self) -> str:
        """Eight hex digits over name, value and tolerance."""
        return hashlib.sha256(repr((self.name, self.value, self.tolerance)).encode()).hexdigest()[:8]


def number(name: str, value: float, tolerance: float | None) -> Number:
    """A Number of plain floats, whatever kind of number a table held."""
    return Number(name, float(value) if math.isfinite(value) else None, None if tolerance is None else float(tolerance))


def machine(cpuinfo: Path = CPUINFO) -> dict[str, str]:
    """What decides last bits: the processor, how many cores of it there are, and the versions of libraries."""
    text = cpuinfo.read_text(encoding="utf-8") if cpuinfo.is_file() else ""
    kinds = [line for line in text.splitlines() if line.startswith(("model name", "cpu family", "model\t", "flags"))]
    processor = hashlib.sha256("\n".join(sorted(set(kinds))).encode()).hexdigest()[:16] if kinds else platform.machine()
    return {"processor": processor, "cores": str(os.cpu_count()), "python": python_version(),
            **{library: version_of(library) for library in LIBRARIES}}


def write(path: Path, numbers: Iterable[Number]) -> None:
    """Write golden numbers to `path`, and beside it, as .json, the machine that gave them."""
    rows = [(one.name, one.value, one.tolerance, one.check) for one in numbers]
    write_csv(path, pd.DataFrame(rows, columns=COLUMNS, dtype=object))
    write_json(path.with_suffix(".json"), machine())


def read(path: Path) -> list[Number]:
    """Read golden numbers. Raises UserError for an absent file, or a number that isn't the one recorded."""
    if not path.is_file():
        raise UserError(f"{path}: expected golden numbers, found none; record them with {RECORD}.")
    numbers = []
    with path.open(newline="", encoding="utf-8") as handle:
        for row in csv.DictReader(handle):
            try:
                one = Number(row["name"], *(float(row[key]) if row[key] else None for key in ("value", "tolerance")))
                right = one.check == row["check"]
            except (KeyError, TypeError, ValueError):
                right = False
            if not right:
                raise UserError(f"{path}: {row.get('name')}: expected a number as it was recorded, found "
                                f"{row.get('value')} (tolerance {row.get('tolerance') or 'none'}), which doesn't fit "
                                f"its check sum; record it anew with {RECORD}.")
            numbers.append(one)
    return numbers


def recorded_here(path: Path) -> bool:
    """Whether this is the machine that recorded the golden numbers in `path`."""
    return read_json(path.with_suffix(".json")) == machine()


def compare(golden: Iterable[Number], found: Mapping[str, float | None], same_machine: bool) -> list[str]:
    """A sentence for each golden number that `found` hasn't, or has otherwise, and for each that is new."""
    sentences = []
    expected = {one.name: one for one in golden}
    for name, one in expected.items():
        if name not in found:
            sentences.append(f"{name}: expected {one.value}, found nothing")
            continue
        other = found[name]
        if same_machine:
            allowed = EQUAL * abs(one.value or 0.0)
        elif one.tolerance is None:
            continue
        else:
            allowed = one.tolerance
        fits = one.value == other if one.value is None or other is None else abs(other - one.value) <= allowed
        if not fits:
            sentences.append(f"{name}: expected {one.value}, found {other} (allowed difference {allowed:.3g})")
    sentences += [f"{name}: found {found[name]}, no golden number" for name in found if name not in expected]
    return sentences
