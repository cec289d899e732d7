"""Fig. 8. Two projections of the points of an Akatsuki UVI image about viewpoints of 3000 km patches (Sect. 3.1.3).

All points within 1.5 times half a patch, seen from above the viewpoint. Square: the patch and its 8 x 8 bins. Left: a
projection that becomes a patch. Right: one that is dropped, by the local density check if this image has such a one,
else by the global one; hatched: bins that hold less than a tenth of the points that their pixels would need.
To notice: the global check only counts; what passes it can have a part of its patch empty all the same.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels, style
from paper_repro.figures.examples import Example, Projection
from paper_repro.patches.project import WINDOW


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig08`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig08", _chart_of)


def _chart_of(example: Example) -> Figure:
    return chart(pick(examples.projections_of(example.observation)), example.name)


def pick(found: Sequence[Projection]) -> list[Projection]:
    """One that becomes a patch and one dropped: by local density and a quarter empty, as far as there is such a one."""
    dropped = [each for each in found if each.verdict == "local density"]
    if dropped:
        # more than a missing corner, but not next to nothing
        return [examples.accepted(found), min(dropped, key=lambda each: abs(float((each.bins == 0).mean()) - 0.25))]
    dropped = [each for each in found if each.verdict]
    return [examples.accepted(found), *sorted(dropped, key=lambda each: -each.window.shape[1])[:1]]


def chart(shown: Sequence[Projection], name: str) -> Figure:
    """A panel for each projection, one scale of brightness for both."""
    figure, axes = panels.sheet(2, len(shown), head=name, axes_mm=9.0)
    limits = panels.stretch(np.concatenate([each.window[2] for each in shown]))
    size = panels.dot(axes[0], shown[0].window.shape[1])
    for place, each in zip(axes, shown, strict=True):
        _panel(place, each, limits, size)
    return figure


def _panel(axes: Axes, shown: Projection, limits: tuple[float, float], size: float) -> None:
    settings, unit = paper.TABLE4, paper.VENUS_RADIUS_KM / 1000
    y, z, value = shown.window
    half, bins = shown.half * unit, settings.density_bins
    axes.set_facecolor(panels.REMOVED)
    axes.scatter(y * unit, z * unit, c=value, cmap="gray", vmin=limits[0], vmax=limits[1], s=size, linewidths=0,
                 rasterized=True)
    needed = settings.min_bin_density * (settings.resolution_px / bins) ** 2
    for (column, row), count in np.ndenumerate(shown.bins):
        low = count < needed
        corner = (-half + 2 * half * column / bins, -half + 2 * half * row / bins)
        axes.add_patch(Rectangle(corner, 2 * half / bins, 2 * half / bins, fill=False, linewidth=0.35,
                                 edgecolor=style.VERMILION if low else style.SKY, hatch="////" if low else None,
                                 zorder=3 if low else 2))
    axes.add_patch(Rectangle((-half, -half), 2 * half, 2 * half, fill=False, edgecolor=style.BLUE, linewidth=1.2,
                             zorder=4))
    reach = WINDOW * half
    density = y.size / (WINDOW * settings.resolution_px) ** 2
    words = f"dropped by {shown.verdict}" if shown.verdict else "accepted"
    axes.set_title(f"{words}: {density:.2f} points a pixel,\nemptiest bin {int(shown.bins.min())} points "
                   f"(needs {needed:.1f})", pad=2.5, fontsize=7)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="y, west to east (1000 km)",
             ylabel="z, south to north (1000 km)", xticks=[-2, -1, 0, 1, 2], yticks=[-2, -1, 0, 1, 2])
    axes.tick_params(length=2, pad=1.5)
