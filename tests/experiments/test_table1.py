import itertools
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import adjusted_rand_score

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.journal import Journal
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import reduce
from paper_repro.encoders import encode
from paper_repro.experiments import grid, table1
from paper_repro.experiments.table1 import run_grid
from paper_repro.patches.dataset import open_set
from tests.experiments import conftest

ROOT = Path(__file__).parents[2]
MakeRun = Callable[..., Run]


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
        for c, r in itertools.product(grid.CLUSTERINGS, unit.repeats)
    ]


def test_the_grid_equals_a_literal_serial_loop(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "REDUCTIONS", (("tsne", 3), ("pca", 8), ("pca", 4), ("none", 0)))
    run = tiny(tmp_path)
    run_grid(run, jobs=1)
    rows = []
    true = open_set(run.patches(COLOUR)).labels
    assert true is not None
    for model in ("simple", "simclr"):
        x = encode.open_features(run.features(COLOUR, model)).values
        for (method, dims), clustering, repeat in itertools.product(grid.REDUCTIONS, ("kmeans", "hac"), range(2)):
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
    run_grid(one, jobs=1)
    run_grid(two, jobs=2)
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
    run_grid(killed, jobs=1)
    run_grid(whole, jobs=1)
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
        run_grid(run, jobs=1)
        whole, journal, units = content(run), kept[0], list(calls)
        lines = journal.splitlines(keepends=True)
        assert len(lines) == 1 + len(units)

        @given(st.integers(0, len(journal)), st.binary(max_size=8))
        @settings(max_examples=30)
        def check(cut: int, rubbish: bytes) -> None:
            for file in run.results.iterdir():
                file.unlink()
            path.write_bytes(journal[:cut] + rubbish)
            calls.clear()
            run_grid(run, jobs=1)
            assert content(run) == whole
            complete = sum(len(b"".join(lines[: k + 1])) <= cut for k in range(1, len(lines)))
            assert len(calls) in {len(units) - complete, len(units) - complete - 1}  # rubbish may be the missing end
            assert kept[-1] == journal

        check()


def test_an_unchanged_grid_is_not_run_again_and_make_sees_it_as_new(tmp_path: Path, tiny: MakeRun,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    first = run_grid(run, jobs=1)
    times = {path: path.stat().st_mtime_ns for path in run.results.iterdir()}
    assert len(times) == 4
    monkeypatch.setattr(grid, "work", None)
    assert run_grid(run, jobs=1) == first
    assert all(path.stat().st_mtime_ns > before for path, before in times.items())


@pytest.mark.parametrize("change", ["features", "seed", "missing file", "record"])
def test_what_changed_is_run_again(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch,
                                   change: str) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    run_grid(run, jobs=1)
    calls: list[grid.Task] = []

    def work(task: grid.Task) -> list[dict[str, Any]]:
        calls.append(task)
        return fake_work(task)

    monkeypatch.setattr(grid, "work", work)
    if change == "features":
        conftest.make_features(run, seed=1)
    elif change == "seed":
        object.__setattr__(run.profile.grid, "seed", 8)
    elif change == "missing file":
        (run.results / "table1_not_run.csv").unlink()
    else:
        (run.results / "table1_runs.json").write_text("{")
    run_grid(run, jobs=1)
    assert len(calls) > 0
    assert (run.results / "table1_not_run.csv").is_file()


def test_a_crash_while_writing_never_leaves_new_runs_under_the_old_record(
    tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    run_grid(run, jobs=1)
    conftest.make_features(run, seed=1)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(table1, "write_csv", crash)
        with pytest.raises(KeyboardInterrupt):
            run_grid(run, jobs=1)
    assert not (run.results / "table1_runs.json").exists()
    monkeypatch.setattr(grid, "work", None)  # every cell is in the journal
    run_grid(run, jobs=1)
    assert (run.results / "table1_runs.json").exists()


def test_cells_that_cannot_exist_are_listed_with_reasons(tmp_path: Path, tiny: MakeRun,
                                                         monkeypatch: pytest.MonkeyPatch) -> None:
    run = tiny(tmp_path)
    monkeypatch.setattr(grid, "work", fake_work)
    run_grid(run, jobs=1)
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
    run_grid(run, jobs=1)
    record = read_json(run.results / "table1_runs.json")
    assert record is not None
    assert record["notes"] == ["drawn by hand", "random weights"]
    assert record["simulated"] is True
    assert set(record["inputs"]) == {"patches", "features simple", "features simclr", "code of clustering"}
    assert record["settings"]["tsne"]["perplexity"] == 30


def test_without_a_colour_set_the_gray_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "work", fake_work)
    run = conftest.make_run(tmp_path)
    conftest.make_set(run, GRAY)
    conftest.make_features(run, GRAY)
    run_grid(run, jobs=1)
    record = read_json(run.results / "table1_runs.json")
    assert record is not None
    assert record["settings"]["set"] == GRAY
    assert set(read(run)["encoder"]) == set(run.models_for(GRAY))


def test_unfit_inputs_are_named(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    conftest.make_features(run, n=59)
    with pytest.raises(UserError, match=r"simple-s0\.npy: expected 60 rows of finite features.*found 59 rows;"):
        run_grid(run)
    values = np.ones((60, 16), np.float32)
    values[3, 4] = np.nan
    monkey = encode.Features(values, {})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encode, "open_features", lambda path: monkey)
        with pytest.raises(UserError, match="60 rows, not all finite"):
            run_grid(run)
    run.features(COLOUR, "simclr").unlink()
    conftest.make_features(run, models=("simple",))
    with pytest.raises(UserError, match="simclr"):
        run_grid(run)
    assert not run.results.exists() or not list(run.results.iterdir())
