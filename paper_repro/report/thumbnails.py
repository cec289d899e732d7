"""Thumbnails of 32 px on sheets: at most 10,000 over all sets of a page, chosen by seed where there are more."""

import base64
import io
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE, MOST, ACROSS = 32, 10_000, 32
QUALITY = 70


def choose(sizes: Mapping[str, int], most: int = MOST, seed: int = 0) -> dict[str, NDArray[np.int64]]:
    """Rows of each set that get a thumbnail, sorted: all, or `most` drawn from all images alike."""
    total = sum(sizes.values())
    drawn = np.arange(total) if total <= most else np.sort(np.random.default_rng(seed).permutation(total)[:most])
    chosen, start = {}, 0
    for name, count in sizes.items():
        chosen[name] = drawn[(drawn >= start) & (drawn < start + count)] - start
        start += count
    return chosen


def sheets(images: NDArray[np.uint8], rows: NDArray[np.int64]) -> list[str]:
    """Data URIs of WebP sheets of 32 x 32 thumbnails of `rows` of images [N, S, S] or [N, S, S, 3], in that order."""
    per_sheet = ACROSS * ACROSS
    return [_sheet([images[row] for row in rows[start:start + per_sheet]]) for start in range(0, len(rows), per_sheet)]


def _sheet(images: Sequence[NDArray[np.uint8]]) -> str:
    high = math.ceil(len(images) / ACROSS)
    sheet = Image.new("RGB", (ACROSS * SIDE, high * SIDE))
    for place, image in enumerate(images):
        small = Image.fromarray(image).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
        sheet.paste(small, (place % ACROSS * SIDE, place // ACROSS * SIDE))
    return webp(sheet, QUALITY)


def webp(image: Image.Image, quality: int) -> str:
    """A picture as a data URI."""
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, method=4)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode()
