"""The patches of Venus divided by other clusterings than the profile's, each with the same table of stability."""

import numpy as np
import pandas as pd

from paper_repro.base.files import read_csv, write_csv, write_json
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering import numbers, stability
from paper_repro.clustering.methods import classes_of
from paper_repro.clustering.names import NOISE, Method
from paper_repro.experiments.inputs import open_described
from paper_repro.experiments.settings import clusters_folder, numbers_of_classes


def classify_set(run: Run, name: str, method: Method, jobs: int | None = None,
                 dask: str | None = None) -> Made:
    """Divide a flattened set of Venus into as many classes as the profile says, or as HDBSCAN finds.

    Writes into results/clusters/<method>/<set>/: classes.csv (id, class, distance, silhouette; class -1: noise),
    stability.csv (see `numbers`), summary.json (classes, noise, and the ARI with the classes by Ward's method or
    whatever the profile says, noise agreeing with nothing). jobs, dask: see `parallel`.
    Raises UserError for missing features, or fewer different patches than classes.
    """
    inputs = open_described(run, name, run.benchmark_model, run.seeds_for(name)[:1])
    x = np.load(inputs.paths[0], allow_pickle=False)
    assert run.profile.venus is not None
    seed, k = run.profile.grid.seed, run.profile.venus.classes
    labels = classes_of(x, method, k, seed)
    ks = (k,) if method == "scan" else (1, *numbers_of_classes(run))  # SCAN is trained for each number
    table = numbers.table_of(x, method, ks, seed, jobs, dask)
    folder = clusters_folder(run, method, name)
    write_csv(folder / "classes.csv", pd.DataFrame({
        "id": inputs.ids.to_numpy(), "class": labels, "distance": stability.to_means(x, labels)[0],
        "silhouette": numbers.silhouettes(x, labels)}))
    write_csv(folder / "stability.csv", table)
    shown = read_csv(run.results / name / "classes.csv")["class"].to_numpy(np.int64)
    found = int(labels.max()) + 1
    write_json(folder / "summary.json", {
        "set": name, "clustering": method, "classes": found, "noise": int((labels == NOISE).sum()),
        f"ari_with_{run.profile.venus.clustering}": stability.agreement(shown, labels),
        "advice": numbers.advice(table, found)})
    print(f"{name}, {method}: {numbers.advice(table, found)}", flush=True)
    return Made()
