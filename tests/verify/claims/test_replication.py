"""Replications: what is judged at all, how several trainings count, and that every rule has its measure."""

import dataclasses
import math
from pathlib import Path

import pytest

from paper_repro.paper import CLASS_NAMES
from paper_repro.verify.claims import CLAIMS, replication, replication_basis
from paper_repro.verify.claims.measured import Measured
from paper_repro.verify.claims.replication_rules import rules
from tests.tables.conftest import cloud_imvn
from tests.verify.claims import replication_made as made
from tests.verify.runs_made import BY_ID, STAND_IN, measure

NAME = "replicated.simclr-above-simple.none.hac"
GRID = {("simple", "none.hac"): [[0.5, 0.5]], ("simclr", "none.hac"): [[0.7, 0.7], [0.6, 0.7], [0.8, 0.8]]}


def test_every_rule_is_a_claim_with_its_own_measure() -> None:
    claims = {claim.id: claim for claim in CLAIMS if claim.kind == "replication"}
    assert set(claims) == {f"replicated.{rule.id}" for rule in rules()}
    assert {claim.measure for claim in claims.values()} == set(replication.MEASURES.values())
    for rule in rules():
        claim = claims[f"replicated.{rule.id}"]
        assert (claim.statement, claim.expected, claim.rule) == (rule.statement, rule.expected, rule.rule)
        assert claim.reason == f"{rule.how}; {rule.reason}"
        assert ("gpu-time" in claim.needs) == ("simple" not in rule.id.replace("simclr-above-simple", "").replace(
            "simple-above-autoencoder", "")), rule.id


def test_trainings_count_by_their_mean_less_or_plus_its_standard_error() -> None:
    claim, values = BY_ID[NAME], [2.0, 3.0, 7.0]
    error = math.sqrt(sum((value - 4) ** 2 for value in values) / 2 / 3)
    for rule, expected in (("at least", 4 - error), ("at most", 4 + error)):
        ruled = dataclasses.replace(claim, rule=rule)  # type: ignore[arg-type]
        found = replication_basis.over_trainings(ruled, Measured(None, "", "SWIMCAT"), values)
        assert found.value == pytest.approx(expected, abs=1e-8)
        assert (found.shown, found.why) == ("mean 4.00 (2.00 to 7.00 in 3 trainings)", "SWIMCAT")
    one = replication_basis.over_trainings(claim, Measured(None, ""), [0.1 + 0.2], ".1f")
    assert (one.value, one.shown) == (0.3, "0.3")


def test_what_it_was_judged_on_stands_with_it(tmp_path: Path) -> None:
    run = made.run_of(tmp_path)
    made.photographs(run)
    made.grid(run, GRID)
    found = measure(run, NAME)
    assert found.why == "5 classes of other photographs; stand-in weights; recipe paper; training seeds 0, 1, 2; 32 px"
    assert found.files == (run.results / "table1_seeds.csv",)
    of_simple = measure(run, "replicated.hac-above-kmeans.simple")
    assert (of_simple.value, of_simple.why) == (None, "Simple, none.kmeans was not run")
    switched = made.run_of(tmp_path, switches={"views": "chain"}, recipe="authors")
    assert "; recipe authors with switches; " in measure(switched, NAME).why


@pytest.mark.parametrize(("change", "why"), [
    ("no photographs", "this run has no colour photographs"), ("simulated", "the photographs are simulated"),
    ("the paper's", "the photographs are the paper's own"), ("no grid", "no table1_seeds.csv"),
    ("random", "random weights"), ("epochs", "trained for 6 epochs, not the 64 of Table 2"),
    ("training", "Trained otherwise than in the paper: batch_size 64 (paper: 32)."),
    ("authors", "the authors' encoders are trained on other photographs"),
])
def test_what_is_never_judged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str, why: str) -> None:
    run = made.run_of(tmp_path, epochs=6 if change == "epochs" else 64)
    if change != "no photographs":
        made.photographs(run, simulated=change == "simulated")
    if change == "the paper's":
        monkeypatch.setattr(replication_basis, "open_set", lambda _: cloud_imvn())
    if change == "training":
        other = dataclasses.replace(run.profile.training, batch_size=64)
        run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, training=other))
    if change == "authors":
        run = dataclasses.replace(run, checkpoints="authors")
    if change != "no grid":
        made.grid(run, GRID, ("Made with random weights in place of others.",) if change == "random" else (STAND_IN,))
    found = measure(run, NAME)
    assert (found.value, found.why) == (None, why)


def test_simple_alone_is_judged_whatever_was_trained(tmp_path: Path) -> None:
    run = made.run_of(tmp_path, epochs=6)
    made.photographs(run, labels=CLASS_NAMES)
    made.grid(run, {("simple", "none.hac"): [[0.5, 0.5]], ("simple", "none.kmeans"): [[0.4, 0.5]]})
    found = measure(run, "replicated.hac-above-kmeans.simple")
    assert (found.value, found.why) == (5.0, "6 classes of other photographs; stand-in weights; 32 px")
