"""Stacks of images a part at a time, so that memory is bounded whatever their number and side."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

PIXELS = 1_048_576  # 64 images of 128 px, 8 MB of float64


def batches(images: NDArray[np.uint8]) -> Iterator[slice]:
    """Slices of images [N, S, S] that hold as many as fit into PIXELS, or one."""
    count = max(1, PIXELS // images.shape[1] ** 2)
    for start in range(0, len(images), count):
        yield slice(start, start + count)
