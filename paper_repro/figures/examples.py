"""Which observation and which patches the example figures (Figs 1, 3-10) show: the paper's own where they are there."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import style
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation, Pair, ReaderError
from paper_repro.patches.preprocess import Points, Unusable, preprocess, stages
from paper_repro.patches.project import FINEST, WINDOW, Projector
from paper_repro.patches.viewpoints import Frame, Viewpoints, centred, centring, grid

SCALE_KM = 3000.0  # of the patches in Figs 7-10


@dataclass(frozen=True, eq=False)
class Example:
    """An observation, its two files, and the name of the image that the paper shows in its place, if any."""

    observation: Observation
    pair: Pair
    papers: str = ""

    @property
    def name(self) -> str:
        """The image's file name."""
        return self.pair.image.name


@dataclass(frozen=True, eq=False)
class Projection:
    """The window about one viewpoint: [3, N] of y, z, value in units of the planet's radius; half a patch likewise.

    bins: points in each bin of the patch [y, z]; verdict: "" where it becomes a patch, else why not.
    """

    vector: NDArray[np.float64]
    window: NDArray[np.float64]
    half: float
    bins: NDArray[np.int64]
    verdict: str


def single(run: Run) -> Example:
    """The paper's example (footnote 3), else the first observation of its instrument with a 3000 km patch.

    Raises UserError where the run's archive has none.
    """
    return _example(run, paper.EXAMPLE_IMAGE, _has_patch)


def with_outliers(run: Run) -> Example:
    """The paper's example of Fig. 6, else the first observation of its instrument with an outlier.

    Raises UserError where the run's archive has none.
    """
    return _example(run, paper.OUTLIER_IMAGE, _has_outlier)


def _example(run: Run, name: str, will_do: Callable[[Observation], bool]) -> Example:
    instrument = registry.of_file(name).name
    pairs = sorted(_pairs(run, instrument), key=lambda pair: pair.image.name.lower() != name.lower())
    chosen = next(_usable(pairs, instrument, will_do), None)
    if chosen is None:
        raise UserError(f"{run.archive(instrument)}: expected an observation that this figure can be drawn from, none "
                        f"of {len(pairs)} is usable; run `{hints.command('run', 'patches')}`, or check the folder.")
    return Example(*chosen, name)


def several(run: Run, instrument: str, count: int) -> list[Example]:
    """`count` observations spread evenly over the run's archive in the order of their names, or as many as there are.

    Raises UserError where there is no such folder.
    """
    pairs = _pairs(run, instrument)
    found = []
    for part in np.array_split(np.arange(len(pairs)), min(count, max(len(pairs), 1))):
        observed = next(_usable([pairs[index] for index in part], instrument, lambda _: True), None)
        if observed is not None:
            found.append(Example(*observed))
    return found


def draw(run: Run, origin: Origin, figure: str, chart: Callable[[Example], Figure],
         choose: Callable[[Run], Example] = single) -> Made:
    """Draw `figure` (`fig04`), a chart of an example. Raises UserError where there is no example."""
    example = choose(run)
    with style.paper_style():
        files = style.save(chart(example), run, figure, origin)
    return Made(files=tuple(files), notes=(note(example, simulated=origin.simulated),))


def note(example: Example, *, simulated: bool) -> str:
    """What a caption says about the choice of an example; simulated: whether the archive is."""
    if example.name.lower() != example.papers.lower():
        return (f"Drawn from {example.name}: the paper's {example.papers} is not among the files of this run, or is "
                "not usable.")
    which = ("a simulated file of the name that the paper's figure was drawn from" if simulated
             else "the file of the paper's figure")
    return f"Drawn from {example.name}, {which}."


def frame_of(observation: Observation) -> tuple[Points, Frame, Viewpoints]:
    """Points of an observation, the frame centred on them, and the viewpoints of 3000 km patches. Raises Unusable."""
    points = preprocess(observation, paper.TABLE4)
    frame = centred(points, centring(points))
    return points, frame, grid(SCALE_KM, frame.y_range, frame.z_range, planet=observation.planet)


def projections(frame: Frame, viewpoints: Viewpoints) -> list[Projection]:
    """Every viewpoint's projection and whether it passes the density checks (Sect. 3.1.3), in their order."""
    settings = paper.TABLE4
    projector = Projector(frame, SCALE_KM)
    edges = np.linspace(-projector.half, projector.half, settings.density_bins + 1)
    made = []
    for vector in viewpoints.vectors:
        found = projector.window(vector)
        assert found is not None  # nothing was needed
        window = found.copy()  # its memory serves the next viewpoint
        bins = np.histogram2d(window[0], window[1], edges)[0].astype(np.int64)
        verdict = ""
        if window.shape[1] / WINDOW**2 < settings.min_density * settings.resolution_px**2:
            verdict = "global density"
        elif bins.min() < settings.min_bin_density * (settings.resolution_px / settings.density_bins) ** 2:
            verdict = "local density"
        made.append(Projection(vector, window, projector.half, bins, verdict))
    return made


def projections_of(observation: Observation) -> list[Projection]:
    """The projections about every viewpoint of an observation's 3000 km patches. Raises Unusable."""
    _, frame, viewpoints = frame_of(observation)
    return projections(frame, viewpoints)


def accepted(found: Sequence[Projection]) -> Projection:
    """Of the projections that become patches the one with most contrast; ValueError where there is none.

    Only those that meet the global density in each of their bins are looked at, if there are any: not at the limb.
    """
    settings = paper.TABLE4
    needed = settings.min_density * (settings.resolution_px / settings.density_bins) ** 2
    passed = [each for each in found if not each.verdict]
    return max([each for each in passed if each.bins.min() >= needed] or passed,
               key=lambda each: float(each.window[2].std()))


def _pairs(run: Run, instrument: str) -> list[Pair]:
    return [pair for pair in registry.get(instrument).pairs(run.archive(instrument)) if pair.geometry is not None]


def _usable(pairs: Sequence[Pair], instrument: str,
            will_do: Callable[[Observation], bool]) -> Iterator[tuple[Observation, Pair]]:
    for pair in pairs:
        try:
            observation = registry.get(instrument).read(pair)
            if will_do(observation):
                yield observation, pair
        except (ReaderError, Unusable):
            continue


def _has_fit(observation: Observation) -> bool:
    return observation.preprocessing.darkening == "none" or not math.isnan(preprocess(observation, paper.TABLE4).k)


def _has_patch(observation: Observation) -> bool:
    metres_a_pixel = 1000 * SCALE_KM / paper.TABLE4.resolution_px
    if not observation.resolution_m_px < FINEST * metres_a_pixel or not _has_fit(observation):
        return False
    return any(not each.verdict for each in projections_of(observation))


def _has_outlier(observation: Observation) -> bool:
    return bool(stages(observation, paper.TABLE4).outlier.any())
