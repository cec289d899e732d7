"""The grid of Table 1 on 2100 x 512 features against the plain serial loop: python -m tests.bench.bench_grid.

The loop calls scikit-learn as it is, reduces again for every cell and scores all 720 permutations of the labels; both
must give the same accuracies, to the last bit. The grid is run whole on all cores (3 encoders, 8 repeats: 240 cells),
the loop on one, for one encoder and 2 repeats: the rest is scaled, by what the grid's own t-SNEs of all and of those
took (their number of iterations differs from seed to seed), and marked as scaled.
"""

import dataclasses
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.manifold import TSNE
from sklearn.metrics import accuracy_score
from threadpoolctl import threadpool_limits

from paper_repro import paper
from paper_repro.base.profile import MODELS, Grid, Model
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import TSNE_SETTINGS, reduce
from paper_repro.encoders import encode
from paper_repro.experiments import grid
from paper_repro.experiments.settings import CLUSTERINGS, REDUCTIONS
from paper_repro.experiments.table1 import RUNS, SECONDS, run_grid
from tests.records_made import patch_set, record

MODEL: Model = "simple"  # the loop's


def features(n: int, seed: int = 0) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """A seeded mixture of six overlapping groups, not negative like the outputs of a ReLU: [n, 512] and labels [n]."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 6
    values = rng.normal(size=(n, paper.FEATURES)) + 0.35 * rng.normal(size=(6, paper.FEATURES))[labels]
    return np.maximum(values, 0).astype(np.float32), labels


def serial(x: NDArray[np.float32], true: NDArray[np.int64], repeats: int) -> dict[tuple[str, int, str, int], float]:
    """Accuracy of every cell, one after the other, each from the features on."""
    permutations = list(itertools.permutations(range(6)))
    found: dict[tuple[str, int, str, int], float] = {}
    for repeat, (method, dims), clustering in itertools.product(range(repeats), REDUCTIONS, CLUSTERINGS):
        seed = grid.seed_of(0, MODEL, method, dims, repeat)
        if method == "tsne":
            with threadpool_limits(limits=1):
                reduced = TSNE(n_components=dims, random_state=seed, **TSNE_SETTINGS).fit_transform(x)
        else:
            reduced = reduce(x, method, dims, seed)
        labels = kmeans(reduced, 6, seed, 1) if clustering == "kmeans" else hac(reduced, 6)
        found[method, dims, clustering, repeat] = max(
            float(accuracy_score(true, [p[label] for label in labels])) for p in permutations
        )
    return found


def prepare(out: Path, n: int, repeats: int) -> Run:
    """A run that has the features of all encoders."""
    run = open_run("sample", out, encoders=MODELS)
    labels = features(n)[1]
    settings = Grid(repeats=repeats, seed=0, kmeans_n_init=1)
    run = dataclasses.replace(run, profile=dataclasses.replace(run.profile, grid=settings))
    table = pd.DataFrame({"id": range(n), "source": "x", "label": np.array(paper.CLASS_NAMES)[labels]})
    patch_set(run, COLOUR, np.zeros((n, 1, 1, 3), np.uint8), table, paper.CLASS_NAMES)
    for seed, model in enumerate(MODELS):
        path = run.features(COLOUR, model)
        record(path.with_suffix(".json"), run, "encode", **encode.save(path, features(n, seed)[0]).extra)
    return run


def main(repeats: int = paper.REPEATS, timed: int = 2, n: int = 2100) -> None:
    """Run the grid with `repeats`, the loop with the first `timed` of them, and print the ratio of their times."""
    x, labels = features(n)
    with tempfile.TemporaryDirectory() as folder:
        run = prepare(Path(folder), n, repeats)
        start = time.perf_counter()
        run_grid(run, run.results)
        ours = time.perf_counter() - start
        table, seconds = (pd.read_csv(run.results / name) for name in (RUNS, SECONDS))
    start = time.perf_counter()
    plain = serial(x, labels, timed)
    loop = time.perf_counter() - start
    both = table[(table["repeat"] < timed) & (table["encoder"] == MODEL)]
    keys = zip(both["reduction"], both["dims"], both["clustering"], both["repeat"], strict=True)
    if both["accuracy"].tolist() != [plain[key] for key in keys]:
        raise SystemExit("the grid and the loop differ")

    tsne = seconds[(seconds["reduction"] == "tsne") & (seconds["clustering"] == "kmeans")]
    each, looped = tsne["reduce_seconds"], (tsne["encoder"] == MODEL) & (tsne["repeat"] < timed)
    scaled = loop * each.sum() / each[looped].sum()
    print(f"{n} x {paper.FEATURES} features, {len(MODELS)} encoders x {len(REDUCTIONS) * 2} cells x {repeats} "
          f"repeats ({len(table)} cells):")
    print(f"  plain serial loop, one thread   {loop:8.1f} s measured for one encoder and {timed} repeats, "
          f"{scaled:8.1f} s scaled to all")
    print(f"  grid on {os.cpu_count()} cores                {ours:8.1f} s measured   {scaled / ours:.2f} x faster")
    print(f"  a t-SNE took {each.min():.0f} to {each.max():.0f} s, by its seed; together {each.sum():.0f} s: "
          f"{each.sum() / ours / (os.cpu_count() or 1):.0%} of the cores' time")
    tsne_alone(x)


def tsne_alone(x: NDArray[np.float32]) -> None:
    """What the library's own threads would give the loop: t-SNE is nearly all of the work. Fewer iterations."""
    seconds = []
    for count in (1, os.cpu_count() or 1):
        with threadpool_limits(limits=count):
            start = time.perf_counter()
            TSNE(n_components=3, random_state=0, **(TSNE_SETTINGS | {"max_iter": 250})).fit_transform(x)
            seconds.append(time.perf_counter() - start)
    print(f"  t-SNE alone (250 iterations) on one thread {seconds[0]:.1f} s, on {os.cpu_count()} threads "
          f"{seconds[1]:.1f} s: the loop could gain {seconds[0] / seconds[1]:.2f} x from the library's threads, and "
          "its bytes would then depend on their number")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
