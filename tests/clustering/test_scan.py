"""SCAN's parts against plain loops and torch's gradients, and what it finds in groups that are there."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from paper_repro.clustering import scan as module
from paper_repro.clustering.scan import Settings, loss, loss_gradients, neighbours, scan, softmax

RNG = np.random.default_rng(0)


def test_the_loss_is_the_publications_formula() -> None:
    p, q = softmax(RNG.normal(size=(7, 4))), softmax(RNG.normal(size=(7, 4)))
    agreement = -sum(math.log(sum(p[b][c] * q[b][c] for c in range(4))) for b in range(7)) / 7
    means = [sum(p[b][c] for b in range(7)) / 7 for c in range(4)]
    assert float(loss(p, q, 5.0)) == pytest.approx(agreement + 5 * sum(m * math.log(m) for m in means))


def test_many_heads_have_the_losses_of_each_alone() -> None:
    p, q = softmax(RNG.normal(size=(3, 7, 4))), softmax(RNG.normal(size=(3, 7, 4)))
    assert loss(p, q, 2.0).tolist() == pytest.approx([float(loss(p[h], q[h], 2.0)) for h in range(3)])


def test_its_gradients_are_torchs() -> None:
    logits = [torch.tensor(RNG.normal(size=(2, 6, 5)), requires_grad=True) for _ in range(2)]
    p, q = (one.softmax(dim=-1) for one in logits)
    mean = p.mean(dim=-2)
    total = (-(p * q).sum(dim=-1).log().mean(dim=-1) + 5 * (mean * mean.log()).sum(dim=-1)).sum()
    total.backward()  # type: ignore[no-untyped-call]
    found = loss_gradients(softmax(logits[0].detach().numpy()), softmax(logits[1].detach().numpy()), 5.0)
    for ours, one in zip(found, logits, strict=True):
        assert one.grad is not None
        np.testing.assert_allclose(ours, one.grad.numpy(), atol=1e-12)


def test_a_step_is_torchs_adam() -> None:
    settings = Settings(heads=2, learning_rate=0.01, weight_decay=0.1)
    heads = module._Heads(RNG, settings, 3, 4)
    weights = torch.tensor(heads.weights.copy(), requires_grad=True)
    optimiser = torch.optim.Adam([weights], lr=0.01, weight_decay=0.1)
    for _ in range(3):
        x, by_logits = RNG.normal(size=(5, 3)), RNG.normal(size=(2, 5, 4))
        heads.step(x, by_logits)
        with_one = torch.tensor(np.hstack([x, np.ones((5, 1))]))
        weights.grad = with_one.T @ torch.tensor(by_logits)
        optimiser.step()
    np.testing.assert_allclose(heads.weights, weights.detach().numpy(), atol=1e-10)


def test_neighbours_are_the_nearest_others_by_cosine() -> None:
    x = RNG.normal(size=(30, 6))
    x[4] = x[9]
    found = neighbours(x, 5)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    for row in range(30):
        cosines = unit @ unit[row]
        assert len({row, *found[row].tolist()}) == 6
        nearest = sorted(np.delete(cosines, row), reverse=True)[:5]  # of two as near either may come first
        assert cosines[found[row]].tolist() == pytest.approx(nearest)
    assert neighbours(x, 100).shape == (30, 29)
    same = neighbours(np.ones((8, 3)), 3)
    assert same.shape == (8, 3)
    assert not (same == np.arange(8)[:, None]).any()


def groups(count: int = 40, apart: float = 4.0) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    centres = np.random.default_rng(1).normal(size=(3, 8)) * apart
    true = np.repeat(np.arange(3), count)
    return true, centres[true] + np.random.default_rng(2).normal(size=(3 * count, 8))


SMALL = Settings(heads=3, epochs=60, batch=32, learning_rate=1e-2)


def test_groups_that_are_there_are_found() -> None:
    true, x = groups()
    found = scan(x, 3, 0, SMALL)
    assert adjusted_rand_score(true, found.labels) > 0.95
    assert adjusted_rand_score(true, found.before) > 0.95
    assert found.losses.shape == (3,)
    assert 0 <= found.confident[0] <= found.confident[1] <= 1


def test_the_same_seed_gives_the_same_labels_and_another_other_heads() -> None:
    _, x = groups(apart=0.5)
    one, again, other = scan(x, 3, 5, SMALL), scan(x, 3, 5, SMALL), scan(x, 3, 6, SMALL)
    assert (one.labels == again.labels).all()
    assert one.losses.tolist() == again.losses.tolist()
    assert one.losses.tolist() != other.losses.tolist()


def test_the_head_of_the_lowest_loss_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    _, x = groups(apart=1.0)
    chosen: list[int] = []
    only = module._Heads.only

    def noted(heads: module._Heads, head: int) -> module._Heads:
        chosen.append(head)
        return only(heads, head)

    monkeypatch.setattr(module._Heads, "only", noted)
    found = scan(x, 3, 3, SMALL)
    assert chosen == [int(np.argmin(found.losses))]


def test_without_the_entropy_all_falls_into_one_class() -> None:
    _, x = groups(apart=0.3)
    sizes = [len(np.unique(scan(x, 3, 0, Settings(heads=1, epochs=200, learning_rate=1e-2, entropy_weight=weight,
                                                  labelling_epochs=0)).labels)) for weight in (0.0, 5.0)]
    assert sizes[0] < sizes[1] == 3


def test_self_labelling_makes_it_surer_and_without_confidence_changes_nothing() -> None:
    _, x = groups(apart=1.5)
    found = scan(x, 3, 0, SMALL)
    assert found.confident[1] >= found.confident[0] > 0
    never = scan(x, 3, 0, Settings(**{**vars(SMALL), "confidence": 1.0}))
    assert (never.labels == never.before).all()
