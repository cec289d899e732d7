"""The wave score against a transform written out, and on plane waves and noise."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.patches.waves import wave_score

SIDE = 64


def literal(image: NDArray[np.uint8]) -> float:
    """Discrete Fourier transform by its sum, frequency by frequency."""
    side = len(image)
    hann = [0.5 - 0.5 * math.cos(2 * math.pi * n / (side - 1)) for n in range(side)]
    values = (image - image.mean()) * np.outer(hann, hann)
    power = [0.0] * 12
    places = np.arange(side)
    for u in range(-(side // 2), side // 2):
        for v in range(-(side // 2), side // 2):
            length = math.inf if u == v == 0 else side / math.hypot(u, v)
            if not 4 <= length <= 32:
                continue
            wave = np.exp(-2j * math.pi * (u * places[:, None] + v * places[None, :]) / side)
            degrees = math.degrees(math.atan2(u, v)) % 180
            power[int((degrees + 7.5) // 15) % 12] += abs(complex((values * wave).sum())) ** 2
    return max(power) / sum(power)


def waves(length: float, degrees: float, phase: float = 0.0, side: int = 128) -> NDArray[np.uint8]:
    y, x = np.mgrid[:side, :side]
    along = x * math.cos(math.radians(degrees)) + y * math.sin(math.radians(degrees))
    return np.rint(127 + 90 * np.cos(2 * math.pi * along / length + phase)).astype(np.uint8)


def noise(seed: int, side: int = SIDE) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)


def test_equals_the_transform_written_out() -> None:
    images = np.stack([noise(0), waves(9.3, 37, side=SIDE), noise(1) // 4 + waves(6, 100, side=SIDE) // 3])
    assert wave_score(images) == pytest.approx([literal(image) for image in images], abs=1e-9)


@pytest.mark.parametrize("degrees", range(0, 180, 15))
def test_a_wave_train_in_the_middle_of_a_sector_scores_high_in_any_phase(degrees: int) -> None:
    images = np.stack([waves(10, degrees, phase) for phase in (0.0, 1.0, 2.5)])
    scores = wave_score(images)
    assert scores.min() > 0.9
    assert np.ptp(scores) < 0.02


def test_a_wave_train_between_two_sectors_is_shared_by_them() -> None:
    scores = wave_score(np.stack([waves(10, degrees + 7.5) for degrees in range(0, 180, 15)]))
    assert scores.min() > 0.5
    assert scores.max() < 0.8


def test_noise_has_no_direction() -> None:
    scores = wave_score(np.stack([noise(seed, 128) for seed in range(20)]))
    assert scores.min() >= 1 / 12
    assert scores.max() < 0.2


def test_only_wavelengths_of_4_to_32_px_count() -> None:
    grain = noise(3, 128) // 16  # what is left to score where the wave doesn't count
    outside = wave_score(np.stack([waves(length, 20) // 2 + grain for length in (128.0, 2.6)]))
    inside = wave_score(np.stack([waves(length, 30) // 2 + grain for length in (5.0, 28.0)]))
    assert outside.max() < 0.15  # as noise alone
    assert inside.min() > 0.7


def test_a_quarter_turn_changes_nothing() -> None:
    images = np.stack([noise(seed) for seed in range(4)])
    assert wave_score(np.rot90(images, axes=(1, 2))) == pytest.approx(wave_score(images), abs=1e-9)


def test_a_constant_patch_scores_nothing() -> None:
    images = np.stack([np.full((SIDE, SIDE), value, np.uint8) for value in (0, 77)])
    assert wave_score(images).tolist() == [0, 0]


def test_more_images_than_are_held_at_once() -> None:
    images = np.stack([noise(seed, 16) for seed in range(150)])
    assert wave_score(images)[[0, 70, 149]] == pytest.approx([wave_score(images[[n]])[0] for n in (0, 70, 149)])
