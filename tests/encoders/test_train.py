import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_array_equal
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim.optimizer import register_optimizer_step_pre_hook

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import COLOUR, Run
from paper_repro.encoders import resume, train, watch
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.checkpoint import Trained, load_encoder
from paper_repro.encoders.weights import BaseWeights
from tests.encoders.conftest import CPU, go

Tiny = Callable[..., Run]


@pytest.fixture
def scripted(small: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[Sequence[float]], list[str]]:
    """Make the losses of all batches to come those of a list; the returned list tells train from test batches."""

    def script(losses: Sequence[float]) -> list[str]:
        left, kinds = list(losses), []

        def scripted_loss(model: Model, network: nn.Module, *args: Any) -> Tensor:
            training = args[5]
            kinds.append("train" if training else "test")
            assert network.training == training
            weight = network[2].weight  # type: ignore[index]
            return weight.sum() - weight.sum().detach() + left.pop(0)

        monkeypatch.setattr(train, "batch_loss", scripted_loss)
        return kinds

    return script


# Losses and the weights that come out


@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_the_learning_rate_is_the_same_at_every_step(tiny: Tiny, small: None, recipe: str) -> None:
    rates: list[float] = []  # Sect. 3.2.2: without warm-up or decay
    hook = register_optimizer_step_pre_hook(
        lambda optimiser, *_: rates.extend(group["lr"] for group in optimiser.param_groups))
    try:
        go(tiny(count=45, epochs=3, recipe=recipe))
    finally:
        hook.remove()
    assert rates == [paper.TABLE2.base_learning_rate] * 6  # two batches an epoch


@pytest.mark.parametrize(("recipe", "epoch"), [("paper", 2), ("authors", 4)])
def test_weights_are_those_of_the_lowest_test_loss_or_of_the_last_epoch(
    tiny: Tiny, scripted: Callable[[Sequence[float]], list[str]],
    monkeypatch: pytest.MonkeyPatch, recipe: str, epoch: int,
) -> None:  # fmt: skip
    run = tiny(count=45, epochs=4, recipe=recipe)  # 36 images to train, in two batches; 9 to test, in one
    kinds = scripted([1.0, 2.0, 5.0, 1.0, 4.0, 3.0, 0.0, 0.5, 3.0, 0.25, 0.5, 9.0])
    after: list[Tensor] = []
    write = resume.write

    def remember(path: Path, settings: Any, history: Any, network: nn.Module, *args: Any) -> None:
        after.append(network.state_dict()["2.weight"].clone())
        write(path, settings, history, network, *args)

    monkeypatch.setattr(resume, "write", remember)
    monkeypatch.setattr(train, "SAVE_EVERY_S", 0)  # after each epoch, however short
    folder = go(run)
    assert kinds == ["train", "train", "test"] * 4
    outputs = (read_json(folder / "provenance.json") or {})["outputs"]
    assert outputs == {name: sha256_file(folder / name) for name in ("checkpoint.safetensors", "losses.csv")}
    losses = pd.read_csv(folder / "losses.csv")
    assert list(losses.columns) == ["epoch", "train_loss", "test_loss", *watch.MEASURES]
    # the mean over batches of 32 and 4 images counts both alike; of equal test losses the first is the best
    assert_array_equal(losses.iloc[:, :3], [[1, 1.5, 5.0], [2, 2.5, 3.0], [3, 0.25, 3.0], [4, 0.375, 9.0]])
    assert torch.equal(load_file(folder / "checkpoint.safetensors")["2.weight"], after[epoch - 1])
    assert not torch.equal(after[1], after[3])
    record = json.loads((folder / "provenance.json").read_text())
    assert (record["best_epoch"], record["weights_of_epoch"]) == (2, epoch)


@pytest.mark.parametrize(("losses", "times"), [
    ((9.0, 9.0, 9.0), 0), ((1.0, 9.0, 1.0), 0), ((1.0, 1.0, 1.0), 1), ((9.0, 1.009, 0.991), 1), ((1.0, 1.011, 1.0), 0),
])  # fmt: skip
def test_a_loss_that_stays_that_of_a_guess_is_said_once(
    tiny: Tiny, scripted: Callable[[Sequence[float]], list[str]],
    capsys: pytest.CaptureFixture[str], losses: Sequence[float], times: int,
) -> None:  # fmt: skip
    run = tiny(count=45)  # batches of 32 and 4 images to train
    scripted([loss for part in losses for loss in (part * math.log(63), part * math.log(7), 0.5)])
    go(run)
    said = capsys.readouterr().err
    assert said.count("within 1 % of 3.045, that of a guess (ln(2N - 1) for N images ") == times


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_loss_that_is_no_number_stops_the_training(
    tiny: Tiny, scripted: Callable[[Sequence[float]], list[str]], loss: float
) -> None:
    run = tiny()
    scripted([1.0, 1.0, loss])
    with pytest.raises(UserError, match=r"simclr-s0: epoch 2: expected a finite loss, found (nan|inf)"):
        go(run)
    assert {path.name for path in run.encoder(COLOUR, "simclr").iterdir()} == {"losses.csv", "resume.safetensors"}


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_every_parameter_moves(tiny: Tiny, base: BaseWeights, few: None, model: Trained) -> None:
    folder = go(tiny(count=8, epochs=1), model)
    trained = load_encoder(folder / "checkpoint.safetensors", model)
    assert [name for name, value in trained.named_parameters() if torch.equal(value, base.state[name])] == []


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_loss_of_the_same_images_falls(base: BaseWeights, model: Model) -> None:
    network = train.build(model, base, 0, 32, RECIPES["paper"])
    optimiser = train.build_optimiser(model, network, RECIPES["paper"])
    images = np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3), dtype=np.uint8)
    augment = Augmenter(32, colour=True, recipe=RECIPES["paper"], jitter_and_blur=model == "simclr")
    losses = []
    for _ in range(4):
        rng = np.random.default_rng(0)  # the same views, too
        loss = batch_loss(model, network, images, augment, rng, RECIPES["paper"], CPU, training=True)
        optimiser.zero_grad()
        torch.autograd.backward([loss])
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_every_image_is_seen_once_an_epoch_and_test_images_never_trained_on(
    tiny: Tiny, small: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = tiny(count=45, epochs=2)
    images = np.load(run.patches(COLOUR) / "images.npy")
    number = {image.tobytes(): i for i, image in enumerate(images)}
    seen: list[tuple[bool, list[int]]] = []
    step = batch_loss

    def look(model: Model, network: nn.Module, batch: Any, *args: Any) -> Tensor:
        seen.append((args[4], [number[image.tobytes()] for image in batch]))
        return step(model, network, batch, *args)

    monkeypatch.setattr(train, "batch_loss", look)
    go(run)
    assert [(training, len(ids)) for training, ids in seen] == [(True, 32), (True, 4), (False, 9)] * 2
    first, second = seen[0][1] + seen[1][1], seen[3][1] + seen[4][1]
    assert sorted(first) == sorted(second) != first
    assert first != second
    assert sorted(seen[2][1]) == sorted(seen[5][1])
    assert seen[2][1] != seen[5][1]
    assert sorted(first + seen[2][1]) == list(range(45))


@pytest.mark.parametrize(("model", "training", "plain"), [
    ("simclr", True, False), ("simclr", False, False), ("autoencoder", True, False), ("autoencoder", False, True),
])  # fmt: skip
def test_only_the_autoencoders_test_loss_is_without_augmentation(model: Model, training: bool, plain: bool) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    augment = Augmenter(32, colour=True, recipe=RECIPES["paper"], jitter_and_blur=model == "simclr")
    inputs: list[Tensor] = []

    def network(x: Tensor) -> Tensor:
        inputs.append(x)
        return x.flatten(1) if model == "simclr" else torch.zeros_like(x)

    rng = np.random.default_rng(0)
    loss = batch_loss(model, network, images, augment, rng, RECIPES["paper"], CPU, training)  # type: ignore[arg-type]
    assert len(inputs[0]) == (6 if model == "simclr" else 3)
    assert (len(inputs[0]) == 3 and torch.equal(inputs[0], augment.plain(images))) == plain
    if model == "autoencoder":
        assert loss.item() == pytest.approx(inputs[0].square().mean().item())
