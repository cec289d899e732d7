"""SCAN in place of the paper's clustering (Sect. 5), on photographs whose labels are known, beside what it replaces."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.code import behind
from paper_repro.base.files import write_csv
from paper_repro.base.hashes import digest
from paper_repro.base.journal import Journal, finish
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering import chance, scan
from paper_repro.clustering.assignment import assign, save
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.score import match
from paper_repro.experiments import settings
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.inputs import open_inputs

NOTE = "SCAN's heads were trained on features that stay as they are; its authors train the network too."


@dataclass(frozen=True)
class Task:
    """One repeat of all clusterings of an encoder's features .npy [N, D]; labels: true [N]."""

    encoder: Model
    repeat: int
    features: Path
    labels: NDArray[np.int64]
    classes: int
    seed: int
    n_init: int

    @property
    def key(self) -> str:
        """Name in the journal."""
        return f"{self.encoder}, repeat {self.repeat}"


def classify_photographs(run: Run, name: str, jobs: int | None = None, dask: str | None = None) -> Made:
    """Classify one set of photographs by SCAN, with each of its encoders and as often as Table 1's cells.

    Writes into results/scan/<set>/: runs.csv (encoder, clustering, repeat, seed, scores, loss and confident; k-means
    and HAC without reduction stand there too), and of the benchmark's encoder and the first repeat what `benchmark`
    writes: classes.csv, confusion.csv, scores.json. Stopped, the same call resumes. jobs, dask: see
    `parallel`. Raises UserError for unfit inputs.
    """
    inputs, folder = open_inputs(run, name, run.models_for(name)), settings.scan_folder(run, name)
    grid = run.profile.grid
    tasks = [Task(model, repeat, inputs.paths[model], inputs.labels, len(inputs.classes), seed_of(
        grid.seed, model, "none", 0, repeat), grid.kmeans_n_init) for model in inputs.paths
        for repeat in range(grid.repeats)]
    about = json.dumps([settings.scan(run, name), asdict(scan.Settings())], sort_keys=True)
    fingerprint = digest({"inputs": inputs.fingerprint, "settings": about, "code": behind("experiments.scan")})
    with Journal(folder / settings.SCAN_JOURNAL, fingerprint) as journal:
        finish(journal, f"{name}: SCAN", work, tasks, jobs, dask)
        done = [journal.done[task.key] for task in tasks]
    write_csv(folder / settings.SCAN_FILES[0], pd.DataFrame([row for one in done for row in one["rows"]]))
    first = journal.done[f"{run.benchmark_model}, repeat 0"]["labels"]
    save(folder, assign(inputs.ids, np.array(first, np.int64), inputs.labels, inputs.classes),
         {"model": run.benchmark_model, "clustering": "scan"})
    return Made(notes=(NOTE,))


def work(task: Task) -> dict[str, Any]:
    """Rows of runs.csv of one repeat, and SCAN's labels [N]."""
    x = np.load(task.features, mmap_mode="r", allow_pickle=False)
    found = scan.scan(x, task.classes, task.seed)
    rows = []
    for clustering, labels, confident in (
            ("kmeans", kmeans(x, task.classes, task.seed, task.n_init), None), ("hac", hac(x, task.classes), None),
            ("scan, before self-labelling", found.before, found.confident[0]),
            ("scan", found.labels, found.confident[1])):
        score = match(task.labels, labels, task.classes)
        rows.append({
            "encoder": task.encoder, "clustering": clustering, "repeat": task.repeat, "seed": task.seed,
            "accuracy": score.accuracy, "balanced_accuracy": score.balanced_accuracy, "ari": score.ari,
            "chance_accuracy": chance.expected(score.confusion).accuracy,
            "loss": None if confident is None else float(found.losses.min()), "confident": confident,
        })
    return {"rows": rows, "labels": found.labels.tolist()}
