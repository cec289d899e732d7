"""What is committed of trainings on real photographs: its files, and how they grow training by training."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from paper_repro.base.files import write_csv
from paper_repro.base.profile import MODELS
from paper_repro.base.run import COLOUR, GRAY
from paper_repro.verify.claims import CLAIMS

EVIDENCE = Path(__file__).parent / "own" / "evidence"
CLUSTERS, LOSSES, TRAININGS, VALUES, JUDGED, ABOUT = (
    "clusters.csv", "losses.csv", "trainings.csv", "values.csv", "verdict.csv", "about.json")
KEYS = ["training_seed", "encoder", "reduction", "dims", "clustering", "repeat"]
Order = Mapping[str, Callable[[str], Any]]  # the columns that name a training, and where each of their cells stands
OF_GRID: Order = {"training_seed": int, "encoder": MODELS.index}
OF_CLUSTERS: Order = {"training_seed": int, "encoder": str}
OF_TRAINING: Order = {"set": (COLOUR, GRAY).index, "model": str, "seed": int}
OF_VALUES: Order = {"id": [claim.id for claim in CLAIMS].index, "training_seed": int}


def profiles() -> list[Path]:
    """The profiles of the trainings."""
    return sorted(EVIDENCE.glob("*.toml"))


def grow(path: Path, rows: pd.DataFrame, order: Order) -> None:
    """Add the rows of trainings to those that a file has of others, digit for digit; of the same it has these alone."""
    rows, names = rows.astype(str), list(order)
    if path.is_file():
        before = pd.read_csv(path, dtype=str, keep_default_na=False)
        again = before.set_index(names).index.isin(rows.set_index(names).index)
        rows = pd.concat([before[~again], rows])
    write_csv(path, rows.sort_values(names, key=lambda cells: cells.map(order[str(cells.name)]), kind="stable"))


def differing(before: Mapping[str, Any], now: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Name and both values of what two descriptions of trainings both have, and what isn't the same in them."""
    for key in sorted(before.keys() & now.keys()):
        if isinstance(before[key], dict):
            yield from differing(before[key], now[key], f"{within}{key}.")
        elif before[key] != now[key]:
            yield within + key, before[key], now[key]
