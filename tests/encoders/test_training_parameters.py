"""Parameters of a training that a profile says otherwise than the paper: each is used, and said with every result."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from paper_repro import paper
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES, departures, training_settings
from paper_repro.base.run import COLOUR, Run
from paper_repro.encoders import train
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.simclr import nt_xent
from tests.encoders.conftest import CPU, build_small, go
from tests.encoders.test_train import Tiny

# Of each parameter another value, and whether the autoencoder's training uses it
OTHERS: dict[str, tuple[str, Any, bool]] = {
    "batch_size": ("training", 6, True), "loss_temperature": ("training", 0.25, False),
    "base_learning_rate": ("training", 0.5, True), "lars_coefficient": ("training", 0.25, False),
    "lars_momentum": ("training", 0.0, False), "crop_scale": ("augmentation", (0.1, 0.2), True),
    "brightness": ("augmentation", 0.0, False), "contrast": ("augmentation", 0.0, False),
    "blur_probability": ("augmentation", 0.0, False), "blur_sigma": ("augmentation", (3.0, 4.0), False),
}


def with_other(run: Run, name: str) -> Run:
    part, value, _ = OTHERS[name]
    changed = dataclasses.replace(getattr(run.profile, part), **{name: value})
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, **{part: changed}))


def trained(run: Run, model: Model) -> bytes:
    return (go(run, model) / "checkpoint.safetensors").read_bytes()


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_each_parameter_changes_the_training_that_uses_it(
    tiny: Tiny, monkeypatch: pytest.MonkeyPatch, model: Model) -> None:  # fmt: skip
    def build(*of: Any) -> Any:
        small = build_small(*of)
        if model == "simclr":
            return small
        return torch.nn.Sequential(small, torch.nn.Linear(8, 3 * 32 * 32), torch.nn.Unflatten(1, (3, 32, 32)))

    monkeypatch.setattr(train, "build", build)
    monkeypatch.setattr(train, "embeddings", lambda *_: np.eye(8, dtype=np.float32))
    plain = tiny("plain", epochs=2)
    expected = trained(plain, model)
    for name, (_, _, of_autoencoder) in OTHERS.items():
        run = with_other(tiny(name, epochs=2), name)
        used = model == "simclr" or of_autoencoder
        same_settings = training_settings(run.profile, COLOUR, model, 0) == training_settings(
            plain.profile, COLOUR, model, 0)
        assert (trained(run, model) != expected, not same_settings) == (used, used), name
        note = departures(run.profile, model)
        assert bool(note) == used, name
        record = json.loads((run.encoder(COLOUR, model) / "provenance.json").read_text())
        assert (note[0] in record["notes"]) if used else not any("otherwise" in each for each in record["notes"])


def test_the_papers_parameters_leave_no_word_and_no_new_setting(tiny: Tiny) -> None:
    profile = tiny().profile
    assert departures(profile, "simclr") == departures(profile, "autoencoder") == ()
    assert "augmentation" not in training_settings(profile, COLOUR, "simclr", 0)


def test_what_departs_is_said_beside_the_papers(tiny: Tiny) -> None:
    run = with_other(with_other(tiny(), "batch_size"), "crop_scale")
    assert departures(run.profile, "simclr") == (
        "Trained otherwise than in the paper: batch_size 6 (paper: 32), crop_scale 0.1 to 0.2 (paper: 0.5 to 1).",)


def test_the_temperature_is_that_of_eq_5(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3), dtype=np.uint8)
    augment = Augmenter(32, colour=True, recipe=RECIPES["paper"], jitter_and_blur=True)
    network = build_small("simclr", None, 0, 32, RECIPES["paper"])  # type: ignore[arg-type]
    outputs: list[Tensor] = []
    network.register_forward_hook(lambda _, __, output: outputs.append(output))
    for temperature in (1.0, 0.1):
        loss = batch_loss("simclr", network, images, augment, np.random.default_rng(0), RECIPES["paper"], CPU, False,
                          temperature)
        assert loss.item() == nt_xent(outputs[-1], temperature).item()
    assert paper.TABLE2.loss_temperature == 1.0


def test_views_are_drawn_from_the_ranges_of_the_profile() -> None:
    chosen = paper.Augmentation((0.25, 0.36), 0.1, 0.2, 1.0, 25, (3.0, 4.0))
    augment = Augmenter(64, colour=True, recipe=RECIPES["paper"], setting=chosen, jitter_and_blur=True)
    draws = augment._draws(np.random.default_rng(0), 500)
    shares = np.array([draw.box[2] * draw.box[3] / 64**2 for draw in draws])
    jitter = np.array([draw.jitter[:2] for draw in draws if draw.jitter])
    assert 0.23 < shares.min() < 0.27
    assert 0.34 < shares.max() < 0.38
    assert (abs(jitter - 1).max(axis=0) < [0.1, 0.2]).all()
    assert (abs(jitter - 1).max(axis=0) > [0.09, 0.18]).all()
    assert all(3 <= draw.sigma <= 4 for draw in draws)
