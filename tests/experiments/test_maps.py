"""Maps by other encoders and trainings: their classes have the numbers of those that they are seen beside."""

import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from paper_repro import paper
from paper_repro.base.run import COLOUR, Run
from paper_repro.experiments import maps
from paper_repro.experiments.settings import others
from paper_repro.steps import Means, steps_of
from tests.experiments import venus_made
from tests.experiments.venus_made import NAME


@pytest.mark.parametrize("k", [2, 3, 5])
def test_classes_get_the_numbers_of_those_that_they_share_most_with(k: int) -> None:
    rng = np.random.default_rng(k)
    like = rng.integers(0, k, 200)
    labels = np.where(rng.random(200) < 0.6, (like + 1) % k, rng.integers(0, k, 200))
    found = maps.numbered_alike(labels, like)
    assert adjusted_rand_score(labels, found) == 1
    most = max(int((np.array(way)[labels] == like).sum()) for way in itertools.permutations(range(k)))
    assert (found == like).sum() == most


def test_each_training_but_the_one_that_is_shown_has_a_map(tmp_path: Path) -> None:
    run = venus_made.make_run(tmp_path, seeds=(0, 1, 2))
    venus_made.classify(run)
    steps = steps_of(run, Means(jobs=1))
    steps.make(steps.by_name[f"maps {NAME}"])
    assert others(run, NAME) == [("simclr", 1), ("simclr", 2)]
    folder = run.results / NAME / "maps"
    assert sorted(path.name for path in folder.glob("*.csv")) == ["simclr-s1.csv", "simclr-s2.csv"]
    shown = pd.read_csv(run.results / NAME / "classes.csv")["class"]
    for seed in (1, 2):
        table = pd.read_csv(folder / f"simclr-s{seed}.csv")
        assert list(table.columns) == ["id", "x", "y", "class"]
        own = AgglomerativeClustering(n_clusters=4, linkage="ward").fit_predict(venus_made.features(seed))
        assert adjusted_rand_score(own, table["class"]) == 1
        if seed == 1:  # which tells the groups apart well
            assert (table["class"] == shown).mean() > 0.8
        assert np.isfinite(table[["x", "y"]].to_numpy()).all()


def test_of_photographs_each_encoder_has_one_with_labels_matched(tmp_path: Path, tiny: Callable[..., Run]) -> None:
    run = tiny(tmp_path)
    assert others(run, COLOUR) == [("simple", 0)]
    (path,) = maps.map_others(run, COLOUR).files
    table = pd.read_csv(path)
    assert path == run.results / COLOUR / "maps" / "simple-s0.csv"
    assert list(table.columns) == ["id", "x", "y", "class", "matched"]
    assert set(table["matched"]) <= set(paper.CLASS_NAMES)
    assert len(table.groupby("class")["matched"].unique().explode()) == 6  # a label for each class, each once

