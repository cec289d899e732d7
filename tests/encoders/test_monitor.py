"""What watches a training: each measure against its formula written out, or scikit-learn; each sign when it is due."""

import math

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from sklearn.neighbors import KNeighborsClassifier

from paper_repro.clustering.cluster import hac
from paper_repro.clustering.score import match
from paper_repro.encoders import monitor
from paper_repro.encoders.simclr import nt_xent

Reals = NDArray[np.float64]


def vectors(count: int, dims: int, seed: int = 0) -> Reals:
    """Rows of many lengths, in directions that are even over the sphere."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(count, dims)) * rng.uniform(0.1, 20, (count, 1))


def directions(z: Reals) -> list[list[float]]:
    return [[value / math.sqrt(sum(x * x for x in row)) for value in row] for row in z.tolist()]


def square(a: list[float], b: list[float]) -> float:
    return sum((x - y) ** 2 for x, y in zip(a, b, strict=True))


def clusters(count: int, apart: float, seed: int = 0) -> tuple[Reals, NDArray[np.int64]]:
    """Rows about five directions, and which is whose."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 5, count)
    return apart * rng.normal(size=(5, 12))[labels] + rng.normal(size=(count, 12)), labels


def test_spread_is_its_formula() -> None:
    rows = directions(vectors(9, 4))
    means = [sum(column) / 9 for column in zip(*rows, strict=True)]
    deviations = [math.sqrt(sum((row[d] - means[d]) ** 2 for row in rows) / 9) for d in range(4)]
    assert monitor.spread(vectors(9, 4)) == pytest.approx(sum(deviations) / 4 * 2)


@pytest.mark.parametrize("dims", [3, 64, 512])
def test_spread_is_1_over_the_sphere_and_0_in_a_point(dims: int) -> None:
    assert monitor.spread(vectors(4000, dims)) == pytest.approx(1, abs=0.02)
    assert monitor.spread(np.outer(np.arange(1, 9), vectors(1, dims)[0])) == pytest.approx(0, abs=1e-7)
    assert monitor.spread(np.zeros((5, dims))) == 0


def test_alignment_is_its_formula() -> None:
    rows = directions(vectors(12, 5))
    assert monitor.alignment(vectors(12, 5)) == pytest.approx(
        sum(square(rows[i], rows[i + 1]) for i in range(0, 12, 2)) / 6)  # fmt: skip
    assert monitor.alignment(np.repeat(vectors(6, 5), 2, axis=0)) == 0
    opposite = vectors(6, 5)
    assert monitor.alignment(np.stack([opposite, -opposite], axis=1).reshape(12, 5)) == pytest.approx(4)


@pytest.mark.parametrize("block", [1024, 5])
def test_uniformity_is_its_formula(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "BLOCK", block)
    rows = directions(vectors(12, 5))
    pairs = [math.exp(-2 * square(a, b)) for i, a in enumerate(rows) for b in rows[:i]]
    assert monitor.uniformity(vectors(12, 5)) == pytest.approx(math.log(sum(pairs) / len(pairs)))
    assert monitor.uniformity(np.outer(np.arange(1, 13), vectors(1, 5)[0])) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("apart", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("k", [1, 4, 10])
def test_knn_accuracy_is_that_of_scikit_learn_leaving_one_out(k: int, apart: float) -> None:
    z, labels = clusters(60, apart)
    units = np.array(directions(z))
    right = 0
    for i in range(len(z)):
        others = np.arange(len(z)) != i
        model = KNeighborsClassifier(k).fit(units[others], labels[others])
        right += int(model.predict(units[i : i + 1])[0] == labels[i])
    assert monitor.knn_accuracy(z, labels, k) == right / len(z)


@pytest.mark.parametrize("apart", [0.0, 0.5, 3.0])
def test_ari_is_that_of_the_classes_and_scores_used_elsewhere(apart: float) -> None:
    z, labels = clusters(80, apart)
    assert monitor.ward_ari(z, labels) == pytest.approx(match(labels, hac(z, 5), 5).ari)


def test_the_loss_of_a_guess_is_that_of_equal_projections() -> None:
    for images in (2, 16, 32):
        equal = nt_xent(torch.ones(2 * images, 8), 1.0).item()
        assert monitor.chance_loss(images) == pytest.approx(equal, rel=1e-6)


@pytest.mark.parametrize(("losses", "due"), [
    ([], False), ([4.0], False), ([4.0, 4.0], True), ([3.961, 4.039], True), ([3.959, 4.0], False),
    ([4.0, 4.041], False), ([3.0, 4.0, 4.0], True), ([4.0, 4.0, 4.0], False), ([4.0, 3.0, 4.0], False),
    ([4.0, 4.0, 3.0, 4.0, 4.0], True), ([4.0, 4.0, math.inf], False),
])  # fmt: skip
def test_a_guess_is_said_once_when_it_has_lasted_two_epochs(losses: list[float], due: bool) -> None:
    assert monitor.became_chance(losses, 4.0) == due


def test_a_collapse_is_seen() -> None:
    assert monitor.collapsed(1000 * vectors(1, 64) + vectors(30, 64))
    assert not monitor.collapsed(vectors(30, 64))
    assert not monitor.collapsed(np.full((30, 64), np.inf))


@pytest.mark.parametrize("colour", [True, False])
def test_constant_images_are_counted(colour: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(monitor, "BLOCK", 4)
    images = np.random.default_rng(0).integers(0, 256, (11, 6, 6, 3)[: 4 if colour else 3], dtype=np.uint8)
    assert monitor.constant_images(images) == 0
    images[2] = 7
    images[9] = [10, 20, 30] if colour else 0  # one colour, though its channels differ
    images[10, 0] = images[10, 0, 0]  # one row alone
    assert monitor.constant_images(images) == 2
