"""The verdict: what counts as reproduced, what never does, and which outputs are refused."""

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from paper_repro import __version__, cli, paper
from paper_repro.base import step
from paper_repro.base.code import hash_of_module
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_json
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.steps import steps_of
from paper_repro.steps.make import lost_claims
from paper_repro.verify import recorded, verdict
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.measured import Measured
from tests.verify.runs_made import NUMBER, with_encoders

Tables = Callable[..., Run]


def read(run: Run) -> pd.DataFrame:
    return pd.read_csv(run.results / "verdict.csv", keep_default_na=False).set_index("id")


def judge(run: Run) -> dict[str, Any]:
    """Judge by what is there, as `verify` does; the verdict's record."""
    steps = steps_of(run, judge_only=True)
    steps.make(steps.by_name["verdict"])
    return read_json(run.results / "verdict.json") or {}


def field(table: pd.DataFrame, claim: str, column: str) -> str:
    return str(table.loc[claim, column])


@pytest.mark.parametrize(("ours", "expected", "reason"), [
    (Measured(10.0, "10"), "reproduced", "a reason"),
    (Measured(12.0, "12"), "differs", "tolerance: a reason"),
    (Measured(None, "", "no file"), "not run", "no file; needs uvi"),
    (Measured(10.0, "10", simulated=True), "ran, not comparable", "simulated input"),
    (Measured(10.0, "10", "stand-in weights", comparable=False), "ran, not comparable", "stand-in weights"),
    (Measured(10.0, "10", comparable=False), "ran, not comparable", "not comparable"),
    (Measured(99.0, "99", simulated=True), "ran, not comparable", "simulated input"),
])
def test_judge_a_result(ours: Measured, expected: str, reason: str) -> None:
    judged = verdict.judge(NUMBER, ours)
    assert (judged.verdict, judged.reason) == (expected, reason)


@pytest.mark.attack("identity")
def test_photographs_that_no_hash_proves_are_said_to_be_unproven_beside_each_claim() -> None:
    on_photographs = dataclasses.replace(NUMBER, needs=("cloud-imvn",))
    for value, reason in ((10.0, "a reason"), (12.0, "tolerance: a reason")):
        assert verdict.judge(on_photographs, Measured(value, "")).reason == (
            f"{reason}; photographs not verified: identity by name, number and size only")
    for other in (Measured(10.0, "10", simulated=True), Measured(None, "", "no file")):
        assert "not verified" not in verdict.judge(on_photographs, other).reason
    setting = dataclasses.replace(on_photographs, kind="setting")
    assert verdict.judge(setting, Measured(10.0, "10")).reason == "a reason"
    judged = [verdict.judge(on_photographs, Measured(10.0, "10"))]
    assert verdict.printed(judged).endswith("Photographs not verified: identity by name, number and size only.")


@pytest.mark.attack("other-archive-files")
def test_what_no_sum_proves_is_said_beside_each_claim_that_rests_on_it() -> None:
    said = ["UVI files not verified: no sums", "encoder not verified: no hash"]
    for ours, reason in ((Measured(10.0, "10"), "a reason"), (Measured(12.0, "12"), "tolerance: a reason"),
                         (Measured(10.0, "10", "stand-in weights", comparable=False), "stand-in weights")):
        judged = verdict.judge(NUMBER, ours, said)
        assert judged.reason == "; ".join((reason, *said))
        assert verdict.printed([judged]).endswith(". UVI files not verified: no sums. Encoder not verified: no hash.")
        assert verdict.not_verified([judged.reason, judged.reason, "a reason"]) == dict.fromkeys(said, 2)
    assert verdict.judge(dataclasses.replace(NUMBER, kind="setting"), Measured(10.0, "10"), said).reason == "a reason"


@pytest.mark.parametrize(("ours", "expected", "reason"), [
    (Measured(10.0, "10"), "as specified", "a reason"),
    (Measured(10.0, "10", "simulated input", True, False), "as specified", "a reason"),
    (Measured(12.0, "12", "the profile has 12"), "differs", "the profile has 12; tolerance: a reason"),
    (Measured(12.0, "12", simulated=True), "differs", "tolerance: a reason"),
    (Measured(None, "", "no file"), "not run", "no file; needs uvi"),
])
def test_a_setting_is_judged_whatever_the_input_is(ours: Measured, expected: str, reason: str) -> None:
    judged = verdict.judge(dataclasses.replace(NUMBER, kind="setting"), ours)
    assert (judged.verdict, judged.reason) == (expected, reason)


@pytest.mark.parametrize(("ours", "expected", "reason"), [
    (Measured(10.0, "10", "SWIMCAT; training seed 0"), "replicated", "SWIMCAT; training seed 0"),
    (Measured(12.0, "12", "SWIMCAT; training seed 0"), "not replicated", "SWIMCAT; training seed 0"),
    (Measured(None, "", "the photographs are simulated"), "not run", "the photographs are simulated; needs uvi"),
])
def test_a_replication_says_what_it_was_judged_on(ours: Measured, expected: str, reason: str) -> None:
    judged = verdict.judge(dataclasses.replace(NUMBER, kind="replication"), ours)
    assert (judged.verdict, judged.reason) == (expected, reason)


@pytest.mark.parametrize(("verdicts", "simulated", "sentence"), [
    ({("result", "reproduced"): 1, ("setting", "as specified"): 1, ("replication", "replicated"): 3,
      ("replication", "not replicated"): 2, ("replication", "not run"): 4}, False,
     "1 of 1 results reproduced; method as specified 1 of 1; 3 of 9 replicated on other photographs "
     "(2 not replicated; 4 not run)."),
    ({("result", "reproduced"): 2, ("setting", "as specified"): 3}, False,
     "2 of 2 results reproduced; method as specified 3 of 3."),
    ({("result", "ran, not comparable"): 5, ("result", "not run"): 1, ("setting", "as specified"): 1,
      ("setting", "differs"): 2}, True,
     "0 of 6 results reproduced (simulated input: 5 ran, not comparable; 1 not run); "
     "method as specified 1 of 3 (2 differ)."),
    ({("result", "reproduced"): 1, ("result", "differs"): 2, ("result", "ran, not comparable"): 4,
      ("setting", "not run"): 1}, False,
     "1 of 7 results reproduced (2 differ; 4 ran, not comparable); method as specified 0 of 1 (1 not run)."),
])
def test_settings_are_counted_apart_from_results(verdicts: dict[tuple[str, str], int], simulated: bool,
                                                 sentence: str) -> None:
    assert verdict.summary(Counter(verdicts).elements(), simulated) == sentence


def test_of_simulated_input_nothing_is_reproduced_but_the_method(
    tables: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tables()
    assert cli.main(["verify", "--profile", "sample", "--out", str(run.out)]) == 0
    table = read(run)
    assert list(table.index) == [claim.id for claim in CLAIMS]
    results, settings, replications = (table[table["kind"] == kind] for kind in ("result", "setting", "replication"))
    assert set(replications["reason"].str.partition(";")[0]) == {"the photographs are simulated"}
    assert set(results["verdict"]) == {"ran, not comparable", "not run"}
    assert set(results[results["verdict"] == "ran, not comparable"]["reason"]) == {"simulated input"}
    assert all(results[results["verdict"] == "ran, not comparable"]["ours"])
    # the profile's own, and what no step of this run has made
    assert dict(settings["verdict"][settings["verdict"] != "as specified"]) == {
        "settings.side": "differs", "table2.max_epochs": "differs", "table1.order.hac-stable": "not run",
        **{f"classes.{name}.count": "not run" for name in paper.PATCH_COUNTS}}
    total = table.loc["table3.a.total"]
    assert (total["ours"], total["paper"], total["reason"]) == ("84.5", "84.5", "simulated input")
    ran, not_run = (int((results["verdict"] == name).sum()) for name in ("ran, not comparable", "not run"))
    printed, _, end = capsys.readouterr().out.partition("\n\n")
    assert end.splitlines()[0] == (
        f"0 of {len(results)} results reproduced (simulated input: {ran} ran, not comparable; {not_run} not run); "
        f"method as specified {len(settings) - 6} of {len(settings)} (2 differ; 4 not run); "
        f"0 of {len(replications)} replicated on other photographs ({len(replications)} not run).")
    assert max(len(line) for line in printed.splitlines()) <= 120
    assert (read_json(run.results / "verdict.json") or {})["simulated"] is True


def test_what_a_clock_said_is_shown_but_changes_no_byte_of_the_verdict(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tables()
    written = set()
    for said in ("7 times as fast", "8 times as fast"):
        timed = dataclasses.replace(NUMBER, measure=lambda *_, said=said: Measured(10.0, "10", clock=said))
        monkeypatch.setattr(verdict, "CLAIMS", (timed,))
        assert judge(run)["clock"] == {"x": said}
        assert f"10; {said[:7]}" in capsys.readouterr().out  # the column continues below
        written.add((run.results / "verdict.csv").read_bytes())
    assert len(written) == 1


def test_with_the_papers_photographs_values_are_judged(tables: Tables) -> None:
    run = tables(real=True)
    assert judge(run)["simulated"] is False
    table = read(run)
    cells = table[table.index.str.startswith("table3.")]
    assert (cells["verdict"][cells["kind"] == "result"] == "reproduced").all()
    assert (cells["verdict"][cells["kind"] == "setting"] == "as specified").sum() == 2  # its arithmetic
    means = table[table.index.str.startswith("table1.") & table.index.str.endswith(".mean")]
    assert set(means["verdict"]) == {"reproduced", "differs", "not run"}
    for name, row in means[means["verdict"] != "not run"].iterrows():
        ours, theirs = (float(text.split("(")[0]) for text in (row["ours"], row["paper"]))
        assert (abs(ours - theirs) <= float(row["tolerance"]) + 0.5) or row["verdict"] == "differs", name
    assert field(table, "table2.max_epochs", "verdict") == "as specified"
    assert field(table, "table1.order.rank", "reason").startswith("not every row was run")
    assert field(table, "sets.uvi-500km.count", "reason") == "this run has no such patches; needs uvi"


def spoil(path: Path, **changes: object) -> None:
    write_json(path, {**(read_json(path) or {}), **changes})


@pytest.mark.parametrize(("do", "sentence"), [
    (lambda run: spoil(run.tables / "table3.json", profile="paper"),
     r"table3\.json: refused, table 3: profile changed from 'paper' to 'sample'"),
    (lambda run: (run.results / "table1_runs.csv").write_text("x"),
     r"table1_runs\.json: refused, grid s0: table1_runs\.csv is no longer what was written"),
    (lambda run: (run.results / "photos-gray" / "classes.csv").unlink(),
     r"refused, benchmark photos-gray: classes\.csv is missing"),
    (lambda run: (run.tables / "table1.csv").write_text("x\n1\n"),
     r"table1\.json: refused, table 1: table1\.csv is no longer what was written"),
    (lambda run: run.features(COLOUR, "simclr").write_bytes(b""),
     r"refused, encode photos-colour simclr-s0: simclr-s0\.npy is no longer what was written"),
])
def test_refused(
    tables: Tables, capsys: pytest.CaptureFixture[str], do: Callable[[Run], object], sentence: str
) -> None:
    run = tables()
    do(run)
    with pytest.raises(UserError, match=sentence):
        judge(run)
    assert not (run.results / "verdict.csv").exists()
    assert cli.main(["verify", "--profile", "sample", "--out", str(run.out)]) == 2
    assert "then `python -m paper_repro verify" in capsys.readouterr().err


def test_a_training_kept_though_code_changed_is_said_beside_the_verdict(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tables()
    assert judge(run)["kept"] == []
    monkeypatch.setattr(step, "hash_of_module",
                        lambda module: "0" * 16 if module == "encoders.simclr" else hash_of_module(module))
    capsys.readouterr()
    kept = judge(run)["kept"]
    assert kept[0] == (f"train photos-colour simclr-s0: made by version {__version__}; since then the code of "
                       "encoders.simclr changed")
    assert f"\nkept: {kept[0]}\n" in capsys.readouterr().out


def test_without_any_output_there_is_nothing_to_judge(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["verify", "--profile", "sample", "--out", str(tmp_path)]) == 2
    told = capsys.readouterr()
    assert (told.out, len(told.err.splitlines())) == ("", 1)
    assert "nothing was run here yet, so there is nothing to judge" in told.err
    assert f"run `python -m paper_repro run all --out {tmp_path}` first" in told.err
    assert not list(tmp_path.rglob("verdict.*"))


def test_a_claim_lost_gives_status_1(
    tables: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tables()
    monkeypatch.setattr(recorded, "FOLDER", tmp_path)
    before, verify = tmp_path / "verdict-sample.csv", ["verify", "--profile", "sample", "--out", str(run.out)]
    before.write_text("id,verdict\nmethod.gray-mean,as specified\ntable3.a.total,not run\n"
                      'table3.b.total,"ran, not comparable"\nsettings.repeats,differs\n')
    assert cli.main(verify) == 0
    before.write_text("id,verdict\ntable3.a.total,reproduced\nno.such,reproduced\nsettings.side,as specified\n")
    assert cli.main(verify) == 1
    assert capsys.readouterr().err.splitlines() == [
        "paper_repro: table3.a.total: was reproduced and no longer is: ran, not comparable, ours 84.5 "
        "(simulated input)",
        "paper_repro: no.such: was reproduced and is no longer a claim",
        "paper_repro: settings.side: was as specified and no longer is: differs, ours 64 "
        "(the profile sample has 64; tolerance: a setting)"]
    assert recorded.lost(run.results / "verdict.csv", tmp_path / "none.csv") == []
    # a run that asks for other things than its profile loses nothing
    mine = tmp_path / "mine.toml"
    mine.write_text('extends = "sample"\n')
    assert lost_claims(run, steps_of(run), ["verdict"]) == 1
    for other in (with_encoders(run, models=("simple",)), with_encoders(run, switches={"blur_kernel": 45}),
                  dataclasses.replace(run, checkpoints="authors"), dataclasses.replace(run, scales=(500.0,)),
                  dataclasses.replace(run, encoder_file=mine), open_run(str(mine), run.out)):
        assert lost_claims(other, steps_of(run), ["verdict"]) == 0
