"""What becomes of the classes of Venus' clouds where the same place is seen again.

A row for each set. Left: transitions within a day from the class of a row to that of a column, the number of pairs and
their share of the row; colours are the share. Middle: persistence of all classes together by the time between two
looks, 1 where places keep their class, 0 where they agree no more often than latitude and local time let expect; the
line is the fitted decay. Right: how much persistence is found at each wind tried; the best has its interval shaded.
Where the images can't tell, the panel says how many pairs there are.
"""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.evolution.lives import ALL
from paper_repro.evolution.wind import counted
from paper_repro.figures import in_time, style
from paper_repro.figures.in_time import Followed

HIGH_MM, LOW_MM = 44.0, 20.0
STATED = "stated"


def draw(run: Run, origin: Origin) -> Made:
    """Draw `transitions-a`, ... Raises UserError where a set wasn't followed in time."""
    stated = run.profile.time.wind_m_s

    def row(one: Followed, panels: Sequence[Axes]) -> None:
        matrix(one, panels[0])
        decay(one, panels[1])
        winds(one, panels[2], stated)

    return in_time.draw(run, "transitions", origin, ("transitions", "persistence", "lives", "wind", "winds"), (1, 1, 1),
                        high, row, legend=False)


def high(one: Followed) -> float:
    """Height of a set's panels in mm; those that only say what can't be told are low."""
    shown = one.files["transitions"]["share"].notna().any() or one.files["persistence"]["r"].notna().any()
    return HIGH_MM if shown else LOW_MM


def matrix(one: Followed, axes: Axes) -> None:
    """Counts and shares of transitions at the stated wind."""
    table = one.files["transitions"]
    table = table[table["wind"] == STATED]
    names = list(dict.fromkeys(table["then"]))
    counts, shares = (table.pivot(index="first", columns="then", values=column).loc[names, names].to_numpy()
                      for column in ("pairs", "share"))
    axes.set_title(f"{one.name}: transitions")
    if np.isnan(shares).all():
        in_time.refuse(axes, f"{counted(int(counts.sum()), 'pair')} of the same place seen again within the time for "
                       "transitions: too few for a class's share.")
        return
    axes.imshow(shares, cmap="cividis_r", vmin=0, vmax=1, aspect="auto")
    for (first, then), count in np.ndenumerate(counts):
        share = shares[first, then]
        text = f"{count:,.0f}" if np.isnan(share) else f"{100 * share:.0f} %\n{count:,.0f}"
        axes.text(then, first, text, ha="center", va="center", fontsize=6 if len(names) < 6 else 4.5,
                  color="white" if share > 0.55 else "black")
    axes.set(xticks=range(len(names)), yticks=range(len(names)), xlabel="class then", ylabel="class first")
    axes.set_xticklabels(names)
    axes.set_yticklabels(names)


def decay(one: Followed, axes: Axes) -> None:
    """Persistence of all classes together at the stated wind."""
    curve, lives = (table[(table["wind"] == STATED) & (table["class"] == ALL)] for table in
                    (one.files["persistence"], one.files["lives"]))
    life = lives.iloc[0]
    axes.set_title("persistence, stated wind")
    if curve["r"].isna().all():
        in_time.refuse(axes, str(life["refused"]))
        return
    known = curve[curve["r"].notna()]
    bars = np.abs(known[["low", "high"]].to_numpy().T - known["r"].to_numpy())
    axes.errorbar(known["lag_h"], known["r"], bars, fmt="o", color=style.BLUE, markersize=3, elinewidth=0.8)
    axes.axhline(0, color="0.6", linewidth=0.5)
    if isinstance(life["refused"], str):
        axes.text(0.97, 0.95, "no life time: see table", transform=axes.transAxes, ha="right", va="top", fontsize=6.5)
    else:
        lag = np.linspace(0, curve["to_h"].max(), 200)
        axes.plot(lag, life["amplitude"] * np.exp(-lag / life["life_h"]), color=style.VERMILION)
        axes.text(0.97, 0.95, f"T = {life['life_h']:.1f} h", transform=axes.transAxes, ha="right", va="top")
    axes.set(xlabel="time between two looks [h]", ylabel="persistence r", xlim=(0, curve["to_h"].max()))


def winds(one: Followed, axes: Axes, stated: float) -> None:
    """Persistence at each wind."""
    found, tried = one.files["wind"].iloc[0], one.files["winds"]
    axes.set_title("persistence by wind")
    if isinstance(found["refused"], str):
        in_time.refuse(axes, found["refused"])
        return
    low, high = (end if np.isfinite(found[name]) else tried["wind_m_s"].iloc[n] for name, n, end in (
        ("low", 0, found["low"]), ("high", -1, found["high"])))
    axes.axvspan(low, high, color=style.ORANGE, alpha=0.35, linewidth=0)
    axes.plot(tried["wind_m_s"], tried["fit"], color=style.BLUE)
    axes.axvline(stated, color=style.BLACK, linestyle=":", linewidth=0.8)
    axes.text(0.03, 0.95, f"best {found['value']:.1f} m/s\ndotted: stated", transform=axes.transAxes, va="top",
              fontsize=6.5)
    axes.set(xlabel="zonal wind, westward [m/s]", ylabel="persistence found, relative")
