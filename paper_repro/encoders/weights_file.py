"""The files of the base models' ImageNet weights: names and hashes, and where they may be. Loads no library."""

import os
from pathlib import Path

from paper_repro.base.profile import PAPERS_BASE, Base
from paper_repro.base.run import Run

# torchvision's ..._Weights.IMAGENET1K_V1; a name ends in the first eight digits of the file's sha256
NAMES: dict[Base, str] = {
    "resnet18": "resnet18-f37072fd.pth", "resnet34": "resnet34-b627a593.pth", "resnet50": "resnet50-0676ba61.pth",
    "resnet101": "resnet101-63fe2227.pth", "resnet152": "resnet152-394f9c45.pth",
}
NAME = NAMES[PAPERS_BASE]
URL = f"https://download.pytorch.org/models/{NAME}"
SHA256 = "f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec"
BASE, RECORD = "base.json", "provenance.json"


def is_official(base: Base, sha256: str) -> bool:
    """Whether a file is torchvision's own: by its whole hash, of the larger models by the digits that are published."""
    published = SHA256 if base == PAPERS_BASE else Path(NAMES[base]).stem.partition("-")[2]
    return sha256.startswith(published)


def folder_of(run: Run) -> Path:
    """Where it is written which base weights a run uses, and where they are put if they are fetched."""
    return run.raw / "weights"


def files_of(run: Run) -> dict[str, Path]:
    """The file of base weights that the user names, else torchvision's own where it is in its cache; or none."""
    base = run.profile.encoders.base
    if run.encoder_file is not None:
        return {"encoder": run.encoder_file}
    if run.weights is not None:
        return {"weights": run.weights}
    return {NAMES[base]: in_cache(base)} if in_cache(base).is_file() else {}


def in_cache(base: Base = PAPERS_BASE) -> Path:
    """Where torchvision keeps the file, if it has it; as `torch.hub.get_dir` says, which would load torch."""
    cache = os.environ.get("XDG_CACHE_HOME", "~/.cache")
    home = os.environ.get("TORCH_HOME", os.path.join(cache, "torch"))  # noqa: PTH118  # as torch joins them
    return Path(home).expanduser() / "hub" / "checkpoints" / NAMES[base]
