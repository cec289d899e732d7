"""The compiled kernels equal torch's and torchvision's operations."""

import math
from typing import Any

import numba
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate
from torchvision.transforms.v2 import functional as F

from paper_repro import paper
from paper_repro.encoders import resample as kernels

CHANNELS = pytest.mark.parametrize("channels", [1, 3])


def image(side: int, channels: int, seed: int = 0) -> kernels.Image:
    """Noise in [0, 1]: [side, side * channels]."""
    return np.random.default_rng(seed).random((side, side * channels), dtype=np.float32)


def tensor(pixels: NDArray[Any], channels: int) -> torch.Tensor:
    """The same image as torch has it: [channels, side, side]."""
    return torch.tensor(pixels.reshape(len(pixels), -1, channels)).permute(2, 0, 1)


def resized(pixels: NDArray[Any], channels: int, side: int) -> NDArray[Any]:
    """Resampled by the map of a mere change of size."""
    scale = len(pixels) / side
    out = np.empty((side, side * channels), dtype=np.float32)
    kernels.resample(pixels, channels, np.array([[scale, 0, scale / 2 - 0.5], [0, scale, scale / 2 - 0.5]]), out)
    return out


@CHANNELS
@pytest.mark.parametrize(("source", "side"), [(20, 31), (31, 31), (31, 30), (50, 17), (90, 7)])
def test_resizing_equals_torchs_antialiased_interpolation(channels: int, source: int, side: int) -> None:
    pixels = image(source, channels)
    expected = interpolate(tensor(pixels, channels)[None], (side, side), mode="bilinear", antialias=True)[0]
    torch.testing.assert_close(tensor(resized(pixels, channels, side), channels), expected, rtol=0, atol=2e-6)


@CHANNELS
@pytest.mark.parametrize("minified", [1.0, 3.0])
def test_a_quarter_turn_of_the_map_turns_the_image(channels: int, minified: float) -> None:
    pixels, side = image(30, channels), round(30 / minified)
    out = np.empty((side, side * channels), dtype=np.float32)
    first = minified / 2 - 0.5
    kernels.resample(pixels, channels, np.array([[0, -minified, 29 - first], [minified, 0, first]]), out)
    expected = torch.rot90(tensor(resized(pixels, channels, side), channels), 1, (1, 2))
    torch.testing.assert_close(tensor(out, channels), expected, rtol=0, atol=2e-6)


def test_minifying_at_an_angle_leaves_no_alias_of_a_checkerboard() -> None:
    board = (np.indices((240, 240)).sum(0) % 2).astype(np.float32)
    turn, scale, side = math.radians(17), 2.5, 60
    turned = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    to_source = np.column_stack([turned, np.array([119.5, 119.5]) - turned @ [29.5, 29.5]])
    out = np.empty((side, side), dtype=np.float32)
    kernels.resample(board, 1, to_source, out)
    assert abs(out - 0.5).max() < 0.03
    kernels.bilinear(board, 1, to_source, out)  # what would happen without: full contrast
    assert abs(out - 0.5).max() > 0.45


@pytest.mark.parametrize("turn", np.radians([0, 30, 45, 100, -170]))
def test_a_constant_image_stays_constant_up_to_the_corners(turn: float) -> None:
    pixels, side = np.full((90, 90), 0.7, dtype=np.float32), 40
    for scale in (0.5, 1.5, 3.0):
        turned = scale * np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        out = np.full((side, side), np.nan, dtype=np.float32)
        kernels.resample(pixels, 1, np.column_stack([turned, np.array([44.5, 44.5]) - turned @ [19.5, 19.5]]), out)
        np.testing.assert_allclose(out, 0.7, atol=1e-6)


@CHANNELS
@pytest.mark.parametrize("kernel", [1, 13, 25, 45])
@pytest.mark.parametrize("sigma", [0.1, 0.35, 1.0, 2.0])
def test_the_blur_equals_torchvisions(channels: int, kernel: int, sigma: float) -> None:
    pixels = image(32, channels)
    expected = F.gaussian_blur(tensor(pixels, channels).double(), [kernel, kernel], [sigma, sigma]).float()
    kernels.blur(pixels, channels, kernels.gaussian(sigma, kernel), np.empty_like(pixels))
    torch.testing.assert_close(tensor(pixels, channels), expected, rtol=0, atol=1e-6)


def test_taps_left_out_are_those_that_move_nothing() -> None:
    # of 12 taps beside the centre
    assert [kernels.gaussian(sigma, 25).size - 1 for sigma in (0.1, 1.0, 2.0)] == [0, 5, 11]
    taps = kernels.gaussian(2.0, 13)
    assert taps.size == 7
    assert taps[0] + 2 * taps[1:].sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.5])
def test_brightness_equals_torchvisions(factor: float) -> None:
    pixels = image(32, 3) * np.float32(1.2) - np.float32(0.1)  # some outside [0, 1], to be clamped
    expected = F.adjust_brightness(tensor(pixels, 3), factor)
    kernels.blend(pixels, factor, 0.0)
    torch.testing.assert_close(tensor(pixels, 3), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("factor", [0.5, 0.8, 1.0, 1.5])
def test_contrast_equals_torchvisions(factor: float) -> None:
    pixels = image(32, 3) * np.float32(1.2) - np.float32(0.1)
    expected = F.adjust_contrast(tensor(pixels, 3), factor)
    kernels.blend(pixels, factor, kernels.mean_gray(pixels, np.array(paper.LUMA)))
    torch.testing.assert_close(tensor(pixels, 3), expected, rtol=0, atol=1e-6)


def test_the_mean_gray_is_that_of_eq_6() -> None:
    pixels = image(32, 3)
    literal = (pixels.reshape(-1, 3).astype(float) @ [0.2989, 0.587, 0.114]).mean()
    # not compiled, for the coverage, numpy adds in single precision
    rel = 1e-6 if numba.config.DISABLE_JIT else 1e-12  # type: ignore[attr-defined]
    assert kernels.mean_gray(pixels, np.array(paper.LUMA)) == pytest.approx(literal, rel=rel)


@CHANNELS
@pytest.mark.parametrize("jitter", [None, (1.3, 0.7, 1.0, 0.0), (1.3, 0.7, 0.0, 0.0), (0.8, 1.2, 0.0, 1.5)])
def test_a_view_is_one_step_after_the_other(channels: int, jitter: tuple[float, ...] | None) -> None:
    side, images = 16, np.random.default_rng(1).integers(0, 256, (2, 16, 16 * channels), dtype=np.uint8)
    first = np.stack([np.full(side * channels, 1 / 255), np.zeros(side * channels)]).astype(np.float32)
    last = np.random.default_rng(2).random((2, side * 3), dtype=np.float32)
    luma = np.array(paper.LUMA if channels == 3 else [1.0])
    numbers = np.tile(np.array(jitter or (), dtype=float), (2, 1))
    as_it_is = np.tile(np.array([[1.0, 0, 0], [0, 1.0, 0]]), (2, 1, 1))
    out = np.empty((2, side, side * 3), dtype=np.float32)
    kernels.render(images, as_it_is, numbers, first, last, luma, 5, out)
    for one, found in zip(images, out, strict=True):
        view = tensor(one, channels).float() / 255
        if jitter:
            brightness, contrast, brightness_first, sigma = jitter
            view = F.adjust_brightness(view, brightness) if brightness_first else view
            view = F.adjust_contrast(view, contrast)
            view = view if brightness_first else F.adjust_brightness(view, brightness)
            view = F.gaussian_blur(view, [5, 5], [sigma, sigma]) if sigma else view
        expected = view.expand(3, side, side).permute(1, 2, 0).reshape(side, side * 3).numpy() * last[0] + last[1]
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-6)
