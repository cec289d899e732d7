"""How much of Table 1's accuracies rests on near-identical photographs: each cell in five other ways.

One a group: of each group only its first image. As many at random: as many dropped from each class at random, since
dropping also changes how large the classes are. Groups weighed: clusters of all images, each group scored as one image.
Split by groups, split at random: a part of the images is held out, groups undivided or just at random, and classified
by the nearest cluster mean of the others. t-SNE has no place for new images, and takes too long to be run on images
dropped at random, which are others in each repeat.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import adjusted_rand_score

from paper_repro.base.code import behind
from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.hashes import digest
from paper_repro.base.journal import Journal, finish
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering import chance
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import can_reduce, reduce, reduce_both
from paper_repro.clustering.score import contingency, match_weighted
from paper_repro.experiments import grid, settings
from paper_repro.experiments.inputs import Inputs, open_inputs

Rows = NDArray[np.int64]  # of a set
Key = tuple[str, float]  # measure and threshold
KEYS = ["measure", "threshold", "way", "encoder", "reduction", "dims", "clustering", "repeat"]
ALL, ONE, RANDOM, WEIGHED, BY_GROUPS, AT_RANDOM = settings.WAYS
TEST_SHARE = 0.2


@dataclass(frozen=True, eq=False)
class Subset:
    """Images that a cell is run on, and those held out; repeat: the only one that it is for, None for all."""

    measure: str
    threshold: float
    way: str
    kept: Rows
    held_out: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    repeat: int | None = None


@dataclass(frozen=True, eq=False)
class Task:
    """A unit of the grid on a subset, with all that a worker needs.

    features: .npy file [N, D]; labels: of all images [N]; weights: of all images [N], by measure and threshold.
    """

    key: str
    unit: grid.Unit
    subset: Subset
    features: Path
    labels: Rows
    classes: int
    seed: int
    n_init: int
    weights: dict[Key, NDArray[np.float64]]


def score(run: Run, jobs: int | None = None, dask: str | None = None) -> Made:
    """Run Table 1's cells in each way; write results/duplicates/accuracies.csv. Stopped, the same call resumes.

    Columns: KEYS, images, accuracy, balanced_accuracy, ari, chance_accuracy (fractions of 1; empty where there is
    none), then the accuracy of each class.
    """
    inputs = open_inputs(run, run.table1_set, run.models_for(run.table1_set))
    groups = open_groups(run, len(inputs.labels))
    planned = list(plan(run, inputs, groups))
    tasks: dict[str, Task] = {}
    for task in planned:
        tasks.setdefault(task.key, task)  # several thresholds may leave the same images
    folder = settings.duplicates_folder(run)
    hashes = {f"{measure} {threshold}": _hash(of_image) for (measure, threshold), of_image in groups.items()}
    fingerprint = digest({"inputs": inputs.fingerprint, "code": behind("experiments.deduplicated"), **hashes})
    with Journal(folder / settings.DEDUPLICATED_JOURNAL, fingerprint) as journal:
        finish(journal, "duplicates", work, list(tasks.values()), jobs, dask, note=lambda task: task.unit.key)
        every = [row for task in planned for row in _told(task, journal.done[task.key], inputs.classes)]
    write_csv(folder / settings.DEDUPLICATED_FILE, pd.DataFrame(every))
    return Made({"images": len(inputs.labels), "classes": list(inputs.classes)})


def open_groups(run: Run, count: int) -> dict[Key, Rows]:
    """First image of the group of each of `count` images [N], itself where it is alone; by measure and threshold."""
    table = read_csv(settings.duplicates_folder(run) / settings.DUPLICATES_FILES[1], keep_default_na=False)
    found: dict[Key, Rows] = {}
    for measure, thresholds in settings.THRESHOLDS.items():
        for threshold in thresholds:
            rows = table[(table["measure"] == measure) & (table["threshold"] == threshold)]
            of_image = np.arange(count)
            of_image[rows["id"]] = rows.groupby("group")["id"].transform("min")
            found[measure, threshold] = of_image
    return found


def plan(run: Run, inputs: Inputs, groups: dict[Key, Rows]) -> Iterator[Task]:
    """Every unit on every subset, longest first; what can't be reduced is left out."""
    weights = {key: 1 / np.bincount(of_image, minlength=len(of_image))[of_image] for key, of_image in groups.items()}
    grid_settings = run.profile.grid
    tasks = []
    for subset in subsets(inputs.labels, groups, grid_settings.repeats, grid_settings.seed):
        weighed = weights if subset.way == ALL else {}
        for encoder, (_, d) in inputs.shapes.items():
            for unit in _units(subset, encoder, d, grid_settings.repeats):
                key = f"{_hash(subset.kept, subset.held_out)}, {unit.key}{', weighed' if weighed else ''}"
                tasks.append(Task(key, unit, subset, inputs.paths[encoder], inputs.labels, len(inputs.classes),
                                  grid_settings.seed, grid_settings.kmeans_n_init, weighed))
    yield from sorted(tasks, key=lambda task: -grid.COST[task.unit.reduction])


def _units(subset: Subset, encoder: Model, d: int, repeats: int) -> Iterator[grid.Unit]:
    """The units of Table 1 that these images can fill; without t-SNE where they are for one repeat alone."""
    n = len(subset.kept)
    if subset.repeat is None:
        yield from grid.plan({encoder: (n, d)}, repeats)
        return
    for method, dims in settings.REDUCTIONS:
        if method != "tsne" and can_reduce(n, d, method, dims) is None:
            yield grid.Unit(encoder, method, dims, (subset.repeat,))


def subsets(labels: Rows, groups: dict[Key, Rows], repeats: int, seed: int) -> Iterator[Subset]:
    """All images; then of each measure and threshold the images that each way keeps, and those it holds out."""
    every = np.arange(len(labels))
    yield Subset("", 0.0, ALL, every)
    for number, ((measure, threshold), of_image) in enumerate(groups.items()):
        firsts = np.unique(of_image)
        yield Subset(measure, threshold, ONE, firsts)
        for repeat in range(repeats):
            rng = np.random.default_rng([seed, number, repeat])
            yield Subset(measure, threshold, RANDOM, _as_many(labels, firsts, rng), repeat=repeat)
            held_out = _undivided(of_image, round(TEST_SHARE * len(labels)), rng)
            yield Subset(measure, threshold, BY_GROUPS, np.setdiff1d(every, held_out), held_out, repeat)
            held_out = np.sort(rng.permutation(len(labels))[:len(held_out)])
            yield Subset(measure, threshold, AT_RANDOM, np.setdiff1d(every, held_out), held_out, repeat)


def _as_many(labels: Rows, firsts: Rows, rng: np.random.Generator) -> Rows:
    """As many images of each class as `firsts` has, drawn at random."""
    counts = np.bincount(labels[firsts], minlength=labels.max() + 1)
    drawn = [rng.permutation(np.flatnonzero(labels == label))[:count] for label, count in enumerate(counts)]
    return np.sort(np.concatenate(drawn))


def _undivided(of_image: Rows, wanted: int, rng: np.random.Generator) -> Rows:
    """Groups in random order, each that still fits, until `wanted` images are held out."""
    names, sizes = np.unique(of_image, return_counts=True)
    order = rng.permutation(len(names))
    taken, room = [], wanted
    for place in order:
        if sizes[place] <= room:
            taken.append(names[place])
            room -= int(sizes[place])
    return np.flatnonzero(np.isin(of_image, taken))


def work(task: Task) -> list[dict[str, Any]]:
    """Do one unit: reduce once, then both clusterings. A row for each repeat and clustering, with what is weighed."""
    unit, subset = task.unit, task.subset
    features = np.load(task.features, mmap_mode="r", allow_pickle=False)
    x, others = features[subset.kept], features[subset.held_out]
    seeds = {r: grid.seed_of(task.seed, unit.encoder, unit.reduction, unit.dims, r) for r in unit.repeats}
    first = seeds[unit.repeats[0]]
    if len(subset.held_out) and unit.reduction == "pca":
        x, others = reduce_both(x, others, unit.dims, first)
    else:
        x = reduce(x, unit.reduction, unit.dims, first)
    whole = hac(x, task.classes)
    rows = []
    for repeat, seed in seeds.items():
        for clustering, labels in zip(settings.CLUSTERINGS, (kmeans(x, task.classes, seed, task.n_init), whole),
                                      strict=True):
            found = _held_out(task, x, labels, others) if len(subset.held_out) else _scored(task, labels)
            rows.append({"clustering": clustering, "repeat": repeat, **found})
    return rows


def _scored(task: Task, labels: Rows) -> dict[str, Any]:
    """Scores of the clusters of the kept images, each image once; and weighed."""
    true = task.labels[task.subset.kept]
    complete = len(np.unique(true)) == task.classes
    by_chance = chance.expected(contingency(true, labels, task.classes)).accuracy if complete else None
    weighed = [[*key, _accuracies(*match_weighted(true, labels, weights, task.classes)[1:], float(weights.sum()))]
               for key, weights in task.weights.items()]
    _, accuracy, classes = match_weighted(true, labels, np.ones(len(true)), task.classes)
    return {**_accuracies(accuracy, classes, len(true)), "ari": float(adjusted_rand_score(true, labels)),
            "chance_accuracy": by_chance, "weighed": weighed}


def _held_out(task: Task, x: NDArray[Any], labels: Rows, others: NDArray[Any]) -> dict[str, Any]:
    """Scores of the images held out [m, D]: each has the class of the nearest cluster's mean."""
    true = task.labels[task.subset.held_out]
    class_of = match_weighted(task.labels[task.subset.kept], labels, np.ones(len(labels)), task.classes)[0]
    means = np.array([x[labels == cluster].mean(axis=0, dtype=np.float64) for cluster in range(task.classes)])
    nearest = np.linalg.norm(others[:, None] - means, axis=2).argmin(axis=1)
    right = class_of[nearest] == true
    classes = np.array([right[true == label].mean() if (true == label).any() else np.nan
                        for label in range(task.classes)])
    return {**_accuracies(float(right.mean()), classes, len(true)), "ari": float(adjusted_rand_score(true, nearest)),
            "chance_accuracy": None, "weighed": []}


def _accuracies(accuracy: float, classes: NDArray[np.float64], images: float) -> dict[str, Any]:
    return {"images": images, "accuracy": accuracy, "balanced_accuracy": float(np.nanmean(classes)),
            "classes": [None if np.isnan(share) else float(share) for share in classes]}


def _told(task: Task, rows: list[dict[str, Any]], classes: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The rows of a unit as the table has them, those of weighed groups on lines of their own."""
    unit, subset = task.unit, task.subset
    for row in rows:
        weighed = [(measure, threshold, WEIGHED, found) for measure, threshold, found in row["weighed"]]
        for measure, threshold, way, found in [(subset.measure, subset.threshold, subset.way, row), *weighed]:
            yield {"measure": measure, "threshold": threshold, "way": way, "encoder": unit.encoder,
                   "reduction": unit.reduction, "dims": unit.dims, "clustering": row["clustering"],
                   "repeat": row["repeat"],
                   **{key: found.get(key) for key in ("images", "accuracy", "balanced_accuracy", "ari",
                                                      "chance_accuracy")},
                   **{f"accuracy of {name}": share for name, share in zip(classes, found["classes"], strict=True)}}


def _hash(*rows: Rows) -> str:
    return hashlib.sha256(b"|".join(one.astype(np.int64).tobytes() for one in rows)).hexdigest()[:16]
