"""Statistics of patch sets: `patches/statistics.csv`, one row a set."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from paper_repro.base.files import write_csv
from paper_repro.base.run import Run
from paper_repro.patches.dataset import PatchSet

CHUNK = 256  # patches held in memory at once


def statistics(name: str, patches: PatchSet) -> dict[str, str | int | float]:
    """One set's row: number of patches and of observations, ranges of longitude and latitude (deg) and local time
    (h), mean and standard deviation of all its 8-bit pixels, smallest and median Minnaert k of its patches.
    """  # noqa: D205
    table = patches.table
    row: dict[str, str | int | float] = {"set": name, "count": len(patches), "observations": table["source"].nunique()}
    for column in ("longitude_deg", "latitude_deg", "local_time_h"):
        row |= {f"{column}_min": float(table[column].min()), f"{column}_max": float(table[column].max())}
    mean, std = _moments(patches.images)
    k = table["minnaert_k"]
    return row | {"mean": mean, "std": std, "minnaert_k_min": float(k.min()), "minnaert_k_median": float(k.median()),
                  "sha256": patches.sha256}


def _moments(images: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean and standard deviation (ddof 0) of all pixels, from their histogram: exact sums, a chunk in memory."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(images), CHUNK):
        counts += np.bincount(images[start:start + CHUNK].ravel(), minlength=256)
    values = np.arange(256)
    total = int(counts.sum())
    mean = int(counts @ values) / total
    return mean, float(np.sqrt(counts @ (values - mean) ** 2 / total))


def write(run: Run, made: Mapping[str, PatchSet]) -> pd.DataFrame:
    """Write the statistics of the sets `made` beside those of others, print them; sets unchanged aren't read again."""
    path = run.patches("statistics.csv")
    before = pd.read_csv(path).to_dict("records") if path.is_file() else []
    known = {(row["set"], row["sha256"]): row for row in before}
    rows = [known.get((name, patches.sha256)) or statistics(name, patches) for name, patches in made.items()]
    rows += [row for row in before if row["set"] not in made and run.patches(row["set"]).is_dir()]
    table = pd.DataFrame(rows).sort_values("set")
    write_csv(path, table)
    print(tabulate(_readable(table[table["set"].isin(list(made))]).to_dict("list"), headers="keys"))
    return table


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """The statistics in few, rounded columns."""
    shown = table[["set", "count", "observations"]].copy()
    for column, title in (("longitude_deg", "longitude"), ("latitude_deg", "latitude"), ("local_time_h", "local time")):
        shown[title] = [f"{low:.1f} .. {high:.1f}" for low, high in
                        zip(table[f"{column}_min"], table[f"{column}_max"], strict=True)]
    for column in ("mean", "std"):
        shown[column] = table[column].round(1)
    return shown.assign(**{"k min": table["minnaert_k_min"].round(3), "k median": table["minnaert_k_median"].round(3)})
