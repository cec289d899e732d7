"""A training step of SimCLR in its parts: augmentation, forward, backward, optimiser."""

import time

import numpy as np
import torch

from paper_repro import paper
from paper_repro.archives.weights import BaseWeights, random_state
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.recipe import RECIPES
from paper_repro.encoders.simclr import nt_xent
from paper_repro.encoders.train import build, build_optimiser, deterministic, place

STEPS, SET = 3, 784  # images of SWIMCAT, for the time of an epoch on it
PARTS = ("augmentation", "forward", "backward", "optimiser")


def main() -> None:
    """Print the seconds and the share of each part in a step of 32 images at 224 px, and what an epoch takes."""
    cpu, recipe, table = torch.device("cpu"), RECIPES["paper"], paper.TABLE2
    shape = (table.batch_size, paper.IMAGE_SIDE_PX, paper.IMAGE_SIDE_PX, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    base = BaseWeights(random_state(0), "random", "", None, "")
    network = place(build("simclr", base, 0, paper.INPUT_SIDE_PX), cpu).train()
    optimiser = build_optimiser("simclr", network, recipe)
    augment = Augmenter(paper.INPUT_SIDE_PX, colour=True, recipe=recipe, jitter_and_blur=True)
    rng = np.random.default_rng(0)

    def step() -> list[float]:
        times = [time.perf_counter()]
        views = augment.two_views(images, rng)
        times.append(time.perf_counter())
        loss = nt_xent(network(views), table.loss_temperature)
        times.append(time.perf_counter())
        optimiser.zero_grad()
        torch.autograd.backward([loss])
        times.append(time.perf_counter())
        optimiser.step()
        times.append(time.perf_counter())
        return list(np.diff(times))

    with deterministic(cpu):
        step()
        seconds = np.min([step() for _ in range(STEPS)], axis=0)
        network.eval()
        with torch.inference_mode():
            start = time.perf_counter()
            nt_xent(network(augment.two_views(images, rng)), table.loss_temperature)
            test = time.perf_counter() - start
    total = float(seconds.sum())
    print(f"training step, {table.batch_size} images at {paper.INPUT_SIDE_PX} px, {torch.get_num_threads()} threads: "
          f"{total:.2f} s")
    for name, value in zip(PARTS, seconds, strict=True):
        print(f"  {name:<12} {value:7.3f} s  {100 * value / total:5.1f} %")
    trained = paper.TRAIN_SHARE * SET / table.batch_size
    epoch = trained * total + (1 - paper.TRAIN_SHARE) * SET / table.batch_size * test
    print(f"  scaled: an epoch of {SET} images takes {epoch:.0f} s (a test step {test:.2f} s)")


if __name__ == "__main__":
    main()
