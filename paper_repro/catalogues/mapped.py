"""A map of images that were assigned to a catalogue's classes: of many a part, the odd ones first of all."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.catalogues.assign import ASSIGNED, COUNTS
from paper_repro.clustering.principal import principal
from paper_repro.clustering.reduce import can_reduce, reduce

MAP = "tsne2.csv"
MOST = 12_000  # images on a map
ODD = 1_000  # of them those that are farthest beyond the limit of their class


def beyond(table: pd.DataFrame, counts: pd.DataFrame) -> NDArray[np.float64]:
    """Distance of each assigned image over the limit of its class [N]: above 1 it is unlike any class.

    table, counts: assigned.csv and counts.csv. Infinite or NaN where the limit is 0, NaN where there is none.
    """
    limits = pd.to_numeric(counts["limit"]).to_numpy(np.float64)  # empty where nothing tells them
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = table["distance"].to_numpy() / limits[table["class"]]
    return found


def chosen(over: NDArray[np.float64], most: int, odd: int) -> NDArray[np.int64]:
    """Rows, ascending, of at most `most` images: of more, the `odd` with the largest `over`, others drawn by seed."""
    if len(over) <= most:
        return np.arange(len(over))
    first = np.argsort(-np.nan_to_num(over), kind="stable")
    others = np.random.default_rng(0).permutation(np.sort(first[odd:]))[: most - odd]
    return np.sort(np.concatenate([first[:odd], others]))


def map_set(run: Run, name: str, features: Path) -> Made:
    """Write results/<set>/tsne2.csv (id, x, y): a t-SNE map of at most MOST images of an assigned set.

    Of too few for t-SNE, or where all features are the same, the two principal components; `no_map` says why.
    """
    folder = run.results / name
    table = read_csv(folder / ASSIGNED, usecols=["id", "class", "distance"])
    rows = chosen(beyond(table, read_csv(folder / COUNTS)), MOST, ODD)
    values = np.array(np.load(features, mmap_mode="r", allow_pickle=False)[rows])
    same = None if np.ptp(values, axis=0).any() else "all images have the same features"
    reason = can_reduce(len(rows), values.shape[1], "tsne", 2) or same
    xy = principal(values) if reason else reduce(values, "tsne", 2, run.profile.grid.seed)
    write_csv(folder / MAP, pd.DataFrame({"id": table["id"].to_numpy()[rows], "x": xy[:, 0], "y": xy[:, 1]}))
    return Made({"no_map": reason})
