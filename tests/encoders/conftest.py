"""Tiny sets of made-up photographs, base weights that are neither ImageNet's nor plain random, and runs with both."""

import dataclasses
import functools
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.typing import NDArray
from torch import nn

from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made
from paper_repro.base.recipe import Recipe
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.encoders import train, weights
from paper_repro.encoders.weights import BaseWeights, random_state, sha256_state
from paper_repro.paper import TABLE2
from paper_repro.patches import dataset
from tests.steps_made import finish, make_alone

SIDE = 32
BATCH = {"size": TABLE2.batch_size}  # of the runs that are made
CPU = torch.device("cpu")


def make_base(seed: int = 5) -> BaseWeights:
    """Random weights with batch-norm layers as training leaves them: no parameter is 0."""
    rng = np.random.default_rng(seed)
    state = random_state(seed)
    for key, value in state.items():
        if value.ndim == 1:
            low, high = (-0.2, 0.2) if key.endswith(("bias", "mean")) else (0.5, 1.5)
            state[key] = torch.from_numpy(rng.uniform(low, high, len(value)).astype(np.float32))
    return BaseWeights(state, "stand-in", sha256_state(state), None, "Made with weights for tests.")


def make_set(run: Run, name: str = COLOUR, count: int = 12, seed: int = 1) -> None:
    """A patch set of noise images of 40 px."""
    shape = (count, 40, 40, 3) if name == COLOUR else (count, 40, 40)
    save_set(run, name, np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8))


def save_set(run: Run, name: str, images: NDArray[np.uint8]) -> None:
    """These images as a set of the run, with the record of the step that makes it."""
    table = pd.DataFrame({"id": range(len(images)), "source": "x.png", "label": "a"})
    made = dataset.save(run.patches(name), images, table) | {"classes": ["a"]}
    finish(run, f"patches {name}", Made(made, notes=("Simulated.",)))


def make_run(out: Path, weights: Path, *, epochs: int = 3, count: int = 12, **chosen: Any) -> Run:
    """A run of the sample's profile at 32 px, with base weights, colour and gray set; `chosen` changes its encoders."""
    run = changed(open_run("sample", out, weights=weights), **({"side": SIDE, "epochs": epochs} | chosen))
    training = dataclasses.replace(TABLE2, batch_size=BATCH["size"])
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, training=training))
    make_alone(run, "base weights")
    make_set(run, COLOUR, count)
    make_set(run, GRAY, count)
    return run


def changed(run: Run, **chosen: Any) -> Run:
    """The run with other settings of its encoders."""
    encoders = dataclasses.replace(run.profile.encoders, **chosen)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def build_small(model: str, base: BaseWeights, seed: int, side: int, recipe: Recipe) -> nn.Module:
    """A network of one layer, in place of `train.build` where only the order of events matters."""
    torch.manual_seed(seed)
    return nn.Sequential(nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(48, 8))


def step_of(run: Run, model: Model = "simclr", name: str = COLOUR, seed: int = 0) -> str:
    """Name of the step that trains an encoder."""
    return f"train {name} {run.model_name(model, seed)}"


def go(run: Run, model: Model = "simclr", name: str = COLOUR, seed: int = 0) -> Path:
    """Train on the CPU, as the step does that writes the record; the training's folder."""
    make_alone(run, step_of(run, model, name, seed))
    return run.encoder(name, model, seed)


def content(folder: Path) -> dict[str, Any]:
    """What a training leaves, but for times."""
    record = json.loads((folder / "provenance.json").read_text())
    files = {path.name for path in folder.iterdir()}
    assert files == {"checkpoint.safetensors", "losses.csv", "provenance.json", "resume.safetensors"}
    deciding = {key: record[key] for key in record if key not in {"time_utc", "seconds_per_epoch", "seal"}}
    outputs = ("checkpoint.safetensors", "losses.csv")
    return {"record": deciding} | {name: (folder / name).read_bytes() for name in outputs}


@pytest.fixture(scope="session")
def base() -> BaseWeights:
    """Base weights without any parameter that is 0."""
    return make_base()


@pytest.fixture(scope="session")
def base_file(base: BaseWeights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of these weights."""
    path = tmp_path_factory.mktemp("weights") / "base.pth"
    torch.save(base.state, path)
    return path


@pytest.fixture
def tiny(tmp_path: Path, base_file: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Run]]:
    """Make a tiny run in a folder of its own, which is gone after the test: a training writes hundreds of megabytes."""
    monkeypatch.setattr(os, "fsync", lambda handle: None)  # no test cuts the power, and a slow disk would be waited for
    load, known = weights.load, functools.cache(weights.load)
    monkeypatch.setattr(weights, "load", lambda path, base: known(path) if path == base_file else load(path, base))

    def make(folder: str = "run", weights: Path = base_file, **chosen: Any) -> Run:
        return make_run(tmp_path / folder, weights, **chosen)

    yield make
    shutil.rmtree(tmp_path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network of one layer in place of the real one."""
    monkeypatch.setattr(train, "build", build_small)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of four images in the runs that are made, so that twelve make an epoch of several."""
    monkeypatch.setitem(BATCH, "size", 4)
