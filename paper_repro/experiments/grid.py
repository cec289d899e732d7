"""The cells of Table 1 as units of work: what each one is, its seed, and doing it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.alike import first_alike
from paper_repro.base.profile import MODELS, Model
from paper_repro.base.run import Run
from paper_repro.clustering import chance
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import can_reduce, is_random, reduce
from paper_repro.clustering.score import match
from paper_repro.experiments.settings import CLUSTERINGS, MAP_DIMS, METHODS, REDUCTIONS
from paper_repro.paper import Reduction

# What a unit costs beside the others (2100 x 512 features): t-SNE is nearly all of it.
COST: dict[Reduction, int] = {"tsne": 40, "none": 2, "pca": 1}


@dataclass(frozen=True)
class Unit:
    """One reduction and all that is clustered from it: one repeat, or all where the reduction draws nothing."""

    encoder: Model
    reduction: Reduction
    dims: int
    repeats: tuple[int, ...]

    @property
    def key(self) -> str:
        """Name in the journal and in reports of progress."""
        repeats = f"{self.repeats[0]}" if len(self.repeats) == 1 else f"{self.repeats[0]}-{self.repeats[-1]}"
        return f"{self.encoder}, {self.reduction} {self.dims}, repeat {repeats}"


@dataclass(frozen=True)
class Task:
    """A unit with all that a worker needs: path of the features .npy [N, 512], true labels [N], settings."""

    unit: Unit
    features: Path
    labels: NDArray[np.int64]
    classes: int
    seed: int
    n_init: int

    @property
    def key(self) -> str:
        """Name in the journal: the unit's."""
        return self.unit.key


def seed_of(base: int, encoder: Model, reduction: Reduction, dims: int, repeat: int) -> int:
    """Seed of one repeat of a reduction and of the k-means after it, below 2**31; HAC draws nothing."""
    parts = [base, MODELS.index(encoder), METHODS.index(reduction), dims, repeat]
    return int(np.random.SeedSequence(parts).generate_state(1)[0] >> 1)


def map_seed(run: Run, model: Model) -> int:
    """Seed of the two-dimensional t-SNE maps of an encoder's features (Figs 12-16)."""
    return seed_of(run.profile.grid.seed, model, "tsne", MAP_DIMS, 0)


def plan(shapes: Mapping[Model, tuple[int, int]], repeats: int) -> list[Unit]:
    """Units that give every cell of features of these shapes (N, D), longest first; impossible cells are left out."""
    units = []
    for encoder, (n, d) in shapes.items():
        for method, dims in REDUCTIONS:
            if can_reduce(n, d, method, dims) is None:
                every = tuple(range(repeats))
                groups = [(r,) for r in every] if is_random(n, d, method, dims) else [every]
                units += [Unit(encoder, method, dims, group) for group in groups]
    return sorted(units, key=lambda unit: -COST[unit.reduction])


def work(task: Task) -> list[dict[str, Any]]:
    """Do one unit: reduce once, then both clusterings; HAC, which draws nothing, once for all its repeats.

    Returns rows of table1_runs.csv together with their seconds; a row's seconds are those of the work behind it, also
    where other rows share that work.
    """
    unit = task.unit
    seeds = {r: seed_of(task.seed, unit.encoder, unit.reduction, unit.dims, r) for r in unit.repeats}
    features = np.load(task.features, mmap_mode="r", allow_pickle=False)
    reduced, reduce_seconds = _timed(reduce, features, unit.reduction, unit.dims, seeds[unit.repeats[0]])
    whole = _timed(hac, reduced, task.classes)
    alike = first_alike(features)  # t-SNE sets identical images apart, and a class may end between them
    rows = []
    for repeat, seed in seeds.items():
        parts = _timed(kmeans, reduced, task.classes, seed, task.n_init)
        for clustering, (labels, seconds) in zip(CLUSTERINGS, (parts, whole), strict=True):
            score = match(task.labels, labels[alike], task.classes)
            random = chance.expected(score.confusion)
            rows.append({
                "encoder": unit.encoder, "reduction": unit.reduction, "dims": unit.dims, "clustering": clustering,
                "repeat": repeat, "seed": seed, "accuracy": score.accuracy,
                "balanced_accuracy": score.balanced_accuracy, "ari": score.ari,
                "chance_accuracy": random.accuracy, "chance_balanced_accuracy": random.balanced_accuracy,
                "reduce_seconds": reduce_seconds, "cluster_seconds": seconds,
            })
    return rows


def _timed(function: Any, *arguments: Any) -> tuple[Any, float]:
    start = time.perf_counter()
    value = function(*arguments)
    return value, round(time.perf_counter() - start, 4)
