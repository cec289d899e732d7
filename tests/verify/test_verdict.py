"""The verdict: what counts as reproduced, what never does, and which outputs are refused."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_json
from paper_repro.base.run import Run
from paper_repro.verify import verdict
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.measured import Measured
from tests.verify.runs_made import NUMBER

Tables = Callable[..., Run]


def read(run: Run) -> pd.DataFrame:
    return pd.read_csv(run.results / "verdict.csv", keep_default_na=False).set_index("id")


def field(table: pd.DataFrame, claim: str, column: str) -> str:
    return str(table.loc[claim, column])


@pytest.mark.parametrize(("ours", "expected", "reason"), [
    (Measured(10.0, "10"), "reproduced", "a reason"),
    (Measured(12.0, "12"), "differs", "tolerance: a reason"),
    (Measured(None, "", "no file"), "not run", "no file; needs uvi"),
    (Measured(10.0, "10", simulated=True), "not run", "simulated input"),
    (Measured(10.0, "10", "stand-in weights", comparable=False), "not run", "stand-in weights"),
    (Measured(99.0, "99", simulated=True), "not run", "simulated input"),
])
def test_judge(ours: Measured, expected: str, reason: str) -> None:
    judged = verdict.judge(NUMBER, ours)
    assert (judged.verdict, judged.reason) == (expected, reason)


def test_of_simulated_input_nothing_is_reproduced_but_the_method(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tables()
    assert cli.main(["verify", "--profile", "sample", "--out", str(run.out)]) == 0
    table = read(run)
    assert list(table.index) == [claim.id for claim in CLAIMS]
    assert set(table["verdict"]) == {"reproduced", "not run"}
    method = table.index.str.startswith(("method.", "views.", "settings.side", "settings.rep", "table2.", "table4.",
                                         "table3.a.arith", "table3.b.arith"))
    assert (table[~method]["verdict"] == "not run").all()
    not_reproduced = table[method & (table["verdict"] != "reproduced")]
    assert list(not_reproduced.index) == ["settings.side", "table2.max_epochs"]  # the profile's own
    total = table.loc["table3.a.total"]
    assert (total["ours"], total["paper"], total["reason"]) == ("84.5", "84.5", "simulated input")
    counts = table["verdict"].value_counts()
    printed = capsys.readouterr().out
    assert f"{len(CLAIMS)} claims: {counts['reproduced']} reproduced, 0 differ" in printed
    assert max(len(line) for line in printed.split(" reproduced, 0 differ")[0].splitlines()) <= 120
    assert (read_json(run.results / "verdict.json") or {})["simulated"] is True


def test_with_the_papers_photographs_values_are_judged(tables: Tables) -> None:
    run = tables(real=True)
    assert verdict.verify(run) == 0
    table = read(run)
    cells = table[table.index.str.startswith("table3.")]
    assert (cells["verdict"] == "reproduced").all()
    means = table[table.index.str.startswith("table1.") & table.index.str.endswith(".mean")]
    assert set(means["verdict"]) == {"reproduced", "differs", "not run"}
    for name, row in means[means["verdict"] != "not run"].iterrows():
        ours, theirs = (float(text.split("(")[0]) for text in (row["ours"], row["paper"]))
        assert (abs(ours - theirs) <= float(row["tolerance"]) + 0.5) or row["verdict"] == "differs", name
    assert field(table, "table2.max_epochs", "verdict") == "reproduced"
    assert field(table, "table1.order.rank", "reason").startswith("not every row was run")
    assert field(table, "sets.uvi-500km.count", "reason") == "this run has no such patches; needs uvi"


def spoil(path: Path, **changes: object) -> None:
    write_json(path, {**(read_json(path) or {}), **changes})


@pytest.mark.parametrize(("do", "sentence"), [
    (lambda run: spoil(run.tables / "table3.json", profile="paper"), r"table3\.csv: refused, .* the profile paper"),
    (lambda run: (run.results / "table1_runs.csv").write_text("x"), r"table1\.csv: .*not made from the runs that is"),
    (lambda run: (run.results / "photos-gray" / "classes.csv").unlink(), r"not made from the photos-gray that is"),
    (lambda run: (run.tables / "table1.csv").write_text("x\n1\n"), r"table1\.csv: refused, it is no longer"),
])
def test_refused(
    tables: Tables, capsys: pytest.CaptureFixture[str], do: Callable[[Run], object], sentence: str
) -> None:
    run = tables()
    do(run)
    with pytest.raises(UserError, match=sentence):
        verdict.verify(run)
    assert not (run.results / "verdict.csv").exists()
    assert cli.main(["verify", "--profile", "sample", "--out", str(run.out)]) == 2
    assert "then `make verify`" in capsys.readouterr().err


def test_without_any_output_the_method_is_still_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--profile", "sample", "--out", str(tmp_path)]) == 1
    told = capsys.readouterr()
    assert "not run" in told.out
    # of what is recorded for the sample, the settings written in Tables 2 and 4 are lost without the tables
    lost = [line.split(": ")[1] for line in told.err.splitlines()]
    assert lost == [claim.id for claim in CLAIMS if claim.id.startswith(("table2.", "table4."))
                    and claim.id != "table2.max_epochs"]


def test_a_claim_lost_gives_status_1(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tables()
    monkeypatch.setattr(verdict, "RECORDED", tmp_path)
    recorded = tmp_path / "verdict-sample.csv"
    recorded.write_text("id,verdict\nmethod.gray-mean,reproduced\ntable3.a.total,not run\n")
    assert verdict.verify(run) == 0
    recorded.write_text("id,verdict\ntable3.a.total,reproduced\nno.such,reproduced\n")
    assert verdict.verify(run) == 1
    error = capsys.readouterr().err
    assert "table3.a.total: was reproduced and no longer is: not run, ours 84.5 (simulated input)" in error
    assert "no.such: was reproduced and is no claim any more" in error
