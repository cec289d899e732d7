"""Shares of the classes of Venus' clouds by month and by local time.

A row for each set. Bars: 68 % intervals from drawing blocks of time, since patches of an image, and images one after
another, aren't independent; open markers: too few blocks for an interval. To notice: where the bars of one class leave
those of the others, and that single months mostly have too few images to say so.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import in_time, style
from paper_repro.figures.in_time import Followed

HIGH_MM = 38.0


def draw(run: Run, origin: Origin) -> Made:
    """Draw `trends-a`, ... Raises UserError where a set wasn't followed in time."""
    return in_time.draw(run, "trends", origin, ("shares",), (3, 2), lambda _: HIGH_MM, row)


def row(one: Followed, panels: Sequence[Axes]) -> None:
    """Shares by month, and by local time."""
    table, months, hours = one.files["shares"], panels[0], panels[1]
    shown = table[table["by"] == "month"]
    days = (pd.to_datetime(shown["group"] + "-15") - pd.Timestamp(0)) / pd.Timedelta(days=1)
    shares(months, shown, days.to_numpy(), 3.0, one)
    in_time.over_time(months.xaxis)
    months.set(title=f"{one.name}: by month", ylabel="share [%]")
    shown = table[table["by"] == "local time"]
    shares(hours, shown, shown["group"].str[:2].astype(float).to_numpy() + 0.5, 0.12, one)
    hours.set(title=f"{one.name}: by local time", xlabel="local time [h]", ylabel="share [%]")


def shares(axes: Axes, table: pd.DataFrame, x: NDArray[Any], shift: float, one: Followed) -> None:
    """Shares and intervals of each class, `shift` apart."""
    marks = style.marks(one.names)
    for number, name in enumerate(one.names):
        chosen = (table["class"] == ("noise" if name == "Noise" else str(number))).to_numpy()
        part, place = table[chosen], x[chosen] + shift * (number - (len(one.names) - 1) / 2)
        sure = part["low"].notna().to_numpy()
        look: dict[str, Any] = {"color": marks[name].colour, "marker": marks[name].marker, "markersize": 3.2,
                                "linestyle": "none"}
        axes.plot(place[~sure], 100 * part["share"][~sure], markerfacecolor="none", markeredgewidth=0.6, **look)
        middle = 100 * part["share"][sure]
        bars = np.abs(100 * part[["low", "high"]][sure].to_numpy().T - middle.to_numpy())
        axes.errorbar(place[sure], middle, bars, elinewidth=0.8, markeredgewidth=0, **look)
    axes.set_ylim(-4, 104)
    axes.grid(axis="y", color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
