"""Augmentation: compiled, by one resampling or by the chain of four, against torchvision's transforms.

The same 32 colour images of 150 px give 64 views of 224 px, ready for the network, all three ways in turn.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paper_repro import paper
from paper_repro.base.recipe import with_switches
from paper_repro.encoders.augment import Augmenter
from tests.encoders.literal_augment import ordinary_transform

ROUNDS = 7


def seconds(make: Callable[[], Tensor]) -> float:
    """Wall time of one call, which must give the 64 views."""
    start = time.perf_counter()
    views = make()
    spent = time.perf_counter() - start
    assert views.shape == (2 * paper.TABLE2.batch_size, 3, paper.INPUT_SIDE_PX, paper.INPUT_SIDE_PX)
    return spent


def main() -> None:
    """Print milliseconds a view each way and the median ratios of runs made together."""
    rng = np.random.default_rng(0)
    side, count = paper.IMAGE_SIDE_PX, paper.TABLE2.batch_size
    images: NDArray[np.uint8] = rng.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    fused, chain = (Augmenter(paper.INPUT_SIDE_PX, True, with_switches("paper", {"views": views}), jitter_and_blur=True)
                    for views in ("fused", "chain"))
    ordinary = ordinary_transform(paper.INPUT_SIDE_PX)

    def literal() -> Tensor:
        single = torch.from_numpy(np.repeat(images, 2, axis=0)).permute(0, 3, 1, 2).contiguous()
        return torch.stack([ordinary(image) for image in single]).contiguous(memory_format=torch.channels_last)

    ways: dict[str, Callable[[], Tensor]] = {
        "torchvision's transforms, image by image": literal,
        "the chain of four resamplings": lambda: chain.two_views(images, rng),
        "one resampling": lambda: fused.two_views(images, rng),
    }
    for make in ways.values():
        seconds(make)  # compiles, and fills caches
    rounds = [[seconds(make) for make in ways.values()] for _ in range(ROUNDS)]
    print(f"{2 * count} views of {side} -> {paper.INPUT_SIDE_PX} px, colour, {torch.get_num_threads()} threads, "
          f"median of {ROUNDS} rounds")
    for place, name in enumerate(ways):
        spent = 1000 * statistics.median(times[place] for times in rounds)
        ratio = statistics.median(times[0] / times[place] for times in rounds)
        print(f"{name + ':':<42}{spent / (2 * count):6.2f} ms a view, {spent:5.0f} ms a training step; "
              f"ratio {ratio:.1f} x")


if __name__ == "__main__":
    main()
