"""Sects. 3.2.2 and 3.2.3: the projection head, Eq. 5 and the normalisation, found from what the code computes."""

import functools
import math
from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from paper_repro import paper
from paper_repro.base.recipe import recipe_of
from paper_repro.base.run import Run
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.batch import batch_loss
from paper_repro.encoders.simclr import SimCLR
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import OF_THE_CODE, Measured
from paper_repro.verify.claims.method import CHANNELS, LEAST_PX, holds, number, whole

SIDE_PX = LEAST_PX  # of images and views
IMAGES = paper.TABLE2.batch_size
TEMPERATURE = 0.5  # any but 1, by which a division isn't seen
NEAR = 1e-5  # single precision


def claims() -> Iterator[Claim]:
    """All claims about what the encoder is trained with, but the augmentations (`views`)."""
    yield holds("head", "Sect. 3.2.2", "The projection head has one hidden layer with a ReLU after it.", "the head's "
                "values of random features are those of two layers with a ReLU between them", head)
    yield number("views-per-image", "Sect. 3.2.2", "Views of each image in a batch.", paper.VIEWS_PER_IMAGE, 0, "",
                 "a count", views_per_image)
    yield number("negatives", "Sect. 3.2.2", f"Negatives of each view of a batch of N = {IMAGES} images: 2 (N - 1).",
                 2 * (IMAGES - 1), 0.01, "", "as many as the loss of projections that are all the same says; single "
                 "precision", negatives)
    yield holds("loss", "Sect. 3.2.2", "The loss of a batch is the sum of Eq. 5 over all positive pairs, both ways, "
                "divided by 2 N.", "of random projections, against the sum written out; to single precision", loss)
    for channel, mean, deviation in zip(CHANNELS, paper.IMAGENET_MEAN, paper.IMAGENET_STD, strict=True):
        for what, words, value in (("mean", "Mean", mean), ("std", "Standard deviation", deviation)):
            yield number(f"imagenet-{what}.{channel}", "Sect. 3.2.3", f"{words} that the {channel} channel of colour "
                         "images is normalised with.", value, 1e-6, "", "single precision; from a black and a white "
                         "image as the network gets them", normalised)


def head(_: Run, __: Claim) -> Measured:
    """Whether the head is two fully connected layers with a ReLU between them."""
    layers = SimCLR(None, torch.Generator().manual_seed(0)).head
    features = torch.randn(IMAGES, paper.FEATURES, generator=torch.Generator().manual_seed(0))
    linear = [layer for layer in layers.modules() if isinstance(layer, nn.Linear)]
    if len(linear) != len(paper.HEAD):
        return OF_THE_CODE.with_value(False)
    with torch.no_grad():
        expected = linear[1](linear[0](features).clamp(min=0))
        return OF_THE_CODE.with_value(bool((layers(features) - expected).abs().max() < NEAR))


def views_per_image(run: Run, _: Claim) -> Measured:
    """How many inputs the network gets of each image of a batch."""
    network = _Drawn(_random())
    _loss(run, network)
    return whole(network.inputs // IMAGES)


def negatives(run: Run, _: Claim) -> Measured:
    """How many negatives there are where all projections are alike: the loss is the logarithm of one more."""
    count = math.exp(_loss(run, _Drawn(torch.ones(2 * IMAGES, paper.HEAD[1])))) - 1
    return Measured(count, f"{count:.4g}")


def loss(run: Run, _: Claim) -> Measured:
    """Whether the loss of a batch of random projections is Eq. 5, summed over all pairs and divided by 2 N."""
    drawn = _random()
    expected = eq5(drawn.numpy().astype(np.float64), TEMPERATURE)
    return OF_THE_CODE.with_value(abs(_loss(run, _Drawn(drawn)) - expected) < NEAR)


def eq5(z: NDArray[np.float64], temperature: float) -> float:
    """The sum of Eq. 5 over all positive pairs of 2 N projections a1 b1 a2 b2 ..., both ways, divided by 2 N."""
    def similarity(i: int, k: int) -> float:
        return float(z[i] @ z[k] / (np.linalg.norm(z[i]) * np.linalg.norm(z[k])))

    total = 0.0
    for first in range(0, len(z), 2):
        for i, j in ((first, first + 1), (first + 1, first)):
            over = sum(math.exp(similarity(i, k) / temperature) for k in range(len(z)) if k != i)
            total -= math.log(math.exp(similarity(i, j) / temperature) / over)
    return total / len(z)


def normalised(run: Run, claim: Claim) -> Measured:
    """Mean or standard deviation of a channel: a black image becomes -mean / std, a white one (1 - mean) / std."""
    what, _, channel = claim.id.removeprefix("method.imagenet-").partition(".")
    images = np.zeros((2, SIDE_PX, SIDE_PX, 3), np.uint8)
    images[1] = 255
    augmenter = Augmenter(SIDE_PX, True, recipe_of(run.profile), jitter_and_blur=False, kind=run.normalisation)
    black, white = augmenter.plain(images)[:, CHANNELS.index(channel), 0, 0].tolist()
    value = 1 / (white - black) if what == "std" else -black / (white - black)
    return Measured(value, f"{value:.6g}")


class _Drawn(nn.Module):
    """A network that gives these projections, whatever it sees; `inputs` counts what it saw."""

    def __init__(self, projections: Tensor) -> None:
        super().__init__()
        self.projections, self.inputs = projections, 0

    def forward(self, images: Tensor) -> Tensor:
        """The first projections, one for each input."""
        self.inputs = len(images)
        return self.projections[: len(images)]


@functools.cache
def _random() -> Tensor:
    return torch.randn(2 * IMAGES, paper.HEAD[1], generator=torch.Generator().manual_seed(0))


def _loss(run: Run, network: nn.Module) -> float:
    """The loss that training computes of a batch."""
    recipe, images = recipe_of(run.profile), np.zeros((IMAGES, SIDE_PX, SIDE_PX), np.uint8)
    augmenter = Augmenter(SIDE_PX, False, recipe, run.profile.augmentation, jitter_and_blur=False)
    return float(batch_loss("simclr", network, images, augmenter, np.random.default_rng(0), recipe,
                            torch.device("cpu"), True, TEMPERATURE))
