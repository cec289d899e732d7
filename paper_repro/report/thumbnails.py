"""Thumbnails on sheets: at most 10,000 over all sets of a page, chosen by seed where there are more."""

import base64
import io
import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, MOST, ACROSS = 32, 10_000, 32
LARGE, FEW = 64, 2_500  # side of a thumbnail where there are no more: the same number of bytes in all
QUALITY = 70
Key = TypeVar("Key", bound=Hashable)


def side_for(count: int) -> int:
    """Side of a page's thumbnails in px, where it has as many."""
    return LARGE if count <= FEW else SIDE


def choose(sizes: Mapping[Key, int], most: int = MOST, seed: int = 0) -> dict[Key, NDArray[np.int64]]:
    """Rows of each set that get a thumbnail, sorted: all, or `most` drawn from all images alike."""
    total = sum(sizes.values())
    drawn = np.arange(total) if total <= most else np.sort(np.random.default_rng(seed).permutation(total)[:most])
    chosen, start = {}, 0
    for name, count in sizes.items():
        chosen[name] = drawn[(drawn >= start) & (drawn < start + count)] - start
        start += count
    return chosen


def sheets(images: NDArray[np.uint8], rows: NDArray[np.int64], side: int = SIDE) -> list[str]:
    """Data URIs of WebP sheets of thumbnails of `rows` of images [N, S, S] or [N, S, S, 3], 32 x 32 of them a sheet."""
    per_sheet = ACROSS * ACROSS
    return [_sheet([images[row] for row in rows[start:start + per_sheet]], side)
            for start in range(0, len(rows), per_sheet)]


def _sheet(images: Sequence[NDArray[np.uint8]], side: int) -> str:
    high = math.ceil(len(images) / ACROSS)
    sheet = Image.new("RGB", (ACROSS * side, high * side))
    for place, image in enumerate(images):
        small = Image.fromarray(image).convert("RGB").resize((side, side), Image.Resampling.BOX)
        sheet.paste(small, (place % ACROSS * side, place // ACROSS * side))
    return webp(sheet, QUALITY)


def webp(image: Image.Image, quality: int) -> str:
    """A picture as a data URI."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
