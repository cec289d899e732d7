"""Tiny labelled sets with made-up features, as the rooms below leave them."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.journal import Keyed
from paper_repro.base.profile import Grid, Model
from paper_repro.base.run import COLOUR, Run, open_run
from tests import records_made
from tests.experiments import venus_made

MODELS: tuple[Model, ...] = ("simple", "simclr")
N, D = 60, 16


def make_set(run: Run, name: str = COLOUR, *, n: int = N, notes: tuple[str, ...] = ()) -> None:
    """n images of one pixel, all different up to 256, in six classes, class after class in turn."""
    labels = [paper.CLASS_NAMES[i % 6] for i in range(n)]
    table = pd.DataFrame({"id": range(n), "source": "x.png", "label": labels})
    grays = np.arange(n).astype(np.uint8)[:, None, None]
    images = np.repeat(grays[..., None], 3, axis=3) if name == COLOUR else grays
    records_made.patch_set(run, name, images, table, paper.CLASS_NAMES, notes)


def make_features(run: Run, name: str = COLOUR, models: Sequence[Model] = MODELS, *, n: int = N, d: int = D,
                  spread: float = 0.6, seed: int = 0, notes: tuple[str, ...] = ()) -> None:
    """Features of each encoder: six overlapping groups, so that no accuracy is 0 or 1."""
    for index, model in enumerate(models):
        rng = np.random.default_rng([seed, index])
        values = (rng.normal(size=(n, d)) + spread * rng.normal(size=(6, d))[np.arange(n) % 6]).astype(np.float32)
        records_made.features(run, run.features(name, model), values, notes)


def make_run(out: Path, models: tuple[Model, ...] = MODELS, repeats: int = 2) -> Run:
    """A run of the sample's profile with few repeats."""
    run = open_run("sample", out, encoders=models)
    grid = Grid(repeats=repeats, seed=7, kmeans_n_init=1)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, grid=grid))


def interrupted_after(count: int, module: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Interrupt the `work` of a module once, as its piece number `count` begins; returns the keys of those begun."""
    begun, interrupted = list[str](), list[bool]()
    work = module.work

    def counted(task: Keyed) -> Any:
        if len(begun) == count and not interrupted:
            interrupted.append(True)
            raise KeyboardInterrupt
        begun.append(task.key)
        return work(task)

    monkeypatch.setattr(module, "work", counted)
    return begun


@pytest.fixture
def tiny() -> Callable[..., Run]:
    """Make a run with its colour set and features in a folder."""

    def make(out: Path, models: tuple[Model, ...] = MODELS, repeats: int = 2) -> Run:
        run = make_run(out, models, repeats)
        make_set(run)
        make_features(run, models=models)
        return run

    return make


@pytest.fixture(scope="session")
def done(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A run whose set of Venus is classified; to be left as it is."""
    run = venus_made.make_run(tmp_path_factory.mktemp("venus"))
    venus_made.classify(run)
    return run
