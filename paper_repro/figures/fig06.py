"""Fig. 6. Removal of outlier pixels (Sect. 3.1.1), on a Venus Express VMC image; threshold 5 sigma_d.

Left: the normalised image. Middle: its difference from its 3 x 3 median, in units of the difference's standard
deviation sigma_d. Right: pixels beyond 5 sigma_d removed (red). Below: the marked square enlarged, black and white
10 sigma_d from its median. Blue: removed before.
To notice: the outliers are single hot or dead pixels and marks of the detector, and pixels at the border, where the
median takes in raw values from beyond it; the clouds stay.
"""

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from scipy import ndimage

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels, style
from paper_repro.figures.examples import Example
from paper_repro.figures.fig05 import show
from paper_repro.patches.preprocess import Stages, stages

ZOOM_PX = 48


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig06`. Raises UserError where the run has no usable VMC image."""
    return examples.draw(run, origin, "fig06", _chart_of, examples.with_outliers)


def _chart_of(example: Example) -> Figure:
    return chart(stages(example.observation, paper.TABLE4), example.name)


def chart(found: Stages, name: str) -> Figure:
    """Whole images above, a square of `ZOOM_PX` below."""
    top, left, side = densest(found)
    figure, axes = panels.sheet(3, 6, head=name, above_mm=(panels.TITLE_MM, panels.GAP_MM), below_mm=(0, panels.BAR_MM))
    limits = panels.stretch(found.normalised)
    sigma, threshold = float(np.nanstd(found.difference)), paper.TABLE4.outlier_sigmas
    middle = float(np.nanmedian(found.normalised[top:top + side, left:left + side]))
    enlarged = (middle - 2 * threshold * sigma, middle + 2 * threshold * sigma)
    outlier_y, outlier_x = np.nonzero(found.outlier)
    titles = ("(a) Normalised image", "(b) Difference from the median", f"(c) {len(outlier_y)} outliers removed")
    for index, place in enumerate(axes):
        if index % 3 == 1:
            place.set_facecolor(panels.REMOVED)
            drawn = place.imshow(-found.difference / sigma, cmap="RdGy_r", vmin=-threshold, vmax=threshold,
                                 interpolation="nearest")
            if index > 3:
                panels.bar(place, drawn, "(image − median) / σ$_d$", ticks=[-threshold, 0, threshold])
        else:
            show(place, np.where(found.outlier & (index % 3 == 2), np.nan, found.normalised),
                 limits if index < 3 else enlarged, "upper")
        if index == 2:
            # a single pixel of the whole image is too small to be seen in print
            place.scatter(outlier_x, outlier_y, s=4, marker="s", color=style.VERMILION, linewidths=0)
        elif index == 5:
            place.imshow(np.where(found.outlier, 1.0, np.nan), cmap=ListedColormap([style.VERMILION]),
                         interpolation="nearest")
        if index < 3:
            place.set_title(titles[index], pad=2.5)
            place.add_patch(Rectangle((left - 0.5, top - 0.5), side, side, fill=False, edgecolor=style.BLUE,
                                      linewidth=0.8))
            place.set(xlim=(-0.5, found.lit.shape[1] - 0.5), ylim=(found.lit.shape[0] - 0.5, -0.5))
        else:
            place.set(xlim=(left - 0.5, left + side - 0.5), ylim=(top + side - 0.5, top - 0.5))
            for spine in place.spines.values():
                spine.set_color(style.BLUE)
    return figure


def densest(found: Stages) -> tuple[int, int, int]:
    """Row, column and side of the square with most outliers among those whose pixels were all kept so far, if any."""
    side = min(ZOOM_PX, *found.lit.shape)
    sums = [ndimage.uniform_filter(plane.astype(np.float64), side, mode="constant", origin=-(side // 2))
            for plane in (found.outlier, found.lit)]
    rows, columns = (length - side + 1 for length in found.lit.shape)
    outliers, lit = (plane[:rows, :columns] for plane in sums)
    whole = lit > 1 - 0.5 / side**2
    score = np.where(whole, outliers, -1) if whole.any() else outliers + lit
    row, column = np.unravel_index(int(np.argmax(score)), score.shape)
    return int(row), int(column), side
