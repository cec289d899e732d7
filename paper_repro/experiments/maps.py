"""Maps of a set by its other encoders and trainings, to be seen beside the one that its classes are shown on."""

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering.assignment import assign
from paper_repro.clustering.methods import classes_of, classes_or_noise
from paper_repro.clustering.names import NOISE
from paper_repro.clustering.reduce import can_reduce, reduce
from paper_repro.experiments.grid import map_seed
from paper_repro.experiments.inputs import open_described
from paper_repro.experiments.settings import MAP_DIMS, clustering, others, others_file
from paper_repro.patches.dataset import open_set


def map_others(run: Run, name: str) -> Made:
    """Write results/<set>/maps/<model>.csv for each of `settings.others`: id, x, y, class, of labelled sets matched.

    class: the classes by the same clustering, as many as the set has, with the numbers of those classes in classes.csv
    that they share most images with; matched: the label matched to the class. Raises UserError for missing features.
    """
    patches, folder = open_set(run.patches(name)), run.results / name
    labels, files = patches.labels, list[Path]()
    shown = None if labels is not None else read_csv(folder / "classes.csv")["class"].to_numpy(np.int64)
    for model, seed in others(run, name):
        features = np.load(open_described(run, name, model, [seed]).paths[0], mmap_mode="r", allow_pickle=False)
        if can_reduce(len(features), features.shape[1], "tsne", MAP_DIMS):
            continue
        xy = reduce(features, "tsne", MAP_DIMS, map_seed(run, model))
        table = pd.DataFrame({"id": patches.table["id"], "x": xy[:, 0], "y": xy[:, 1]})
        if shown is not None:
            found = classes_or_noise(features, clustering(run), int(shown.max()) + 1, run.profile.grid.seed)
            table["class"] = numbered_alike(found, shown)
        else:
            table["class"] = classes_of(features, "hac", len(patches.classes), run.profile.grid.seed)
            table["matched"] = assign(table["id"], table["class"].to_numpy(), labels, patches.classes).table["matched"]
        files.append(others_file(run, name, model, seed))
        write_csv(files[-1], table)
    return Made(files=tuple(files))


def numbered_alike(labels: NDArray[np.int64], like: NDArray[np.int64]) -> NDArray[np.int64]:
    """Labels [N] with the numbers of the classes `like` [N] that they share most rows with, each number once.

    Noise stays noise and counts for no class.
    """
    k = int(max(labels.max(), like.max())) + 1
    shared = np.zeros((k, k), np.int64)
    inside = (labels >= 0) & (like >= 0)
    np.add.at(shared, (labels[inside], like[inside]), 1)
    _, numbers = linear_sum_assignment(-shared)
    return np.where(labels >= 0, numbers[labels], NOISE).astype(np.int64)
