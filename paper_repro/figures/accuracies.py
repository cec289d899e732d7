"""Table 1 as a picture: mean total accuracy of each combination of encoder, reduction and clustering.

Dot: mean of the repeats; thick bar: error of the mean; thin bar: standard deviation of the repeats. Open diamonds are
the paper's means, drawn only where the photographs are the paper's own.
To notice: the order of the encoders, and how much wider the bars are where t-SNE or k-means draw at random.
"""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import style

COLOURS = {"simple": style.BLUE, "simclr": style.VERMILION, "autoencoder": style.BLACK}
MARKERS = {"simple": "o", "simclr": "s", "autoencoder": "^"}
ROW_MM, LEFT_MM, RIGHT_MM, TOP_MM, BOTTOM_MM = 4.0, 48.0, 20.0, 6.0, 14.0


def draw(run: Run, origin: Origin) -> Made:
    """Draw `accuracies` from the run's table1.csv. Raises UserError where Table 1 isn't written."""
    path = run.tables / "table1.csv"
    if not path.is_file():
        raise UserError(f"{path}: expected Table 1 of this run, found none; run "
                        f"`{hints.command('run', 'table1')}`.")
    with style.paper_style():
        figure = chart(read_csv(path, keep_default_na=False))
        return Made(files=tuple(style.save(figure, run, "accuracies", origin)))


def chart(table: pd.DataFrame) -> Figure:
    """The rows of table1.csv from top to bottom, in its order; what was not run says so."""
    height_mm = TOP_MM + ROW_MM * len(table) + BOTTOM_MM
    figure = style.new_figure(style.FULL_MM, height_mm)
    width_mm = style.FULL_MM - LEFT_MM - RIGHT_MM
    axes = figure.add_axes((LEFT_MM / style.FULL_MM, BOTTOM_MM / height_mm, width_mm / style.FULL_MM,
                            ROW_MM * len(table) / height_mm))
    labelled: set[str] = set()
    for y, row in enumerate(table.itertuples()):
        encoder = str(row.encoder)
        if row.status == "run":
            mean, error, spread = (float(str(value)) for value in
                                   (row.accuracy_percent, row.error_percent, row.std_percent))
            look: dict[str, Any] = {"color": COLOURS[encoder], "solid_capstyle": "butt"}
            axes.plot([mean - spread, mean + spread], [y, y], linewidth=0.8, **look)
            axes.plot([mean - error, mean + error], [y, y], linewidth=2.4, **look)
            axes.plot(mean, y, MARKERS[encoder], color=COLOURS[encoder], markersize=4,
                      label=None if encoder in labelled else paper.ENCODER_NAMES[encoder])
            labelled.add(encoder)
        if row.paper != "":
            axes.plot(float(str(row.paper).partition("(")[0]), y, "D", markersize=4, markerfacecolor="none",
                      color="0.4", label=None if "paper" in labelled else "paper")
            labelled.add("paper")
        axes.text(1.02, y, str(row.printed) or "not run", transform=axes.get_yaxis_transform(), va="center")
    axes.set_yticks(range(len(table)), [_name(row) for row in table.itertuples()])
    axes.set_ylim(len(table) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.set_xlabel("mean total accuracy [%]")
    if labelled:
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, borderpad=0.2)
    return figure


def _name(row: object) -> str:
    encoder, reduction, clustering = (str(getattr(row, name, "")) for name in ("encoder", "reduction", "clustering"))
    dims = getattr(row, "dims", 0)
    words = f"{paper.REDUCTION_NAMES[reduction]} ({dims})" if dims else "no reduction"
    return f"{paper.ENCODER_NAMES[encoder]}, {words}, {paper.CLUSTERING_NAMES[clustering]}"
