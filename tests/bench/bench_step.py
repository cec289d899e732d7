"""A training step of both encoders: its parts, its memory, and what an epoch and a whole training take."""

import resource
import time
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from paper_repro import paper
from paper_repro.base.profile import Model
from paper_repro.base.recipe import RECIPES
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.simclr import nt_xent
from paper_repro.encoders.train import be_deterministic, build, build_optimiser, place
from paper_repro.encoders.weights import BaseWeights, random_state

STEPS, IMAGES = 3, {"SWIMCAT": 784, "Cloud-ImVN": paper.IMAGES_PER_CLASS * len(paper.CLASS_NAMES)}
PARTS = ("augmentation", "forward", "backward", "optimiser")


def main() -> None:
    """Print the seconds and the share of each part in a step of 32 images at 224 px, memory, and the time projected."""
    # the one that needs less memory first, so that what is printed for it is its own
    for model in ("autoencoder", "simclr"):
        measure(model)


def measure(model: Model) -> None:
    """Print all of one encoder."""
    cpu, recipe, table = torch.device("cpu"), RECIPES["paper"], paper.TABLE2
    shape = (table.batch_size, paper.IMAGE_SIDE_PX, paper.IMAGE_SIDE_PX, 3)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    base = BaseWeights(random_state(0), "random", "", None, "")
    network = place(build(model, base, 0, paper.INPUT_SIDE_PX, recipe), cpu).train()
    optimiser = build_optimiser(model, network, recipe)
    augment = Augmenter(paper.INPUT_SIDE_PX, colour=True, recipe=recipe, jitter_and_blur=model == "simclr")
    rng = np.random.default_rng(0)

    def step() -> list[float]:
        times = [time.perf_counter()]
        views = _views(model, augment, images, rng)
        times.append(time.perf_counter())
        loss = _loss(model, network, views)
        times.append(time.perf_counter())
        optimiser.zero_grad()
        torch.autograd.backward([loss])
        times.append(time.perf_counter())
        optimiser.step()
        times.append(time.perf_counter())
        return list(np.diff(times))

    be_deterministic(cpu)
    step()
    seconds = np.min([step() for _ in range(STEPS)], axis=0)
    network.eval()
    with torch.inference_mode():
        start = time.perf_counter()
        _loss(model, network, _views(model, augment, images, rng))
        test = time.perf_counter() - start
    total = float(seconds.sum())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6  # GB where it is given in kB, as on Linux
    print(f"{model}: training step, {table.batch_size} images at {paper.INPUT_SIDE_PX} px, {torch.get_num_threads()} "
          f"threads: {total:.2f} s, a test step {test:.2f} s; largest memory {peak:.1f} GB")
    for name, value in zip(PARTS, seconds, strict=True):
        print(f"  {name:<12} {value:7.3f} s  {100 * value / total:5.1f} %")
    for name, count in IMAGES.items():
        epoch = (paper.TRAIN_SHARE * total + (1 - paper.TRAIN_SHARE) * test) * count / table.batch_size
        print(f"  projected: an epoch of {count} images ({name}) {epoch:.0f} s, {table.max_epochs} of them "
              f"{epoch * table.max_epochs / 3600:.1f} h")


def _views(model: Model, augment: Augmenter, images: NDArray[np.uint8], rng: np.random.Generator) -> torch.Tensor:
    return augment.two_views(images, rng) if model == "simclr" else augment(images, rng)


def _loss(model: Model, network: nn.Module, views: torch.Tensor) -> Any:
    outputs = network(views)
    if model == "simclr":
        return nt_xent(outputs, paper.TABLE2.loss_temperature)
    return nn.functional.mse_loss(outputs, views)
