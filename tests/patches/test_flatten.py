"""Flattening and standardisation (Sect. 3.1.5) equals the literal sums; what it does to scales and to a constant."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from torchvision.transforms.v2.functional import gaussian_blur

from paper_repro.paper import TABLE4, Table4
from paper_repro.patches.flatten import blur_matrix, flatten, to_bytes
from tests.patches import literal

SMALL = replace(TABLE4, flatten_sigma_px=4, flatten_kernel_px=25)


def textured(seed: int, count: int, side: int) -> NDArray[np.uint8]:
    """Smooth gradients with noise of some gray values: [count, side, side]."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:side, :side] / side
    slopes = rng.normal(size=(2, count, 1, 1)) * 60
    waves = 20 * np.sin(2 * np.pi * (rows * rng.integers(1, 9) + columns * rng.integers(1, 9)))
    images = 128 + slopes[0] * (rows - 0.5) + slopes[1] * (columns - 0.5) + waves + 8 * rng.normal(
        size=(count, side, side)
    )
    return np.clip(images, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("table", "side"), [(SMALL, 32), (SMALL, 13), (TABLE4, 50)])
def test_equals_the_literal_sums(table: Table4, side: int) -> None:
    images = textured(side, 2, side)
    expected = np.stack([literal.flatten(image, table) for image in images])
    flat = flatten(images, table)
    assert flat.dtype == np.uint8
    # other sums round otherwise: a pixel may fall on the other side of a whole number
    assert np.abs(flat.astype(int) - expected).max() <= 1
    assert np.mean(flat != expected) < 1e-3


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), side=st.integers(13, 24))
def test_equals_the_literal_sums_on_any_noise(seed: int, side: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (side, side)).astype(np.uint8)
    flat = flatten(image[np.newaxis], SMALL)[0].astype(int)
    assert np.abs(flat - literal.flatten(image, SMALL)).max() <= 1


@settings(max_examples=20)
@given(seed=st.integers(0, 10_000), levels=st.integers(2, 256))
def test_equals_the_literal_sums_where_every_pixel_counts(seed: int, levels: int) -> None:
    """In 4 x 4 pixels one degree of freedom more, or a mean that stays, moves what is clipped by several levels."""
    table = replace(TABLE4, flatten_sigma_px=1, flatten_kernel_px=3, contrast=1.0)
    images = np.random.default_rng(seed).integers(0, levels, (5, 4, 4)).astype(np.uint8)
    expected = [literal.flatten(image, table) for image in images]
    assert np.abs(flatten(images, table).astype(int) - expected).max() <= 1


def test_any_range_is_stretched_to_all_of_8_bits() -> None:
    for span in (1e-6, 0.5, 1.0, 3.0):
        patch = 2 + span * np.array([[0, 1], [0.5, 0.25]])
        assert to_bytes(patch).tolist() == [[0, 255], [127, 63]]
    assert to_bytes(np.full((2, 2), 7.0)).tolist() == [[0, 0], [0, 0]]


def test_the_blur_is_torchvisions_gaussian_blur() -> None:
    images = textured(4, 2, 128) / 255.0
    matrix = blur_matrix(128, TABLE4.flatten_sigma_px, TABLE4.flatten_kernel_px)
    kernel, sigma = TABLE4.flatten_kernel_px, float(TABLE4.flatten_sigma_px)
    expected = gaussian_blur(torch.from_numpy(images)[:, None], [kernel, kernel], [sigma, sigma])[:, 0].numpy()
    np.testing.assert_allclose(matrix @ images @ matrix.T, expected, rtol=0, atol=1e-6)


def test_a_constant_patch_becomes_zero() -> None:
    images = np.stack([np.full((128, 128), value, np.uint8) for value in (0, 1, 77, 254, 255)])
    assert not flatten(images, TABLE4).any()


def test_no_patch_gives_no_patch() -> None:
    assert flatten(np.empty((0, 128, 128), np.uint8), TABLE4).shape == (0, 128, 128)


def test_patches_do_not_touch_each_other() -> None:
    images = textured(5, 70, 32)  # more than are worked on at once
    images[69] = 9
    together = flatten(images, SMALL)
    for i in (0, 63, 64, 69):
        np.testing.assert_array_equal(together[i], flatten(images[i : i + 1], SMALL)[0])


def test_a_share_of_the_contrast_is_clipped_and_the_rest_fills_all_gray_values() -> None:
    rng = np.random.default_rng(6)
    image = np.clip(128 + 30 * rng.normal(size=(1, 128, 128)), 0, 255).astype(np.uint8)
    flat = flatten(image, TABLE4)[0]
    assert flat.min() == 0
    assert flat.max() == 255
    # x 0.33, clipped at 1: beyond 3.03 standard deviations, 0.24 % of a normal distribution; 255 is its upper half
    assert 0.0005 < np.mean(flat == 255) < 0.0025
    assert abs(float(flat.mean()) - 127) < 2
    assert abs(float(flat.std()) - 127.5 * TABLE4.contrast) < 1.5


def test_375_km_is_the_sigma_of_a_3000_km_patch() -> None:
    """Sigma is 16 px of 128: 375 of 3000 km. A wave of that sigma's cut-off keeps 1 - exp(-(2 pi sigma / L)^2 / 2)."""
    side = TABLE4.resolution_px
    assert TABLE4.flatten_sigma_px / side * 3000 == 375
    assert TABLE4.flatten_kernel_px == 2 * 3 * TABLE4.flatten_sigma_px + 1
    wide, fine = 4 * side, side / 16
    matrix = blur_matrix(wide, TABLE4.flatten_sigma_px, TABLE4.flatten_kernel_px)
    for length_px in (fine, side / 2, float(side)):  # away from the borders, along one axis
        wave = np.cos(2 * np.pi * (np.arange(wide) - wide / 2) / length_px)
        kept = float((wave - matrix @ wave)[wide // 2])
        expected = 1 - np.exp(-0.5 * (2 * np.pi * TABLE4.flatten_sigma_px / length_px) ** 2)
        assert abs(kept - expected) < 0.01


def test_a_gradient_goes_and_a_detail_stays() -> None:
    rows, columns = np.mgrid[:128, :128]
    gradient = 40 + columns * 1.2
    detail = 30 * np.exp(-((rows - 64) ** 2 + (columns - 40) ** 2) / (2 * 2.0**2))
    image = (gradient + detail).astype(np.uint8)
    assert image[64, 40] < 0.7 * image.max()  # the bright side of the gradient was the brightest
    flat = flatten(image[np.newaxis], TABLE4)[0]
    assert flat[64, 40] == 255
    inner = flat[100:, 48:80].astype(float)  # off the detail and the mirroring borders
    assert np.ptp(np.median(inner, axis=0)) < 0.1 * 255
