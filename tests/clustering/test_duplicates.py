import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.clustering import duplicates
from paper_repro.patches.thumbnails import thumbnails

RNG = np.random.default_rng(3)


def smooth(count: int, side: int, colour: bool = True) -> NDArray[np.uint8]:
    """Different images of a few large patches, so that thumbnails tell them apart."""
    coarse = RNG.integers(0, 256, (count, 5, 5, 3) if colour else (count, 5, 5))
    index = np.arange(side) * 5 // side
    return coarse[:, index][:, :, index].astype(np.uint8)


def turned(image: NDArray[np.uint8], symmetry: int) -> NDArray[np.uint8]:
    """One of the eight symmetries, said otherwise than in the code."""
    image = image.swapaxes(0, 1) if symmetry & 1 else image
    image = image[::-1] if symmetry & 2 else image
    return image[:, ::-1] if symmetry & 4 else image


def literal_distance(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Smallest root mean square difference of the means of 16 x 16 cells; the side is a multiple of 16."""
    def cells(image: NDArray[np.uint8]) -> NDArray[np.float64]:
        step = len(image) // 16
        return np.array([[image[a * step:(a + 1) * step, b * step:(b + 1) * step].mean(axis=(0, 1))
                          for b in range(16)] for a in range(16)])

    return float(min(np.sqrt(((cells(one) - cells(turned(other, s))) ** 2).mean()) for s in range(8)))


@pytest.mark.parametrize("colour", [True, False])
def test_distances_are_the_literal_ones(colour: bool) -> None:
    images = smooth(7, 32, colour)
    found = duplicates.pairs(thumbnails(images), 1e9)
    assert list(zip(found.i, found.j, strict=True)) != []
    assert {(int(i), int(j)) for i, j in zip(found.i, found.j, strict=True)} == set(itertools.combinations(range(7), 2))
    for i, j, distance in zip(found.i, found.j, found.distance, strict=True):
        assert distance == pytest.approx(literal_distance(images[i], images[j]), abs=1e-6)
    assert (np.diff(found.distance) >= 0).all()


@pytest.mark.parametrize("side", [125, 32, 20, 10])
def test_planted_groups_are_found_whatever_their_symmetry(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duplicates, "CHUNK", 6)  # pairs within a chunk and across several
    images = smooth(20, side)
    planted = {3: (3, 11, 17), 5: (5, 6), 0: (0, 19)}
    for first, members in planted.items():
        for n, member in enumerate(members[1:]):
            noise = RNG.integers(-2, 3, images[0].shape)
            images[member] = np.clip(turned(images[first], 3 + 2 * n).astype(int) + noise, 0, 255)
    near = duplicates.pairs(thumbnails(images), 30)
    found = duplicates.groups(near, 2.5)
    expected = np.arange(20)
    for members in planted.values():
        expected[list(members)] = min(members)
    assert [int(np.flatnonzero(found == group)[0]) for group in found] == expected.tolist()
    assert found.tolist() == [sorted(set(expected)).index(first) for first in expected]
    assert len(np.unique(duplicates.groups(near, 0.0))) == 20  # noise keeps them apart


def test_a_chain_joins_what_is_far_apart() -> None:
    rows = np.zeros((8, 4, 1))
    rows[:, :, 0] = [0.0, 1.0, 2.0, 9.0]
    near = duplicates.pairs(rows, 20)
    assert duplicates.groups(near, 1.0).tolist() == [0, 0, 0, 1]
    assert duplicates.groups(near, 0.99).tolist() == [0, 1, 2, 3]
    assert duplicates.groups(near, 7.0).tolist() == [0, 0, 0, 0]


def test_only_pairs_up_to_the_largest_distance_are_kept() -> None:
    rows = np.zeros((8, 4, 1))
    rows[:, :, 0] = [0.0, 1.0, 3.0, 7.0]
    found = duplicates.pairs(rows, 3.0)
    assert (found.i.tolist(), found.j.tolist(), found.distance.tolist()) == ([0, 1, 0], [1, 2, 2], [1.0, 2.0, 3.0])


def test_features_are_compared_by_their_cosine_with_either_image_turned() -> None:
    features = RNG.normal(size=(8, 5, 6)).astype(np.float32)
    features[:, 4] = 0
    found = duplicates.pairs(duplicates.directions(features), 2.0)

    def cosine(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    for i, j, distance in zip(found.i, found.j, found.distance, strict=True):
        if j != 4:
            best = max(max(cosine(features[0, i], features[s, j]), cosine(features[s, i], features[0, j]))
                       for s in range(8))
            assert distance**2 == pytest.approx(1 - best, abs=1e-6)
    assert len(found.i) == 10
