"""What decides patches of Venus: parameters, code and libraries. Loads no library."""

import dataclasses
from typing import Any

from paper_repro.base.code import PACKAGE
from paper_repro.base.instruments import entries
from paper_repro.base.run import Run

# All files of that room but the instruments' own.
SHARED_READERS = tuple(f"observations.{path.stem}" for path in sorted((PACKAGE / "observations").glob("*.py"))
                       if path.stem not in {"__init__", *entries()})
# Sect. 3.1 in code: pre-processing, viewpoints, projection, interpolation, flattening.
METHOD = ("patches.part", "patches.preprocess", "patches.kernels", "patches.viewpoints", "patches.windows",
          "patches.nearest", "patches.project", "patches.flatten", "patches.batches")
LIBRARIES = ("numpy", "numba", "scipy", "astropy", "pvl")
FLATTENING = ("flatten_sigma_px", "flatten_kernel_px", "contrast")  # fields of Table 4


def readers_of(instrument: str) -> tuple[str, ...]:
    """The code that reads an instrument's files."""
    return (*SHARED_READERS, f"observations.{instrument}")


def code_of(instrument: str) -> tuple[str, ...]:
    """The code that makes patches of an instrument's files."""
    return (*readers_of(instrument), *METHOD)


def set_settings(run: Run, instrument: str, scale_km: float) -> dict[str, Any]:
    """Of one set of patches: whose images, the side of a patch in km, Table 4."""
    return {"instrument": instrument, "scale_km": scale_km, **dataclasses.asdict(run.profile.patches)}


def flat_settings(run: Run) -> dict[str, Any]:
    """Of its flattened version (Sect. 3.1.5)."""
    return {name: getattr(run.profile.patches, name) for name in FLATTENING}
