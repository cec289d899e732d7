"""Augmentation: one resampling by a compiled kernel against torchvision's transforms one after another.

The same 32 colour images of 150 px give 64 views of 224 px, ready for the network, both ways in turn.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paper_repro import paper
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.recipe import RECIPES
from tests.encoders.literal_augment import ordinary_transform

PAIRS = 7


def seconds(make: Callable[[], Tensor]) -> float:
    """Wall time of one call, which must give the 64 views."""
    start = time.perf_counter()
    views = make()
    spent = time.perf_counter() - start
    assert views.shape == (2 * paper.TABLE2.batch_size, 3, paper.INPUT_SIDE_PX, paper.INPUT_SIDE_PX)
    return spent


def main() -> None:
    """Print milliseconds a view both ways and the median ratio of runs made in pairs."""
    rng = np.random.default_rng(0)
    side, count = paper.IMAGE_SIDE_PX, paper.TABLE2.batch_size
    images: NDArray[np.uint8] = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    augmenter = Augmenter(paper.INPUT_SIDE_PX, True, RECIPES["paper"], jitter_and_blur=True)
    ordinary = ordinary_transform(paper.INPUT_SIDE_PX)

    def literal() -> Tensor:
        single = torch.from_numpy(np.repeat(images, 2, axis=0)).permute(0, 3, 1, 2).contiguous()
        return torch.stack([ordinary(image) for image in single]).contiguous(memory_format=torch.channels_last)

    def fused() -> Tensor:
        return augmenter.two_views(images, rng)

    seconds(fused), seconds(literal)  # compiles, and fills caches
    pairs = [(seconds(literal), seconds(fused)) for _ in range(PAIRS)]
    per_view = [1000 * statistics.median(times) / (2 * count) for times in zip(*pairs, strict=True)]
    ratio = statistics.median(slow / fast for slow, fast in pairs)
    print(f"{2 * count} views of {side} -> {paper.INPUT_SIDE_PX} px, colour, {torch.get_num_threads()} threads, "
          f"median of {PAIRS} pairs")
    print(f"torchvision's transforms, image by image: {per_view[0]:6.2f} ms a view")
    print(f"recipe paper, one resampling:             {per_view[1]:6.2f} ms a view, "
          f"{per_view[1] * 2 * count:.0f} ms a training step")
    print(f"ratio: {ratio:.1f} x")


if __name__ == "__main__":
    main()
