"""What each switch between the recipes, another training, and scikit-learn's changed defaults do to the accuracy."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base.alike import first_alike
from paper_repro.base.files import read_json, write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import PCA_SETTINGS, reduce
from paper_repro.clustering.score import match
from paper_repro.experiments import settings
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.inputs import Inputs, open_inputs

DIMS, N_INIT = settings.EFFECTS_DIMS, (1, 10)
PROVENANCE = "provenance.json"
COLUMNS = ["change", "seed", "cell", "repeats", "accuracy", "std", "seconds_per_epoch"]


def gather(run: Run) -> Made:
    """Classify the features of every training without reduction, and with PCA; write results/effects.csv.

    Columns: COLUMNS, fractions of 1; std: over repeats, ddof 0.
    """
    rows: list[dict[str, Any]] = []
    images = 0
    for name, seed in settings.effects_trainings(run):
        variant = settings.of_variant(run, name, seed)
        inputs = open_inputs(variant, variant.table1_set, ["simclr"])
        training = read_json(variant.encoder(variant.table1_set, "simclr") / PROVENANCE) or {}
        about = {"change": name, "seed": seed, "seconds_per_epoch": float(np.median(training["seconds_per_epoch"]))}
        baseline = (name, seed) == settings.effects_trainings(run)[0]
        rows += [about | row for row in measure(run, inputs, defaults=baseline)]
        images = len(inputs.labels)
    write_csv(run.results / settings.EFFECTS_FILE, pd.DataFrame(rows, columns=COLUMNS))
    return Made({"images": images})


def measure(run: Run, inputs: Inputs, *, defaults: bool) -> list[dict[str, Any]]:
    """Accuracies (columns cell, repeats, accuracy, std) of the features; `defaults`: with other defaults too."""
    x = np.load(inputs.paths["simclr"], allow_pickle=False)
    base, repeats, classes = run.profile.grid.seed, range(run.profile.grid.repeats), len(inputs.classes)

    alike = first_alike(x)

    def cell(name: str, labels: list[NDArray[np.int64]]) -> dict[str, Any]:
        scores = [match(inputs.labels, one[alike], classes).accuracy for one in labels]
        return {"cell": name, "repeats": len(scores), "accuracy": float(np.mean(scores)), "std": float(np.std(scores))}

    plain = [seed_of(base, "simclr", "none", 0, repeat) for repeat in repeats]
    own = [run.profile.grid.kmeans_n_init]
    rows = [cell("none, hac", [hac(x, classes)] * len(repeats))]
    rows += [cell(f"none, kmeans, n_init {n}", [kmeans(x, classes, seed, n) for seed in plain])
             for n in (N_INIT if defaults else own)]
    if defaults:
        seeds = [seed_of(base, "simclr", "pca", DIMS, repeat) for repeat in repeats]
        for solver in ("auto", "full"):
            reduced = [reduce(x, "pca", DIMS, seed) if solver == "auto" else exact(x) for seed in seeds]
            rows.append(cell(f"pca, hac, solver {solver}", [hac(one, classes) for one in reduced]))
            rows.append(cell(f"pca, kmeans, solver {solver}", [
                kmeans(one, classes, seed, own[0]) for one, seed in zip(reduced, seeds, strict=True)]))
    return rows


def exact(x: NDArray[Any]) -> NDArray[Any]:
    """The first `DIMS` principal components of x [N, D] without any draw: [N, DIMS]."""
    from sklearn.decomposition import PCA

    with threadpool_limits(limits=1):
        found = PCA(n_components=DIMS, svd_solver="full", copy=True, **PCA_SETTINGS).fit_transform(x)
    return np.ascontiguousarray(found)
