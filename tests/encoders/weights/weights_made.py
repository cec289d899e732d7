"""Small files of weights, and runs that look for some."""

from pathlib import Path

import torch

from paper_repro.base.run import Run, open_run
from paper_repro.encoders import weights
from paper_repro.encoders.weights import BaseWeights, open_base
from tests.steps_made import make_alone, stale

State = dict[str, torch.Tensor]
CHOICE = "base weights"  # the step


def like_resnet18() -> State:
    """A state dict that takes little room on the disk: each tensor is one zero, repeated."""
    return {key: torch.zeros((), dtype=tensor.dtype).expand(tensor.shape)
            for key, tensor in weights.random_state(0).items()}


def sample(out: Path, named: Path | None = None) -> Run:
    return open_run("sample", out, weights=named)


def real(out: Path, named: Path | None = None) -> Run:
    images = out / "images"
    images.mkdir(exist_ok=True)
    return open_run("swimcat", out, images=images, weights=named)


def find(run: Run) -> BaseWeights:
    """The base weights as a later step opens them, chosen before if need be."""
    if stale(run, CHOICE):
        make_alone(run, CHOICE)
    return open_base(run)
