"""Claims: each with a name of its own, the rules by which a value fits, and a measure that may not be run."""

import dataclasses
import math
from collections import Counter
from pathlib import Path

import pytest
from scipy import stats

from paper_repro import paper
from paper_repro.base.run import Run
from paper_repro.verify.claims import CLAIMS, table3
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.table1 import OF_DEVIATION
from tests.verify.runs_made import NUMBER


def test_every_claim_has_a_name_of_its_own_and_is_whole() -> None:
    assert max(Counter(claim.id for claim in CLAIMS).values()) == 1
    assert all(claim.statement and claim.reason and claim.needs for claim in CLAIMS)


def test_what_needs_no_input_is_never_a_result() -> None:
    assert {claim.kind for claim in CLAIMS if claim.needs == ("none",)} == {"setting"}
    # settings that only a run of the paper's can have followed
    assert {claim.id for claim in CLAIMS if claim.kind == "setting" and claim.needs != ("none",)} == {
        "settings.lowest-loss", "settings.clusters", "table1.order.hac-stable",
        *(f"table1.{encoder}.none.hac.std" for encoder in paper.ENCODER_NAMES),
        *(f"classes.{name}.count" for name in paper.PATCH_COUNTS)}


def test_the_claims_hold_every_number_of_tables_1_and_3() -> None:
    expected = {claim.id: claim.value for claim in CLAIMS}
    for row in paper.TABLE1:
        name = f"table1.{row.encoder}.{row.reduction}{row.dims or ''}.{row.clustering}"
        assert (expected[f"{name}.mean"], expected[f"{name}.std"]) == (row.printed, row.std)
    for letter, part in (("a", paper.TABLE3_COLOUR), ("b", paper.TABLE3_GRAY)):
        ours = [claim for claim in CLAIMS if claim.measure is table3.cell and claim.id.split(".")[1] == letter]
        assert [claim.value for claim in ours] == [str(count) for row in part.matrix for count in row]


@pytest.mark.parametrize(("rule", "expected", "ours", "fits"), [
    ("within", 10.0, 11.0, True), ("within", 10.0, 11.01, False), ("within", 10.0, 8.99, False),
    ("equal", 10.0, 9.0, True), ("at least", 10.0, 9.0, True), ("at least", 10.0, 8.9, False),
    ("at least", 10.0, 99.0, True), ("at most", 10.0, 11.0, True), ("at most", 10.0, 11.1, False),
    ("at most", 10.0, -5.0, True), ("range", (0.0, 5.0), (1.0, 4.0), True), ("range", (0.0, 5.0), (0.0, 6.1), False),
    ("range", (0.0, 5.0), (-1.1, 5.0), False), ("holds", True, True, True), ("holds", True, False, False),
])
def test_rules(rule: str, expected: float | bool, ours: float | bool, fits: bool) -> None:
    claim = dataclasses.replace(NUMBER, rule=rule, expected=expected)  # type: ignore[arg-type]
    assert claim.fits(ours) is fits


@pytest.mark.parametrize(("ours", "fits"), [(6.0, True), (18.0, True), (2.0, True), (18.1, False), (1.9, False),
                                            (0.0, False)])
def test_within_a_factor_nothing_is_near_0(ours: float, fits: bool) -> None:
    claim = dataclasses.replace(NUMBER, rule="factor", expected=6.0, tolerance=3.0)
    assert claim.fits(ours) is fits
    assert claim.allowed == "x 3"


def test_the_factor_of_two_deviations_is_that_of_the_f_distribution() -> None:
    freedom = paper.REPEATS - 1
    assert abs(OF_DEVIATION - math.sqrt(stats.f.ppf(0.995, freedom, freedom))) < 0.05


@pytest.mark.parametrize(("rule", "ours"), [("within", True), ("within", (1.0, 2.0)), ("range", 1.0), ("holds", 1.0)])
def test_a_value_of_another_kind_is_an_error(rule: str, ours: float | bool) -> None:
    with pytest.raises(TypeError, match="x: expected"):
        dataclasses.replace(NUMBER, rule=rule).fits(ours)  # type: ignore[arg-type]


def test_a_measure_that_is_not_run_says_why(sample: Run) -> None:
    def missing(run: Run, claim: Claim) -> Measured:
        raise NotRun(f"no file for {claim.id} in {run.profile.name}", Path("a"), Path("b"))

    assert dataclasses.replace(NUMBER, measure=missing).measured(sample) == Measured(
        None, "", "no file for x in sample", files=(Path("a"), Path("b")))
