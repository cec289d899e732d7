"""How well waves are found in simulated patches whose truth is known, one property turned at a time.

A panel for each property. Solid with full dots: recall, the share of the patches of waves that the class of waves
holds; dashed with empty dots: precision, the share of that class that is waves; mean, and as a bar the deviation over
the seeds of the simulation. Dotted: the precision of classes drawn by chance. To notice: both must be high; where one
class takes everything, recall is 1 and precision that of chance.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.base.turned import PROPERTIES
from paper_repro.experiments import detection
from paper_repro.figures import style

COLOURS = {"simple": style.BLACK, "simclr": style.BLUE, "autoencoder": style.VERMILION}
LABELS = {"contrast": "contrast of the waves [deviations of the noise]", "patches": "number of patches",
          "blending": "share of the area with another type", "limb_darkening": "fall of brightness across a patch",
          "holes": "share of the patches with a hole"}
CHANCE = 0.25  # as many patches of each of four types
PANEL_MM, EDGE_MM, COLUMNS = 42.0, {"left": 11.0, "right": 3.0, "bottom": 11.0, "top": 4.0}, 3
LEGEND_MM = 9.0


def draw(run: Run, origin: Origin) -> Made:
    """Draw `truth`. Raises UserError where the classes weren't compared with the truth."""
    points, _, record = detection.read(run)
    with style.paper_style():
        figure = chart(detection.summary(points, record["settings"]["classes"]))
        return Made(files=tuple(style.save(figure, run, "truth", origin)))


def chart(table: pd.DataFrame) -> Figure:
    """The panels of `table` (see `detection.summary`)."""
    shown = [name for name in PROPERTIES if (table["property"] == name).any()]
    high = PANEL_MM + EDGE_MM["top"] + EDGE_MM["bottom"]
    height_mm = -(-len(shown) // COLUMNS) * high + LEGEND_MM + style.STAMP_MM
    share_mm = style.FULL_MM / COLUMNS
    figure = style.new_figure(style.FULL_MM, height_mm)
    for place, name in enumerate(shown):
        row, column = divmod(place, COLUMNS)
        axes = figure.add_axes(((column * share_mm + EDGE_MM["left"]) / style.FULL_MM,
                                1 - ((row + 1) * high - EDGE_MM["bottom"]) / height_mm,
                                (share_mm - EDGE_MM["left"] - EDGE_MM["right"]) / style.FULL_MM, PANEL_MM / height_mm))
        panel(axes, table[table["property"] == name], name)
    figure.legend(*figure.axes[0].get_legend_handles_labels(), loc="lower center", ncols=3,
                  bbox_to_anchor=(0.5, style.STAMP_MM / height_mm))
    return figure


def panel(axes: Axes, table: pd.DataFrame, name: str) -> None:
    """Recall and precision by the value of one property."""
    values = np.unique(table["value"])
    for number, (encoder, part) in enumerate(table.groupby("encoder", sort=False)):
        colour, called = COLOURS[str(encoder)], paper.ENCODER_NAMES[str(encoder)]
        places = np.searchsorted(values, part["value"]) + 0.06 * (number - 1)
        for column, line, face in (("recall", "-", colour), ("precision", "--", "white")):
            axes.errorbar(places, part[f"{column}_mean"], part[f"{column}_std"], color=colour, linestyle=line,
                          marker="o", markersize=3, markerfacecolor=face, label=f"{called}, {column}")
    axes.axhline(CHANCE, color="gray", linestyle=":", linewidth=0.8)
    axes.set_xticks(range(len(values)), [f"{value:g}" for value in values])
    axes.set(xlabel=LABELS[name], ylim=(-0.03, 1.05), ylabel="recall, precision of waves")
