"""True types of simulated patches against the classes that they fall into.

A panel for each set and encoder: how many patches of a true type (row) are in each class (column), the shade being the
share of the type. Series: patches drawn straight from the simulated clouds, nothing turned; else sets of the simulated
archive. To notice: where a row is spread over several columns, or a column holds several types, a class shows
something else than a type of feature.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.experiments import detection, settings
from paper_repro.figures import style

LEFT_MM, TOP_MM, BOTTOM_MM, GAP_MM, COLUMNS = 18.0, 8.0, 9.0, 3.0, 3


def draw(run: Run, origin: Origin) -> Made:
    """Draw `truth_recovered`. Raises UserError where the classes weren't compared with the truth."""
    detection.read(run)
    table = read_csv(settings.truth_folder(run) / settings.TRUTH_FILES[2])
    with style.paper_style():
        return Made(files=tuple(style.save(chart(table), run, "truth_recovered", origin)))


def chart(table: pd.DataFrame) -> Figure:
    """The panels of `table` (columns set, encoder, type, class, patches): a row for each set."""
    sets, encoders = list(table["set"].unique()), list(table["encoder"].unique())
    side = (style.FULL_MM - LEFT_MM) / COLUMNS - GAP_MM
    high = 0.62 * side
    height_mm = len(sets) * (high + TOP_MM + BOTTOM_MM) + style.STAMP_MM
    width_mm = LEFT_MM + len(encoders) * (side + GAP_MM)
    figure = style.new_figure(width_mm, height_mm)
    for (name, encoder), part in table.groupby(["set", "encoder"], sort=False):
        row, column = sets.index(str(name)), encoders.index(str(encoder))
        axes = figure.add_axes(((LEFT_MM + column * (side + GAP_MM)) / width_mm,
                                1 - ((row + 1) * (high + TOP_MM) + row * BOTTOM_MM) / height_mm,
                                side / width_mm, high / height_mm))
        panel(axes, part, f"{str(name).replace(FLAT, '')}, {paper.ENCODER_NAMES[str(encoder)]}", labelled=not column)
    return figure


def panel(axes: Axes, part: pd.DataFrame, title: str, *, labelled: bool) -> None:
    """Counts of one set and encoder, rows by type, columns by class."""
    types = part["type"].unique()
    counts = part.pivot_table(index="type", columns="class", values="patches", aggfunc="sum").loc[types]
    numbers = counts.to_numpy()
    shares = numbers / np.maximum(numbers.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(numbers):
        axes.text(column, row, str(count), ha="center", va="center",
                  color="white" if shares[row, column] > 0.6 else "black")
    axes.set_xticks(range(counts.shape[1]), [str(number) for number in counts.columns])
    axes.set_yticks(range(len(types)), types if labelled else [""] * len(types))
    axes.tick_params(length=0)
    axes.set_xlabel("class", labelpad=1)
    axes.set_title(title, pad=3)
