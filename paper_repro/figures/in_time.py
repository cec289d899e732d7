"""What the figures of classes in time share: the sets with their tables, a row of panels for each, and a legend."""

import math
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.experiments.followed import opened
from paper_repro.figures import class_panels, style

ROWS = 4  # sets in a part of a figure
TITLE_MM, LEGEND_MM, LEFT_MM, GAP_MM, FOOT_MM, EDGE_MM = 6.0, 5.0, 13.0, 15.0, 10.0, 3.0


@dataclass(frozen=True)
class Followed:
    """A set followed in time: its patches with the columns class and day, and the tables that the step `time` wrote.

    day: days since 1970, which is how axes have dates.
    """

    name: str
    table: pd.DataFrame
    files: dict[str, pd.DataFrame]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of its classes, `Class 0` first, noise last."""
        return style.named(self.table["class"].to_numpy(np.int64))[1]


Draw = Callable[[Followed, Sequence[Axes]], None]
High = Callable[[Followed], float]


def open_set(run: Run, name: str, files: Sequence[str]) -> Followed:
    """A set and the tables `files`. Raises UserError where it wasn't followed in time."""
    tables = {file: opened(run, name, f"{file}.csv") for file in files}
    table = read_csv(run.results / name / "classes.csv").merge(read_csv(run.patches(name) / "patches.csv"), on="id")
    time = pd.to_datetime(table["time_utc"], format="ISO8601", utc=True)
    return Followed(name, table.assign(day=(time - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)), tables)


def draw(run: Run, figure: str, origin: Origin, files: Sequence[str], widths: Sequence[float], high_mm: High,
         row: Draw, *, legend: bool = True) -> Made:
    """Draw `<figure>-a`, ... : a row of panels for each set, `ROWS` sets in a part, and the classes' legend.

    widths: of a row's panels, relative; high_mm: of a set's panels; row: draws them, titles and labels included.
    """
    sets, paths = [open_set(run, name, files) for name in run.flat_sets], list[Path]()
    for part in range(math.ceil(len(sets) / ROWS)):
        with style.paper_style():
            drawn = page(sets[part * ROWS:(part + 1) * ROWS], widths, high_mm, row, legend=legend)
            paths += style.save(drawn, run, f"{figure}-{'abcdefghijklmnopqrstuvwxyz'[part]}", origin)
    return Made(files=tuple(paths))


def page(sets: Sequence[Followed], widths: Sequence[float], high_mm: High, row: Draw, *, legend: bool) -> Figure:
    """One part of a figure."""
    each = [TITLE_MM + high_mm(one) + FOOT_MM for one in sets]
    legend_mm = LEGEND_MM if legend else 0.0
    top = height_mm = EDGE_MM + sum(each) + legend_mm + style.STAMP_MM
    top -= EDGE_MM
    figure = style.new_figure(style.FULL_MM, height_mm)
    room = style.FULL_MM - LEFT_MM - GAP_MM * (len(widths) - 1) - EDGE_MM
    for one, whole in zip(sets, each, strict=True):
        left, panels, top = LEFT_MM, [], top - whole
        for width in widths:
            wide = room * width / sum(widths)
            panels.append(figure.add_axes((left / style.FULL_MM, (top + FOOT_MM) / height_mm, wide / style.FULL_MM,
                                           (whole - TITLE_MM - FOOT_MM) / height_mm)))
            left += wide + GAP_MM
        row(one, panels)
    if legend:
        _legend(figure, sets, height_mm)
    return figure


def _legend(figure: Figure, sets: Sequence[Followed], height_mm: float) -> None:
    """The classes' marks, above the stamp."""
    names = max((one.names for one in sets), key=len)
    marks = style.marks(names)
    figure.legend(handles=[Line2D([], [], linestyle="none", marker=marks[name].marker, color=marks[name].colour,
                                  markersize=4.5, markeredgewidth=0, label=name) for name in names],
                  loc="center", ncols=min(len(names), 8), handletextpad=0.1, columnspacing=1.5, borderpad=0,
                  bbox_to_anchor=(0.5, (style.STAMP_MM + LEGEND_MM / 2) / height_mm))


def over_time(axis: Axis, most: int = 9) -> None:
    """Dates on an axis of days."""
    locator = AutoDateLocator(minticks=3, maxticks=most)  # type: ignore[no-untyped-call]
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))  # type: ignore[no-untyped-call]


def refuse(axes: Axes, sentence: str) -> None:
    """A sentence in place of what can't be shown."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    wide_mm = axes.get_position().width * figure.get_figwidth() / style.MM
    axes.set(xticks=[], yticks=[])
    axes.text(0.5, 0.5, textwrap.fill(sentence, max(16, int(wide_mm / 1.35))), transform=axes.transAxes, ha="center",
              va="center", fontsize=6.5, color="0.3")


def scatter(axes: Axes, x: "pd.Series[float]", y: "pd.Series[float]", one: Followed) -> None:
    """Each patch as the marker of its class; sets the limits."""
    for values, limits in ((x, axes.set_xlim), (y, axes.set_ylim)):
        low, high = float(values.min()), float(values.max())
        room = 0.05 * (high - low) or 1.0
        limits(low - room, high + room)
    labels = style.named(one.table["class"].to_numpy(np.int64))[0][one.table.index.get_indexer(x.index)]
    class_panels.mark(axes, np.column_stack([x, y]).astype(np.float64), labels, one.names)
