"""Losses of the trained encoders, epoch by epoch (Sect. 4.1: 80 % of the images train, 20 % test).

SimCLR: NT-Xent (Eq. 5) on augmented views. Autoencoder: mean squared error of the reconstruction.
The ring marks the epoch whose weights are kept: lowest test loss (recipe `paper`) or last (recipe `authors`).
Below: spread of the test images' embeddings (0: all alike), and, where labels are known, how well the features tell the
classes: accuracy of the five nearest neighbours and adjusted Rand index of Ward's classes; dotted before training.
To notice: where the test loss rises again while the training loss falls, the encoder learns its images by heart.
"""

import sys
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import COLOUR, Run
from paper_repro.figures import style

WHAT = {"simclr": "NT-Xent loss", "autoencoder": "mean squared error"}
LOSSES = ["train_loss", "test_loss"]
MEASURES = {"spread": ("spread", style.GREEN, "-"), "knn_accuracy": ("kNN accuracy", style.BLUE, "-"),
            "ward_ari": ("Ward's ARI", style.VERMILION, "--")}
PANEL_MM, LOWER_MM, EDGE_MM = 52.0, 30.0, {"left": 14.0, "right": 2.5, "bottom": 18.5, "top": 6.0}
LOG_RATIO = 10.0  # losses that differ by more are drawn on a logarithmic axis


@dataclass(frozen=True)
class Curve:
    """The training of one encoder: epoch, train_loss, test_loss, measures; and the epoch whose weights were kept.

    untrained: measures of the network before its training.
    """

    name: str
    model: Model
    losses: pd.DataFrame
    kept: int
    untrained: dict[str, float]

    @property
    def measured(self) -> list[str]:
        """Names of the measures that there are; none of trainings of versions that measured nothing."""
        return [name for name in MEASURES if name in self.losses and self.losses[name].notna().any()]


def draw(run: Run, origin: Origin) -> Made:
    """Draw `losses`, a panel for each encoder; no files where this run trains no encoder.

    Raises UserError where an encoder that the run needs isn't trained, or its losses aren't finite.
    """
    curves = [_open(run, name, model) for name in run.photo_sets
              for model in run.models_for(name) if model in WHAT and run.checkpoints == "own"]
    if not curves:
        print("losses: nothing to draw, this run trains no encoder.", file=sys.stderr)
        return Made()
    with style.paper_style():
        # One panel fits a column of the journal, three its page.
        width_mm = style.COLUMN_MM if len(curves) == 1 else style.FULL_MM
        share_mm = width_mm / len(curves)
        below_mm = LOWER_MM + EDGE_MM["bottom"] if any(curve.measured for curve in curves) else 0.0
        height_mm = EDGE_MM["top"] + PANEL_MM + EDGE_MM["bottom"] + below_mm
        figure = style.new_figure(width_mm, height_mm)
        for index, curve in enumerate(curves):
            left, panel = index * share_mm + EDGE_MM["left"], share_mm - EDGE_MM["left"] - EDGE_MM["right"]
            centre = (share_mm / 2 - EDGE_MM["left"]) / panel
            axes = figure.add_axes((left / width_mm, (below_mm + EDGE_MM["bottom"]) / height_mm, panel / width_mm,
                                    PANEL_MM / height_mm))
            _draw_curve(axes, curve)
            _finish(axes, centre, PANEL_MM)
            if curve.measured:
                axes = figure.add_axes((left / width_mm, EDGE_MM["bottom"] / height_mm, panel / width_mm,
                                        LOWER_MM / height_mm))
                _draw_measures(axes, curve)
                _finish(axes, centre, LOWER_MM)
        return Made(files=tuple(style.save(figure, run, "losses", origin)))


def _open(run: Run, name: str, model: Model) -> Curve:
    folder = run.encoder(name, model)
    path, record = folder / "losses.csv", read_json(folder / "provenance.json")
    if record is None or not path.is_file():
        raise UserError(f"{folder}: expected a trained encoder with losses.csv and provenance.json, found none or an "
                        f"unfinished one; run `{hints.command('run', 'train')}`.")
    losses = read_csv(path)
    if losses.empty or not np.isfinite(losses["train_loss"].to_numpy(dtype=float)).all():
        raise UserError(f"{path}: expected finite training losses, found others; delete {folder} and train again.")
    return Curve(name, model, losses, int(record["weights_of_epoch"]), record.get("untrained", {}))


def _dots(curve: Curve) -> float:
    return 2.5 if len(curve.losses) <= 20 else 0


def _draw_curve(axes: Axes, curve: Curve) -> None:
    """The losses of one encoder."""
    epoch, dots = curve.losses["epoch"], _dots(curve)
    looks = (("training", style.BLUE, "-", "o"), ("test", style.VERMILION, "--", "s"))
    for column, (label, colour, line, marker) in zip(LOSSES, looks, strict=True):
        axes.plot(epoch, curve.losses[column], line, color=colour, marker=marker, markersize=dots, label=label)
    kept = curve.losses[epoch == curve.kept]
    axes.plot(kept["epoch"], kept["test_loss"], "o", markersize=7, markerfacecolor="none", markeredgecolor="black",
              markeredgewidth=0.9, linestyle="none", label=f"kept (epoch {curve.kept})")
    values = curve.losses[LOSSES].to_numpy(dtype=float)
    values = values[np.isfinite(values)]  # an overflowing test loss is a gap in its line
    if values.min() > 0 and values.max() > LOG_RATIO * values.min():
        axes.set_yscale("log")
    axes.set(ylabel=WHAT[curve.model])
    axes.set_title(f"{paper.ENCODER_NAMES[curve.model]}, {'colour' if curve.name == COLOUR else 'gray'}", pad=3)


def _draw_measures(axes: Axes, curve: Curve) -> None:
    """What was measured of one encoder's embeddings."""
    for name in curve.measured:
        words, colour, line = MEASURES[name]
        axes.plot(curve.losses["epoch"], curve.losses[name], line, color=colour, marker="o", markersize=_dots(curve),
                  label=words)
        if name in curve.untrained:
            axes.axhline(curve.untrained[name], color=colour, linestyle=":", linewidth=0.9)
    lowest = np.nanmin(curve.losses[curve.measured].to_numpy(dtype=float))  # an ARI may be negative
    axes.set(ylabel="0 to 1", ylim=(min(0.0, lowest - 0.03), 1.05))


def _finish(axes: Axes, centre: float, height_mm: float) -> None:
    """Axis of epochs and legend; `centre` is the middle of the panel's share of the figure, in widths of the axes."""
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))
    axes.legend(loc="upper center", bbox_to_anchor=(centre, -9.5 / height_mm), ncols=3, handlelength=1.6,
                columnspacing=0.8, handletextpad=0.4, borderpad=0)
