"""The chain of four resamplings as torchvision does it, compiled: resize, rotate and crop, resize back, resized crop.

Each step is bilinear; a resize averages under a triangle where it minifies (antialiasing). The two resizes after the
rotation act on each axis alone, so one is applied to the other's taps before either is applied to the image. Every row
of an image holds interleaved channels; sums run in one fixed order, so threads can't change a byte.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.compiled import compiled

Image = NDArray[np.float32]
Places = NDArray[np.int64]
Reals = NDArray[np.float64]


@compiled
def resizing(start: int, extent: int, side: int) -> tuple[Places, Reals]:
    """Resize of the `extent` px from `start` on to `side` px, along one axis: what each output px is made of.

    Returns the first px [side] and the weights [side, taps] of it and those that follow, which sum to 1.
    """
    scale = extent / side
    reach = max(1.0, scale)
    count = min(math.ceil(2 * reach), extent)
    first, weights = np.empty(side, dtype=np.int64), np.empty((side, count))
    for i in range(side):
        centre, total = (i + 0.5) * scale - 0.5, 0.0
        low = min(max(math.floor(centre - reach) + 1, 0), extent - count)
        for k in range(count):
            weights[i, k] = max(0.0, 1.0 - abs(low + k - centre) / reach)
            total += weights[i, k]
        first[i] = start + low
        for k in range(count):
            weights[i, k] /= total
    return first, weights


@compiled
def composed(first: Places, weights: Reals, then_first: Places, then_weights: Reals) -> tuple[Places, Reals]:
    """One resize after another, as a single one."""
    side, count = then_weights.shape
    start, width = np.empty(side, dtype=np.int64), 0
    for i in range(side):
        start[i] = first[then_first[i]]
        width = max(width, first[then_first[i] + count - 1] - start[i] + weights.shape[1])
    both = np.zeros((side, width))
    for i in range(side):
        start[i] = min(start[i], first[-1] + weights.shape[1] - width)  # no tap, even of weight 0, is beyond the image
        for k in range(count):
            middle = then_first[i] + k
            for j in range(weights.shape[1]):
                both[i, first[middle] - start[i] + j] += then_weights[i, k] * weights[middle, j]
    return start, both


@compiled
def across(source: Image, channels: int, first: Places, weights: Reals, out: Image) -> None:
    """Resize every row of `source`."""
    light = weights.astype(np.float32)
    for row in range(source.shape[0]):
        for column in range(first.size):
            for c in range(channels):
                place, total = first[column] * channels + c, np.float32(0.0)
                for k in range(light.shape[1]):
                    total += light[column, k] * source[row, place + k * channels]
                out[row, column * channels + c] = total


@compiled
def down(source: Image, first: Places, weights: Reals, out: Image) -> None:
    """Resize every column of `source`."""
    for row in range(first.size):
        for i in range(out.shape[1]):
            out[row, i] = np.float32(weights[row, 0]) * source[first[row], i]
        for k in range(1, weights.shape[1]):
            weight = np.float32(weights[row, k])
            for i in range(out.shape[1]):
                out[row, i] += weight * source[first[row] + k, i]


@compiled
def turned(source: Image, channels: int, cos: float, sin: float, first: int, out: Image) -> None:
    """Rotate the square `source` about its centre; write the square from px `first` on. Beyond the image it is 0."""
    side, size = source.shape[0], out.shape[0]
    centre = (side - 1) / 2
    for row in range(size):
        for column in range(size):
            right, below = column + first - centre, row + first - centre
            x, y = cos * right - sin * below + centre, sin * right + cos * below + centre
            left, top = math.floor(x), math.floor(y)
            far, low = np.float32(x - left), np.float32(y - top)
            place = column * channels
            if 0 <= left < side - 1 and 0 <= top < side - 1:
                for c in range(channels):
                    i = left * channels + c
                    upper = source[top, i] + far * (source[top, i + channels] - source[top, i])
                    lower = source[top + 1, i] + far * (source[top + 1, i + channels] - source[top + 1, i])
                    out[row, place + c] = upper + low * (lower - upper)
                continue
            for c in range(channels):
                out[row, place + c] = 0.0
            for j in range(max(top, 0), min(top + 2, side)):
                for i in range(max(left, 0), min(left + 2, side)):
                    weight = (far if i > left else 1 - far) * (low if j > top else 1 - low)
                    for c in range(channels):
                        out[row, place + c] += weight * source[j, i * channels + c]


@compiled
def chain(images: Any, geometry: Reals, scale: Image, channels: int, out: Image) -> None:
    """Scale each image and send it through the chain.

    images: uint8 [N, source side, source side * channels]; geometry: [N, 9] of cosine and sine of the angle, first px
    and side of the square cut out of the rotated image, top, left, height, width of the random crop, whether to flip;
    scale: [2, source side * channels], scale and offset by column; out: float32 [N, side, side * channels].
    """
    source_side, side = images.shape[1], out.shape[1]
    source = np.empty(images.shape[1:], dtype=np.float32)
    wide = np.empty((source_side, side * channels), dtype=np.float32)
    resized = np.empty((side, side * channels), dtype=np.float32)
    to_network = resizing(0, source_side, side)
    for n in range(images.shape[0]):
        cos, sin = geometry[n, 0], geometry[n, 1]
        first, size, top, left, height, width, flip = geometry[n, 2:].astype(np.int64)
        for row in range(source_side):
            for k in range(source.shape[1]):
                source[row, k] = np.float32(images[n, row, k]) * scale[0, k] + scale[1, k]
        across(source, channels, to_network[0], to_network[1], wide)
        down(wide, to_network[0], to_network[1], resized)
        square = np.empty((size, size * channels), dtype=np.float32)
        turned(resized, channels, cos, sin, first, square)
        back = resizing(0, size, side)
        crop = resizing(left, width, side)
        columns = composed(back[0], back[1], crop[0], crop[1])
        crop = resizing(top, height, side)
        rows = composed(back[0], back[1], crop[0], crop[1])
        cropped = np.empty((size, side * channels), dtype=np.float32)
        if flip:
            across(square, channels, columns[0][::-1].copy(), columns[1][::-1].copy(), cropped)
        else:
            across(square, channels, columns[0], columns[1], cropped)
        down(cropped, rows[0], rows[1], out[n])
