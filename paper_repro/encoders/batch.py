"""The batches of an epoch (Sect. 4.1, Table 2): which images, the loss of each, and the loss of the epoch."""

import math
from collections.abc import Sequence
from fractions import Fraction

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.profile import Model
from paper_repro.base.recipe import LastBatch, Recipe, Split
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.resnet import STRIDE
from paper_repro.encoders.simclr import nt_xent

Ids = NDArray[np.int64]


def split(count: int, rng: np.random.Generator, rule: Split) -> tuple[Ids, Ids]:
    """Numbers of the images for training (80 %) and for the test (20 %), at random (Sect. 4.1).

    "round": as many for training as is nearest to 80 %; "floor": the 20 % are rounded down, the rest is for training.
    Raises UserError for too few images.
    """
    if count < 5:
        raise UserError(f"Training needs at least 5 images (80 % to train, 20 % to test), found {count}; add images.")
    order, share = rng.permutation(count), Fraction(str(paper.TRAIN_SHARE))
    cut = round(paper.TRAIN_SHARE * count) if rule == "round" else math.ceil(share * count)
    return order[:cut], order[cut:]


def batches(order: Ids, size: int, model: Model, side: int, *, training: bool) -> list[Ids]:
    """Cut an epoch's images, in their order, into batches of `size`; the last one may be smaller.

    A last batch of a single image is left out of SimCLR's training: one pair of views has no negatives, so that its
    NT-Xent is 0 whatever the network does (in the test see `mean_loss`). Of the autoencoder's it is left out in
    training at 32 px alone: its last maps have one pixel, from which batch norm can't take a variance.
    """
    cut = [order[start : start + size] for start in range(0, len(order), size)]
    useless = training and (model == "simclr" or side == STRIDE)
    return [batch for batch in cut if len(batch) > 1 or not useless]


def check_sizes(train_ids: Ids, test_ids: Ids, model: Model) -> None:
    """Raise UserError where SimCLR would have no pair of images to tell apart, in training or test."""
    if model == "simclr" and min(len(train_ids), len(test_ids)) < 2:
        raise UserError(f"SimCLR tells images apart: expected at least 2 to train and 2 to test with, found "
                        f"{len(train_ids)} and {len(test_ids)} (80 % and 20 %); add images.")


def views(model: Model, images: NDArray[np.uint8], augment: Augmenter, rng: np.random.Generator, training: bool
          ) -> Tensor:
    """What the network sees of a batch: for SimCLR two augmented views of each image, in the test too.

    For the autoencoder one, and in the test the plain images.
    """
    if model == "simclr":
        return augment.two_views(images, rng)
    return augment(images, rng) if training else augment.plain(images)


def batch_loss(model: Model, network: nn.Module, images: NDArray[np.uint8], augment: Augmenter,
               rng: np.random.Generator, recipe: Recipe, device: torch.device, training: bool,
               temperature: float = paper.TABLE2.loss_temperature) -> Tensor:
    """Loss of one batch of uint8 images: NT-Xent of two views, or the squared error of the reconstruction.

    The loss is computed in float32, the network before it in the recipe's precision.
    """
    inputs = views(model, images, augment, rng, training).to(device)
    with torch.autocast(device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
        outputs = network(inputs)
    if model == "simclr":
        return nt_xent(outputs.float(), temperature)
    return functional.mse_loss(outputs.float(), inputs)


def mean_loss(losses: Sequence[float], sizes: Sequence[int], rule: LastBatch, model: Model) -> float:
    """Loss of an epoch: mean over its batches, or ("weighted") over their images. The sizes are numbers of images.

    A batch of one image doesn't count for SimCLR: its loss of 0 is no measure of anything.
    """
    if model == "simclr":
        losses = [loss for loss, size in zip(losses, sizes, strict=True) if size > 1]
        sizes = [size for size in sizes if size > 1]
    return float(np.mean(losses) if rule == "unweighted" else np.average(losses, weights=sizes))
