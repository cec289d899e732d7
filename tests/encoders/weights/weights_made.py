"""Small files of weights, and runs that look for some."""

from pathlib import Path

import torch

from paper_repro.base.run import Run, open_run
from paper_repro.encoders import weights

State = dict[str, torch.Tensor]


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
