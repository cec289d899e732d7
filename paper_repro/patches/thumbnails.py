"""Thumbnails of images in the square's eight symmetries, to find images that are nearly the same."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.errors import UserError

SYMMETRIES = 8
SIDE = 16  # of a thumbnail in px
CHUNK = 256  # images that are held as floats at a time


def symmetries(images: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """The images [N, S, S, ...] turned by 0, 90, 180 and 270 degrees, then the same of their mirror images."""
    for mirrored in (images, images[:, :, ::-1]):
        for quarters in range(4):
            yield np.rot90(mirrored, quarters, axes=(1, 2))


def thumbnails_of(images: Iterable[NDArray[np.uint8]], sources: Iterable[str]) -> NDArray[np.float64]:
    """The thumbnails of images of any sizes, held one at a time. Raises UserError unless all are square and alike."""
    rows, channels = [], None
    for image, source in zip(images, sources, strict=True):
        channels = image.shape[2:] if channels is None else channels
        if image.shape[0] != image.shape[1] or image.shape[2:] != channels:
            raise UserError(f"{source}: expected square images, all in colour or all gray, found another; "
                            "crop or convert it.")
        rows.append(thumbnails(image[None]))
    return np.concatenate(rows, axis=1)


def thumbnails(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Means over `SIDE` x `SIDE` equal cells of uint8 images [N, S, S] or [N, S, S, 3]: float64 [8, N, D].

    In each of the eight symmetries, gray levels less 128 divided by sqrt(D): the distance of two rows is the root mean
    square difference of the thumbnails, in gray levels.
    """
    side = images.shape[1]
    edges = np.linspace(0, side, SIDE + 1)
    overlap = np.minimum(edges[1:, None], np.arange(1, side + 1)) - np.maximum(edges[:-1, None], np.arange(side))
    weights = np.clip(overlap, 0, None) * SIDE / side
    small = np.concatenate([np.einsum("ai,nij...,bj->nab...", weights, images[start:start + CHUNK].astype(np.float64),
                                      weights, optimize=True) for start in range(0, len(images), CHUNK)]) - 128
    rows = np.stack([turned.reshape(len(images), -1) for turned in symmetries(small)])
    return rows / np.sqrt(rows.shape[2])
