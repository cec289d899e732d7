"""Table 3: each cell, each class's accuracy, the totals, and the table's own arithmetic.

Ours are read from tables/<profile>/table3.csv.
"""

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import BENCHMARK, Claim
from paper_repro.verify.claims.measured import Measured, NotRun, why_not

COMMAND = "make table3 PROFILE=paper"
PARTS = {"a": paper.TABLE3_COLOUR, "b": paper.TABLE3_GRAY}
COLOURS = {"a": "colour", "b": "gray"}
TOTAL = 3.0  # percentage points, as for the trained encoders of Table 1
NEEDS = (*BENCHMARK, "gpu-time")
BASELINE = 100 / len(paper.CLASS_NAMES)
MISSING = "this run has no such photographs"


def claims() -> Iterator[Claim]:
    """All claims of Table 3."""
    for letter in PARTS:
        yield from _cells(letter)
        yield from _accuracies(letter)
        yield from _arithmetic(letter)


def slug(name: str) -> str:
    """`Thin white` -> `thin-white`."""
    return name.lower().replace(" ", "-")


NAMES = {slug(name): name for name in paper.CLASS_NAMES}


def spread(count: int) -> float:
    """Three combined errors of two counts of one class's images (binomial, one image added to each side)."""
    size = paper.IMAGES_PER_CLASS
    share = (count + 1) / (size + 2)
    return 3 * math.sqrt(2 * size * share * (1 - share))


def _cells(letter: str) -> Iterator[Claim]:
    for true, row in zip(paper.CLASS_NAMES, PARTS[letter].matrix, strict=True):
        for predicted, count in zip(paper.CLASS_NAMES, row, strict=True):
            yield Claim(f"table3.{letter}.{slug(true)}.{slug(predicted)}", f"Table 3 ({letter})", "result",
                        f"{true} images classified as {predicted} ({COLOURS[letter]}).", str(count), float(count),
                        spread(count), "within", "images", "three combined errors of two binomial counts",
                        NEEDS, COMMAND, cell)


def _accuracies(letter: str) -> Iterator[Claim]:
    part = PARTS[letter]
    for index, (name, percent) in enumerate(zip(paper.CLASS_NAMES, part.class_accuracies, strict=True)):
        tolerance = 100 * spread(part.matrix[index][index]) / paper.IMAGES_PER_CLASS
        yield Claim(f"table3.{letter}.{slug(name)}.accuracy", f"Table 3 ({letter})", "result",
                    f"Accuracy of the class {name} ({COLOURS[letter]}).", percent, float(percent), tolerance,
                    "within", "%", "three combined errors of two binomial shares", NEEDS, COMMAND, class_accuracy)
    yield Claim(f"table3.{letter}.total", f"Table 3 ({letter})", "result", f"Total accuracy ({COLOURS[letter]}).",
                part.total, float(part.total), TOTAL, "within", "%", "one training of the encoder, whose seed the "
                "paper doesn't give", NEEDS, COMMAND, total)
    if letter == "b":
        yield Claim("table3.b.above-baseline", "Sect. 4.1", "result", "The gray accuracy is significantly above 1/6, "
                    "that of random labels.", f"at least {2 * BASELINE:.1f}", 2 * BASELINE, None, "at least", "%",
                    "taken as twice that of random labels", NEEDS, COMMAND, total)


def _arithmetic(letter: str) -> Iterator[Claim]:
    part = PARTS[letter]
    yield Claim(f"table3.{letter}.arithmetic", f"Table 3 ({letter})", "setting", "The total accuracy is the mean of "
                "the class accuracies that follow from the printed matrix.", part.total, float(part.total), 0.05 + 1e-9,
                "equal", "%", "rounding to one decimal", ("none",), "make verify", arithmetic)


def cell(run: Run, claim: Claim) -> Measured:
    """One count of a confusion matrix."""
    _, letter, true, predicted = claim.id.split(".")
    count, basis = _read(run, letter, NAMES[true], NAMES[predicted])
    return basis.with_value(count, f"{count:.0f}")


def class_accuracy(run: Run, claim: Claim) -> Measured:
    """Accuracy of one class, in percent."""
    _, letter, true, _ = claim.id.split(".")
    percent, basis = _read(run, letter, NAMES[true], "accuracy_percent")
    return basis.with_value(percent, f"{percent:.1f}")


def total(run: Run, claim: Claim) -> Measured:
    """Total accuracy, in percent."""
    percent, basis = total_accuracy(run, claim.id.split(".")[1])
    return basis.with_value(percent, f"{percent:.1f}")


def arithmetic(_: Run, claim: Claim) -> Measured:
    """Mean of the class accuracies that follow from the printed matrix, in percent."""
    counts = np.array(PARTS[claim.id.split(".")[1]].matrix)
    percent = float(100 * np.mean(np.diag(counts) / counts.sum(axis=1)))
    return Measured(percent, f"{percent:.1f}")


def total_accuracy(run: Run, letter: str) -> tuple[float, Measured]:
    """Total accuracy of a part in percent, and its basis. Raises NotRun."""
    return _read(run, letter, "Total", "accuracy_percent")


def confusion(run: Run, letter: str) -> tuple[NDArray[np.int64], Measured]:
    """Counts of a part, true by predicted class in the paper's order [6, 6], and their basis. Raises NotRun."""
    table, basis = _part(run, letter)
    columns = list(paper.CLASS_NAMES)
    if not set(columns) <= set(table.columns) or not set(columns) <= set(table["true"]):
        raise NotRun(MISSING, *basis.files)
    return table.set_index("true").loc[columns, columns].to_numpy(np.int64, copy=True), basis


def _read(run: Run, letter: str, row: str, column: str) -> tuple[float, Measured]:
    table, basis = _part(run, letter)
    part = table[table["true"] == row]
    if part.empty or column not in part or part[column].isna().any():
        raise NotRun(MISSING, *basis.files)
    return float(part[column].iloc[-1]), basis  # the total stands below a class of that name


def _part(run: Run, letter: str) -> tuple[pd.DataFrame, Measured]:
    """Part (a) or (b) of the table, and its basis."""
    path = run.tables / "table3.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        raise NotRun(f"no {path.name}")
    table = read_csv(path)
    part = table[table["part"] == letter]
    if part.empty:
        raise NotRun(MISSING, path)
    why = why_not(str(part["comparison"].iloc[0]))
    return part, Measured(None, "", why, bool(record["simulated"]), not why, (path,))
