import numpy as np
import pytest
import torch
from torch import Tensor, nn

from paper_repro import paper
from paper_repro.base.recipe import RECIPES
from paper_repro.encoders.lars import LARS
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.weights import random_state

TABLE = paper.TABLE2


def lars(params: list[Tensor], recipe: str) -> LARS:
    chosen = RECIPES[recipe]
    return LARS(params, TABLE.base_learning_rate, TABLE.lars_coefficient, TABLE.lars_momentum, chosen.weight_decay,
                chosen.keep_momentum)


@pytest.mark.parametrize(("recipe", "decay", "kept"), [("paper", 1e-4, True), ("authors", 1e-5, False)])
def test_three_steps_equal_those_by_hand(recipe: str, decay: float, kept: bool) -> None:
    rng = np.random.default_rng(0)
    shapes = [(7, 3, 3, 3), (7,), (4, 9)]
    hand = [rng.normal(size=shape) for shape in shapes]
    velocity = [np.zeros(shape) for shape in shapes]
    params = [torch.tensor(w, dtype=torch.float64, requires_grad=True) for w in hand]
    optimiser = lars(params, recipe)
    for _ in range(3):
        gradients = [rng.normal(size=shape) for shape in shapes]
        for i, g in enumerate(gradients):
            params[i].grad = torch.tensor(g)
            w, v = hand[i], velocity[i]
            rate = 0.001 * np.sqrt((w**2).sum()) / (np.sqrt((g**2).sum()) + decay * np.sqrt((w**2).sum()))
            v = (0.9 * v if kept else 0.0) + 0.0375 * rate * (g + decay * w)
            hand[i], velocity[i] = w - v, v
        optimiser.step()
        for parameter, w in zip(params, hand, strict=True):
            np.testing.assert_allclose(parameter.detach().numpy(), w, rtol=1e-13, atol=1e-15)


def test_two_steps_in_simple_figures() -> None:
    parameter = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)  # |w| = 5
    optimiser = LARS([parameter], lr=1.0, eta=0.1, momentum=0.5, weight_decay=0.2, keep_momentum=True)
    parameter.grad = torch.tensor([3.0, 0.0], dtype=torch.float64)  # |g| = 3: rate 0.1 * 5 / (3 + 0.2 * 5) = 1 / 8
    optimiser.step()
    # v = (3.6, 0.8) / 8
    torch.testing.assert_close(parameter.detach(), torch.tensor([2.55, 3.9], dtype=torch.float64))
    parameter.grad = torch.zeros(2, dtype=torch.float64)  # rate 0.1 / 0.2, so v = (0.225, 0.05) + 0.1 w
    optimiser.step()
    expected = torch.tensor([2.55 - 0.225 - 0.255, 3.9 - 0.05 - 0.39], dtype=torch.float64)
    torch.testing.assert_close(parameter.detach(), expected)


@pytest.mark.parametrize("gradient", [0.0, 2.0])
def test_parameter_of_norm_0_does_not_move(gradient: float) -> None:
    parameter = torch.zeros(5, requires_grad=True)
    optimiser = lars([parameter], "paper")
    assert optimiser.unmoving() == 1
    for _ in range(2):
        parameter.grad = torch.full((5,), gradient)
        optimiser.step()
        assert torch.equal(parameter.detach(), torch.zeros(5))


def test_without_gradient_only_the_decay_moves_and_without_any_nothing() -> None:
    decayed, left = torch.full((3,), 2.0, requires_grad=True), torch.full((3,), 2.0, requires_grad=True)
    decayed.grad = torch.zeros(3)
    lars([decayed, left], "paper").step()
    # rate = eta / decay where the gradient is 0
    torch.testing.assert_close(decayed.detach(), torch.full((3,), 2.0 * (1 - 0.0375 * 0.001)))
    assert torch.equal(left.detach(), torch.full((3,), 2.0))


def test_random_weights_have_twenty_parameters_that_do_not_move() -> None:
    encoder = ResNetEncoder(random_state(0))
    norms = sum(isinstance(layer, nn.BatchNorm2d) for layer in encoder.modules())
    assert lars(list(encoder.parameters()), "paper").unmoving() == norms == 20


def test_velocity_is_kept_by_the_paper_and_lost_by_the_authors() -> None:
    sizes = {}
    for recipe in ("paper", "authors"):
        parameter = torch.ones(4, requires_grad=True)
        optimiser = lars([parameter], recipe)
        parameter.grad = torch.ones(4)
        optimiser.step()
        sizes[recipe] = sum(len(entry) for entry in optimiser.state_dict()["state"].values())
    assert sizes == {"paper": 1, "authors": 0}


def test_order_of_memory_changes_nothing_but_the_last_bits() -> None:
    generator = torch.Generator().manual_seed(0)
    w, g = (torch.randn(16, 8, 3, 3, generator=generator) for _ in range(2))
    moved = []
    for order in (torch.contiguous_format, torch.channels_last):
        parameter = w.clone(memory_format=order).requires_grad_()
        parameter.grad = g.clone(memory_format=order)
        lars([parameter], "paper").step()
        moved.append(parameter.detach())
    torch.testing.assert_close(moved[0], moved[1], rtol=1e-6, atol=0)


def test_only_a_parameter_that_is_zero_everywhere_does_not_move() -> None:
    params = [torch.zeros(3), torch.tensor([0.0, 1.0, 0.0]), torch.ones(3)]
    assert lars(params, "paper").unmoving() == 1


def test_velocity_is_kept_unless_it_is_said_otherwise() -> None:
    parameter = torch.ones(4, requires_grad=True)
    parameter.grad = torch.ones(4)
    optimiser = LARS([parameter], lr=1.0, eta=0.1, momentum=0.5, weight_decay=0.2)
    optimiser.step()
    assert list(optimiser.state_dict()["state"][0]) == ["velocity"]
