"""Our values of Table 3, from tables/<profile>/table3.csv."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.table3 import slug
from paper_repro.verify.measure.measured import Measured, absent, why_not

MOST_CONFUSED = 3  # pairs that Sect. 4.1 names
MISSING = "this run has no such photographs"
NAMES = {slug(name): name for name in paper.CLASS_NAMES}


def table3_cell(run: Run, claim: Claim) -> Measured:
    """One count of a confusion matrix."""
    _, letter, true, predicted = claim.id.split(".")
    return _read(run, letter, NAMES[true], NAMES[predicted], 0)


def table3_accuracy(run: Run, claim: Claim) -> Measured:
    """Accuracy of one class, in percent."""
    _, letter, true, _ = claim.id.split(".")
    return _read(run, letter, NAMES[true], "accuracy_percent", 1)


def table3_total(run: Run, claim: Claim) -> Measured:
    """Total accuracy, in percent."""
    return _read(run, claim.id.split(".")[1], "Total", "accuracy_percent", 1)


def confusion_largest(run: Run, claim: Claim) -> Measured:
    """Whether the cell is the largest beside the diagonal."""
    counts, found, true, taken = _confusion(run, claim)
    return found if counts is None else found.like(bool(counts[true, taken] == counts.max() > 0))


def confusion_row(run: Run, claim: Claim) -> Measured:
    """Whether the cell is the largest beside the diagonal in its row."""
    counts, found, true, taken = _confusion(run, claim)
    return found if counts is None else found.like(bool(counts[true, taken] == counts[true].max() > 0))


def confusion_pair(run: Run, claim: Claim) -> Measured:
    """Whether the two classes, both ways added, are among the three pairs that are confused most."""
    counts, found, one, other = _confusion(run, claim)
    if counts is None:
        return found
    both = np.triu(counts + counts.T)
    ours = both[min(one, other), max(one, other)]
    return found.like(bool(ours > 0 and (both > ours).sum() < MOST_CONFUSED))


def gray_lower(run: Run, _: Claim) -> Measured:
    """Whether the total accuracy is lower in gray than in colour."""
    colour, gray = (_read(run, letter, "Total", "accuracy_percent", 1) for letter in "ab")
    if colour.value is None or gray.value is None:
        return colour if colour.value is None else gray
    return colour.beside(gray).like(gray.value < colour.value)  # type: ignore[operator]


def _confusion(run: Run, claim: Claim) -> tuple[NDArray[np.int64] | None, Measured, int, int]:
    """Counts of a part with 0 on the diagonal, and the claim's two classes."""
    _, letter, *names = claim.id.split(".")
    table, found = _part(run, letter)
    one, other = (list(NAMES).index(name) for name in names)
    columns = list(NAMES.values())
    if table is None or not set(columns) <= set(table.columns) or not set(columns) <= set(table["true"]):
        return None, found if table is None else absent(MISSING, *found.files), one, other
    counts = table.set_index("true").loc[columns, columns].to_numpy(np.int64, copy=True)
    np.fill_diagonal(counts, 0)
    return counts, found, one, other


def _read(run: Run, letter: str, row: str, column: str, decimals: int) -> Measured:
    table, found = _part(run, letter)
    if table is None:
        return found
    part = table[table["true"] == row]
    if part.empty or column not in part or part[column].isna().any():
        return absent(MISSING, *found.files)
    value = float(part[column].iloc[0])
    return found.like(value, f"{value:.{decimals}f}")


def _part(run: Run, letter: str) -> tuple[pd.DataFrame | None, Measured]:
    """Part (a) or (b) of the table, and what holds for each value in it; None where there is none."""
    path = run.tables / "table3.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        return None, absent(f"no {path.name}")
    table = pd.read_csv(path)
    part = table[table["part"] == letter]
    if part.empty:
        return None, absent(MISSING, path)
    why = why_not(str(part["comparison"].iloc[0]))
    return part, Measured(None, "", why, bool(record["simulated"]), not why, (path,))
