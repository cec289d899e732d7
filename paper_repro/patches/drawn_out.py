"""How much of each patch is drawn out: the nearest point repeated over ground where nothing was seen.

A measure of its own beside the set: the paper's rule, which asks for a few points in every bin, keeps such patches.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.provenance import Made

if TYPE_CHECKING:
    import pandas as pd

FAR_PX = 3.0  # a pixel farther from every point is drawn out: points are 3.2 px apart where a bin just passes
FILE, COLUMN = "drawn_out.csv", "drawn_out"
SHARE = 0.1  # share of drawn-out pixels above which a patch is called drawn out
DROPPED = (f"Without patches of which more than {SHARE:.0%} is drawn out over empty ground, an experiment beside the "
           "paper's rule.")


def save(folder: Path, ids: "pd.Series[int]", drawn_out: NDArray[np.float64]) -> Made:
    """Write drawn_out.csv (id, drawn_out) of the patches `ids` [N], with the share of pixels drawn out of each [N]."""
    import pandas as pd  # which the workers that make patches need not load

    write_csv(folder / FILE, pd.DataFrame({"id": ids.to_numpy(), COLUMN: drawn_out}))
    return Made({"drawn_out": int((drawn_out > SHARE).sum()), "above": SHARE})


def joined(table: "pd.DataFrame", folder: Path) -> "pd.DataFrame":
    """A set's table with the column `drawn_out` of the drawn_out.csv in `folder`, where that has just its ids."""
    path = folder / FILE
    found = read_csv(path) if path.is_file() else None
    if found is None or list(found["id"]) != list(table["id"]):
        return table
    return table.assign(**{COLUMN: found[COLUMN].to_numpy()})
