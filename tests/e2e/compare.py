"""Two runs of one profile, as inside and outside a container: python -m tests.e2e.compare OUT OTHER [PROFILE].

Patches must be the same bytes. Other builds of torch and of the mathematical libraries round differently, so features
may differ by 1e-4 of the largest one, and a row of Table 1 by the combined error of its two means.
"""

import csv
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from paper_repro.base.files import sha256_file

FEATURES = 1e-4
EQUAL = 1e-9  # percent: a mean's rounding as text
CELL = ["encoder", "reduction", "dims", "clustering"]


def pairs(here: Path, there: Path, pattern: str) -> Iterator[tuple[str, Path | None, Path | None]]:
    """Files of either folder that the pattern finds: name, and the file in each, None where it isn't."""
    names = {path.relative_to(root).as_posix() for root in (here, there) for path in root.glob(pattern)}
    for name in sorted(names):
        one, other = here / name, there / name
        yield name, one if one.is_file() else None, other if other.is_file() else None


def patches(one: Path, other: Path) -> str | None:
    """What differs between two files that must be the same bytes."""
    return None if sha256_file(one) == sha256_file(other) else "expected the same bytes, found others"


def features(one: Path, other: Path) -> str | None:
    """What differs between two arrays of features, float32 [N, 512]."""
    a, b = np.load(one, allow_pickle=False), np.load(other, allow_pickle=False)
    if a.shape != b.shape:
        return f"expected one shape, found {a.shape} and {b.shape}"
    off = float(np.abs(a - b).max()) / max(float(np.abs(a).max()), float(np.abs(b).max()), np.finfo(a.dtype).tiny)
    # so that a difference which is no number counts as one
    return None if off <= FEATURES else f"expected to differ by at most {FEATURES:g} of the largest, found {off:.2g}"


def table1(one: Path, other: Path) -> str | None:
    """What differs between two Tables 1: rows whose means are further apart than their combined error."""
    a, b = rows(one), rows(other)
    if a.keys() != b.keys() or any(a[cell]["status"] != b[cell]["status"] for cell in a):
        return "expected the same rows, found others"
    wrong = []
    for cell in (cell for cell in a if a[cell]["status"] == "run"):
        means, errors = ([float(row[f"{key}_percent"] or "nan") for row in (a[cell], b[cell])]
                         for key in ("accuracy", "error"))
        apart, error = abs(means[0] - means[1]), math.hypot(*errors)
        if not apart <= error + EQUAL:
            wrong.append(f"{cell}: {a[cell]['printed']} and {b[cell]['printed']}, apart by {apart:.2f}, combined error "
                         f"{error:.2f}")
    return "; ".join(wrong) or None


def rows(path: Path) -> dict[str, dict[str, str]]:
    """Rows of a table by encoder, reduction, dimensions and clustering."""
    with path.open(newline="", encoding="utf-8") as handle:
        return {" ".join(filter(None, map(row.get, CELL))): row for row in csv.DictReader(handle)}


KINDS = {
    "patches": ("data/{}/patches/*/*.npy", patches),
    "lists of patches": ("data/{}/patches/*/patches.csv", patches),
    "features": ("data/{}/features/*/*.npy", features),
    "Table 1": ("tables/{}/table1.csv", table1),
}


def complaints(here: Path, there: Path, profile: str) -> tuple[list[str], dict[str, int]]:
    """A sentence for each file that differs or is in one run alone, and how many files of each kind were compared."""
    found, counts = [], dict.fromkeys(KINDS, 0)
    for kind, (pattern, differs) in KINDS.items():
        for name, one, other in pairs(here, there, pattern.format(profile)):
            if one is None or other is None:
                found.append(f"{name}: expected in both runs, not found in {here if one is None else there}")
                continue
            counts[kind] += 1
            wrong = differs(one, other)
            found += [f"{name}: {wrong}"] if wrong else []
        if not counts[kind]:
            found.append(f"{kind}: expected {pattern.format(profile)} in both runs, found none")
    return found, counts


def main(here: Path, there: Path, profile: str = "sample") -> int:
    """Print what differs, or that nothing does; returns the exit status."""
    found, counts = complaints(here, there, profile)
    compared = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    print("\n".join(found) or f"both runs agree; compared: {compared}")
    return 1 if found else 0


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python -m tests.e2e.compare OUT OTHER [PROFILE]")
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:]))
