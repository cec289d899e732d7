"""Compiled kernels of the augmentation: resampling by an affine map, colour jitter, Gaussian blur, normalisation.

An image is `[side, side * channels]`: rows of interleaved channels, so that one machine code serves colour and gray
and the result is channels-last as it is. Sums run in one fixed order, so threads can't change a byte.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.compiled import compiled

Image = NDArray[np.float32]
Bytes = NDArray[np.uint8]
Reals = NDArray[np.float64]
# A tap this light can't move a float32 sum of values in [0, 1]: half a unit in the last place of 1.
NEGLIGIBLE = 2.0**-25


@compiled
def scaled(image: Any, scale: Image, offset: Image, out: Image) -> None:
    """Write value x scale + offset to `out`; `scale` and `offset` hold one number for each column of a row."""
    for row in range(out.shape[0]):
        for k in range(out.shape[1]):
            out[row, k] = np.float32(image[row, k]) * scale[k] + offset[k]


@compiled
def bilinear(source: Image, channels: int, to_source: Reals, out: Image) -> None:
    """Sample `source` bilinearly at the positions of `to_source`; beyond its outer pixels the nearest edge counts."""
    side, last_x, last_y = out.shape[0], source.shape[1] // channels - 1, source.shape[0] - 1
    for row in range(side):
        for column in range(side):
            x = min(max(to_source[0, 0] * column + to_source[0, 1] * row + to_source[0, 2], 0.0), float(last_x))
            y = min(max(to_source[1, 0] * column + to_source[1, 1] * row + to_source[1, 2], 0.0), float(last_y))
            left, top = int(x), int(y)
            right, bottom = min(left + 1, last_x), min(top + 1, last_y)
            across, down = np.float32(x - left), np.float32(y - top)
            for c in range(channels):
                i, j = left * channels + c, right * channels + c
                upper = source[top, i] + across * (source[top, j] - source[top, i])
                lower = source[bottom, i] + across * (source[bottom, j] - source[bottom, i])
                out[row, column * channels + c] = upper + down * (lower - upper)


@compiled
def triangle(source: Image, channels: int, to_source: Reals, out: Image) -> None:
    """Average `source` under a triangle as wide as the map minifies along each axis of `out` (antialiasing).

    Without rotation this is torch's antialiased bilinear interpolation: a triangle of half-width max(1, scale) px
    along each axis, cut at the image's edge, its weights made to sum to 1.
    """
    side, last_x, last_y = out.shape[0], source.shape[1] // channels - 1, source.shape[0] - 1
    scale_x, scale_y = math.hypot(to_source[0, 0], to_source[1, 0]), math.hypot(to_source[0, 1], to_source[1, 1])
    cos, sin = to_source[0, 0] / scale_x, to_source[1, 0] / scale_x  # direction of a row of `out` in `source`
    wide, high = max(1.0, scale_x), max(1.0, scale_y)
    u_x, u_y, v_x, v_y = cos / wide, sin / wide, -sin / high, cos / high
    reach_x, reach_y = wide * abs(cos) + high * abs(sin), wide * abs(sin) + high * abs(cos)
    for row in range(side):
        for column in range(side):
            x = min(max(to_source[0, 0] * column + to_source[0, 1] * row + to_source[0, 2], 0.0), float(last_x))
            y = min(max(to_source[1, 0] * column + to_source[1, 1] * row + to_source[1, 2], 0.0), float(last_y))
            first, total = column * channels, 0.0
            for c in range(channels):
                out[row, first + c] = 0.0
            for j in range(max(0, math.ceil(y - reach_y)), min(last_y, math.floor(y + reach_y)) + 1):
                for i in range(max(0, math.ceil(x - reach_x)), min(last_x, math.floor(x + reach_x)) + 1):
                    u, v = (i - x) * u_x + (j - y) * u_y, (i - x) * v_x + (j - y) * v_y
                    weight = max(0.0, 1.0 - abs(u)) * max(0.0, 1.0 - abs(v))
                    total += weight
                    for c in range(channels):
                        out[row, first + c] += np.float32(weight) * source[j, i * channels + c]
            for c in range(channels):
                out[row, first + c] /= np.float32(total)


@compiled
def resample(source: Image, channels: int, to_source: Reals, out: Image) -> None:
    """Fill `out` with `source` seen through the map `to_source` [2, 3]: bilinear, antialiased where it minifies.

    The map takes (column, row, 1) of a pixel of `out` to the (x, y) of `source` it looks at, in px, both counted
    from the centre of the first pixel.
    """
    scale_x, scale_y = math.hypot(to_source[0, 0], to_source[1, 0]), math.hypot(to_source[0, 1], to_source[1, 1])
    if max(scale_x, scale_y) <= 1.0:
        bilinear(source, channels, to_source, out)
    else:
        triangle(source, channels, to_source, out)


@compiled
def blend(image: Image, factor: float, other: float) -> None:
    """In place: factor x value + (1 - factor) x other, clamped to [0, 1]; torchvision's law of each jitter."""
    gain, lift = np.float32(factor), np.float32((1.0 - factor) * other)
    for row in range(image.shape[0]):
        for k in range(image.shape[1]):
            image[row, k] = min(max(image[row, k] * gain + lift, np.float32(0.0)), np.float32(1.0))


@compiled
def mean_gray(image: Image, luma: Reals) -> float:
    """Mean of the gray image (Eq. 6): the channels weighted by `luma`, one weight for each channel."""
    channels, total = luma.shape[0], 0.0
    for c in range(channels):
        part = 0.0
        for row in range(image.shape[0]):
            for k in range(c, image.shape[1], channels):
                part += image[row, k]
        total += luma[c] * part
    return total * channels / image.size


@compiled
def gaussian(sigma: float, kernel: int) -> Image:
    """Weights of the taps 0, 1, 2, ... px from the centre of a Gaussian `kernel` px wide that sums to 1.

    Taps too light to move a float32 are left out: at sigma = 1 px, 6 of 12.
    """
    radius, total = 0, 1.0
    for i in range(1, kernel // 2 + 1):
        tap = math.exp(-0.5 * (i / sigma) ** 2)
        total += 2.0 * tap
        if tap > NEGLIGIBLE:
            radius = i
    taps = np.empty(radius + 1, dtype=np.float32)
    for i in range(radius + 1):
        taps[i] = math.exp(-0.5 * (i / sigma) ** 2) / total
    return taps


@compiled
def add_pair(row: Image, tap: float, one: Image, other: Image) -> None:
    """In place: row + tap x (one + other)."""
    for k in range(row.size):
        row[k] += tap * (one[k] + other[k])


@compiled
def blur(image: Image, channels: int, taps: Image, spare: Image) -> None:
    """Blur in place, first along the rows, then across them; the image is reflected at its edges (without them).

    taps: of `gaussian`, no more than the image has px; spare: memory of the image's shape.
    """
    side, width, radius = image.shape[0], image.shape[1], taps.size - 1
    start = radius * channels
    padded = np.empty(start + width + start, dtype=np.float32)
    for row in range(side):
        for k in range(width):
            padded[start + k] = image[row, k]
            spare[row, k] = taps[0] * image[row, k]
        for i in range(channels, start + channels, channels):
            for c in range(channels):
                padded[start - i + c] = image[row, i + c]
                padded[start + width + i - channels + c] = image[row, width - i - channels + c]
        for i in range(1, radius + 1):
            left, right = start - i * channels, start + i * channels
            add_pair(spare[row], taps[i], padded[left : left + width], padded[right : right + width])
    for row in range(side):
        for k in range(width):
            image[row, k] = taps[0] * spare[row, k]
        for i in range(1, radius + 1):
            add_pair(image[row], taps[i], spare[abs(row - i)], spare[side - 1 - abs(side - 1 - row - i)])


@compiled
def finished(image: Image, jitter: Reals, last: Image, luma: Reals, kernel: int, spare: Image, out: Image) -> None:
    """Jitter and blur one view in place, and write it scaled to `out`; arguments as in `finish`, of one view."""
    channels, side = luma.shape[0], out.shape[0]
    if jitter.size > 0:
        brightness, contrast, brightness_first, sigma = jitter
        if brightness_first > 0:
            blend(image, brightness, 0.0)
        blend(image, contrast, mean_gray(image, luma))
        if brightness_first == 0:
            blend(image, brightness, 0.0)
        if sigma > 0:
            blur(image, channels, gaussian(sigma, kernel), spare)
    if channels == 3:
        scaled(image, last[0], last[1], out)
    else:
        for row in range(side):
            for k in range(side * 3):
                out[row, k] = image[row, k // 3] * last[0, k] + last[1, k]


@compiled
def finish(views: Image, jitter: Reals, last: Image, luma: Reals, kernel: int, out: Image) -> None:
    """Jitter, blur and scale views that are resampled already.

    views: float32 [N, side, side * channels], changed in place; jitter: [N, 4] of brightness, contrast, whether
    brightness comes first, sigma of the blur in px (0: none), or [N, 0] for neither jitter nor blur; last:
    [2, side * 3], scale and offset by column of a row; luma: [channels]; out: float32 [N, side, side * 3], gray
    repeated three times.
    """
    spare = np.empty(views.shape[1:], dtype=np.float32)
    for n in range(views.shape[0]):
        finished(views[n], jitter[n], last, luma, kernel, spare, out[n])


@compiled
def render(images: Bytes, maps: Reals, jitter: Reals, first: Image, last: Image, luma: Reals, kernel: int,
           out: Image) -> None:
    """Make one view of each image: scale, resample, jitter, blur, scale; all in one visit.

    images: uint8 [N, source side, source side * channels]; maps: [N, 2, 3] for `resample`; first:
    [2, source side * channels], scale and offset by column of a row; the others as in `finish`.
    """
    channels, side = luma.shape[0], out.shape[1]
    source = np.empty(images.shape[1:], dtype=np.float32)
    image = np.empty((side, side * channels), dtype=np.float32)
    spare = np.empty((side, side * channels), dtype=np.float32)
    for n in range(images.shape[0]):
        scaled(images[n], first[0], first[1], source)
        resample(source, channels, maps[n], image)
        finished(image, jitter[n], last, luma, kernel, spare, out[n])
