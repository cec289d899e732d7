"""Table 1: every encoder, reduction and clustering, repeated (Sect. 3.3; 30 cells x 8 repeats in the paper)."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from paper_repro.base.code import behind
from paper_repro.base.files import write_csv
from paper_repro.base.hashes import digest
from paper_repro.base.journal import Journal, finish
from paper_repro.base.profile import MODELS, Model
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering.reduce import can_reduce
from paper_repro.experiments import grid, settings
from paper_repro.experiments.inputs import open_inputs

KEYS = ["encoder", "reduction", "dims", "clustering", "repeat"]
SCORES = ["accuracy", "balanced_accuracy", "ari", "chance_accuracy", "chance_balanced_accuracy"]
RUNS, SECONDS, NOT_RUN = settings.TABLE1_FILES


def run_grid(run: Run, folder: Path, jobs: int | None = None, dask: str | None = None) -> Made:
    """Run every cell of Table 1 that can exist on the run's photographs of Table 1.

    Writes into `folder`: table1_runs.csv (accuracies as fractions of 1), table1_seconds.csv and table1_not_run.csv
    (with reasons). Killed at any point, the same call resumes; the bytes but for the seconds depend neither on that
    nor on the worker processes (jobs, dask: see `parallel`).
    Raises UserError for missing, unlabelled or unfit inputs.
    """
    name = run.table1_set
    inputs = open_inputs(run, name, run.models_for(name))
    units = grid.plan(inputs.shapes, run.profile.grid.repeats)
    fingerprint = digest({"inputs": inputs.fingerprint, "settings": json.dumps(settings.table1(run), sort_keys=True),
                          "code": behind("experiments.grid")})
    tasks = [grid.Task(unit, inputs.paths[unit.encoder], inputs.labels, len(inputs.classes), run.profile.grid.seed,
                       run.profile.grid.kmeans_n_init) for unit in units]
    with Journal(folder / settings.TABLE1_JOURNAL, fingerprint) as journal:
        finish(journal, "Table 1", grid.work, tasks, jobs, dask, unit="work unit",
               cost=lambda task: grid.COST[task.unit.reduction])
        every: list[dict[str, Any]] = [row for unit in units for row in journal.done[unit.key]]
    every.sort(key=_place)
    table = pd.DataFrame(every)
    write_csv(folder / RUNS, table[[*KEYS, "seed", *SCORES]])
    write_csv(folder / SECONDS, table[[*KEYS, "reduce_seconds", "cluster_seconds"]])
    write_csv(folder / NOT_RUN, not_run(inputs.shapes))
    return Made({"set": name, "images": len(inputs.labels), "classes": list(inputs.classes)})


def not_run(shapes: dict[Model, tuple[int, int]]) -> pd.DataFrame:
    """The cells of Table 1 that features of these shapes (N, D) can't fill, and why."""
    rows = []
    for encoder in MODELS:
        for method, dims in settings.REDUCTIONS:
            n, d = shapes.get(encoder, (0, 0))
            reason = can_reduce(n, d, method, dims) if encoder in shapes else "encoder not asked for in this run"
            if reason:
                rows += [(encoder, method, dims, clustering, reason) for clustering in settings.CLUSTERINGS]
    return pd.DataFrame(rows, columns=[*KEYS[:4], "reason"])


def _place(row: dict[str, Any]) -> tuple[int, ...]:
    """Where a row stands: by encoder, reduction, clustering, repeat."""
    return (MODELS.index(row["encoder"]), settings.METHODS.index(row["reduction"]), -row["dims"],
            settings.CLUSTERINGS.index(row["clustering"]), row["repeat"])
