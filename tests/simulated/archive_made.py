"""Runs whose simulated archive has a seed and a size, and what it wrote."""

import dataclasses
import hashlib
from pathlib import Path

from paper_repro.base.run import Run, open_run


def sample(out: Path, seed: int = 3, size: float = 0.06) -> Run:
    """A run of the sample's profile whose archive has this seed and size."""
    run = open_run("sample", out)
    assert run.profile.venus is not None
    venus = dataclasses.replace(run.profile.venus, seed=seed, size=size)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, venus=venus))


def files(raw: Path) -> dict[str, str]:
    """Hash of each file of the archive by its name."""
    return {path.relative_to(raw).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for tree in ("darts", "psa", "truth") for path in sorted((raw / tree).rglob("*")) if path.is_file()}
