"""SimCLR (Sect. 3.2.2): the base model with a projection head, and the loss that trains it (Eq. 5)."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from paper_repro import paper
from paper_repro.base.profile import PAPERS_BASE, Base
from paper_repro.encoders.resnet import ResNetEncoder, draw_parameters


class SimCLR(nn.Module):
    """Encoder and projection head 512 -> 256 -> ReLU -> 64: [N, 3, S, S] normalised images -> [N, 64].

    `state` is the base model's (torchvision keys), without which it is a `base`; the head is drawn from `generator` by
    torch's default law, and takes as many features as the encoder gives.
    """

    def __init__(self, state: Mapping[str, Tensor] | None, generator: torch.Generator, base: Base = PAPERS_BASE
                 ) -> None:
        super().__init__()
        self.encoder = ResNetEncoder(state, base)
        features, (hidden, out) = self.encoder.features, paper.HEAD
        with torch.device("meta"):
            self.head = nn.Sequential(nn.Linear(features, hidden), nn.ReLU(inplace=True), nn.Linear(hidden, out))
        draw_parameters(self.head, generator)

    def forward(self, images: Tensor) -> Tensor:
        """Projections z of normalised images: [N, 3, S, S] -> [N, 64]."""
        return self.head(self.encoder(images))


def nt_xent(z: Tensor, temperature: float) -> Tensor:
    """NT-Xent loss of 2N projections [2N, D] whose rows are a1 b1 a2 b2 ...: Eq. 5, mean over the 2N rows.

    Row by row, Eq. 5 is a cross entropy: the logits are the similarities to all other rows over the temperature,
    the right answer is the other view of the same image.
    """
    unit = functional.normalize(z, dim=1)
    logits = (unit @ unit.T / temperature).fill_diagonal_(-math.inf)
    partner = torch.arange(len(z), device=z.device) ^ 1
    return functional.cross_entropy(logits, partner)
