"""Effects: each training differs from recipe `paper` in one switch, and its accuracies are those of its features."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Origin
from paper_repro.base.recipe import RECIPES, of_training, with_switches
from paper_repro.base.run import COLOUR, Run
from paper_repro.base.step import Steps
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.score import match
from paper_repro.experiments import effects, settings
from paper_repro.experiments.grid import seed_of
from paper_repro.steps import steps_of
from paper_repro.steps.targets import resolve
from paper_repro.tables import effects as effects_table
from tests import records_made
from tests.experiments import conftest

MakeRun = Callable[..., Run]


def train(run: Run) -> list[Run]:
    """The runs of all trainings, each with its record and with features drawn from its place in the list."""
    runs = [settings.of_variant(run, name, seed) for name, seed in settings.effects_trainings(run)]
    for number, one in enumerate(runs, 1):
        records_made.record(one.encoder(COLOUR, "simclr") / "provenance.json", one, "train",
                            seconds_per_epoch=[9.0, 2.0, 3.0])
        conftest.make_features(one, models=("simclr",), d=24, seed=number, notes=(f"note {one.variant}",))
    return runs


def step(run: Run, name: str = "effects") -> Steps:
    """Make a step that writes its record."""
    steps = steps_of(run)
    steps.make(steps.by_name[name])
    return steps


def read(run: Run) -> pd.DataFrame:
    return pd.read_csv(run.results / "effects.csv")


def test_each_variant_differs_in_one_switch_of_the_authors() -> None:
    paper, authors = (dataclasses.asdict(RECIPES[name]) for name in ("paper", "authors"))
    found = {name: dataclasses.asdict(with_switches(*chosen)) for name, chosen in settings.variants().items()}
    assert list(found) == ["paper", "views", "rotation_crop", "normalise_first", "draw_per_image", "blur_kernel",
                           "weight_decay", "keep_momentum", "split", "keep_best", "authors"]
    assert (found.pop("paper"), found.pop("authors")) == (paper, authors)
    for name, recipe in found.items():
        assert recipe == paper | {name: authors[name]} != paper


def test_every_accuracy_is_that_of_its_own_features(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    trained = train(run)
    assert effects.gather(run).extra == {"images": 60}
    found = read(run)
    assert [(one.variant, one.seed_of(COLOUR)) for one in trained] == [
        *((name, 0) for name in settings.variants()), ("paper", 1), ("paper", 2)]
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


def test_each_training_is_a_step_with_the_settings_of_its_variant(tmp_path: Path, tiny: MakeRun) -> None:
    steps = steps_of(tiny(tmp_path)).by_name
    ours, theirs = (of_training(RECIPES[name]) for name in ("paper", "authors"))
    assert steps[f"train effects/paper {COLOUR} simclr-s1"].settings["recipe"] == ours
    blur = steps[f"train effects/blur_kernel {COLOUR} simclr-s0"]
    assert blur.settings["recipe"] == ours | {"blur_kernel": theirs["blur_kernel"]} != ours
    assert blur.record.parts[-5:-1] == ("blur_kernel", "encoders", COLOUR, "simclr-s0")
    assert (blur.settings["side"], blur.settings["epochs"]) == (64, 6)
    trained = [name.removeprefix("encode ") for name in steps["effects"].needs if name.startswith("encode ")]
    assert trained == [*(f"effects/{name} {COLOUR} simclr-s0" for name in settings.variants()),
                       f"effects/paper {COLOUR} simclr-s1", f"effects/paper {COLOUR} simclr-s2"]
    assert [name.removeprefix("train ") for name in steps if name.startswith("train effects/")] == trained


def test_other_features_and_settings_make_it_stale(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    trained = train(run)
    steps = step(run)
    effects_step = steps.by_name["effects"]
    assert steps.why_stale(effects_step) == ""
    record = read_json(effects_step.record) or {}
    assert record["notes"] == [f"note {name}" for name in settings.variants()]
    assert record["simulated"] is True
    conftest.make_features(trained[3], models=("simclr",), d=24, seed=99)
    assert steps.why_stale(effects_step) == f"encode effects/{trained[3].variant} {COLOUR} simclr-s0 changed"
    for change, reason in (({"repeats": 3}, "repeats changed from 2 to 3"), ({"seed": 8}, "seed changed from 7 to 8")):
        changed = dataclasses.replace(run.profile.grid, **change)
        other = steps_of(dataclasses.replace(run, profile=dataclasses.replace(run.profile, grid=changed)))
        assert other.why_stale(other.by_name["effects"]) == reason


def test_the_table_has_differences_to_the_first_row_and_projected_hours(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    trained = train(run)
    step(run)
    found = read(run)
    step(run, "table effects")
    table = pd.read_csv(run.tables / "effects.csv")
    hac_runs = found[found["cell"] == "none, hac"].reset_index(drop=True)
    np.testing.assert_allclose(table["hac"], 100 * hac_runs["accuracy"])
    np.testing.assert_allclose(table["hac_difference"], 100 * (hac_runs["accuracy"] - hac_runs["accuracy"][0]))
    np.testing.assert_allclose(table["full_hours"], 3.0 * 64 * 3.5**2 * (2100 / 60) / 3600)
    text = (run.tables / "effects.md").read_text()
    assert "Trained at 64 px for 6 epochs on 60 images; 2 repeats." in text
    assert text.count("not run, 22.9 h projected") == len(trained)
    assert "Made from simulated images." in text


def test_what_cannot_be_measured_is_said(tmp_path: Path, tiny: MakeRun) -> None:
    run = tiny(tmp_path)
    with pytest.raises(UserError, match=r"expected the measured effects, found none .* run effects"):
        effects_table.write(run, Origin())
    without = dataclasses.replace(run, profile=dataclasses.replace(run.profile, effects=None))
    with pytest.raises(UserError, match="has no settings for effects"):
        effects.gather(without)
    for other in (without, dataclasses.replace(run, checkpoints="authors")):
        assert not [name for name in steps_of(other).by_name if "effects" in name]
        with pytest.raises(UserError, match="effects: this run has nothing for it; it has: "):
            resolve(steps_of(other), ["effects"])
