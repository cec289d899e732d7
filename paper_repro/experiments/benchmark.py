"""The benchmark's classification (Table 3, Figs 12 and 13): HAC without reduction, and the t-SNE map to show it on."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv
from paper_repro.base.provenance import Provenance, code_hash
from paper_repro.base.run import PHOTO_SETS, Run
from paper_repro.base.workers import parallel
from paper_repro.clustering.assignment import assign, save
from paper_repro.clustering.cluster import HAC_SETTINGS, hac
from paper_repro.clustering.reduce import TSNE_SETTINGS, can_reduce, reduce
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.inputs import Inputs, open_inputs

MAP_DIMS = 2
OUTPUTS = ("classes.csv", "confusion.csv", "scores.json", "tsne2.csv")


@dataclass(frozen=True)
class Task:
    """What a worker needs: features .npy [N, D], number of clusters, seed of the map."""

    name: str
    features: Path
    classes: int
    seed: int


def benchmark(run: Run, jobs: int | None = None) -> list[Path]:
    """Classify each set of photographs that there is with the run's benchmark encoder (Sect. 4.1).

    Writes into results/<set>/: classes.csv, confusion.csv, scores.json (see `assignment.save`), tsne2.csv (id, x, y)
    and provenance.json, and last results/index.csv (set, encoder, accuracy); returns
    those folders. A set whose provenance is unchanged is left alone.
    Raises UserError for missing, unlabelled or too few inputs.
    """
    names = [name for name in PHOTO_SETS if name in run.sets]
    model = run.benchmark_model
    stale: dict[str, tuple[Inputs, Provenance]] = {}
    for name in names:
        inputs = open_inputs(run, name, [model])
        reason = can_reduce(*inputs.shapes[model], "tsne", MAP_DIMS)
        if reason:
            raise UserError(f"{run.patches(name)}: {reason}; Figs 12 and 13 are such a map, so add images.")
        provenance = describe(run, name, inputs)
        folder = run.results / name
        files = [*(folder / file for file in OUTPUTS), folder / "provenance.json"]
        if provenance.why_stale(files[-1]) is None and all(path.is_file() for path in files):
            for path in files:
                os.utime(path)
        else:
            stale[name] = inputs, provenance
    tasks = [Task(name, inputs.paths[model], len(inputs.classes), _seed(run)) for name, (inputs, _) in stale.items()]
    with contextlib.closing(parallel(work, tasks, jobs)) as results:
        for task, (clusters, xy) in results:
            inputs, provenance = stale[task.name]
            folder = run.results / task.name
            # From here on the old record would describe files that change.
            (folder / "provenance.json").unlink(missing_ok=True)
            write_csv(folder / "tsne2.csv", pd.DataFrame({"id": inputs.ids.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]}))
            save(folder, assign(inputs.ids, clusters, inputs.labels, inputs.classes), {"model": model})
            provenance.write(folder / "provenance.json", outputs=[folder / file for file in OUTPUTS])
    rows = [(name, model, (read_json(run.results / name / "scores.json") or {})["accuracy"]) for name in names]
    write_csv(run.results / "index.csv", pd.DataFrame(rows, columns=["set", "encoder", "accuracy"]))
    return [run.results / name for name in names]


def describe(run: Run, name: str, inputs: Inputs) -> Provenance:
    """Everything that decides the classification of one set."""
    settings: dict[str, Any] = {
        "set": name,
        "encoder": run.benchmark_model,
        "clusters": len(inputs.classes),
        "hac": HAC_SETTINGS,
        "tsne": TSNE_SETTINGS,
        "map_seed": _seed(run),
    }
    hashes = inputs.hashes | {"code of clustering": code_hash("clustering")}
    return Provenance("benchmark", "experiments", run.profile.name, inputs.simulated, settings, hashes, inputs.notes)


def work(task: Task) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Clusters [N] and map [N, 2] of one set."""
    features = np.load(task.features, mmap_mode="r", allow_pickle=False)
    return hac(features, task.classes), reduce(features, "tsne", MAP_DIMS, task.seed)


def _seed(run: Run) -> int:
    return seed_of(run.profile.grid.seed, run.benchmark_model, "tsne", MAP_DIMS, 0)
