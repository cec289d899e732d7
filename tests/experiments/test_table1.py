"""Table 1's grid against a literal loop, what it leaves out, and what is said of it."""

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering import chance
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import reduce
from paper_repro.clustering.score import contingency
from paper_repro.encoders import encode
from paper_repro.experiments import grid
from paper_repro.paper import Reduction
from paper_repro.patches.dataset import open_set
from tests.experiments import conftest
from tests.experiments.grid_made import fake_work, go, step

MakeRun = Callable[..., Run]


def read(run: Run, name: str = "table1_runs.csv") -> pd.DataFrame:
    return pd.read_csv(run.results / name)


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
            random = chance.expected(contingency(true, labels, 6))
            rows.append((model, method, dims, clustering, repeat, seed, right / 60, right / 60,
                         adjusted_rand_score(true, labels), random.accuracy, random.balanced_accuracy))
    found = read(run)
    assert list(found.columns) == ["encoder", "reduction", "dims", "clustering", "repeat", "seed", "accuracy",
                                   "balanced_accuracy", "ari", "chance_accuracy", "chance_balanced_accuracy"]
    expected = pd.DataFrame(rows, columns=found.columns)
    # classes of equal size: both accuracies are one number, up to the order of sums
    pd.testing.assert_frame_equal(found, expected, check_exact=False, rtol=1e-12)
    assert 0.2 < found["accuracy"].min() < found["accuracy"].max() < 1.0
    assert read(run, "table1_seconds.csv")[found.columns[:5].tolist()].equals(found[found.columns[:5].tolist()])


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
