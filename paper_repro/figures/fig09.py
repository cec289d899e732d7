"""Fig. 9. From points to a patch: three methods of interpolation compared (Sect. 3.1.4), 3000 km, 128 x 128 px.

Above: the projected points, and the patch by the nearest point (used), by linear and by cubic interpolation. Below,
left: the marked square enlarged; crosses are the places of the patch's pixels. Below, right: linear and cubic minus
nearest, in percent of the patch's range.
To notice: the three patches look the same; they differ by a few percent, in noise and at sharp edges of clouds.
"""

import dataclasses
from collections.abc import Sequence
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels, style
from paper_repro.figures.examples import Example, Projection
from paper_repro.patches.project import WINDOW, interpolate

METHODS: tuple[Literal["nearest", "linear", "cubic"], ...] = ("nearest", "linear", "cubic")
DIFFERENCE = 10.0  # percent, where the scale of the differences ends
ZOOM_PX = 16


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig09`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig09", _chart_of)


def _chart_of(example: Example) -> Figure:
    shown = examples.accepted(examples.projections_of(example.observation))
    return chart(shown, interpolated(shown), example.name)


def interpolated(shown: Projection) -> dict[str, NDArray[np.float64]]:
    """The patch [r, r] by each method."""
    return {method: interpolate(shown.window, shown.half, dataclasses.replace(paper.TABLE4, interpolation=method))
            for method in METHODS}


def chart(shown: Projection, patches: dict[str, NDArray[np.float64]], name: str) -> Figure:
    """Points and patches above, differences below the patches they are of."""
    figure, axes = panels.sheet(4, 8, head=name, below_mm=(0, panels.BAR_MM))
    nearest = patches["nearest"]
    low, high = float(nearest.min()), float(nearest.max())
    y, z, value = shown.window
    axes[0].set_facecolor(panels.REMOVED)
    axes[0].scatter(y, z, c=value, cmap="gray", vmin=low, vmax=high, s=panels.dot(axes[0], y.size / WINDOW**2),
                    linewidths=0, rasterized=True)
    axes[0].set(xlim=(-shown.half, shown.half), ylim=(-shown.half, shown.half))
    axes[0].set_title("Projected points", pad=2.5)
    for place, below, method in zip(axes[1:4], axes[5:8], METHODS, strict=True):
        place.imshow(patches[method], cmap="gray", vmin=low, vmax=high, interpolation="nearest")
        place.set_title(method.capitalize(), pad=2.5)
        if method == "nearest":
            continue
        percent = 100 * (patches[method] - nearest) / (high - low)
        drawn = below.imshow(percent, cmap="RdBu_r", vmin=-DIFFERENCE, vmax=DIFFERENCE, interpolation="nearest")
        below.set_title(f"{method.capitalize()} − nearest", pad=2.5)
        panels.bar(below, drawn, f"% of the range; mean of |…| {np.nanmean(np.abs(percent)):.1f} %",
                   ticks=[-DIFFERENCE, 0, DIFFERENCE])
    _enlarge(axes, shown, nearest, (low, high))
    return figure


def _enlarge(axes: Sequence[Axes], shown: Projection, patch: NDArray[np.float64], limits: tuple[float, float]) -> None:
    """The middle of points and patch below them."""
    side = len(patch)
    first = (side - ZOOM_PX) // 2
    places = np.linspace(-shown.half, shown.half, side)
    step = places[1] - places[0]
    reach = (places[first] - step / 2, places[first + ZOOM_PX - 1] + step / 2)
    y, z, value = shown.window
    inside = (np.abs(y) < 1.2 * reach[1]) & (np.abs(z) < 1.2 * reach[1])
    axes[4].set(facecolor=panels.REMOVED, xlim=reach, ylim=reach)
    axes[4].scatter(y[inside], z[inside], c=value[inside], cmap="gray", vmin=limits[0], vmax=limits[1], s=12,
                    linewidths=0, rasterized=True)
    grid = np.meshgrid(places[first:first + ZOOM_PX], places[first:first + ZOOM_PX])
    axes[4].scatter(*grid, s=5, marker="+", color=style.BLUE, linewidths=0.4)
    axes[5].imshow(patch, cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")
    ends = (first - 0.5, first + ZOOM_PX - 0.5)
    axes[5].set(xlim=ends, ylim=(ends[1], ends[0]))
    for above, below, corner, size in ((axes[0], axes[4], (reach[0], reach[0]), reach[1] - reach[0]),
                                       (axes[1], axes[5], (ends[0], ends[0]), float(ZOOM_PX))):
        above.add_patch(Rectangle(corner, size, size, fill=False, edgecolor=style.BLUE, linewidth=0.8))
        below.set_title(f"{above.get_title()}, enlarged", pad=2.5)
        for spine in below.spines.values():
            spine.set_color(style.BLUE)
