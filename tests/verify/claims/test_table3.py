"""What is measured on Table 3: the paper's own matrices, whole and in part, and its arithmetic."""

import dataclasses

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.base.run import Run
from paper_repro.verify.claims import table3
from paper_repro.verify.claims.claim import Claim
from tests.verify import runs_made as made
from tests.verify.runs_made import measure

CLASSES = list(paper.CLASS_NAMES)
COLOUR, GRAY = (np.array(part.matrix) for part in (paper.TABLE3_COLOUR, paper.TABLE3_GRAY))


def test_each_cell_and_accuracy_of_table_3(real: Run) -> None:
    made.table3(real, {"a": COLOUR, "b": GRAY})
    for letter, counts in (("a", COLOUR), ("b", GRAY)):
        for true, line in zip(CLASSES, counts, strict=True):
            slug = true.lower().replace(" ", "-")
            for taken, count in zip(CLASSES, line, strict=True):
                found = measure(real, f"table3.{letter}.{slug}.{taken.lower().replace(' ', '-')}")
                assert (found.value, found.shown) == (float(count), str(count))
            accuracy = measure(real, f"table3.{letter}.{slug}.accuracy")
            assert accuracy.value == pytest.approx(100 * line[CLASSES.index(true)] / 350)
    assert [measure(real, f"table3.{letter}.total").shown for letter in "ab"] == ["84.5", "59.7"]
    baseline = made.BY_ID["table3.b.above-baseline"]
    assert measure(real, baseline.id).value == measure(real, "table3.b.total").value
    assert (f"{baseline.value} {baseline.unit}", baseline.fits(33.4), baseline.fits(33.3)) == (
        "at least 33.3 %", True, False)
    assert measure(real, "confusion.gray-lower").value is True


def test_parts_and_classes_that_are_not_there(real: Run) -> None:
    of_a, of_b = "confusion.a.veil.thick-white", "confusion.b.clear-sky.veil"
    for name in ("table3.a.total", of_a, "confusion.gray-lower"):
        assert (measure(real, name).value, measure(real, name).why) == (None, "no table3.csv")
    missing = "this run has no such photographs"
    made.table3(real, {"a": COLOUR})
    assert measure(real, of_a).value is True
    for name in ("table3.b.total", of_b, "confusion.gray-lower"):
        assert (measure(real, name).value, measure(real, name).why) == (None, missing)
    made.table3(real, {"b": GRAY})
    assert measure(real, "confusion.gray-lower").why == missing
    five = [0, 1, 2, 4, 5]
    made.table3(real, {"a": COLOUR[np.ix_(five, five)]}, "not comparable: SWIMCAT", [CLASSES[n] for n in five])
    assert measure(real, "table3.a.thin-white.veil").why == missing
    assert measure(real, "confusion.a.thin-white.thick-white").why == missing
    total = measure(real, "table3.a.total")
    assert (total.why, total.comparable) == ("SWIMCAT", False)


def test_the_arithmetic_of_table_3(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for letter, part in (("a", paper.TABLE3_COLOUR), ("b", paper.TABLE3_GRAY)):
        shares = [100 * row[n] / sum(row) for n, row in enumerate(part.matrix)]
        found = measure(sample, f"table3.{letter}.arithmetic")
        assert found.value == pytest.approx(sum(shares) / 6, abs=1e-9)
        assert found.shown == part.total
    spoiled = dataclasses.replace(paper.TABLE3_GRAY, matrix=paper.TABLE3_COLOUR.matrix)
    monkeypatch.setitem(table3.PARTS, "b", spoiled)
    claim: Claim = made.BY_ID["table3.b.arithmetic"]
    assert not claim.fits(measure(sample, claim.id).value or 0.0)
