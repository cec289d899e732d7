"""Sect. 3.1.5: a patch minus its blurred self, standardised, clipped, and stored in 8 bits again."""

import numpy as np
from numpy.typing import NDArray

from paper_repro.paper import Table4
from paper_repro.patches.batches import batches
from paper_repro.patches.kernels import Reals


def flatten(images: NDArray[np.uint8], settings: Table4) -> NDArray[np.uint8]:
    """Flatten and standardise stored patches: uint8 [N, r, r] -> uint8 [N, r, r].

    In units of [0, 1]: minus the Gaussian blur (sigma_f, kernel k_f, borders mirrored), minus the mean, over the
    standard deviation (ddof 1), times c_s, clipped to [-1, 1]; then stretched from minimum to maximum, x 255,
    truncated. A constant patch becomes 0.
    """
    flat = np.empty_like(images)
    blur = blur_matrix(images.shape[1], settings.flatten_sigma_px, settings.flatten_kernel_px)
    for part in batches(images):
        stored = images[part]
        patches = stored / 255.0
        patches -= blur @ patches @ blur.T
        patches -= patches.mean(axis=(1, 2), keepdims=True)
        varied = np.ptp(stored, axis=(1, 2), keepdims=True) > 0  # else nothing but rounding is left
        deviation = patches.std(axis=(1, 2), ddof=1, keepdims=True)
        patches *= np.divide(settings.contrast, deviation, out=np.zeros_like(deviation), where=varied)
        flat[part] = to_bytes(np.clip(patches, -1, 1))
    return flat


def to_bytes(patches: Reals, whole: tuple[float, float] | None = None) -> NDArray[np.uint8]:
    """Stretch each [r, r] (last two axes) from its minimum to its maximum, x 255, cut to 8 bits; a constant gives 0.

    whole: minimum and maximum in place of each one's own; values beyond, as interpolation may give, are clipped.
    """
    low, high = (patches.min(axis=(-2, -1), keepdims=True), patches.max(axis=(-2, -1), keepdims=True)) if (
        whole is None) else map(np.float64, whole)
    span = high - low
    share = np.divide(patches - low, span, out=np.zeros_like(patches), where=span > 0)
    stored: NDArray[np.uint8] = ((share if whole is None else np.clip(share, 0, 1)) * 255).astype(np.uint8)
    return stored


def blur_matrix(side: int, sigma: float, kernel: int) -> Reals:
    """Gaussian blur along one axis as a matrix [side, side]; borders are mirrored about the outermost pixels."""
    offsets = np.arange(kernel) - kernel // 2
    weights = np.exp(-0.5 * (offsets / sigma) ** 2)
    weights /= weights.sum()
    source = np.pad(np.arange(side), kernel // 2, mode="reflect")
    matrix = np.zeros((side, side))
    rows = np.arange(side)
    for place, weight in enumerate(weights):
        matrix[rows, source[rows + place]] += weight  # each row once, so nothing is lost
    return matrix
