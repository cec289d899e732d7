"""Our values of Table 3, from tables/<profile>/table3.csv."""

import pandas as pd

from paper_repro import paper
from paper_repro.profiles.files import read_json
from paper_repro.profiles.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.table3 import slug
from paper_repro.verify.measure.measured import Measured, absent
from paper_repro.verify.measure.table1 import why_not

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


def _read(run: Run, letter: str, row: str, column: str, decimals: int) -> Measured:
    path = run.tables / "table3.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        return absent(f"no {path.name}")
    table = pd.read_csv(path)
    part = table[(table["part"] == letter) & (table["true"] == row)]
    if part.empty or column not in part or part[column].isna().any():
        return absent("this run has no such photographs", path)
    value = float(part[column].iloc[0])
    why = why_not(str(part["comparison"].iloc[0]))
    return Measured(value, f"{value:.{decimals}f}", why, bool(record["simulated"]), not why, (path,))
