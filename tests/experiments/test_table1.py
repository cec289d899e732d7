import dataclasses
import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as checked
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv
from paper_repro.base.journal import Journal
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import reduce
from paper_repro.encoders import encode
from paper_repro.experiments import grid, settings, table1
from paper_repro.experiments.table1 import run_grid
from paper_repro.paper import Reduction
from paper_repro.patches.dataset import open_set
from paper_repro.steps import Means, steps_of
from tests.experiments import conftest

ROOT = Path(__file__).parents[2]
MakeRun = Callable[..., Run]


def go(run: Run, jobs: int = 1) -> None:
    run_grid(run, run.results, jobs)


def step(run: Run) -> None:
    """Make the grid as the step that writes its record."""
    steps = steps_of(run, Means(jobs=1))
    steps.make(steps.by_name["grid s0"])


def why(run: Run) -> str:
    """Why the grid is to be made again, as the next run sees it."""
    steps = steps_of(run)
    return steps.why_stale(steps.by_name["grid s0"])


def read(run: Run, name: str = "table1_runs.csv") -> pd.DataFrame:
    return pd.read_csv(run.results / name)


def content(run: Run) -> tuple[bytes, bytes]:
    """The bytes that a seed fixes."""
    return (run.results / "table1_runs.csv").read_bytes(), (run.results / "table1_not_run.csv").read_bytes()


def fake_work(task: grid.Task) -> list[dict[str, Any]]:
    """Numbers that only the unit decides, at once."""
    unit = task.unit
    return [
        {"encoder": unit.encoder, "reduction": unit.reduction, "dims": unit.dims, "clustering": c, "repeat": r,
         "seed": 1, "accuracy": len(unit.key) / 7, "balanced_accuracy": r / 3, "ari": 0.1, "reduce_seconds": 0.0,
         "cluster_seconds": 0.0}
        for c, r in itertools.product(settings.CLUSTERINGS, unit.repeats)
    ]


def test_the_grid_equals_a_literal_serial_loop(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    reductions: list[tuple[Reduction, int]] = [("tsne", 3), ("pca", 8), ("pca", 4), ("none", 0)]
    monkeypatch.setattr(grid, "REDUCTIONS", reductions)
    run = tiny(tmp_path)
    go(run)
    rows = []
    true = open_set(run.patches(COLOUR)).labels
    assert true is not None
    for model in ("simple", "simclr"):
        x = encode.open_features(run.features(COLOUR, model)).values
        for (method, dims), clustering, repeat in itertools.product(reductions, ("kmeans", "hac"), range(2)):
            seed = grid.seed_of(7, model, method, dims, repeat)
            reduced = reduce(x, method, dims, seed)
            labels = kmeans(reduced, 6, seed, 1) if clustering == "kmeans" else hac(reduced, 6)
            right = max(sum(p[a] == b for a, b in zip(labels, true, strict=True))
                        for p in itertools.permutations(range(6)))
            rows.append((model, method, dims, clustering, repeat, seed, right / 60, right / 60,
                         adjusted_rand_score(true, labels)))
    found = read(run)
    assert list(found.columns) == ["encoder", "reduction", "dims", "clustering", "repeat", "seed", "accuracy",
                                   "balanced_accuracy", "ari"]
    expected = pd.DataFrame(rows, columns=found.columns)
    # classes of equal size: both accuracies are one number, up to the order of sums
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12)
    assert 0.2 < found["accuracy"].min() < found["accuracy"].max() < 1.0
    assert read(run, "table1_seconds.csv")[found.columns[:5].tolist()].equals(found[found.columns[:5].tolist()])


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


@pytest.mark.parametrize("change", ["features", "seed"])
def test_a_journal_of_other_inputs_or_settings_starts_anew(tmp_path: Path, tiny: MakeRun,
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
    else:
        run = change_of_seed(run)
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


def test_cells_that_cannot_exist_are_listed_with_reasons(tmp_path: Path, tiny: MakeRun,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    go(run)
    found = read(run, "table1_not_run.csv")
    assert list(found.columns) == ["encoder", "reduction", "dims", "clustering", "reason"]
    keys = ["encoder", "reduction", "dims", "clustering"]
    done = read(run)[keys].drop_duplicates()
    assert len(found) + len(done) == 30
    assert len(pd.concat([found[keys], done]).drop_duplicates()) == 30
    by_encoder = found.groupby("encoder")["reason"].agg(set).to_dict()
    assert by_encoder["autoencoder"] == {"encoder not asked for in this run"}
    assert by_encoder["simple"] == {"256 components need at least 256 images, there are 60",
                                    "64 components need at least 64 images, there are 60"}


def test_what_a_reader_must_know_is_passed_on(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    conftest.make_set(run, notes=("drawn by hand",))
    conftest.make_features(run, notes=("random weights",))
    step(run)
    record = read_json(run.results / "table1_runs.json")
    assert record is not None
    assert record["notes"] == ["drawn by hand", "random weights"]
    assert record["simulated"] is True
    assert set(record["inputs"]) == {"patches photos-colour", "encode photos-colour simple-s0",
                                     "encode photos-colour simclr-s0"}
    assert record["settings"] == {
        "set": COLOUR, "encoders": ["simple", "simclr"], "repeats": 2, "seed": 7, "kmeans_n_init": 1,
        "reductions": [["tsne", 3], ["pca", 256], ["pca", 64], ["pca", 16], ["none", 0]]}
    assert {"clustering.reduce", "clustering.cluster", "clustering.score"} < set(record["code"])
    assert (record["set"], record["images"], record["classes"]) == (COLOUR, 60, list(paper.CLASS_NAMES))


def test_of_gray_photographs_the_gray_set_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "work", fake_work)
    run = dataclasses.replace(conftest.make_run(tmp_path), gray=True)
    conftest.make_set(run, GRAY)
    conftest.make_features(run, GRAY)
    step(run)
    record = read_json(run.results / "table1_runs.json")
    assert record is not None
    assert record["settings"]["set"] == GRAY
    assert set(read(run)["encoder"]) == set(run.models_for(GRAY))


def test_unfit_inputs_are_named(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    conftest.make_features(run, n=59)
    with pytest.raises(UserError, match=r"simple-s0\.npy: expected 60 rows of finite features.*found 59 rows;"):
        go(run)
    values = np.ones((60, 16), np.float32)
    values[3, 4] = np.nan
    monkey = encode.Features(values, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "open_features", lambda path: monkey)
        with pytest.raises(UserError, match="60 rows, not all finite"):
            go(run)
    run.features(COLOUR, "simclr").unlink()
    conftest.make_features(run, models=("simple",))
    with pytest.raises(UserError, match="simclr"):
        go(run)
    assert not run.results.exists() or not list(run.results.iterdir())
