"""Sheets of equal panels over both columns, laid out in millimetres, and the bars and marks that they share."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from paper_repro.figures.style import FULL_MM, STAMP_MM, new_figure

EDGE_MM, GAP_MM, TITLE_MM, BAR_MM = 2.0, 3.0, 5.5, 11.0
REMOVED = "#BFD9EE"  # pixels that are not there: told from black, white and every gray


def sheet(columns: int, count: int, *, head: str = "", aspect: float = 1.0, axes_mm: float = 0.0,
          above_mm: Sequence[float] = (), below_mm: Sequence[float] = (),
          width_mm: float = FULL_MM) -> tuple[Figure, list[Axes]]:
    """A figure of `count` panels without ticks, row by row, `columns` in a row, each as high as `aspect` x its width.

    head: a line above all; axes_mm: room for ticks and labels left and below; above_mm, below_mm: room above and below
    each row (a title above and nothing below where they aren't given; `BAR_MM` is for a `bar`).
    """
    rows = math.ceil(count / columns)
    above, below = list(above_mm or [TITLE_MM] * rows), [axes_mm + foot for foot in below_mm or [0.0] * rows]
    share = (width_mm - 2 * EDGE_MM + GAP_MM) / columns
    wide = share - GAP_MM - axes_mm
    high = aspect * wide
    top = 5.0 if head else 1.0
    height_mm = top + rows * high + sum(above) + sum(below) + EDGE_MM + STAMP_MM
    figure = new_figure(width_mm, height_mm)
    if head:
        figure.text(0.5, 1 - 1.2 / height_mm, head, ha="center", va="top", fontsize=7, color="#444444")
    panels = []
    for index in range(count):
        row, column = divmod(index, columns)
        left = EDGE_MM + column * share + axes_mm
        bottom = height_mm - top - (row + 1) * high - sum(above[:row + 1]) - sum(below[:row])
        axes = figure.add_axes((left / width_mm, bottom / height_mm, wide / width_mm, high / height_mm))
        if not axes_mm:
            axes.set(xticks=[], yticks=[])
        panels.append(axes)
    return figure, panels


def dot(axes: Axes, count: float) -> float:
    """Area in square points of round marks of which `count`, spread evenly over a panel, just leave no gap."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    width = axes.get_position(original=True).width * figure.get_figwidth() * 72
    return float(2 * width**2 / max(count, 1))


def bar(axes: Axes, drawn: ScalarMappable, label: str, ticks: Sequence[float] | None = None) -> None:
    """A horizontal colour bar below a panel of a sheet with `bars`."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    height_mm = figure.get_figheight() * 25.4
    box = axes.get_position(original=True)
    inset = 0.08 * box.width
    place = figure.add_axes((box.x0 + inset, box.y0 - 3.6 / height_mm, box.width - 2 * inset, 1.8 / height_mm))
    made = figure.colorbar(drawn, cax=place, orientation="horizontal",
                           ticks=list(ticks) if ticks is not None else MaxNLocator(4))
    made.ax.tick_params(length=1.5, pad=1, labelsize=6.5)
    made.set_label(label, labelpad=1, fontsize=6.5)
    made.ax.xaxis.get_offset_text().set_visible(False)


def clip(values: NDArray[np.float32] | NDArray[np.float64], limits: tuple[float, float]) -> NDArray[np.float64]:
    """Values within limits, for showing: an archive's flag of 3.4e38 beside real values would leave no contrast."""
    low, high = limits
    return np.clip(values.astype(np.float64), low, high)


def stretch(values: NDArray[np.float32] | NDArray[np.float64], percent: float = 0.5) -> tuple[float, float]:
    """Limits that leave `percent` of the finite values out at each end; never equal."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(value) for value in np.percentile(finite, [percent, 100 - percent]))
    return (low, high) if high > low else (low, low + 1.0)
