"""How well images that a catalogue doesn't know are assigned: a fifth held out, whole observations at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.workers import parallel
from paper_repro.clustering import nearest_class, stability
from paper_repro.clustering.methods import classes_or_noise
from paper_repro.clustering.names import NOISE, WAYS, Method
from paper_repro.clustering.nearest_class import Known

FOLDS = 5  # each image is held out once
LEVEL = 0.99
MOST = 5000  # images that are looked at: of more, whole observations are drawn up to so many
SECONDS = 2.0  # that a fold takes, about


@dataclass(frozen=True, eq=False)
class Fold:
    """One fold: the features' file, the rows held out and the others, and how and into what the full set was divided.

    sources: number of the observation of each image.
    """

    features: Path
    out: NDArray[np.int64]
    inside: NDArray[np.int64]
    labels: NDArray[np.int64]
    sources: NDArray[np.int64]
    method: Method
    seed: int


def folds(sources: NDArray[np.int64], seed: int = 0) -> list[NDArray[np.int64]]:
    """Rows in FOLDS parts of about as many, all of one source (an observation) in one part.

    Sources are dealt in a random order, each to the part with fewest rows yet, until MOST rows are.
    """
    counts, sizes = np.bincount(sources), np.zeros(FOLDS, np.int64)
    part = np.full(len(counts), -1)
    for source in np.random.default_rng(seed).permutation(len(counts)):
        if sizes.sum() and sizes.sum() + counts[source] > MOST:
            break
        part[source] = sizes.argmin()
        sizes[part[source]] += counts[source]
    return [rows for fold in range(FOLDS) if len(rows := np.flatnonzero(part[sources] == fold))]


def work(fold: Fold) -> list[dict[str, Any]]:
    """A row for each way: how the images held out are assigned by the others, beside their classes in the full set.

    held_out: how many; ari: of classes found in the others alone, 0 where HDBSCAN finds none in them; agreement: part
    assigned to their own class by the others' classes in the full set; unlike: part beyond the quantile LEVEL of the
    others' own distances, NaN where there are none. Images of no class don't count; no row without any others.
    """
    values, inside = np.load(fold.features, mmap_mode="r", allow_pickle=False), fold.inside
    counts = fold.out[fold.labels[fold.out] >= 0]
    labels, names = _dense(fold.labels[inside])
    if not len(counts) or not len(names):
        return []
    out, rest, true = np.array(values[counts]), np.array(values[inside]), fold.labels[counts]
    again = classes_or_noise(rest, fold.method, len(names), fold.seed)
    kept, anew = _known(rest, labels), _known(rest, again) if (again >= 0).any() else None
    rows = []
    for way in WAYS:
        found = np.full(len(out), NOISE) if anew is None else \
            nearest_class.nearest(nearest_class.distances(out, anew, way))[0]
        classes, distance, _ = nearest_class.nearest(nearest_class.distances(out, kept, way))
        own = nearest_class.own_distances(rest, labels, fold.sources[inside], kept, np.flatnonzero(labels >= 0), way)
        limits = nearest_class.limits(own, labels, LEVEL)
        rows.append({"way": way, "held_out": len(out), "ari": stability.agreement(true, found),
                     "agreement": float((names[classes] == true).mean()),
                     "unlike": np.nan if np.isnan(limits).any() else float((distance > limits[classes]).mean())})
    return rows


def _known(x: NDArray[Any], labels: NDArray[np.int64]) -> Known:
    members = labels >= 0
    return Known(nearest_class.centres_of(x, labels), np.asarray(x[members], np.float64), labels[members])


def _dense(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The same labels without gaps, noise as it is, and the label that each stands for."""
    names = np.unique(labels[labels >= 0])
    return np.where(labels >= 0, np.searchsorted(names, labels), labels), names


def measure(features: Path, sources: NDArray[np.int64], labels: NDArray[np.int64], method: Method, seed: int,
            jobs: int | None = None) -> pd.DataFrame:
    """`work` of every fold: fold, way, held_out, ari, agreement, unlike. Empty where there are too few sources.

    A fold has no row where no image held out, or none of the others, has a class.
    """
    return pd.DataFrame(list(_rows(features, sources, labels, method, seed, jobs)))


def summary(table: pd.DataFrame) -> dict[str, dict[str, float | None]]:
    """Of each way: mean and standard deviation of `ari` over the folds, means of agreement and unlike.

    folds: how many count, of FOLDS; unlike_folds: those of them that have limits, without which `unlike` is None.
    """
    found = dict[str, dict[str, float | None]]()
    for way, part in table.groupby("way") if len(table) else ():
        limited = part[part["unlike"].notna()]
        found[str(way)] = {
            "ari_mean": float(part["ari"].mean()), "ari_std": float(part["ari"].std(ddof=0)),
            "agreement": float(np.average(part["agreement"], weights=part["held_out"])),
            "unlike": float(np.average(limited["unlike"], weights=limited["held_out"])) if len(limited) else None,
            "folds": len(part), "unlike_folds": len(limited)}
    return found


def _rows(features: Path, sources: NDArray[np.int64], labels: NDArray[np.int64], method: Method, seed: int,
          jobs: int | None) -> Iterator[dict[str, Any]]:
    parts = folds(sources)
    used = np.concatenate(parts)
    tasks = [Fold(features, out, np.setdiff1d(used, out), labels, sources, method, seed) for out in parts]
    if len(tasks) < FOLDS:
        return
    results = {id(task): rows for task, rows in parallel(work, tasks, jobs, seconds=SECONDS)}
    for number, task in enumerate(tasks):
        for row in results[id(task)]:
            yield {"fold": number, **row}
