"""Sects. 3.1.1 and 3.1.4, Fig. 9: what is said of example images, by the Minnaert law and by interpolation.

Computed from the archive's own files, by the code that figures and patches are made with.
"""

import dataclasses
import functools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import griddata

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.figures import examples
from paper_repro.figures.examples import Projection
from paper_repro.figures.fig09 import METHODS
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation
from paper_repro.patches.preprocess import Unusable, stages
from paper_repro.patches.project import interpolate
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun, basis_of

COMMAND = "make verify"
IMAGES = 5  # that the Minnaert law is tried on
ANGLES_DEG = (paper.TABLE4.angle_threshold_deg, paper.MINNAERT_UP_TO_DEG)
MUCH_FASTER = 5  # times: by griddata it is tens of times, further off than load moves the median of the rounds' ratios
ROUNDS = 7
TIMED_POINTS = 20_000  # of the patch: triangulating all of them in each round would take minutes
ABSENT = "this run has no usable image of Akatsuki UVI"


def claims() -> Iterator[Claim]:
    """All claims about example images."""
    for method in ("linear", "cubic"):
        yield Claim(f"example.{method}", "Fig. 9", "result", f"A patch by {method} interpolation differs only minutely "
                    "from that by the nearest point (root mean square, share of the patch's range).", "minute", 0.05,
                    None, "at most", "", "taken as a twentieth", ("uvi",), "make fig09 PROFILE=paper", interpolated)
    yield Claim("example.nearest-faster", "Sect. 3.1.4", "result", "Nearest interpolation is much faster than linear "
                "and cubic.", "much faster", True, None, "holds", "", f"taken as at least {MUCH_FASTER} times, in the "
                f"median of {ROUNDS} rounds of CPU time", ("uvi",), COMMAND, nearest_faster)
    yield Claim("example.minnaert-85", "Sect. 3.1.1", "result", "The Minnaert law is acceptable up to angles of 85 deg "
                "(scatter about the fit of Eq. 2 with 85 deg over that with 75 deg).", "acceptable", 2.0, None,
                "at most", "", "taken as at most twice, in the median of up to five images", ("uvi",), COMMAND,
                minnaert_85)


def _folder(run: Run) -> Path:
    """The files of the instrument of the paper's example."""
    return run.archive(registry.of_file(paper.EXAMPLE_IMAGE).name)


def interpolated(run: Run, claim: Claim) -> Measured:
    """Root mean square of the difference to the patch by the nearest point, as a share of that one's range."""
    shown = _projection(run)
    nearest, other = (interpolate(shown.window, shown.half, dataclasses.replace(paper.TABLE4, interpolation=method))
                      for method in METHODS if method in ("nearest", claim.id.split(".")[1]))
    value = float(np.sqrt(np.nanmean((other - nearest) ** 2)) / np.ptp(nearest))
    return _of_images(run).with_value(value, f"{value:.2%}")


def nearest_faster(run: Run, _: Claim) -> Measured:
    """Whether the nearest point is found several times as fast as linear and cubic interpolation are made.

    All three by scipy's griddata, as in the paper; what patches are made with is faster still.
    """
    shown = _projection(run)
    y, z, value = shown.window[:, ::-(-shown.window.shape[1] // TIMED_POINTS)]
    positions = np.linspace(-shown.half, shown.half, paper.TABLE4.resolution_px)
    grid = (positions[np.newaxis, :], positions[:, np.newaxis])
    seconds = cpu_seconds([functools.partial(griddata, (y, z), value, grid, method) for method in METHODS])
    ratios = seconds[:, 1:].min(axis=1) / seconds[:, 0]
    ratio, low, high = float(np.median(ratios)), ratios.min(), ratios.max()
    said = f"{ratio:.3g} times as fast, {low:.3g} to {high:.3g} in {ROUNDS} rounds of CPU time"
    return dataclasses.replace(_of_images(run).with_value(ratio >= MUCH_FASTER), clock=said)


def cpu_seconds(jobs: Sequence[Callable[[], object]]) -> NDArray[np.float64]:
    """CPU time that each job takes in each round [ROUNDS, jobs], one after another in a round.

    Each job is done once before, so that what is loaded or compiled then isn't timed. Other processes and threads take
    no CPU time of this one; what slows it for a while slows all jobs of a round, and is gone from a round's ratios.
    """
    for job in jobs:
        job()
    return np.array([[_cpu_time(job) for job in jobs] for _ in range(ROUNDS)])


def _cpu_time(job: Callable[[], object]) -> float:
    start = time.thread_time()
    job()
    return time.thread_time() - start


def _projection(run: Run) -> Projection:
    """The projection of Fig. 9. Raises NotRun where the run has no image for it."""
    if not run.venus_sets or not _folder(run).is_dir():
        raise NotRun(ABSENT)
    try:
        example = examples.single(run)
    except UserError:
        raise NotRun(ABSENT) from None
    _, frame, viewpoints = examples.frame_of(example.observation)
    return examples.accepted(examples.projections(frame, viewpoints))


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
    if math.isnan(found.k):
        raise Unusable("there is no fit")
    values = found.normalised[found.lit]
    return float(np.std(np.log(values[values > 0])))


def _of_images(run: Run) -> Measured:
    """The basis of values measured on images, whose files the list of observations has. Raises NotRun without one."""
    path = run.data / "observations" / f"{registry.of_file(paper.EXAMPLE_IMAGE).name}.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        raise NotRun("the images of Akatsuki UVI aren't listed yet")
    return basis_of(record, path)
