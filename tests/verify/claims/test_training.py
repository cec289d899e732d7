"""What the encoder is trained with: the paper's numbers, and each rule once with the code changed."""

import math
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from paper_repro.base.run import Run
from paper_repro.encoders import augment, batch, simclr
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.simclr import SimCLR, nt_xent
from paper_repro.verify.claims import training
from tests.verify.runs_made import BY_ID, measure, with_encoders

NORMALISATION = {"imagenet-mean.red": 0.485, "imagenet-mean.green": 0.456, "imagenet-mean.blue": 0.406,
                 "imagenet-std.red": 0.229, "imagenet-std.green": 0.224, "imagenet-std.blue": 0.225}
IDS = ("head", "views-per-image", "negatives", "loss", *NORMALISATION)


def fits(run: Run, name: str) -> bool:
    """Whether the claim is as specified."""
    value = measure(run, f"method.{name}").value
    assert value is not None
    return BY_ID[f"method.{name}"].fits(value)


@pytest.mark.parametrize("recipe", ["paper", "authors"])
def test_rules_of_the_paper(sample: Run, recipe: str) -> None:
    run = with_encoders(sample, recipe=recipe)
    assert all(fits(run, name) for name in IDS)
    assert measure(run, "method.negatives").value == pytest.approx(2 * 31, abs=1e-3)
    for name, value in NORMALISATION.items():
        assert measure(run, f"method.{name}").shown == str(value)
        assert BY_ID[f"method.{name}"].expected == value


def test_eq_5_of_two_images_by_hand() -> None:
    z = np.array([[1.0, 0], [0, 2], [-1, 0], [0, -3]])
    # each of the four views is at right angles to its partner and one other, and opposite to the third
    assert training.eq5(z, 0.5) == pytest.approx(math.log(1 + 1 + math.exp(-2)))


@pytest.mark.parametrize("spoil", [
    lambda head: head[:2].append(nn.GELU()).append(head[2]),
    lambda head: nn.Sequential(head[0], head[2]),
    lambda head: nn.Sequential(head[0], nn.Tanh(), head[2]),
    lambda head: nn.Sequential(*head, nn.ReLU()),
    lambda head: nn.Sequential(*head, nn.Linear(64, 64)),
])
def test_another_head_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, spoil: Any) -> None:
    class Other(SimCLR):
        def __init__(self, *of: Any) -> None:
            super().__init__(*of)
            self.head = spoil(self.head)

    monkeypatch.setattr(training, "SimCLR", Other)
    assert not fits(sample, "head")


def halved(z: Tensor, temperature: float) -> Tensor:
    return nt_xent(z, temperature) / 2


def summed(z: Tensor, temperature: float) -> Tensor:
    return nt_xent(z, temperature) * len(z)


def as_if_the_temperature_were_1(z: Tensor, _: float) -> Tensor:
    return nt_xent(z, 1.0)


def not_of_unit_length(z: Tensor, temperature: float) -> Tensor:
    logits = (z @ z.T / temperature).fill_diagonal_(-math.inf)
    return nn.functional.cross_entropy(logits, torch.arange(len(z)) ^ 1)


def one_way(z: Tensor, temperature: float) -> Tensor:
    unit = nn.functional.normalize(z, dim=1)
    logits = (unit @ unit.T / temperature).fill_diagonal_(-math.inf)
    return nn.functional.cross_entropy(logits[::2], torch.arange(1, len(z), 2))


@pytest.mark.parametrize("other", [halved, summed, as_if_the_temperature_were_1, not_of_unit_length, one_way])
def test_another_loss_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, other: Any) -> None:
    monkeypatch.setattr(batch, "nt_xent", other)
    assert not fits(sample, "loss")


def test_other_negatives_are_seen(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def with_itself(z: Tensor, temperature: float) -> Tensor:
        unit = nn.functional.normalize(z, dim=1)
        return nn.functional.cross_entropy(unit @ unit.T / temperature, torch.arange(len(z)) ^ 1)

    monkeypatch.setattr(batch, "nt_xent", with_itself)
    assert measure(sample, "method.negatives").value == pytest.approx(63, abs=1e-3)
    assert not fits(sample, "negatives")
    monkeypatch.setattr(batch, "nt_xent", lambda z, temperature: nt_xent(z[:32], temperature))
    assert measure(sample, "method.negatives").value == pytest.approx(30, abs=1e-3)
    assert simclr.nt_xent is nt_xent


def test_one_view_of_each_image_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Augmenter, "two_views", Augmenter.__call__)
    assert measure(sample, "method.views-per-image").value == 1.0
    assert not fits(sample, "views-per-image")


@pytest.mark.parametrize(("mean", "std", "wrong"), [
    ((0.485, 0.456, 0.407), (0.229, 0.224, 0.225), {"imagenet-mean.blue"}),
    ((0.485, 0.456, 0.406), (0.229, 0.225, 0.225), {"imagenet-std.green"}),
    ((0.406, 0.456, 0.485), (0.225, 0.224, 0.229), {"imagenet-mean.red", "imagenet-mean.blue", "imagenet-std.red",
                                                    "imagenet-std.blue"}),
    ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0), set(NORMALISATION)),
])
def test_another_normalisation_is_seen(sample: Run, monkeypatch: pytest.MonkeyPatch, mean: tuple[float, ...],
                                       std: tuple[float, ...], wrong: set[str]) -> None:
    monkeypatch.setattr(augment, "normalisation", lambda *_: (mean, std))
    assert {name for name in NORMALISATION if not fits(sample, name)} == wrong
