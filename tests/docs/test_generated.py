"""The generated documents are up to date, and every claim's command has a cost."""

import re
from pathlib import Path

import pytest

from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.verdict import summary
from tests.docs import generated, write
from tests.golden import verdicts


@pytest.mark.parametrize("path", list(generated.documents()), ids=lambda path: path.name)
def test_the_document_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == generated.documents()[path], "run `python -m tests.docs.write`"


def test_each_claim_stands_there_once_with_its_value_and_command() -> None:
    lines = generated.CLAIMS_DOCUMENT.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines if line.startswith("| ")]
    cells = [row for row in cells if row[0] not in {"Claim", "---"}]
    assert len(cells) == len(CLAIMS)
    found = {(row[0], row[1], row[2], row[5].strip("`")) for row in cells if len(row) == 6}
    assert found == {(claim.statement, claim.kind, f"{claim.value} {claim.unit}".strip(), claim.command)
                     for claim in CLAIMS if claim.kind != "replication"}
    found_rules = {(*row[:4], row[4].removeprefix("at least ").removeprefix("at most ")) for row in cells
                   if len(row) == 7}
    assert found_rules == {(claim.statement, claim.section, claim.value, claim.reason,
                            "yes" if claim.expected is True else f"{claim.expected:g}")
                           for claim in CLAIMS if claim.kind == "replication"}


def test_the_command_of_each_claim_has_its_costs() -> None:
    paid = " ".join(row["command"] for row in generated.costs())
    words = {tuple(row["command"].split()) for row in generated.costs()}
    for command in {claim.command for claim in CLAIMS if not claim.command.startswith("none")}:
        program, target, *rest = command.split()
        assert command in paid or any(set(rest) <= set(one) and program in one and target in one for one in words)


def test_each_target_of_make_that_is_named_exists() -> None:
    makefile = (generated.ROOT / "Makefile").read_text(encoding="utf-8")
    for row in generated.costs():
        assert set(row) == set(generated.FIELDS), row["part"]
        program, *words = row["command"].split()
        for target in (word for word in words if program == "make" and "=" not in word):
            known = re.search(rf"^{target}:", makefile, re.MULTILINE) or target.startswith("fig")
            assert known, target


def test_the_readme_says_how_the_sample_came_out() -> None:
    recorded = verdicts.read(verdicts.RECORDED)
    sentence = summary(((claim.kind, recorded[claim.id]) for claim in CLAIMS), simulated=True)
    assert f'"{sentence}"' in " ".join((generated.ROOT / "README.md").read_text(encoding="utf-8").split())


@pytest.mark.parametrize("text", ["", generated.START, f"{generated.END}\n{generated.START}\n",
                                  2 * f"{generated.START}\nx\n{generated.END}\n"])
def test_markers_that_are_not_there_once_are_named(text: str) -> None:
    with pytest.raises(ValueError, match="generated: costs"):
        generated.with_costs(text)


def test_what_stands_around_the_costs_stays() -> None:
    made = generated.with_costs(f"before\n{generated.START}\nstale text\n{generated.END}\nafter\n")
    assert made.startswith(f"before\n{generated.START}\n\n| Part of the paper | Command |")
    assert made.endswith(f"|\n\n{generated.END}\nafter\n")
    assert "stale text" not in made
    assert generated.with_costs(made) == made


def test_what_is_stale_or_missing_is_written_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fresh, stale, missing = (tmp_path / name for name in ("a.md", "b.md", "docs/c.md"))
    fresh.write_text("new\n")
    stale.write_text("old\n")
    monkeypatch.setattr(write, "ROOT", tmp_path)
    monkeypatch.setattr(write, "documents", lambda: dict.fromkeys((fresh, stale, missing), "new\n"))
    assert write.write() == ["b.md", "docs/c.md"]
    assert {path.read_text() for path in (fresh, stale, missing)} == {"new\n"}
    assert write.write() == []
