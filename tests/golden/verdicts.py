"""How a finished `make all` on the sample judged each claim: recorded so that `make verify` fails when one is lost."""

import csv
from pathlib import Path

import pandas as pd

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv

RECORDED = Path(__file__).parent / "own" / "verdict-sample.csv"
FOUND = "data/sample/results/verdict.csv"


def measured(out: Path) -> dict[str, str]:
    """Verdict of each claim in the run `out`. Raises UserError where it has none."""
    path = out / FOUND
    if not path.is_file():
        raise UserError(f"{path}: expected the verdict that `make all` ends with, found nothing; run it first.")
    return read(path)


def read(path: Path) -> dict[str, str]:
    """Verdict of each claim in a file with the columns id and verdict."""
    with path.open(newline="", encoding="utf-8") as handle:
        return {row["id"]: row["verdict"] for row in csv.DictReader(handle)}


def difference(found: dict[str, str], recorded: Path) -> list[str]:
    """How the verdicts differ from those recorded, a sentence each."""
    before = read(recorded) if recorded.is_file() else {}
    return [f"{name}: recorded {before.get(name, 'nothing')}, now {found.get(name, 'nothing')}"
            for name in dict.fromkeys((*before, *found)) if before.get(name) != found.get(name)]


def write(found: dict[str, str], recorded: Path) -> None:
    """Record the verdicts."""
    write_csv(recorded, pd.DataFrame(list(found.items()), columns=["id", "verdict"]))
