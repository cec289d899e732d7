"""REPRODUCING.md: its generated parts are up to date, and every claim's command has a cost."""

import re
from pathlib import Path

import pytest

from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.verdict import summary
from tests.docs import generated
from tests.golden import verdicts
from tests.golden.reproducing import DOCUMENT, difference

ROOT = Path(__file__).parents[2]


def test_the_generated_parts_are_up_to_date() -> None:
    assert difference(DOCUMENT) == []


def test_each_claim_stands_there_once_with_its_value_and_command() -> None:
    lines = DOCUMENT.read_text(encoding="utf-8").split("## Every claim")[1].splitlines()
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if line.startswith("| ")]
    cells = [row for row in cells if row[0] not in {"Claim", "---"}]
    assert len(cells) == len(CLAIMS)
    found = {(row[0], row[1], row[4].strip("`")) for row in cells}
    assert found == {(claim.statement, f"{claim.value} {claim.unit}".strip(), claim.command) for claim in CLAIMS}


def test_the_command_of_each_claim_has_its_costs() -> None:
    paid = " ".join(row["command"] for row in generated.costs())
    words = {tuple(row["command"].split()) for row in generated.costs()}
    for command in {claim.command for claim in CLAIMS if not claim.command.startswith("none")}:
        program, target, *rest = command.split()
        assert command in paid or any(set(rest) <= set(one) and program in one and target in one for one in words)


def test_each_target_of_make_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for row in generated.costs():
        assert set(row) == set(generated.FIELDS), row["part"]
        program, *words = row["command"].split()
        for target in (word for word in words if program == "make" and "=" not in word):
            known = re.search(rf"^{target}:", makefile, re.MULTILINE) or target.startswith("fig")
            assert known, target


def test_the_readme_says_how_the_sample_came_out() -> None:
    recorded = verdicts.read(verdicts.RECORDED)
    sentence = summary(((claim.kind, recorded[claim.id]) for claim in CLAIMS), simulated=True)
    assert f'"{sentence}"' in " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())


def test_a_missing_marker_is_named() -> None:
    with pytest.raises(ValueError, match="generated: claims"):
        generated.updated("<!-- generated: costs -->\nstale text\n<!-- end: costs -->\n")


def test_what_stands_around_the_generated_parts_stays() -> None:
    marked = "".join(f"before {name}\n<!-- generated: {name} -->\nstale text\n<!-- end: {name} -->\nafter\n"
                     for name in generated.PARTS)
    made = generated.updated(marked)
    assert "stale text" not in made
    assert made.count("after") >= 2
    assert generated.updated(made) == made
