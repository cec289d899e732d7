"""Sects. 3.1.1 and 3.1.4, Fig. 9: what is said of example images, by the Minnaert law and by interpolation.

Computed from the archive's own files, by the code that figures and patches are made with.
"""

import dataclasses
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import griddata

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.run import Run
from paper_repro.figures import examples, fig09
from paper_repro.figures.examples import Projection
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation
from paper_repro.patches.preprocess import Unusable, stages
from paper_repro.patches.project import interpolate
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun

COMMAND = "make verify"
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


def claims() -> Iterator[Claim]:
    """All claims about example images."""
    for method in ("linear", "cubic"):
        yield Claim(f"example.{method}", "Fig. 9", "result", f"A patch by {method} interpolation differs only minutely "
                    "from that by the nearest point (root mean square, share of the patch's range).", "minute", 0.05,
                    None, "at most", "", "taken as a twentieth", ("uvi",), "make fig09 PROFILE=paper", interpolated)
    yield Claim("example.nearest-faster", "Sect. 3.1.4", "result", "Nearest interpolation is much faster than linear "
                "and cubic.", "much faster", True, None, "holds", "", "taken as at least five times", ("uvi",), COMMAND,
                nearest_faster)
    yield Claim("example.minnaert-85", "Sect. 3.1.1", "result", "The Minnaert law is acceptable up to angles of 85 deg "
                "(scatter about the fit of Eq. 2 with 85 deg over that with 75 deg).", "acceptable", 2.0, None,
                "at most", "", "taken as at most twice, in the median of up to five images", ("uvi",), COMMAND,
                minnaert_85)


def _folder(run: Run) -> Path:
    """The files of the instrument of the paper's example."""
    return run.archive(registry.of_file(paper.EXAMPLE_IMAGE).name)


def _patch(run: Run) -> Projection:
    """The projection of Fig. 9. Raises NotRun where the run has no image for it."""
    if not run.venus_sets or not _folder(run).is_dir():
        raise NotRun(ABSENT)
    try:
        example = examples.single(run)
    except UserError:
        raise NotRun(ABSENT) from None
    _, frame, viewpoints = examples.frame_of(example.observation)
    return examples.accepted(examples.projections(frame, viewpoints))


def interpolated(run: Run, claim: Claim) -> Measured:
    """Root mean square of the difference to the patch by the nearest point, as a share of that one's range."""
    patches = _interpolations(run).patches
    nearest = patches["nearest"]
    difference = patches[claim.id.split(".")[1]] - nearest
    value = float(np.sqrt(np.nanmean(difference**2)) / np.ptp(nearest))
    return _of_images(run).with_value(value, f"{value:.2%}")


def nearest_faster(run: Run, _: Claim) -> Measured:
    """Whether the nearest point is found several times as fast as linear and cubic interpolation are made."""
    seconds = _interpolations(run).seconds
    return _of_images(run).with_value(min(seconds["linear"], seconds["cubic"]) >= MUCH_FASTER * seconds["nearest"])


def _interpolations(run: Run) -> Interpolated:
    """The patch of Fig. 9 by each method, made once."""
    key = (run.profile.name, _folder(run))
    if key not in MADE:
        shown = _patch(run)
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
    return MADE[key]


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
        raise NotRun(ABSENT)
    ratios = []
    for example in examples.several(run, registry.of_file(paper.EXAMPLE_IMAGE).name, IMAGES):
        try:
            inner, outer = (scatter(example.observation, angle) for angle in ANGLES_DEG)
        except Unusable:
            continue
        ratios.append(outer / inner)
    if not ratios:
        raise NotRun(ABSENT)
    value = float(np.median(ratios))
    return _of_images(run).with_value(value, f"{value:.2f} ({len(ratios)} images)")


def scatter(observation: Observation, angle_deg: float) -> float:
    """Standard deviation of log(mu I) about the fit of Eq. 2, which is that of log(I_norm / I_0). Raises Unusable."""
    found = stages(observation, dataclasses.replace(paper.TABLE4, angle_threshold_deg=angle_deg))
    values = found.normalised[found.lit]
    return float(np.std(np.log(values[values > 0])))


def _of_images(run: Run) -> Measured:
    return Measured(None, "", "simulated input" if run.venus_simulated else "", run.venus_simulated)
