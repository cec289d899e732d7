"""Table 1: every encoder, reduction and clustering, repeated (Sect. 3.3; 30 cells x 8 repeats in the paper)."""

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pandas as pd

from paper_repro.base.files import write_csv
from paper_repro.base.journal import Journal
from paper_repro.base.profile import MODELS, Model
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Provenance, code_hash
from paper_repro.base.run import Run
from paper_repro.base.workers import parallel
from paper_repro.clustering.cluster import HAC_SETTINGS, KMEANS_SETTINGS
from paper_repro.clustering.reduce import PCA_SETTINGS, TSNE_SETTINGS, can_reduce
from paper_repro.experiments import grid
from paper_repro.experiments.inputs import Inputs, open_inputs

KEYS = ["encoder", "reduction", "dims", "clustering", "repeat"]
RUNS, SECONDS, NOT_RUN = "table1_runs.csv", "table1_seconds.csv", "table1_not_run.csv"


def run_grid(run: Run, jobs: int | None = None, folder: Path | None = None) -> Path:
    """Run every cell of Table 1 that can exist on the run's photographs of Table 1.

    Writes into `folder` (default: results/): table1_runs.csv (accuracies as fractions of 1), table1_seconds.csv,
    table1_not_run.csv (with reasons) and table1_runs.json (provenance); returns the first. Killed at any point, the
    same call continues; the bytes but for the seconds depend neither on that nor on the number of worker processes
    `jobs` (default: all cores).
    Raises UserError for missing, unlabelled or unfit inputs.
    """
    name = run.table1_set
    models = run.models_for(name)
    inputs = open_inputs(run, name, models)
    provenance = describe(run, name, inputs)
    folder = folder or run.results
    record, outputs = folder / "table1_runs.json", [folder / f for f in (RUNS, SECONDS, NOT_RUN)]
    journal_path = folder / "table1_runs.journal"
    if provenance.why_stale(record) is None and all(output.is_file() for output in outputs):
        for output in (*outputs, record):
            os.utime(output)
        journal_path.unlink(missing_ok=True)  # of a run killed between its last two lines
        return outputs[0]

    units = grid.plan(inputs.shapes, run.profile.grid.repeats)
    fingerprint = hashlib.sha256(json.dumps(provenance.record(), sort_keys=True).encode()).hexdigest()
    with Journal(journal_path, fingerprint) as journal:
        tasks = [
            grid.Task(unit, inputs.paths[unit.encoder], inputs.labels, len(inputs.classes), run.profile.grid.seed,
                      run.profile.grid.kmeans_n_init)
            for unit in units if unit.key not in journal.done
        ]
        total, left = (sum(grid.COST[unit.reduction] for unit in us) for us in (units, [t.unit for t in tasks]))
        progress = Progress("Table 1", total, "work unit", done=total - left)
        with contextlib.closing(parallel(grid.work, tasks, jobs)) as results:
            for task, rows in results:
                journal.add(task.unit.key, rows)
                progress.step(grid.COST[task.unit.reduction], task.unit.key)
        every: list[dict[str, Any]] = [row for unit in units for row in journal.done[unit.key]]
    every.sort(key=_place)
    table = pd.DataFrame(every)
    # From here on the old record would describe files that change.
    record.unlink(missing_ok=True)
    write_csv(outputs[0], table[[*KEYS, "seed", "accuracy", "balanced_accuracy", "ari"]])
    write_csv(outputs[1], table[[*KEYS, "reduce_seconds", "cluster_seconds"]])
    write_csv(outputs[2], not_run(inputs.shapes))
    provenance.write(record, {"set": name, "images": len(inputs.labels), "classes": list(inputs.classes)},
                     [outputs[0], outputs[2]])
    journal_path.unlink()
    return outputs[0]


def describe(run: Run, name: str, inputs: Inputs) -> Provenance:
    """Everything that decides the runs."""
    settings: dict[str, Any] = {
        "set": name,
        "encoders": list(inputs.shapes),
        "reductions": [list(reduction) for reduction in grid.REDUCTIONS],
        "repeats": run.profile.grid.repeats,
        "seed": run.profile.grid.seed,
        "tsne": TSNE_SETTINGS,
        "pca": PCA_SETTINGS,
        "kmeans": KMEANS_SETTINGS | {"n_init": run.profile.grid.kmeans_n_init},
        "hac": HAC_SETTINGS,
    }
    hashes = inputs.hashes | {"code of clustering": code_hash("clustering")}
    return Provenance("table1", "experiments", run.profile.name, inputs.simulated, settings, hashes, inputs.notes)


def not_run(shapes: dict[Model, tuple[int, int]]) -> pd.DataFrame:
    """The cells of Table 1 that features of these shapes (N, D) can't fill, and why."""
    rows = []
    for encoder in MODELS:
        for method, dims in grid.REDUCTIONS:
            n, d = shapes.get(encoder, (0, 0))
            reason = can_reduce(n, d, method, dims) if encoder in shapes else "encoder not asked for in this run"
            if reason:
                rows += [(encoder, method, dims, clustering, reason) for clustering in grid.CLUSTERINGS]
    return pd.DataFrame(rows, columns=[*KEYS[:4], "reason"])


def _place(row: dict[str, Any]) -> tuple[int, ...]:
    """Where a row stands: by encoder, reduction, clustering, repeat."""
    return (MODELS.index(row["encoder"]), grid.METHODS.index(row["reduction"]), -row["dims"],
            grid.CLUSTERINGS.index(row["clustering"]), row["repeat"])
