"""Our value of what the paper says about its example images: interpolation (Fig. 9) and the Minnaert law (Sect. 3.1.1).

Computed from the archive's own files, by the code that figures and patches are made with.
"""

import dataclasses
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import griddata

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.figures import examples, fig09
from paper_repro.figures.examples import Projection
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation
from paper_repro.patches.dataset import TABLE
from paper_repro.patches.preprocess import Unusable, stages
from paper_repro.patches.project import interpolate
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.measure.measured import Measured, absent, template

IMAGES = 5  # that the Minnaert law is tried on
ANGLES_DEG = (paper.TABLE4.angle_threshold_deg, 85.0)
MUCH_FASTER = 5
MADE: dict[tuple[str, Path], "Interpolated"] = {}
ABSENT = "this run has no usable image of Akatsuki UVI"


@dataclass(frozen=True, eq=False)
class Interpolated:
    """The patch of Fig. 9 by each method, [r, r] each, and the seconds that took."""

    patches: dict[str, NDArray[np.float64]]
    seconds: dict[str, float]


def _folder(run: Run) -> Path:
    """The files of the instrument of the paper's example."""
    return run.archive(registry.of_file(paper.EXAMPLE_IMAGE).name)


def _patch(run: Run) -> Projection | None:
    """The projection of Fig. 9; None where the run has no image for it."""
    if not run.venus_sets or not _folder(run).is_dir():
        return None
    try:
        example = examples.single(run)
    except UserError:
        return None
    _, frame, viewpoints = examples.frame_of(example.observation)
    return examples.accepted(examples.projections(frame, viewpoints))


def interpolated(run: Run, claim: Claim) -> Measured:
    """Root mean square of the difference to the patch by the nearest point, as a share of that one's range."""
    made = _interpolations(run)
    if made is None:
        return absent(ABSENT)
    patches = made.patches
    nearest = patches["nearest"]
    difference = patches[claim.id.split(".")[1]] - nearest
    value = float(np.sqrt(np.nanmean(difference**2)) / np.ptp(nearest))
    return _of_images(run).like(value, f"{value:.2%}")


def nearest_faster(run: Run, _: Claim) -> Measured:
    """Whether the nearest point is found several times as fast as linear and cubic interpolation are made."""
    made = _interpolations(run)
    if made is None:
        return absent(ABSENT)
    seconds = made.seconds
    return _of_images(run).like(min(seconds["linear"], seconds["cubic"]) >= MUCH_FASTER * seconds["nearest"])


def _interpolations(run: Run) -> Interpolated | None:
    """The patch of Fig. 9 by each method, made once; None where the run has no image for it."""
    key = (run.profile.name, _folder(run))
    if key not in MADE and (shown := _patch(run)) is not None:
        patches: dict[str, NDArray[np.float64]] = {}
        seconds: dict[str, float] = {}
        # the first one twice, so that nothing is compiled while time is taken
        for method in (fig09.METHODS[0], *fig09.METHODS):
            start = time.perf_counter()
            chosen = dataclasses.replace(paper.TABLE4, interpolation=method)
            patches[method] = interpolate(shown.window, shown.half, chosen)
            seconds[method] = time.perf_counter() - start
        # the paper's "nearest" is scipy's, as are its linear and cubic; what patches are made with is faster still
        seconds["nearest"] = min(_griddata_nearest(shown) for _ in range(3))
        MADE[key] = Interpolated(patches, seconds)
    return MADE.get(key)


def _griddata_nearest(shown: Projection) -> float:
    """Seconds that scipy's griddata takes for the nearest points on the grid of the patch."""
    y, z, value = shown.window
    side = paper.TABLE4.resolution_px
    start = time.perf_counter()
    grid = np.meshgrid(*[np.linspace(-shown.half, shown.half, side)] * 2)
    griddata((y, z), value, tuple(grid), method="nearest")
    return time.perf_counter() - start


def minnaert_85(run: Run, _: Claim) -> Measured:
    """Scatter of log(mu I) about the fit of Eq. 2 up to 85 degrees over that up to 75: median of a few images."""
    if not run.venus_sets or not _folder(run).is_dir():
        return absent(ABSENT)
    ratios = []
    for example in examples.several(run, registry.of_file(paper.EXAMPLE_IMAGE).name, IMAGES):
        try:
            inner, outer = (scatter(example.observation, angle) for angle in ANGLES_DEG)
        except Unusable:
            continue
        ratios.append(outer / inner)
    if not ratios:
        return absent(ABSENT)
    value = float(np.median(ratios))
    return _of_images(run).like(value, f"{value:.2f} ({len(ratios)} images)")


def scatter(observation: Observation, angle_deg: float) -> float:
    """Standard deviation of log(mu I) about the fit of Eq. 2, which is that of log(I_norm / I_0). Raises Unusable."""
    found = stages(observation, dataclasses.replace(paper.TABLE4, angle_threshold_deg=angle_deg))
    values = found.normalised[found.lit]
    return float(np.std(np.log(values[values > 0])))


def vmc_500km(run: Run, _: Claim) -> Measured:
    """Number of patches of 500 km made of VMC images, which no target of make makes."""
    path = run.patches("vmc-500km") / TABLE
    record = read_json(path.with_name("provenance.json"))
    if record is None or not path.is_file():
        return absent("no such patches were made; the paper uses none of them, for they are noisy")
    count = len(pd.read_csv(path))
    return template(record, path).like(float(count), f"{count}")


def _of_images(run: Run) -> Measured:
    return Measured(None, "", "simulated input" if run.venus_simulated else "", run.venus_simulated)
