"""When the grid of Table 1 is run again, and that a killed one goes on to the same bytes."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st

from paper_repro.base import code
from paper_repro.base.files import write_csv
from paper_repro.base.journal import Journal
from paper_repro.base.run import Run
from paper_repro.experiments import grid, table1
from paper_repro.steps import steps_of
from tests.experiments import conftest
from tests.experiments.grid_made import fake_work, go, step

ROOT = Path(__file__).parents[2]
MakeRun = Callable[..., Run]


def content(run: Run) -> tuple[bytes, bytes]:
    """The bytes that a seed fixes."""
    return (run.results / "table1_runs.csv").read_bytes(), (run.results / "table1_not_run.csv").read_bytes()


def why(run: Run) -> str:
    """Why the grid is to be made again, as the next run sees it."""
    steps = steps_of(run)
    return steps.why_stale(steps.by_name["grid s0"])


def test_the_number_of_workers_changes_no_byte(tmp_path: Path, tiny: MakeRun) -> None:
    one, two = tiny(tmp_path / "one", ("simple",)), tiny(tmp_path / "two", ("simple",))
    go(one)
    go(two, jobs=2)
    assert content(one) == content(two)


@pytest.mark.parametrize(("jobs", "pieces"), [(1, 2), (2, 1)])
def test_killed_in_the_middle_equals_never_stopped(tmp_path: Path, tiny: MakeRun, jobs: int, pieces: int) -> None:
    whole, killed = tiny(tmp_path / "whole", ("simple",)), tiny(tmp_path / "killed", ("simple",))
    # Pipes stay open as long as any worker lives: the call returns only when none is left behind.
    script = [sys.executable, "-m", "tests.experiments.killed_grid", str(tmp_path / "killed"), str(jobs), str(pieces)]
    found = subprocess.run(script, cwd=ROOT, capture_output=True, timeout=120, check=False)
    assert found.returncode == -9, found.stderr.decode()
    assert not (killed.results / "table1_runs.csv").exists()
    assert (killed.results / "table1_runs.journal").read_bytes().count(b"\n") == 1 + pieces
    step(killed)
    step(whole)
    assert content(killed) == content(whole)
    assert not (killed.results / "table1_runs.journal").exists()


def test_cut_off_anywhere_it_continues_and_does_nothing_twice(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path, repeats=3)
    path = run.results / "table1_runs.journal"
    calls: list[str] = []

    def work(task: grid.Task) -> list[dict[str, Any]]:
        calls.append(task.unit.key)
        return fake_work(task)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grid, "work", work)
        kept: list[bytes] = []
        close = Journal.__exit__

        def keep(self: Journal, *error: Any) -> None:
            close(self, *error)
            kept.append(path.read_bytes())

        patch.setattr(Journal, "__exit__", keep)
        go(run)
        whole, journal, units = content(run), kept[0], list(calls)
        lines = journal.splitlines(keepends=True)
        assert len(lines) == 1 + len(units)

        @given(st.integers(0, len(journal)), st.binary(max_size=8))
        @checked(max_examples=30)
        def check(cut: int, rubbish: bytes) -> None:
            for file in run.results.iterdir():
                file.unlink()
            path.write_bytes(journal[:cut] + rubbish)
            calls.clear()
            go(run)
            assert content(run) == whole
            complete = sum(len(b"".join(lines[: k + 1])) <= cut for k in range(1, len(lines)))
            assert len(calls) in {len(units) - complete, len(units) - complete - 1}  # rubbish may be the missing end
            assert kept[-1] == journal

        check()


def test_an_unchanged_grid_is_up_to_date_and_its_journal_gone(tmp_path: Path, tiny: MakeRun,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    assert why(run) == "not made yet"
    step(run)
    assert why(run) == ""
    assert {path.name for path in run.results.iterdir()} == {"table1_runs.csv", "table1_runs.json",
                                                             "table1_not_run.csv", "table1_seconds.csv"}
    (run.results / "table1_seconds.csv").write_text("other seconds")  # they decide nothing
    assert why(run) == ""


def change_of_seed(run: Run) -> Run:
    return dataclasses.replace(run, profile=dataclasses.replace(
        run.profile, grid=dataclasses.replace(run.profile.grid, seed=8)))


@pytest.mark.parametrize(("change", "reason"), [
    (lambda run: conftest.make_features(run, models=("simclr",), seed=1), "encode photos-colour simclr-s0 changed"),
    (lambda run: conftest.make_set(run, n=54), "patches photos-colour changed"),
    (lambda run: (run.results / "table1_not_run.csv").unlink(), "table1_not_run.csv is missing"),
    (lambda run: (run.results / "table1_runs.csv").write_text("x"), "table1_runs.csv is no longer what was written"),
    (lambda run: (run.results / "table1_runs.json").write_text("{"), "not made yet"),
    (change_of_seed, "seed changed from 7 to 8"),
])
def test_what_changed_is_run_again(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch,
                                   change: Callable[[Run], Any], reason: str) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    step(run)
    changed = change(run)
    assert why(changed if isinstance(changed, Run) else run) == reason


@pytest.mark.parametrize("change", ["features", "seed", "code", "library"])
def test_a_journal_of_other_inputs_settings_or_code_starts_anew(tmp_path: Path, tiny: MakeRun,
                                                           monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    run = tiny(tmp_path)
    calls: list[grid.Task] = []

    def work(task: grid.Task) -> list[dict[str, Any]]:
        calls.append(task)
        return fake_work(task)

    monkeypatch.setattr(grid, "work", work)
    go(run)
    whole = len(calls)
    go(run)
    assert len(calls) == whole  # all is in the journal
    if change == "features":
        conftest.make_features(run, seed=1)
    elif change == "seed":
        run = change_of_seed(run)
    else:
        name, of = ("hash_of_module", "clustering.cluster") if change == "code" else ("version_of", "scikit-learn")
        before = getattr(code, name)
        monkeypatch.setattr(code, name, lambda asked: "another" if asked == of else before(asked))
    go(run)
    assert len(calls) == 2 * whole


def test_after_a_crash_while_writing_new_runs_are_not_taken_for_the_old(
    tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny(tmp_path)
    step(run)
    old = content(run)
    conftest.make_features(run, seed=1)

    def crash(path: Path, table: pd.DataFrame) -> None:
        if path.name == "table1_seconds.csv":
            raise KeyboardInterrupt
        write_csv(path, table)

    with monkeypatch.context() as patch:
        patch.setattr(table1, "write_csv", crash)
        with pytest.raises(KeyboardInterrupt):
            step(run)
    assert content(run)[0] != old[0]
    conftest.make_features(run)  # the features that the old record is of
    assert why(run) == "table1_runs.csv is no longer what was written"
    conftest.make_features(run, seed=1)
    monkeypatch.setattr(grid, "work", None)  # every cell is in the journal
    step(run)
    assert why(run) == ""
    assert not (run.results / "table1_runs.journal").exists()
