"""A check sum of each line of our own golden files: python -m tests.golden.sums [--write].

A number changed by hand is found by the line that it stands in, on any machine and in any kind of file. Files of golden
numbers have a check sum of their own beside each number; files in subfolders, which are long, have one each (line 0).
"""

import csv
import hashlib
import sys
from pathlib import Path

import pandas as pd

from paper_repro.base.files import write_csv

OWN = Path(__file__).parent / "own"
SUMS = "sums.csv"
WRITE = "`python -m tests.golden.sums --write`"


def covered(folder: Path) -> list[Path]:
    """The files whose lines have a check sum here."""
    return [path for path in sorted(folder.iterdir()) if path.is_file() and path.name != SUMS
            and not (path.suffix == ".csv" and path.read_text(encoding="utf-8").startswith("name,value,"))]


def sums(folder: Path) -> dict[tuple[str, int], str]:
    """Eight hex digits for each line: (file, line number from 1) -> check sum; for the whole of a nested file, 0."""
    of_lines = {(path.name, n): _short(line.encode()) for path in covered(folder)
                for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)}
    nested = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.parent != folder)
    return of_lines | {(path.relative_to(folder).as_posix(), 0): _short(path.read_bytes()) for path in nested}


def _short(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:8]


def complaints(folder: Path) -> list[str]:
    """A sentence for each line that isn't the one recorded."""
    with (folder / SUMS).open(newline="", encoding="utf-8") as handle:
        recorded = {(row["file"], int(row["line"])): row["check"] for row in csv.DictReader(handle)}
    now = sums(folder)
    lines = {path.name: ["", *path.read_text(encoding="utf-8").splitlines()] for path in covered(folder)}
    return [f"{name}, line {n}: expected the line that was recorded, found "
            f"{lines.get(name, ['another file'])[n][:80]!r}; if it was measured anew, {WRITE}" if (name, n) in now else
            f"{name}, line {n}: expected the line that was recorded, found none"
            for name, n in sorted(now.keys() | recorded.keys()) if now.get((name, n)) != recorded.get((name, n))]


def write(folder: Path) -> None:
    """Record the check sums."""
    rows = [(name, n, check) for (name, n), check in sums(folder).items()]
    write_csv(folder / SUMS, pd.DataFrame(rows, columns=["file", "line", "check"]))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        write(OWN)
    found = complaints(OWN)
    print("\n".join(found) or "every line is the one recorded")
    sys.exit(1 if found else 0)
