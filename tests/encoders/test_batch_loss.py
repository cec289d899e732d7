"""Split and batches of an epoch; the loss of one batch by its formula, and the precision it is computed in."""

import contextlib
import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset, random_split

from paper_repro.base.errors import UserError
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES, LastBatch, Split, with_switches
from paper_repro.encoders import train
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss, batches, check_sizes, mean_loss, split
from paper_repro.encoders.simclr import nt_xent
from paper_repro.encoders.weights import BaseWeights
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

    loss = batch_loss(model, network, images, augment,  # type: ignore[arg-type]
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


@pytest.mark.parametrize(("switches", "half"), [
    ({}, False), ({"precision": "float32"}, False), ({"precision": "bfloat16"}, True),
])  # fmt: skip
@pytest.mark.parametrize("recipe", ["paper", "authors"])
@pytest.mark.parametrize("kind", ["cpu", "cuda"])
def test_half_precision_only_where_the_switch_says_so_and_never_for_the_loss(
    monkeypatch: pytest.MonkeyPatch, kind: str, recipe: str, switches: dict[str, Any], half: bool
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
    loss = batch_loss("autoencoder", network, np.zeros((2, 3), np.uint8), augment,  # type: ignore[arg-type]
                            np.random.default_rng(0), with_switches(recipe, switches), device, False)
    assert loss.item() == 4.0
    assert asked == [(kind, torch.bfloat16, half)]


@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
def test_half_precision_moves_the_loss_by_its_rounding_and_every_gradient_is_there(
    base: BaseWeights, model: Model
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, 40, 40, 3), dtype=np.uint8)
    losses = []
    for precision in ("float32", "bfloat16"):
        recipe = with_switches("paper", {"precision": precision})
        network = train.build(model, base, 0, 32, recipe)
        augment = Augmenter(32, colour=True, recipe=recipe, jitter_and_blur=model == "simclr")
        train.be_deterministic(CPU)
        loss = batch_loss(model, network, images, augment, np.random.default_rng(0), recipe, CPU, training=True)
        torch.autograd.backward([loss])
        assert {p.dtype for p in network.parameters()} == {torch.float32}
        assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
        losses.append(loss.item())
    assert losses[0] != losses[1]
    assert losses[1] == pytest.approx(losses[0], rel=0.05)


@pytest.mark.parametrize(("count", "rule", "sizes"), [
    (2100, "round", (1680, 420)), (784, "round", (627, 157)), (5, "round", (4, 1)), (6474, "round", (5179, 1295)),
    (2100, "floor", (1680, 420)), (784, "floor", (628, 156)), (5, "floor", (4, 1)), (6474, "floor", (5180, 1294)),
])  # fmt: skip
def test_split_is_random_and_80_to_20(count: int, rule: Split, sizes: tuple[int, int]) -> None:
    train_ids, test_ids = split(count, np.random.default_rng(0), rule)
    assert (len(train_ids), len(test_ids)) == sizes
    assert sorted([*train_ids, *test_ids]) == list(range(count))
    assert np.array_equal(train_ids, split(count, np.random.default_rng(0), rule)[0])
    assert not np.array_equal(train_ids, split(count, np.random.default_rng(1), rule)[0])


def test_split_rounded_down_is_torchs_of_two_fractions() -> None:
    for count in range(5, 2000):
        theirs = random_split(TensorDataset(torch.empty(count)), [0.8, 0.2])
        assert [len(ids) for ids in split(count, np.random.default_rng(0), "floor")] == [len(part) for part in theirs]


@pytest.mark.parametrize(("sizes", "enough"), [((2, 2), True), ((6, 1), False), ((1, 4), False), ((1, 1), False)])
def test_simclr_needs_a_pair_of_images_in_training_and_test(sizes: tuple[int, int], enough: bool) -> None:
    train_ids, test_ids = (np.arange(size) for size in sizes)
    check_sizes(train_ids, test_ids, "autoencoder")
    if enough:
        check_sizes(train_ids, test_ids, "simclr")
    else:
        with pytest.raises(UserError, match=f"found {sizes[0]} and {sizes[1]} .*; add images"):
            check_sizes(train_ids, test_ids, "simclr")


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("model", ["simclr", "autoencoder"])
@pytest.mark.parametrize("count", [4, 8, 9, 10, 11])
def test_a_last_batch_of_one_is_left_out_where_it_has_no_negatives_or_no_variance(
    model: Model, side: int, training: bool, count: int
) -> None:
    order = np.random.default_rng(0).permutation(count)
    made = batches(order, 4, model, side, training=training)
    left_out = count == 9 and training and (model == "simclr" or side == 32)
    assert np.concatenate(made).tolist() == order[: count - left_out].tolist()
    assert all(len(batch) == 4 for batch in made[:-1])


def test_a_pair_without_negatives_says_nothing() -> None:
    assert nt_xent(torch.randn(2, 8, generator=torch.Generator().manual_seed(0)), TEMPERATURE).item() == 0


@pytest.mark.parametrize("decoder", ["mirror", "authors"])
@pytest.mark.parametrize(("side", "count"), [(32, 2), (64, 1)])
def test_the_smallest_batches_can_be_trained_on(base: BaseWeights, decoder: str, side: int, count: int) -> None:
    recipe = with_switches("paper", {"decoder": decoder})
    network = train.build("autoencoder", base, 0, side, recipe)
    augment = Augmenter(side, colour=True, recipe=recipe, jitter_and_blur=False)
    images = np.random.default_rng(0).integers(0, 256, (count, 40, 40, 3), dtype=np.uint8)
    loss = batch_loss("autoencoder", network, images, augment, np.random.default_rng(0), recipe, CPU, training=True)
    torch.autograd.backward([loss])
    assert loss.isfinite()


@pytest.mark.parametrize(("rule", "expected"), [("unweighted", 2.0), ("weighted", 1.2)])
def test_batches_count_alike_or_by_their_size(rule: LastBatch, expected: float) -> None:
    assert mean_loss([1.0, 1.0, 4.0], [7, 7, 1], rule, "autoencoder") == pytest.approx(expected)


@pytest.mark.parametrize("rule", ["unweighted", "weighted"])
def test_a_pair_without_negatives_does_not_count(rule: LastBatch) -> None:
    assert mean_loss([3.0, 3.0, 0.0], [7, 7, 1], rule, "simclr") == 3
    assert mean_loss([3.0, 1.0], [2, 2], rule, "simclr") == 2
