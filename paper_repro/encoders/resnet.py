"""The base model: torchvision's ResNet-18 without its classifier (Sect. 3.2.1, Fig. 11), and its normalisation.

Any other ResNet of torchvision's may take its place, as an experiment beside the paper.
"""

import contextlib
import functools
import math
from collections.abc import Collection, Mapping

import torch
from torch import Tensor, nn
from torchvision import models

from paper_repro import paper
from paper_repro.base.profile import BASES, PAPERS_BASE, Base
from paper_repro.base.run import EncoderInput

STRIDE = 32  # the last feature map is smaller than the input by this factor


def normalisation(colour: bool, kind: EncoderInput = "imagenet"
                  ) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Means and standard deviations (R, G, B) that images in [0, 1] are normalised with (Sect. 3.2.3).

    Colour: ImageNet's. Gray: the luma of each (Eq. 6), one for the three equal channels, so that no colour appears.
    "unit", of encoders of the user's alone: they stay as they are.
    """
    if kind == "unit":
        return (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
    if colour:
        return paper.IMAGENET_MEAN, paper.IMAGENET_STD
    mean, std = (
        sum(weight * value for weight, value in zip(paper.LUMA, channels, strict=True))
        for channels in (paper.IMAGENET_MEAN, paper.IMAGENET_STD)
    )
    return (mean, mean, mean), (std, std, std)


def trunk(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The entries of a torchvision ResNet's state that belong to the encoder: all but the classifier `fc`."""
    return {key: value for key, value in state.items() if not key.startswith("fc.")}


def said_of(base: Base) -> tuple[str, ...]:
    """What stands with every result of another base model than the paper's, as one sentence; nothing of that."""
    return () if base == PAPERS_BASE else (f"Made with {base} as the base model, not the paper's {PAPERS_BASE}.",)


@functools.cache
def template(base: Base) -> dict[str, Tensor]:
    """Names, shapes and types of the state dict of torchvision's model; no memory, no random draws."""
    with torch.device("meta"):
        state: dict[str, Tensor] = models.get_model(base, weights=None).state_dict()
    return state


def base_of(keys: Collection[str]) -> Base | None:
    """The base model that has blocks of these names of entries; None for none."""
    blocks = {tuple(key.split(".")[:2]) for key in keys if key.startswith("layer")}
    deep = "layer1.0.conv3.weight" in keys
    for base in BASES:
        known = template(base)
        if blocks == {tuple(key.split(".")[:2]) for key in known if key.startswith("layer")} \
                and deep == ("layer1.0.conv3.weight" in known):
            return base
    return None


def draw_parameters(module: nn.Module, generator: torch.Generator) -> None:
    """Give a module made on the `meta` device memory and parameters, drawn from `generator` and nothing else.

    Linear and transposed convolution layers by torch's default law, U(-b, b) with b = 1 / sqrt(fan in);
    batch-norm layers start as the identity.
    """
    module.to_empty(device="cpu")
    for layer in module.modules():
        if isinstance(layer, nn.Linear | nn.ConvTranspose2d):
            nn.init.kaiming_uniform_(layer.weight, a=math.sqrt(5), generator=generator)
            if layer.bias is not None:
                bound = 1 / math.sqrt(layer.weight[0].numel())
                nn.init.uniform_(layer.bias, -bound, bound, generator=generator)
        elif isinstance(layer, nn.BatchNorm2d):
            layer.reset_parameters()


class ResNetEncoder(nn.Module):
    """ResNet-18 up to its average pool: [N, 3, S, S] normalised images -> [N, 512] features (Sect. 3.2.1).

    `state` is the state of a torchvision ResNet (with or without `fc`), which tells the model and whose values are
    copied; without one the network is a `base` with torchvision's random initialisation. The keys of its own state are
    torchvision's. From ResNet-50 on there are 2048 features (`features`).
    """

    def __init__(self, state: Mapping[str, Tensor] | None = None, base: Base = PAPERS_BASE) -> None:
        super().__init__()
        self.base = base if state is None else base_of(state) or PAPERS_BASE
        # With a state given, nothing is drawn (and no generator moved): the values come with the state.
        with contextlib.nullcontext() if state is None else torch.device("meta"):
            model = models.get_model(self.base, weights=None)
        self.features: int = model.fc.in_features
        self.conv1, self.bn1, self.relu, self.maxpool = model.conv1, model.bn1, model.relu, model.maxpool
        self.layer1, self.layer2, self.layer3, self.layer4 = model.layer1, model.layer2, model.layer3, model.layer4
        self.avgpool = model.avgpool
        if state is not None:
            copies = {key: value.detach().to("cpu", copy=True) for key, value in trunk(state).items()}
            self.load_state_dict(copies, assign=True)

    def stem(self, images: Tensor) -> Tensor:
        """What comes before the max-pool: [N, 3, S, S] -> [N, 64, S/2, S/2]."""
        return self.relu(self.bn1(self.conv1(images)))

    def top(self, pooled: Tensor) -> Tensor:
        """What comes after the max-pool: [N, 64, S/4, S/4] -> [N, 512] (or 2048)."""
        maps = self.layer4(self.layer3(self.layer2(self.layer1(pooled))))
        return self.avgpool(maps).flatten(1)

    def forward(self, images: Tensor) -> Tensor:
        """Features of normalised images: [N, 3, S, S] -> [N, 512] (or 2048)."""
        return self.top(self.maxpool(self.stem(images)))
