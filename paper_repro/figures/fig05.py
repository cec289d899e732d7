"""Fig. 5. The first three steps of pre-processing (Sect. 3.1.1), on an Akatsuki UVI image.

Raw image; invalid pixels removed (space around the planet, missing pixels); pixels with an incidence or emission angle
above 75 degrees removed; the rest normalised by Minnaert's law (Eq. 3) with the k of this image. Blue: not there.
The first three panels share one scale of brightness, the last has its own.
To notice: the last panel has no limb and no terminator any more; what varies is the clouds, equally bright at both
edges.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, fig01, panels
from paper_repro.figures.examples import Example
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation
from paper_repro.patches.preprocess import Stages, stages


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig05`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig05", _chart_of)


def _chart_of(example: Example) -> Figure:
    return chart(example.observation, stages(example.observation, paper.TABLE4), example.name)


def chart(observation: Observation, found: Stages, name: str) -> Figure:
    """Four panels in the order of the steps."""
    height, width = observation.image.shape
    figure, axes = panels.sheet(4, 4, head=name, aspect=height / width)
    limits = fig01.raw(axes[0], observation)
    origin = registry.get(observation.instrument).origin
    angle = f"{paper.TABLE4.angle_threshold_deg:g}°"
    image = observation.image.astype(np.float64)
    show(axes[1], np.where(found.valid, image, np.nan), limits, origin)
    show(axes[2], np.where(found.lit, image, np.nan), limits, origin)
    show(axes[3], found.normalised, panels.stretch(found.normalised), origin)
    titles = ("(a) Raw", "(b) Invalid removed", f"(c) Angles > {angle} removed", f"(d) Normalised, k = {found.k:.3f}")
    for place, title in zip(axes, titles, strict=True):
        place.set_title(title, pad=2.5, fontsize=7)
    return figure


def show(axes: Axes, values: NDArray[np.float64], limits: tuple[float, float], origin: str) -> None:
    """Show an image whose NaN pixels are not there."""
    axes.set_facecolor(panels.REMOVED)
    axes.imshow(panels.clip(values, limits), cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest",
                origin=origin)  # type: ignore[arg-type]
