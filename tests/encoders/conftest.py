"""Tiny sets of made-up photographs, base weights that are neither ImageNet's nor plain random, and runs with both."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from paper_repro.archives.weights import BaseWeights, random_state, sha256_state
from paper_repro.patches import dataset
from paper_repro.profiles.provenance import Provenance
from paper_repro.profiles.run import COLOUR, GRAY, Run, open_run

NOTE = "Made with weights for tests."
SIDE = 32


def make_base(seed: int = 5) -> BaseWeights:
    """Random weights with batch-norm layers as training leaves them: no parameter is 0."""
    rng = np.random.default_rng(seed)
    state = random_state(seed)
    for key, value in state.items():
        if value.ndim == 1:
            low, high = (-0.2, 0.2) if key.endswith(("bias", "mean")) else (0.5, 1.5)
            state[key] = torch.from_numpy(rng.uniform(low, high, len(value)).astype(np.float32))
    return BaseWeights(state, "stand-in", sha256_state(state), None, NOTE)


def make_set(run: Run, name: str = COLOUR, count: int = 12, seed: int = 1) -> None:
    """A patch set of noise images of 40 px."""
    shape = (count, 40, 40, 3) if name == COLOUR else (count, 40, 40)
    images = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    table = pd.DataFrame({"id": range(count), "source": "x.png", "label": "a"})
    made = Provenance("photographs", "patches", run.profile.name, True, notes=("Simulated.",))
    dataset.save(run.patches(name), images, table, made, {"classes": ["a"]})


def make_run(out: Path, *, epochs: int = 3, count: int = 12, **chosen: Any) -> Run:
    """A run of the sample's profile at 32 px, with its colour and gray set; `chosen` changes its encoders."""
    run = open_run("sample", out)
    encoders = dataclasses.replace(run.profile.encoders, **({"side": SIDE, "epochs": epochs} | chosen))
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))
    make_set(run, COLOUR, count)
    make_set(run, GRAY, count)
    return run


def build_small(model: str, base: BaseWeights, seed: int, side: int) -> nn.Module:
    """A network of one layer, in place of `train.build` where only the order of events matters."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 8))


@pytest.fixture(scope="session")
def base() -> BaseWeights:
    """Base weights without any parameter that is 0."""
    return make_base()


@pytest.fixture
def tiny(tmp_path: Path) -> Callable[..., Run]:
    """Make a tiny run in a folder of its own."""

    def make(folder: str = "run", **chosen: Any) -> Run:
        return make_run(tmp_path / folder, **chosen)

    return make
