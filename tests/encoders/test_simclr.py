import math

import numpy as np
import pytest
import torch
from torch import Tensor

from paper_repro import paper
from paper_repro.encoders.simclr import SimCLR, nt_xent
from paper_repro.encoders.weights import BaseWeights


def projections(pairs: int, dims: int = 5, seed: int = 0) -> Tensor:
    return torch.randn(2 * pairs, dims, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def literal(z: Tensor, temperature: float) -> float:
    """Eq. 5, summed over all positive pairs (i, j) and (j, i) and divided by 2N, as it stands in the paper."""
    rows = z.numpy()

    def sim(i: int, j: int) -> float:
        return float(rows[i] @ rows[j] / (np.linalg.norm(rows[i]) * np.linalg.norm(rows[j])))

    def pair_loss(i: int, j: int) -> float:
        below = sum(math.exp(sim(i, k) / temperature) for k in range(len(rows)) if k != i)
        return -math.log(math.exp(sim(i, j) / temperature) / below)

    total = sum(pair_loss(i, i + 1) + pair_loss(i + 1, i) for i in range(0, len(rows), 2))
    return total / len(rows)


@pytest.mark.parametrize("temperature", [1.0, 0.5, 0.07])
@pytest.mark.parametrize("pairs", [1, 2, 3, 32])
def test_loss_equals_the_literal_double_sum(pairs: int, temperature: float) -> None:
    z = projections(pairs, seed=pairs)
    assert nt_xent(z, temperature).item() == pytest.approx(literal(z, temperature), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("temperature", [1.0, 0.2])
def test_gradient_is_that_of_the_loss(temperature: float) -> None:
    assert torch.autograd.gradcheck(lambda z: nt_xent(z, temperature), projections(4).requires_grad_())


def test_loss_does_not_know_which_view_is_first_nor_the_order_of_images() -> None:
    z = projections(6)
    expected = nt_xent(z, 1.0).item()
    swapped = z.view(6, 2, -1).flip(1).reshape(12, -1)
    shuffled = z.view(6, 2, -1)[torch.tensor([3, 0, 5, 1, 4, 2])].reshape(12, -1)
    assert nt_xent(swapped, 1.0).item() == pytest.approx(expected, rel=1e-12)
    assert nt_xent(shuffled, 1.0).item() == pytest.approx(expected, rel=1e-12)


def test_loss_knows_who_belongs_together() -> None:
    z = projections(6)
    assert nt_xent(z.roll(1, 0), 1.0).item() != pytest.approx(nt_xent(z, 1.0).item(), rel=1e-3)


def test_loss_does_not_know_lengths() -> None:
    z = projections(6)
    lengths = torch.linspace(0.1, 40, 12, dtype=torch.float64)[:, None]
    assert nt_xent(z * lengths, 1.0).item() == pytest.approx(nt_xent(z, 1.0).item(), rel=1e-12)


def test_loss_of_equal_projections_is_that_of_a_guess() -> None:
    assert nt_xent(torch.ones(10, 3), 1.0).item() == pytest.approx(math.log(9), rel=1e-6)


def test_head_is_that_of_the_paper(base: BaseWeights) -> None:
    network = SimCLR(base.state, torch.Generator().manual_seed(0))
    shapes = {key: tuple(value.shape) for key, value in network.head.state_dict().items()}
    assert shapes == {"0.weight": (256, 512), "0.bias": (256,), "2.weight": (64, 256), "2.bias": (64,)}
    assert paper.HEAD == (256, 64)
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    network.eval()
    features = network.encoder(images)
    w1, b1, w2, b2 = network.head.state_dict().values()
    by_hand = torch.relu(features @ w1.T + b1) @ w2.T + b2
    torch.testing.assert_close(network(images), by_hand)


def test_head_comes_from_the_generator_alone(base: BaseWeights) -> None:
    before = torch.get_rng_state()
    heads = [SimCLR(base.state, torch.Generator().manual_seed(seed)).head.state_dict() for seed in (1, 1, 2)]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(heads[0][key], heads[1][key]) for key in heads[0])
    assert not any(torch.equal(heads[0][key], heads[2][key]) for key in heads[0])


def test_gradients_reach_every_parameter(base: BaseWeights) -> None:
    network = SimCLR(base.state, torch.Generator().manual_seed(0))
    images = torch.rand(8, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    torch.autograd.backward([nt_xent(network(images), paper.TABLE2.loss_temperature)])
    assert [name for name, p in network.named_parameters() if p.grad is None or not p.grad.any()] == []
