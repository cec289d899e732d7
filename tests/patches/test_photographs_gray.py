"""The gray version of photographs (Eq. 6)."""

from fractions import Fraction

import numpy as np
import torch
from torchvision.transforms.functional import rgb_to_grayscale

from paper_repro import paper
from paper_repro.patches import photographs
from paper_repro.patches.photographs import to_gray
from tests.patches.photographs_made import pixels


def test_luma_is_the_papers() -> None:
    assert photographs.LUMA == (2989, 5870, 1140)


def test_gray_is_the_exact_luma_truncated() -> None:
    """Eq. 6, literally, in exact arithmetic."""
    weights = [Fraction(str(weight)) for weight in paper.LUMA]
    rgb = np.concatenate([pixels(1, side=30).reshape(-1, 3), np.array([[0, 0, 0], [255, 255, 255], [0, 0, 250]])])
    rgb = rgb.astype(np.uint8)
    literal = [int(sum((w * int(v) for w, v in zip(weights, colour, strict=True)), Fraction())) for colour in rgb]
    assert to_gray(rgb).tolist() == literal
    assert to_gray(np.full((2, 2, 3), 255, np.uint8)).tolist() == [[254, 254], [254, 254]]
    assert to_gray(np.zeros((1, 1, 3), np.uint8)).tolist() == [[0]]
    assert to_gray(rgb).dtype == np.uint8


def test_gray_equals_torchvisions_float_luma_to_rounding() -> None:
    """As the paper has it (footnote of Eq. 6): they may differ only where the exact luma is a whole number.

    The switch `luma=float32` is that arithmetic, byte by byte.
    """
    green, blue = np.meshgrid(np.arange(256), np.arange(256))
    for red in (0, 1, 77, 128, 255):
        rgb = np.stack([np.full_like(green, red), green, blue], axis=-1).astype(np.uint8)
        luma = rgb_to_grayscale(torch.from_numpy(rgb).permute(2, 0, 1) / 255)[0]
        theirs = (luma * 255).to(torch.uint8).numpy()
        differ = theirs != to_gray(rgb)
        whole = (2989 * red + 5870 * green + 1140 * blue) % 10_000 == 0
        assert not (differ & ~whole).any()
        assert differ.mean() < 1e-3
        assert np.array_equal(to_gray(rgb, "float32"), theirs)
