"""The rules of replicated claims: whole, each with a name of its own, and true of the paper's own tables."""

import itertools

import pytest
from scipy import stats

from paper_repro import paper
from paper_repro.verify.claims.replication_rules import COMBINATIONS, ReplicationRule, rules

RULES = {rule.id: rule for rule in rules()}
TABLE1: dict[tuple[str, ...], float] = {
    (row.encoder, row.reduction, str(row.dims), row.clustering): float(row.mean) for row in paper.TABLE1}
NUMBERS = [rule for rule in RULES.values() if rule.value.lstrip("+-").replace(".", "", 1).isdigit()]


def fits(rule: ReplicationRule, value: float) -> bool:
    """Whether a value keeps the rule, by the letter."""
    assert isinstance(rule.expected, float)
    return value >= rule.expected if rule.rule == "at least" else value <= rule.expected


def test_every_rule_is_whole_and_has_a_name_of_its_own() -> None:
    assert len(RULES) == len(list(rules())) > 30
    assert all(all((rule.statement, rule.how, rule.value, rule.reason)) for rule in RULES.values())
    assert {rule.rule for rule in RULES.values()} == {"at least", "at most", "holds"}
    assert all(rule.expected is True for rule in RULES.values() if rule.rule == "holds")


@pytest.mark.parametrize("rule", NUMBERS, ids=lambda rule: rule.id)
def test_a_rule_holds_for_what_the_paper_prints(rule: ReplicationRule) -> None:
    assert fits(rule, float(rule.value))


def test_differences_that_the_paper_prints_are_those_of_its_table() -> None:
    for combination, (first, second) in itertools.product(COMBINATIONS, (("simclr", "simple"),
                                                                         ("simple", "autoencoder"))):
        reduction, dims, clustering = combination
        ours, other = (TABLE1[encoder, reduction, str(dims), clustering] for encoder in (first, second))
        rule = RULES[f"{first}-above-{second}.{reduction}{dims or ''}.{clustering}"]
        assert float(rule.value) == pytest.approx(ours - other, abs=0.051)
        assert ours > other  # so that it holds everywhere
    assert len(COMBINATIONS) == 10


def test_random_orders_reach_the_least_rank_correlation_once_in_a_hundred() -> None:
    rho = float(RULES["rank"].expected)  # type: ignore[arg-type]
    t = rho * ((len(paper.TABLE1) - 2) / (1 - rho**2)) ** 0.5
    assert stats.t.sf(t, len(paper.TABLE1) - 2) == pytest.approx(0.01, abs=0.002)
