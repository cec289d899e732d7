"""Effects: each training differs from recipe `paper` in one switch, and its accuracies are those of its features."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_json
from paper_repro.base.run import COLOUR, Run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.score import match
from paper_repro.encoders import pipeline, weights
from paper_repro.encoders.recipe import RECIPES, with_switches
from paper_repro.encoders.weights import BaseWeights
from paper_repro.experiments import effects
from paper_repro.experiments.grid import seed_of
from paper_repro.tables import effects as effects_table
from tests.experiments import conftest

BASE = BaseWeights({}, "random", "0" * 64, None, "")
MakeRun = Callable[..., Run]


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs that trained; features are drawn from the seed and the variant's place."""
    runs: list[Run] = []

    def train(run: Run, name: str, model: Any, seed: int, base: BaseWeights, **_: Any) -> None:
        assert (base, model) == (BASE, "simclr")
        runs.append(run)
        write_json(run.encoder(name, model) / "provenance.json", {"seconds_per_epoch": [9.0, 2.0, 3.0]})

    def encode(run: Run, *_: Any, **__: Any) -> None:
        conftest.make_features(run, models=("simclr",), d=24, seed=len(runs))

    monkeypatch.setattr(weights, "find", lambda _: BASE)
    monkeypatch.setattr(pipeline, "train", train)
    monkeypatch.setattr(pipeline, "encode", encode)
    return runs


def test_each_variant_differs_in_one_switch_of_the_authors() -> None:
    paper, authors = (dataclasses.asdict(RECIPES[name]) for name in ("paper", "authors"))
    found = {name: dataclasses.asdict(with_switches(*chosen)) for name, chosen in effects.variants().items()}
    assert list(found) == ["paper", "views", "rotation_crop", "normalise_first", "draw_per_image", "blur_kernel",
                           "weight_decay", "keep_momentum", "split", "keep_best", "authors"]
    assert (found.pop("paper"), found.pop("authors")) == (paper, authors)
    for name, recipe in found.items():
        assert recipe == paper | {name: authors[name]} != paper


def test_every_accuracy_is_that_of_its_own_features(tmp_path: Path, tiny: MakeRun, trained: list[Run]) -> None:
    run = tiny(tmp_path)
    found = pd.read_csv(effects.run_effects(run))
    assert [(one.variant, one.seed_of(COLOUR)) for one in trained] == [
        *((name, 0) for name in effects.variants()), ("paper", 1), ("paper", 2)]
    true = np.arange(conftest.N) % 6
    for one in trained:
        assert one.encoder(COLOUR, "simclr").parts[-4:-2] == (one.variant, "encoders")
        assert (one.profile.encoders.side, one.profile.encoders.epochs) == (64, 6)
        x = np.load(one.features(COLOUR, "simclr"))
        mine = found[(found["change"] == one.variant) & (found["seed"] == one.seed_of(COLOUR))].set_index("cell")
        assert mine.loc["none, hac", "accuracy"] == pytest.approx(match(true, hac(x, 6), 6).accuracy)
        seeds = [seed_of(7, "simclr", "none", 0, repeat) for repeat in (0, 1)]
        for n_init in (1, 10) if len(mine) > 2 else (1,):
            each = [match(true, kmeans(x, 6, seed, n_init), 6).accuracy for seed in seeds]
            assert mine.loc[f"none, kmeans, n_init {n_init}", "accuracy"] == pytest.approx(np.mean(each))
            assert mine.loc[f"none, kmeans, n_init {n_init}", "std"] == pytest.approx(np.std(each))
        assert set(mine["seconds_per_epoch"]) == {3.0}
    assert len(found) == 7 + 2 * (len(trained) - 1)


def test_the_exact_solver_gives_the_components_of_a_singular_value_decomposition() -> None:
    x = np.random.default_rng(0).normal(size=(40, 24))
    u, s, _ = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)
    np.testing.assert_allclose(np.abs(effects.exact(x)), np.abs((u * s)[:, : effects.DIMS]), rtol=1e-9, atol=1e-9)


def test_the_table_has_differences_to_the_first_row_and_projected_hours(tmp_path: Path, tiny: MakeRun,
                                                                       trained: list[Run]) -> None:
    run = tiny(tmp_path)
    found = pd.read_csv(effects.run_effects(run))
    csv, markdown, _ = effects_table.write(run)
    table = pd.read_csv(csv)
    hac_runs = found[found["cell"] == "none, hac"].reset_index(drop=True)
    np.testing.assert_allclose(table["hac"], 100 * hac_runs["accuracy"])
    np.testing.assert_allclose(table["hac_difference"], 100 * (hac_runs["accuracy"] - hac_runs["accuracy"][0]))
    np.testing.assert_allclose(table["full_hours"], 3.0 * 64 * 3.5**2 * (2100 / 60) / 3600)
    text = markdown.read_text()
    assert "Trained at 64 px for 6 epochs on 60 images; 2 repeats." in text
    assert text.count("not run, 22.9 h projected") == len(trained)
    assert "Of a run on simulated images." in text


def test_what_cannot_be_measured_is_said(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    with pytest.raises(UserError, match="run `make effects PROFILE=sample`"):
        effects_table.write(run)
    without = dataclasses.replace(run, profile=dataclasses.replace(run.profile, effects=None))
    with pytest.raises(UserError, match="has no settings for effects"):
        effects.run_effects(without)
    with pytest.raises(UserError, match="leave CHECKPOINTS=authors"):
        effects.run_effects(dataclasses.replace(run, checkpoints="authors"))
