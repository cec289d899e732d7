"""The classes of Venus' clouds (Sect. 4.2, Figs 14-16): HAC of each flattened set, how sure it is, and a catalogue.

A profile may name another clustering, as an experiment beside the paper's; everything made with it says so.
"""

import itertools
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.code import behind
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.hashes import digest
from paper_repro.base.journal import Journal, finish
from paper_repro.base.profile import Venus
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.clustering import numbers, stability, ward
from paper_repro.clustering.methods import classes_of, classes_or_noise
from paper_repro.clustering.names import METHOD_NAMES, Method
from paper_repro.clustering.reduce import can_reduce, reduce
from paper_repro.experiments import class_measures, orientation, settings, truth
from paper_repro.experiments.grid import map_seed
from paper_repro.experiments.inputs import Described, open_described
from paper_repro.experiments.settings import MAP_DIMS, VENUS_JOURNAL, numbers_of_classes

Finished = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Piece:
    """A piece of work on one set: Ward's tree of a training, the map on `seed`, or a bootstrap."""

    key: str
    what: Path | stability.Resample
    seed: int = 0


def work(piece: Piece) -> list[Any]:
    """Tree [N - 1, 4], map [N, 2], or a bootstrap's adjusted Rand index with the set's classes, by their number."""
    if isinstance(piece.what, stability.Resample):
        return stability.resample(piece.what)
    features = np.load(piece.what, mmap_mode="r", allow_pickle=False)
    made = reduce(features, "tsne", MAP_DIMS, piece.seed) if piece.key == "map" else ward.linkage(features)
    found: list[Any] = made.tolist()
    return found


def classify_set(run: Run, name: str, origin: Origin, jobs: int | None = None, dask: str | None = None) -> Made:
    """Classify one flattened set of Venus of a run as the profile says (Sect. 4.2: into four classes by Ward's method).

    Writes into results/<set>/: classes.csv (id, class, distance, silhouette), tsne2.csv (id, x, y), stability.csv (a
    row a number of classes), measures.csv (id, contrast, wave_score, margin), orientation.csv and
    orientation_angles.csv (see `orientation`), classes.json and classes.md (the catalogue), and with simulated images
    truth.json. Stopped, the same call resumes. jobs, dask: see `parallel`.
    Raises UserError for missing features or too few patches.
    """
    inputs = open_described(run, name, run.benchmark_model, run.seeds_for(name))
    most = max(numbers_of_classes(run))
    if inputs.count <= most or can_reduce(inputs.count, paper.FEATURES, "tsne", MAP_DIMS):
        raise UserError(f"{run.patches(name)}: expected more patches for {most} classes and a t-SNE map, found "
                        f"{inputs.count}; add observations.")
    method, pieces = settings.clustering(run), _pieces(run, name, inputs, jobs, dask)
    notes = () if method == "hac" else (
        f"Divided into classes by {METHOD_NAMES[method]}, an experiment beside the paper's Ward.",)
    features = np.load(inputs.paths[0], allow_pickle=False)
    found = by_ward(run, inputs, features, pieces, jobs, dask) if method == "hac" else \
        by_another(run, inputs, features, method, jobs, dask)
    _write(run, name, inputs, features, pieces["map"], found, replace(origin, notes=(*origin.notes, *notes)))
    return Made(notes=notes)


def summarise(run: Run) -> Made:
    """Write results/venus.csv, a row for each classified set of the run, with the stability of its classes."""
    rows = [_row(run, name) for name in run.flat_sets]
    write_csv(run.results / "venus.csv", pd.DataFrame(rows))
    return Made()


def _pieces(run: Run, name: str, inputs: Described, jobs: int | None, dask: str | None) -> Finished:
    """All pieces of work on a set by their key, kept in the set's journal as they are finished."""
    about = json.dumps(settings.venus(run, name), sort_keys=True)
    fingerprint = digest({"inputs": inputs.fingerprint, "settings": about, "code": behind("experiments.venus")})
    with Journal(run.results / name / VENUS_JOURNAL, fingerprint) as journal:
        by_tree = settings.clustering(run) == "hac"
        looks = [Piece(f"tree {seed}", path) for seed, path in zip(inputs.seeds, inputs.paths, strict=True) if by_tree]
        looks.append(Piece("map", inputs.paths[0], map_seed(run, run.benchmark_model)))
        finish(journal, f"{name}: trees and map", work, looks, jobs, dask)
        if by_tree:
            finish(journal, f"{name}: bootstraps", work, _bootstraps(run, name, inputs, journal), jobs, dask)
        # t-SNE gives the precision of the features
        return {key: np.array(value, np.float32 if key == "map" else np.float64)
                for key, value in journal.done.items()}


def _bootstraps(run: Run, name: str, inputs: Described, journal: Journal) -> list[Piece]:
    """The bootstraps of a set whose first training's tree is done."""
    first, ks = np.array(journal.done[f"tree {inputs.seeds[0]}"]), numbers_of_classes(run)
    reference = np.array([ward.cut(first, k) for k in ks])
    seeds = np.random.SeedSequence([run.profile.grid.seed, *name.encode()]).generate_state(_chosen(run).bootstraps)
    return [Piece(f"bootstrap {n}", stability.Resample(inputs.paths[0], int(seed), ks, reference))
            for n, seed in enumerate(seeds)]


def _chosen(run: Run) -> Venus:
    assert run.profile.venus is not None
    return run.profile.venus


@dataclass(frozen=True, eq=False)
class Found:
    """The classes [N] of a set, those for each number of classes, stability.csv, and what the gap statistic says."""

    labels: NDArray[np.int64]
    by_number: dict[int, NDArray[np.int64]]
    stable: pd.DataFrame
    by_gap: str


def by_ward(run: Run, inputs: Described, x: NDArray[Any], pieces: Finished, jobs: int | None,
            dask: str | None) -> Found:
    """The paper's classes, from the trees of all trainings and the bootstraps; x [N, D]: the first's features."""
    ks, trees = numbers_of_classes(run), [pieces[f"tree {seed}"] for seed in inputs.seeds]
    agreed = np.array([pieces[f"bootstrap {n}"] for n in range(_chosen(run).bootstraps)])
    gaps = numbers.gap_table(x, "hac", (1, *ks), run.profile.grid.seed, jobs, dask)
    stable = stability_table(x, trees, agreed, ks).merge(gaps, on="k", how="left")
    return Found(ward.cut(trees[0], _chosen(run).classes), {k: ward.cut(trees[0], k) for k in ks}, stable,
                 numbers.said_by_gap(gaps))


def by_another(run: Run, inputs: Described, first: NDArray[Any], method: Method, jobs: int | None,
               dask: str | None) -> Found:
    """The classes by another clustering: of all patches, their stability by `numbers` of at most its MOST_ROWS.

    first: the features [N, D] of the first training.
    """
    every, seed = [first, *(np.load(path, allow_pickle=False) for path in inputs.paths[1:])], run.profile.grid.seed
    k, ks = _chosen(run).classes, (1, *numbers_of_classes(run))
    if method in ("scan", "hdbscan"):  # SCAN is trained for each number, HDBSCAN finds it
        ks = (k,)
    table = numbers.table_of(every[0], method, ks, seed, jobs, dask)
    stable = table[table["k"] > 1].reset_index(drop=True)
    rows = numbers.sample(every[0], np.random.default_rng(seed))
    divided = [[classes_or_noise(x[rows], method, number, seed) for number in stable["k"]] for x in every]
    agreed = np.array([[stability.agreement(a, b) for a, b in zip(*pair, strict=True)]
                       for pair in itertools.combinations(divided, 2)])
    stable["seeds_ari_mean"], stable["seeds_ari_min"] = \
        (agreed.mean(axis=0), agreed.min(axis=0)) if len(agreed) else (np.nan, np.nan)
    labels = classes_of(every[0], method, k, seed)
    by_number = {number: classes_of(every[0], method, number, seed) for number in stable["k"]} if len(stable) > 1 else \
        {int(labels.max()) + 1: labels}
    return Found(labels, by_number, stable, numbers.said_by_gap(table))


def _write(run: Run, name: str, inputs: Described, features: NDArray[Any], xy: NDArray[Any], found: Found,
           origin: Origin) -> None:
    """Write all of one set."""
    folder, labels = run.results / name, found.labels
    classes = pd.DataFrame({
        "id": inputs.ids.to_numpy(), "class": labels, "distance": stability.to_means(features, labels)[0],
        "silhouette": numbers.silhouettes(features, labels),
    })
    turned_file = settings.turned_file(run, name)
    turned, whole = np.load(turned_file, allow_pickle=False), read_csv(turned_file.with_suffix(".csv"))["whole"]
    kept_by = {k: orientation.kept(orientation.classes_at_angles(turned, features, each), ())["kept"].iloc[0]
               for k, each in found.by_number.items()}
    stable = found.stable.assign(kept=found.stable["k"].map(kept_by))[list(class_measures.STABILITY)]
    kept = orientation.write(folder, orientation.classes_at_angles(turned, features, labels),
                             [str(c) for c in range(labels.max() + 1)])
    measures = class_measures.measure(run, name, features, labels)
    write_csv(folder / "classes.csv", classes)
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": inputs.ids.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]}))
    write_csv(folder / "stability.csv", stable)
    write_csv(folder / "measures.csv", measures)
    known = truth.compare(run, name, classes, found.by_number) if run.venus_simulated else None
    class_measures.write(run, name, classes, measures, stable, found.by_gap, kept, int((~whole).sum()), known, origin,
                         settings.venus(run, name))


def stability_table(features: NDArray[Any], trees: list[NDArray[np.float64]],
                    agreed: NDArray[np.float64], ks: tuple[int, ...]) -> pd.DataFrame:
    """A row for each number of classes: silhouette, agreement of bootstraps [B, len(ks)] and trainings, class sizes."""
    rows = []
    for column, k in enumerate(ks):
        every = [ward.cut(tree, k) for tree in trees]
        pairs = [stability.agreement(a, b) for n, a in enumerate(every) for b in every[n + 1:]]
        sizes = np.bincount(every[0])
        rows.append({
            "k": k, "silhouette": float(stability.silhouettes(features, every[0]).mean()),
            "bootstrap_ari_mean": float(agreed[:, column].mean()), "bootstrap_ari_std": float(agreed[:, column].std()),
            "seeds_ari_mean": float(np.mean(pairs)) if pairs else np.nan,
            "seeds_ari_min": min(pairs) if pairs else np.nan,
            "smallest": int(sizes.min()), "largest": int(sizes.max()),
        })
    return pd.DataFrame(rows)


def _row(run: Run, name: str) -> dict[str, Any]:
    """A set's row of venus.csv, from its stability.csv."""
    folder, labels = run.results / name, read_csv(run.results / name / "classes.csv")["class"]
    table, classes = read_csv(folder / "stability.csv"), labels.max() + 1
    [row] = table.to_dict("records") if len(table) == 1 else table[table["k"] == classes].to_dict("records")
    return {"set": name.removesuffix(FLAT), "patches": len(labels), "classes": classes,
            **{str(column): value for column, value in row.items() if column != "k"}}
