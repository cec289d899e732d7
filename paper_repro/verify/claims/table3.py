"""Table 3 as claims: each cell, each class's accuracy, the totals, and the table's own arithmetic."""

import math
from collections.abc import Iterator

from paper_repro import paper
from paper_repro.verify.claims.claim import BENCHMARK, Claim

COMMAND = "make table3 PROFILE=paper"
PARTS = {"a": paper.TABLE3_COLOUR, "b": paper.TABLE3_GRAY}
COLOURS = {"a": "colour", "b": "gray"}
TOTAL = 3.0  # percentage points, as for the trained encoders of Table 1
NEEDS = (*BENCHMARK, "gpu-time")
BASELINE = 100 / len(paper.CLASS_NAMES)


def claims() -> tuple[Claim, ...]:
    """All claims of Table 3."""
    return tuple(claim for letter in PARTS for claim in (*_cells(letter), *_accuracies(letter), *_arithmetic(letter)))


def slug(name: str) -> str:
    """`Thin white` -> `thin-white`."""
    return name.lower().replace(" ", "-")


def spread(count: int) -> float:
    """Three combined errors of two counts of one class's images (binomial, one image added to each side)."""
    size = paper.IMAGES_PER_CLASS
    share = (count + 1) / (size + 2)
    return 3 * math.sqrt(2 * size * share * (1 - share))


def _cells(letter: str) -> Iterator[Claim]:
    for true, row in zip(paper.CLASS_NAMES, PARTS[letter].matrix, strict=True):
        for predicted, count in zip(paper.CLASS_NAMES, row, strict=True):
            yield Claim(f"table3.{letter}.{slug(true)}.{slug(predicted)}", f"Table 3 ({letter})",
                        f"{true} images classified as {predicted} ({COLOURS[letter]}).", str(count), float(count),
                        spread(count), "within", "images", "three combined errors of two binomial counts",
                        NEEDS, COMMAND, "table3_cell")


def _accuracies(letter: str) -> Iterator[Claim]:
    part = PARTS[letter]
    for index, (name, accuracy) in enumerate(zip(paper.CLASS_NAMES, part.class_accuracies, strict=True)):
        tolerance = 100 * spread(part.matrix[index][index]) / paper.IMAGES_PER_CLASS
        yield Claim(f"table3.{letter}.{slug(name)}.accuracy", f"Table 3 ({letter})",
                    f"Accuracy of the class {name} ({COLOURS[letter]}).", accuracy, float(accuracy), tolerance,
                    "within", "%", "three combined errors of two binomial shares", NEEDS, COMMAND, "table3_accuracy")
    yield Claim(f"table3.{letter}.total", f"Table 3 ({letter})", f"Total accuracy ({COLOURS[letter]}).", part.total,
                float(part.total), TOTAL, "within", "%",
                "one training of the encoder, whose seed the paper doesn't give", NEEDS, COMMAND, "table3_total")
    if letter == "b":
        yield Claim("table3.b.above-baseline", "Sect. 4.1", "The gray accuracy is significantly above 1/6, that of "
                    "random labels.", "> 1/6", 2 * BASELINE, None, "at least", "%",
                    "taken as twice that of random labels", NEEDS, COMMAND, "table3_total")


def _arithmetic(letter: str) -> Iterator[Claim]:
    part = PARTS[letter]
    yield Claim(f"table3.{letter}.arithmetic", f"Table 3 ({letter})", "The total accuracy is the mean of the class "
                "accuracies that follow from the printed matrix.", part.total, float(part.total), 0.05 + 1e-9, "equal",
                "%", "rounding to one decimal", ("none",), "make verify", "table3_arithmetic")
