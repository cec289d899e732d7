"""The benchmark's classification (Table 3, Figs 12 and 13): HAC without reduction, and the t-SNE map to show it on."""

import numpy as np
import pandas as pd

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering.assignment import assign, save
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.reduce import can_reduce, reduce
from paper_repro.experiments.grid import map_seed
from paper_repro.experiments.inputs import open_inputs
from paper_repro.experiments.settings import MAP_DIMS


def classify_photographs(run: Run, name: str) -> Made:
    """Classify one set of photographs with the run's benchmark encoder (Sect. 4.1).

    Writes into results/<set>/: classes.csv, confusion.csv, scores.json (see `assignment.save`), tsne2.csv (id, x, y).
    Raises UserError for missing, unlabelled or too few inputs.
    """
    model, folder = run.benchmark_model, run.results / name
    inputs = open_inputs(run, name, [model])
    reason = can_reduce(*inputs.shapes[model], "tsne", MAP_DIMS)
    if reason:
        raise UserError(f"{run.patches(name)}: {reason}; Figs 12 and 13 are such a map, so add images.")
    features = np.load(inputs.paths[model], mmap_mode="r", allow_pickle=False)
    xy = reduce(features, "tsne", MAP_DIMS, map_seed(run, model))
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": inputs.ids.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]}))
    clusters = hac(features, len(inputs.classes))
    save(folder, assign(inputs.ids, clusters, inputs.labels, inputs.classes), {"model": model})
    return Made()
