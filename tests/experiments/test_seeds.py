"""The grid over several trainings: each with its own features, Table 1's own bytes untouched."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, Run
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.score import match
from paper_repro.encoders import encode, pipeline, weights
from paper_repro.encoders.weights import BaseWeights
from paper_repro.experiments import grid, table1
from paper_repro.experiments import seeds as seeds_module
from paper_repro.experiments.seeds import of_seed, run_seeds
from tests.experiments import conftest

BASE = BaseWeights({}, "random", "0" * 64, None, "")
MakeRun = Callable[..., Run]
Trained = list[tuple[str, str, int]]


def with_seeds(run: Run, *seeds: int) -> Run:
    encoders = dataclasses.replace(run.profile.encoders, seeds=seeds)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> Trained:
    """What was trained; a training's features are drawn from its seed."""
    done: Trained = []

    def train(run: Run, name: str, model: Model, seed: int, base: BaseWeights, **_: Any) -> None:
        assert base is BASE
        done.append((name, model, seed))

    def encoded(run: Run, name: str, model: Model, seed: int, base: BaseWeights, **_: Any) -> None:
        assert done[-1] == (name, model, seed)
        conftest.make_features(of_seed(run, seed), models=(model,), seed=seed, notes=(f"note {seed}",))

    monkeypatch.setattr(weights, "find", lambda _: BASE)
    monkeypatch.setattr(pipeline, "train", train)
    monkeypatch.setattr(pipeline, "encode", encoded)
    monkeypatch.setattr(grid, "REDUCTIONS", (("pca", 4), ("none", 0)))
    return done


def test_each_training_has_its_own_grid_and_table_1_keeps_its_bytes(tmp_path: Path, tiny: MakeRun,
                                                                    trained: Trained) -> None:
    run = with_seeds(tiny(tmp_path), 0, 5, 9)
    first = table1.run_grid(run, jobs=1).read_bytes()
    found = pd.read_csv(run_seeds(run, jobs=1))
    assert trained == [(COLOUR, "simclr", 5), (COLOUR, "simclr", 9)]
    assert (run.results / "table1_runs.csv").read_bytes() == first
    own = found[found["training_seed"] == 0].drop(columns="training_seed").reset_index(drop=True)
    pd.testing.assert_frame_equal(own, pd.read_csv(run.results / "table1_runs.csv"),
                                  check_exact=True)
    assert set(found[found["training_seed"] != 0]["encoder"]) == {"simclr"}
    for seed in (5, 9):
        x = encode.open_features(run.features(COLOUR, "simclr", seed)).values
        labels = hac(x, 6)
        row = found.query("training_seed == @seed and reduction == 'none' and clustering == 'hac'")
        assert set(row["accuracy"]) == {match(np.arange(len(x)) % 6, labels, 6).accuracy}
    assert found.groupby("training_seed").size().to_dict() == {0: 2 * 2 * 2 * 2, 5: 8, 9: 8}
    record = read_json(run.results / "table1_seeds.json")
    assert record is not None
    assert record["settings"]["seeds"] == [0, 5, 9]
    assert (record["notes"], record["simulated"]) == (["note 5", "note 9"], True)


def test_unchanged_it_is_kept_and_new_to_make(tmp_path: Path, tiny: MakeRun, trained: Trained,
                                              monkeypatch: pytest.MonkeyPatch) -> None:
    run = with_seeds(tiny(tmp_path), 0, 1)
    table1.run_grid(run, jobs=1)
    path = run_seeds(run, jobs=1)
    before = path.read_bytes(), path.stat().st_mtime_ns
    monkeypatch.setattr(grid, "work", None)
    # the files of the features are new, their bytes not
    assert run_seeds(run, jobs=1) == path
    assert path.read_bytes() == before[0]
    assert path.stat().st_mtime_ns > before[1]
    monkeypatch.setattr(seeds_module, "write_csv", None)
    run_seeds(run, jobs=1)


def test_other_runs_are_taken_up(tmp_path: Path, tiny: MakeRun, trained: Trained) -> None:
    run = with_seeds(tiny(tmp_path), 0, 1)
    table1.run_grid(run, jobs=1)
    before = run_seeds(run, jobs=1).read_bytes()
    conftest.make_features(run, seed=77)
    table1.run_grid(run, jobs=1)
    assert run_seeds(run, jobs=1).read_bytes() != before


@pytest.mark.parametrize(("models", "seeds"), [(("simple",), (0, 1)), (("simple", "simclr"), (0,))])
def test_where_nothing_further_is_trained_it_is_table_1(tmp_path: Path, tiny: MakeRun, trained: Trained,
                                                        models: tuple[Model, ...], seeds: tuple[int, ...]) -> None:
    run = with_seeds(tiny(tmp_path, models), *seeds)
    table1.run_grid(run, jobs=1)
    found = pd.read_csv(run_seeds(run, jobs=1))
    assert trained == []
    assert set(found["training_seed"]) == {0}
    assert len(found) == len(pd.read_csv(run.results / "table1_runs.csv"))


def test_the_authors_one_encoder_has_no_spread(tmp_path: Path, tiny: MakeRun) -> None:
    run = dataclasses.replace(tiny(tmp_path), checkpoints="authors")
    with pytest.raises(UserError, match="leave CHECKPOINTS=authors"):
        run_seeds(run)


@pytest.mark.parametrize("name", ["table1_runs.csv", "table1_runs.json"])
def test_without_table_1_it_says_what_to_run(tmp_path: Path, tiny: MakeRun, trained: Trained, name: str) -> None:
    run = tiny(tmp_path)
    table1.run_grid(run, jobs=1)
    (run.results / name).unlink()
    with pytest.raises(UserError, match="run `make table1 PROFILE=sample`"):
        run_seeds(run)
    assert not (run.results / "table1_seeds.csv").exists()


def test_the_run_of_a_seed_reads_that_seeds_features(tmp_path: Path, tiny: MakeRun) -> None:
    run = with_seeds(tiny(tmp_path), 3, 4)
    assert of_seed(run, 4).features(COLOUR, "simclr") == run.features(COLOUR, "simclr", 4)
    assert of_seed(run, 4).profile.encoders.models == ("simclr",)
