"""Groups of near-identical photographs: how many there are, at several thresholds and by two measures."""

import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering import duplicates
from paper_repro.experiments.settings import (
    DUPLICATES_EXAMPLES,
    DUPLICATES_FILES,
    SYMMETRIES_FILE,
    THRESHOLDS,
    duplicates_folder,
)
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.patches.thumbnails import symmetries, thumbnails

BEYOND = 1.5  # times the largest threshold: up to there pairs are kept, as examples of what is told apart
GROUPS, MEMBERS, EXAMPLES = DUPLICATES_FILES


def find(run: Run) -> Made:
    """Group the photographs of Table 1 by each measure and threshold of `THRESHOLDS`.

    Writes into results/duplicates/: groups.csv (a row for each measure and threshold), members.csv (group of each image
    that isn't alone in it), examples.csv (the pairs next to each threshold). Needs the features of `symmetries`.
    """
    patches = open_set(run.patches(run.table1_set))
    counted, members, examples = [], [], []
    for measure, near in measures(run, patches):
        for threshold in THRESHOLDS[measure]:
            about: dict[str, Any] = {"measure": measure, "threshold": threshold}
            of_image = duplicates.groups(near, limit(measure, threshold))
            counted.append(about | summary(of_image, patches))
            sizes = np.bincount(of_image)
            shared = np.flatnonzero(sizes[of_image] > 1)
            members.append(patches.table.iloc[shared][["id", "source", "label"]].assign(
                **about, group=of_image[shared]))
            examples += [about | row for row in beside(near, limit(measure, threshold), measure)]
    folder = duplicates_folder(run)
    write_csv(folder / GROUPS, pd.DataFrame(counted))
    columns = ["measure", "threshold", "group", "id", "source", "label"]
    write_csv(folder / MEMBERS, pd.concat(members).sort_values(columns[:4], kind="stable")[columns])
    write_csv(folder / EXAMPLES, pd.DataFrame(examples, columns=["measure", "threshold", "side", "i", "j", "distance"]))
    return Made({"images": len(patches)})


def measures(run: Run, patches: PatchSet) -> Iterator[tuple[str, duplicates.Pairs]]:
    """Each measure with the pairs that are close by it, distances as `limit` has thresholds."""
    yield "identical", identical(patches.images)
    yield "thumbnails", duplicates.pairs(thumbnails(patches.images), BEYOND * THRESHOLDS["thumbnails"][-1])
    features = np.load(duplicates_folder(run) / SYMMETRIES_FILE, mmap_mode="r", allow_pickle=False)
    largest = limit("features", BEYOND * THRESHOLDS["features"][-1])
    yield "features", duplicates.pairs(duplicates.directions(features), largest)


def limit(measure: str, threshold: float) -> float:
    """A threshold as a distance between rows: that of features is 1 - cosine, the square of theirs."""
    return float(np.sqrt(threshold)) if measure == "features" else threshold


def identical(images: NDArray[np.uint8]) -> duplicates.Pairs:
    """Pairs of images that are the same, pixel by pixel, in one of the eight symmetries; distance 0."""
    lowest = np.array([min(hashlib.sha256(turned[0].tobytes()).hexdigest()
                           for turned in symmetries(image[None])) for image in images])
    of_image = pd.factorize(lowest)[0]
    found = [(i, j) for rows in pd.Series(range(len(images))).groupby(of_image).indices.values() if len(rows) > 1
             for i, j in itertools.pairwise(rows)]
    i, j = np.array(found, np.int64).reshape(-1, 2).T
    return duplicates.Pairs(len(images), i, j, np.zeros(len(i)))


def summary(of_image: NDArray[np.int64], patches: PatchSet) -> dict[str, Any]:
    """Of the groups [N]: their number, images in them, the largest, those of several classes, images left a class."""
    sizes = np.bincount(of_image)
    labels = patches.table["label"].to_numpy()
    mixed = sum(len(set(labels[of_image == group])) > 1 for group in np.flatnonzero(sizes > 1))
    first = np.unique(of_image, return_index=True)[1]
    left = {f"left of {name}": int((labels[first] == name).sum()) for name in patches.classes}
    return {"groups": int((sizes > 1).sum()), "images_in_groups": int(sizes[sizes > 1].sum()),
            "largest": int(sizes.max()), "of_several_classes": mixed, "images_left": len(sizes), **left}


def beside(near: duplicates.Pairs, threshold: float, measure: str) -> Iterator[dict[str, Any]]:
    """The pairs next below and next above a threshold, nearest to it first; distances as thresholds are."""
    place = int(np.searchsorted(near.distance, threshold, side="right"))
    below, above = range(max(0, place - DUPLICATES_EXAMPLES), place)[::-1], range(place, len(near.distance))
    for side, rows in (("below", below), ("above", above[:DUPLICATES_EXAMPLES])):
        for row in rows:
            distance = float(near.distance[row]) ** (2 if measure == "features" else 1)
            yield {"side": side, "i": int(near.i[row]), "j": int(near.j[row]), "distance": distance}
