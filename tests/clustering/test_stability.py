"""Silhouette, agreement and bootstrap against their definitions and on data whose groups are known."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.clustering import stability, ward

KS = tuple(range(2, 8))


def groups(spread: float, n: int = 120, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Four groups of n patches; spread 0: none at all."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 4)
    return (rng.normal(size=(n, 6)) + spread * np.eye(4, 6)[labels]).astype(np.float32), labels


def literal_silhouettes(x: NDArray[np.float64], labels: NDArray[np.int64]) -> list[float]:
    found = []
    for n, one in enumerate(x):
        means = {}
        for c in set(labels.tolist()):
            others = [float(np.linalg.norm(one - x[m])) for m in np.flatnonzero(labels == c) if m != n]
            means[c] = sum(others) / len(others) if others else None
        own = means.pop(int(labels[n]))
        near = min(value for value in means.values() if value is not None)
        found.append(0.0 if own is None else (near - own) / max(near, own))
    return found


def literal_rand(a: NDArray[np.int64], b: NDArray[np.int64]) -> float:
    """Adjusted Rand index from all pairs."""
    n = len(a)
    pairs = [(bool(a[i] == a[j]), bool(b[i] == b[j])) for i in range(n) for j in range(i)]
    both, first, second = sum(p and q for p, q in pairs), sum(p for p, _ in pairs), sum(q for _, q in pairs)
    chance = first * second / len(pairs)
    return (both - chance) / ((first + second) / 2 - chance)


def test_silhouette_is_the_definition_with_a_class_of_one() -> None:
    x, labels = groups(2.0, n=40)
    labels = labels.copy()
    labels[7] = 4
    expected = literal_silhouettes(x.astype(np.float64), labels)
    assert stability.silhouettes(x, labels) == pytest.approx(expected, abs=1e-5)


def test_agreement_is_the_definition() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.integers(4, size=(2, 60))
    assert stability.agreement(a, b) == pytest.approx(literal_rand(a, b))
    assert stability.agreement(a, (a + 1) % 4) == 1
    assert abs(np.mean([stability.agreement(a, rng.permutation(a)) for _ in range(50)])) < 0.03


def test_distances_to_the_class_mean() -> None:
    x, labels = groups(1.0)
    for n in range(0, len(x), 11):
        mean = np.mean([x[m] for m in range(len(x)) if labels[m] == labels[n]], axis=0, dtype=np.float64)
        assert stability.to_means(x, labels)[0][n] == pytest.approx(np.linalg.norm(x[n] - mean))


def bootstraps(folder: Path, x: NDArray[np.float32], count: int = 6) -> NDArray[np.float64]:
    np.save(folder / "x.npy", x)
    reference = np.array([ward.cut(ward.linkage(x), k) for k in KS])
    return np.array([stability.resample(stability.Resample(folder / "x.npy", seed, KS, reference))
                     for seed in range(count)])


def test_bootstrap_finds_the_number_of_groups_that_is_there(tmp_path: Path) -> None:
    found = bootstraps(tmp_path, groups(12.0)[0]).mean(axis=0)
    assert found[KS.index(4)] == 1
    assert max(found[KS.index(k)] for k in (6, 7)) < 0.95


def test_bootstrap_of_one_cloud_does_not_come_back(tmp_path: Path) -> None:
    found = bootstraps(tmp_path, groups(0.0)[0]).mean(axis=0)
    assert found[KS.index(4)] < 0.5


def test_same_seed_same_bootstrap(tmp_path: Path) -> None:
    x = groups(1.0)[0]
    first, second = bootstraps(tmp_path, x, 2), bootstraps(tmp_path, x, 2)
    assert (first == second).all()
    assert (first[0] != first[1]).any()


def test_a_bootstrap_is_wards_tree_of_the_draws(tmp_path: Path) -> None:
    x = groups(1.0, n=50)[0]
    reference = np.array([ward.cut(ward.linkage(x), k) for k in KS])
    np.save(tmp_path / "x.npy", x)
    drawn = sorted(np.random.default_rng(4).integers(50, size=50).tolist())
    labels = ward.cut(ward.linkage(x[drawn]), 4)
    place = {patch: labels[n] for n, patch in reversed(list(enumerate(drawn)))}
    expected = stability.agreement(reference[2][list(place)], np.array(list(place.values())))
    found = stability.resample(stability.Resample(tmp_path / "x.npy", 4, KS, reference))
    assert found[2] == pytest.approx(expected)


@pytest.mark.parametrize("labels", [np.zeros(5, np.int64), np.arange(5)])
def test_no_silhouette_of_one_class_or_of_single_patches(labels: NDArray[np.int64]) -> None:
    with pytest.raises(UserError, match="expected between 2 and 4 classes of 5 images"):
        stability.silhouettes(np.arange(10.0).reshape(5, 2), labels)
