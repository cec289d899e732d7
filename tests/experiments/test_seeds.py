"""The grid over several trainings: each with its own features, Table 1's own bytes untouched."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, Run
from paper_repro.base.step import Steps
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.score import match
from paper_repro.encoders import encode
from paper_repro.experiments import grid, seeds
from paper_repro.experiments.settings import grid_seeds, of_seed
from paper_repro.paper import Reduction
from paper_repro.steps import Means, steps_of
from tests import records_made
from tests.experiments import conftest

MakeRun = Callable[..., Run]


def with_seeds(run: Run, *seeds: int) -> Run:
    encoders = dataclasses.replace(run.profile.encoders, seeds=seeds)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def train(run: Run) -> None:
    """Features of each further training, drawn from its seed."""
    for seed in grid_seeds(run)[1:]:
        one = of_seed(run, seed)
        conftest.make_features(one, models=one.models_for(COLOUR), seed=seed, notes=(f"note {seed}",))


def gather(run: Run) -> Steps:
    """Make every grid and the table of all, as the steps that write their records."""
    steps = steps_of(run, Means(jobs=1))
    for name in (*(f"grid s{seed}" for seed in grid_seeds(run)), "seeds"):
        steps.make(steps.by_name[name])
    return steps


def read(run: Run) -> pd.DataFrame:
    return pd.read_csv(run.results / "table1_seeds.csv")


@pytest.fixture(autouse=True)
def _few_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    reductions: list[tuple[Reduction, int]] = [("pca", 4), ("none", 0)]
    monkeypatch.setattr(grid, "REDUCTIONS", reductions)


def test_each_training_has_its_own_grid_and_table_1_keeps_its_bytes(tmp_path: Path, tiny: MakeRun) -> None:
    run = with_seeds(tiny(tmp_path), 0, 5, 9)
    train(run)
    first = steps_of(run, Means(jobs=1))
    first.make(first.by_name["grid s0"])
    table1 = (run.results / "table1_runs.csv").read_bytes()
    gather(run)
    found = read(run)
    assert (run.results / "table1_runs.csv").read_bytes() == table1
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


def test_each_further_training_is_a_step_and_only_of_what_is_trained(tmp_path: Path, tiny: MakeRun) -> None:
    steps = steps_of(with_seeds(tiny(tmp_path), 0, 5, 9)).by_name
    for seed in (5, 9):
        assert steps[f"grid s{seed}"].needs == (f"patches {COLOUR}", f"encode {COLOUR} simclr-s{seed}")
        assert f"train {COLOUR} simclr-s{seed}" in steps[f"encode {COLOUR} simclr-s{seed}"].needs
    assert steps["grid s0"].needs == (f"patches {COLOUR}", f"encode {COLOUR} simple-s0", f"encode {COLOUR} simclr-s0")
    assert "table seeds" in steps


def test_what_is_up_to_date_is_left_alone_and_other_runs_are_taken_up(tmp_path: Path, tiny: MakeRun) -> None:
    run = with_seeds(tiny(tmp_path), 0, 1)
    train(run)
    steps = gather(run)
    before = (run.results / "table1_seeds.csv").read_bytes()
    assert [steps.why_stale(steps.by_name[name]) for name in ("grid s0", "grid s1", "seeds")] == ["", "", ""]
    conftest.make_features(run, seed=77)
    assert [steps.why_stale(steps.by_name[name]) for name in ("grid s0", "grid s1", "seeds")] == [
        f"encode {COLOUR} simple-s0 changed", "", ""]
    steps.make(steps.by_name["grid s0"])
    assert steps.why_stale(steps.by_name["seeds"]) == "grid s0 changed"
    gather(run)
    assert (run.results / "table1_seeds.csv").read_bytes() != before
    more = steps_of(with_seeds(run, 0, 1, 2))
    records_made.record(more.by_name["grid s2"].record, run, "grid")
    assert more.why_stale(more.by_name["seeds"]) == "seeds changed from [0, 1] to [0, 1, 2]"


@pytest.mark.parametrize(("models", "of_profile"), [(("simple",), (0, 1)), (("simple", "simclr"), (0,))])
def test_where_nothing_further_is_trained_it_is_table_1(tmp_path: Path, tiny: MakeRun, models: tuple[Model, ...],
                                                        of_profile: tuple[int, ...]) -> None:
    run = with_seeds(tiny(tmp_path, models), *of_profile)
    steps = gather(run)
    found = read(run)
    assert [name for name in steps.by_name if name.startswith(("grid", "table seeds"))] == ["grid s0"]
    assert set(found["training_seed"]) == {0}
    assert len(found) == len(pd.read_csv(run.results / "table1_runs.csv"))


def test_the_authors_one_encoder_has_no_spread(tmp_path: Path, tiny: MakeRun) -> None:
    run = dataclasses.replace(with_seeds(tiny(tmp_path), 0, 1), checkpoints="authors")
    assert [name for name in steps_of(run).by_name if name.startswith(("grid", "table seeds"))] == ["grid s0"]


def test_without_a_grid_it_says_what_to_run(tmp_path: Path, tiny: MakeRun) -> None:
    run = with_seeds(tiny(tmp_path), 0, 1)
    train(run)
    gather(run)
    (run.results / "seeds" / "s1" / "table1_runs.csv").unlink()
    (run.results / "table1_seeds.csv").unlink()
    with pytest.raises(UserError, match=r"s1/table1_runs\.csv: expected the runs of Table 1, found none; .* seeds"):
        seeds.gather(run)
    assert not (run.results / "table1_seeds.csv").exists()


def test_the_run_of_a_seed_reads_that_seeds_features(tmp_path: Path, tiny: MakeRun) -> None:
    run = with_seeds(tiny(tmp_path), 3, 4)
    assert of_seed(run, 4).features(COLOUR, "simclr") == run.features(COLOUR, "simclr", 4)
    assert of_seed(run, 4).profile.encoders.models == ("simclr",)
