"""Statistics of patch sets: `patches/statistics.csv`, a row for each set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tabulate import tabulate

from paper_repro.base import hints, regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import FLAT, Run
from paper_repro.patches.dataset import PROVENANCE, PatchSet, open_set

RANGES = ("longitude_deg", "latitude_deg", "local_time_h")
CHUNK = 256  # patches held in memory at once


def statistics(name: str, patches: PatchSet) -> dict[str, str | int | float]:
    """One set's row: number of patches and of observations, ranges of longitude and latitude (deg) and local time
    (h), mean and standard deviation of all its 8-bit pixels, smallest and median Minnaert k of its patches. Of
    photographs, what they have of it.
    """  # noqa: D205
    table = patches.table
    row: dict[str, str | int | float] = {"set": name, "count": len(patches), "observations": table["source"].nunique()}
    for column in RANGES:
        if column in table:
            row |= {f"{column}_min": float(table[column].min()), f"{column}_max": float(table[column].max())}
    mean, std = _moments(patches.images)
    row |= {"mean": mean, "std": std}
    if "minnaert_k" in table:
        k = table["minnaert_k"]
        row |= {"minnaert_k_min": float(k.min()), "minnaert_k_median": float(k.median())}
    return row | {"sha256": patches.sha256}


def _moments(images: NDArray[np.uint8]) -> tuple[float, float]:
    """Mean and standard deviation (ddof 0) of all pixels, from their histogram: exact sums, a chunk in memory."""
    counts = np.zeros(256, np.int64)
    for start in range(0, len(images), CHUNK):
        counts += np.bincount(images[start:start + CHUNK].ravel(), minlength=256)
    values = np.arange(256)
    total = int(counts.sum())
    mean = int(counts @ values) / total
    return mean, float(np.sqrt(counts @ (values - mean) ** 2 / total))


def write(run: Run) -> Made:
    """Write the statistics of all the run's sets of Venus to `patches/statistics.csv`, and print them."""
    names = [wanted.name + end for wanted in run.venus_sets for end in ("", FLAT)]
    table = pd.DataFrame([statistics(name, open_set(run.patches(name))) for name in names]).sort_values("set")
    write_csv(run.patches("statistics.csv"), table)
    _print(table)
    return Made()


def tell(run: Run, folders: Sequence[Path], csv: Path | None) -> None:
    """Print the statistics of the sets in folders, by default of all that a run has, and write them to a file `csv`.

    Raises UserError where there is no set, or one isn't whole.
    """
    chosen = list(folders) or sorted(path.parent for path in run.patches("").glob(f"[!.]*/{PROVENANCE}"))
    if not chosen:
        raise UserError(f"{run.patches('')}: expected patch sets, found none; name their folders or their profile, or "
                        f"make some with `{hints.command('patches')}`.")
    if csv is not None:
        regular.refuse_input("--csv", csv, [file for folder in chosen if folder.is_dir() for file in folder.iterdir()])
    table = pd.DataFrame([statistics(folder.resolve().name, open_set(folder)) for folder in chosen])
    if csv is not None:
        write_csv(csv, table)
    _print(table)


def _print(table: pd.DataFrame) -> None:
    print(tabulate(_readable(table).to_dict("list"), headers="keys"))


def write_list(run: Run, names: Sequence[str]) -> Made:
    """Write the list of the run's patch sets, `patches/index.csv`: set, images, side_px, classes, sha256."""
    rows = [(name, len(patches), patches.side, len(patches.classes), patches.sha256)
            for name in sorted(names) for patches in [open_set(run.patches(name))]]
    columns = ["set", "images", "side_px", "classes", "sha256"]
    write_csv(run.patches("index.csv"), pd.DataFrame(rows, columns=columns))
    return Made()


def _readable(table: pd.DataFrame) -> pd.DataFrame:
    """The statistics in few, rounded columns."""
    shown = table[["set", "count", "observations"]].copy()
    for column, title in zip(RANGES, ("longitude", "latitude", "local time"), strict=True):
        if f"{column}_min" in table:
            shown[title] = ["" if np.isnan(low) else f"{low:.1f} .. {high:.1f}" for low, high in
                            zip(table[f"{column}_min"], table[f"{column}_max"], strict=True)]
    for column in ("mean", "std"):
        shown[column] = table[column].round(1)
    for which in ("min", "median"):
        if f"minnaert_k_{which}" in table:
            shown[f"k {which}"] = ["" if np.isnan(k) else f"{k:.3f}" for k in table[f"minnaert_k_{which}"]]
    return shown
