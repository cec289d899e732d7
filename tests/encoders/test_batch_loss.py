"""The loss of one batch by its formula, and the precision it is computed in."""

import contextlib
import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from paper_repro.base.profile import Model
from paper_repro.encoders import train
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.recipe import RECIPES
from tests.encoders.conftest import CPU

TEMPERATURE = 1.0  # Table 2


def literal_nt_xent(z: Tensor, temperature: float) -> float:
    """Chen et al. 2020, equation 1, summand by summand; rows 2i and 2i + 1 are views of one image."""
    rows, count = z.double().tolist(), len(z)

    def similarity(a: list[float], b: list[float]) -> float:
        dot = sum(x * y for x, y in zip(a, b, strict=True))
        return dot / math.sqrt(sum(x * x for x in a)) / math.sqrt(sum(y * y for y in b))

    losses = []
    for i in range(count):
        others = [math.exp(similarity(rows[i], rows[k]) / temperature) for k in range(count) if k != i]
        j = i + 1 if i % 2 == 0 else i - 1
        losses.append(-math.log(math.exp(similarity(rows[i], rows[j]) / temperature) / sum(others)))
    return sum(losses) / count


@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_loss_is_the_formulas_on_what_the_network_gave_in_full_precision(
    model: Model, training: bool, recipe: str
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 40, 3), dtype=np.uint8)
    chosen = RECIPES[recipe]
    augment = Augmenter(32, colour=True, recipe=chosen, jitter_and_blur=model == "simclr")
    layer = nn.Linear(32, 32)
    seen: list[tuple[Tensor, Tensor]] = []

    def network(x: Tensor) -> Tensor:
        y = layer(x)
        seen.append((x, y.flatten(1)[:, :20] if model == "simclr" else y))
        return seen[0][1]

    loss = train.batch_loss(model, network, images, augment,  # type: ignore[arg-type]
                            np.random.default_rng(0), chosen, CPU, training)
    [(inputs, outputs)] = seen
    assert outputs.dtype == loss.dtype == torch.float32
    if model == "simclr":
        expected = literal_nt_xent(outputs.detach(), TEMPERATURE)
    else:
        expected = float(np.mean((outputs.detach().double().numpy() - inputs.double().numpy()) ** 2))
    assert loss.item() == pytest.approx(expected, rel=1e-5)
    loss.backward()  # type: ignore[no-untyped-call]
    assert layer.weight.grad is not None
    assert layer.weight.grad.abs().sum() > 0


@pytest.mark.parametrize(("kind", "recipe", "half"), [
    ("cpu", "paper", False), ("cpu", "authors", False), ("cuda", "paper", True), ("cuda", "authors", False),
])  # fmt: skip
def test_half_precision_only_on_a_gpu_in_recipe_paper_and_never_for_the_loss(
    monkeypatch: pytest.MonkeyPatch, kind: str, recipe: str, half: bool
) -> None:
    asked: list[tuple[Any, ...]] = []
    inside: list[bool] = []

    @contextlib.contextmanager
    def autocast(device: str, dtype: torch.dtype, enabled: bool) -> Iterator[None]:
        asked.append((device, dtype, enabled))
        inside.append(True)
        yield
        inside.pop()

    class Inputs(Tensor):
        def to(self, where: Any) -> Tensor:  # type: ignore[override]
            assert where.type == kind
            return torch.ones(2, 3)

    def network(x: Tensor) -> Tensor:
        assert inside
        return torch.full_like(x, 3.0, dtype=torch.bfloat16)

    def mse(outputs: Tensor, inputs: Tensor) -> Tensor:
        assert not inside
        assert outputs.dtype == inputs.dtype == torch.float32
        return ((outputs - inputs) ** 2).mean()

    monkeypatch.setattr(torch, "autocast", autocast)
    monkeypatch.setattr(torch.nn.functional, "mse_loss", mse)
    augment: Any = SimpleNamespace(plain=lambda images: Inputs())
    device: Any = SimpleNamespace(type=kind)
    loss = train.batch_loss("autoencoder", network, np.zeros((2, 3), np.uint8), augment,  # type: ignore[arg-type]
                            np.random.default_rng(0), RECIPES[recipe], device, False)
    assert loss.item() == 4.0
    assert asked == [(kind, torch.bfloat16, half)]
