"""Where and when the classes of Venus' clouds were seen: latitude against time, a marker for each patch.

A row for each set; classes seen at once stand a little beside each other. To notice: whether a class keeps to its
latitudes, and which times and latitudes no image covers.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import in_time
from paper_repro.figures.in_time import Followed

HIGH_MM = 42.0
APART = 0.005  # of the time shown, between classes


def draw(run: Run, origin: Origin) -> Made:
    """Draw `latitudes-a`, ... Raises UserError where a set wasn't followed in time."""
    return in_time.draw(run, "latitudes", origin, (), (1,), lambda _: HIGH_MM, row)


def row(one: Followed, panels: Sequence[Axes]) -> None:
    """All patches of a set."""
    day, label = one.table["day"], one.table["class"]
    aside = APART * (day.max() - day.min()) * (label - (len(one.names) - 1) / 2)
    in_time.scatter(panels[0], day + aside, one.table["latitude_deg"], one)
    in_time.over_time(panels[0].xaxis)
    panels[0].set(title=one.name, ylabel="latitude [deg]")
