"""Hovmoeller picture of the classes of Venus' clouds: longitude against time in one belt of latitude.

A row for each set: the belt of 30 degrees with most patches, and the 20 days with most images where there are more
than ten in them, else all. Left: longitude on the body, where clouds drift westward, dotted lines at the stated wind.
Right: longitude that moves with that wind, where clouds that last stand above each other.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.evolution.pairs import rate
from paper_repro.figures import in_time, style
from paper_repro.figures.in_time import Followed

HIGH_MM = 52.0
BELT_DEG, SPAN_D, LEAST_IMAGES = 30.0, 20.0, 10


def draw(run: Run, origin: Origin) -> Made:
    """Draw `hovmoeller-a`, ... Raises UserError where a set wasn't followed in time."""
    chosen = run.profile.time

    def row(one: Followed, panels: Sequence[Axes]) -> None:
        part, south = shown(one.table)
        days = part["day"]
        turn = 24 * rate(np.array([south + BELT_DEG / 2]), chosen.wind_m_s, chosen.wind_shape)[0]
        place(panels[0], part["longitude_deg"], days, one, "on the body")
        panels[0].set_title(f"{one.name}, latitude {south:.0f} to {south + BELT_DEG:.0f}")
        if days.max() - days.min() > SPAN_D:
            in_time.refuse(panels[1], f"No {SPAN_D:.0f} days have more than {LEAST_IMAGES} images of this belt: no "
                           "clouds can be followed.")
            return
        drift(panels[0], days.to_numpy(np.float64), turn)
        moving = (part["longitude_deg"] + turn * (days - days.min()) + 180) % 360 - 180
        place(panels[1], moving, days, one, f"moving with {chosen.wind_m_s:g} m/s")

    return in_time.draw(run, "hovmoeller", origin, (), (1, 1), lambda _: HIGH_MM, row)


def place(axes: Axes, longitude: "pd.Series[float]", days: "pd.Series[float]", one: Followed, name: str) -> None:
    """The patches at their longitudes and times, downwards."""
    in_time.scatter(axes, longitude, days, one)
    axes.set(xlim=(-190, 190), xticks=range(-180, 181, 60), xlabel=f"longitude {name} [deg]")
    axes.invert_yaxis()
    in_time.over_time(axes.yaxis)


def shown(table: pd.DataFrame) -> tuple[pd.DataFrame, float]:
    """The patches to show, and the belt's southern edge: of all belts on multiples of 10 degrees the fullest."""
    edges = np.arange(-90.0, 90.0 - BELT_DEG + 1, 10.0)
    latitude = table["latitude_deg"].to_numpy()
    south = max(edges, key=lambda edge: int(((latitude >= edge) & (latitude < edge + BELT_DEG)).sum()))
    part = table[(latitude >= south) & (latitude < south + BELT_DEG)]
    days = np.sort(part.drop_duplicates("source")["day"].to_numpy())
    images = np.searchsorted(days, days + SPAN_D) - np.arange(len(days))
    if images.max() > LEAST_IMAGES:
        start = days[images.argmax()]
        part = part[(part["day"] >= start) & (part["day"] < start + SPAN_D)]
    return part, float(south)


def drift(axes: Axes, days: "np.ndarray[tuple[int], np.dtype[np.float64]]", turn: float) -> None:
    """Dotted lines along which clouds drift by `turn` degrees a day, westward."""
    time = np.linspace(days.min(), days.max(), 4000)
    for start in range(0, 360, 90):
        longitude = (start - turn * (time - time[0]) + 180) % 360 - 180
        longitude[np.abs(np.diff(longitude, append=longitude[-1])) > 90] = np.nan  # no line across the map
        axes.plot(longitude, time, ":", color=style.BLACK, linewidth=0.5, alpha=0.6, zorder=0)
