"""Encoding: ours (channels-last, folded batch-norm, inference mode, small chunks) against the plain model."""

import time

import numpy as np
import torch

from paper_repro import paper
from paper_repro.base.recipe import RECIPES
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.encode import encode_images
from paper_repro.encoders.resnet import ResNetEncoder
from paper_repro.encoders.weights import random_state

IMAGES, BATCH, ROUNDS = 128, 128, 3


def main() -> None:
    """Print images a second of both and their ratio, with the largest difference between their features."""
    shape = (IMAGES, paper.IMAGE_SIDE_PX, paper.IMAGE_SIDE_PX, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    encoder = ResNetEncoder(random_state(0)).eval()
    augment = Augmenter(paper.INPUT_SIDE_PX, colour=True, recipe=RECIPES["paper"], jitter_and_blur=False)

    def plain() -> np.ndarray:
        with torch.no_grad():
            batches = [augment.plain(images[i : i + BATCH]).contiguous() for i in range(0, IMAGES, BATCH)]
            return np.concatenate([encoder(batch).numpy() for batch in batches])

    def ours() -> np.ndarray:
        return encode_images(encoder, images, paper.INPUT_SIDE_PX, True, torch.device("cpu"))

    difference = float(np.abs(plain() - ours()).max() / np.abs(ours()).max())  # also warms both up
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(ROUNDS):  # in turn, so that what else the machine does meets both
        for name, run in (("plain", plain), ("ours", ours)):
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    slow, fast = (IMAGES / min(seconds[name]) for name in ("plain", "ours"))
    print(f"encoding at {paper.INPUT_SIDE_PX} px, {torch.get_num_threads()} threads: {fast:.1f} images/s, plain model "
          f"{slow:.1f} images/s: {fast / slow:.2f} x (features differ by {difference:.1e} of the largest)")


if __name__ == "__main__":
    main()
