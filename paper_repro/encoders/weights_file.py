"""The file of ResNet-18's ImageNet weights: its name and hash, and where it may be. Loads no library."""

import os
from pathlib import Path

from paper_repro.base.run import Run

# torchvision's ResNet18_Weights.IMAGENET1K_V1
NAME = "resnet18-f37072fd.pth"
URL = f"https://download.pytorch.org/models/{NAME}"
SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
BASE, RECORD = "base.json", "provenance.json"


def folder_of(run: Run) -> Path:
    """Where it is written which base weights a run uses, and where they are put if they are fetched."""
    return run.raw / "weights"


def files_of(run: Run) -> dict[str, Path]:
    """The file of base weights that the user names, else torchvision's own where it is in its cache; or none."""
    if run.weights is not None:
        return {"weights": run.weights}
    return {NAME: in_cache()} if in_cache().is_file() else {}


def in_cache() -> Path:
    """Where torchvision keeps the file, if it has it; as `torch.hub.get_dir` says, which would load torch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))  # noqa: PTH118  # as torch joins them
    return Path(home).expanduser() / "hub" / "checkpoints" / NAME
