"""The classes of Venus' clouds (Sect. 4.2, Figs 14-16): HAC of each flattened set, how sure it is, and a catalogue."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.hashes import digest
from paper_repro.base.journal import Journal, finish
from paper_repro.base.profile import Venus
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import FLAT, Run
from paper_repro.clustering import stability, ward
from paper_repro.clustering.reduce import can_reduce, reduce
from paper_repro.experiments import catalogue, settings, truth
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


def classify_set(run: Run, name: str, origin: Origin, jobs: int | None = None) -> Made:
    """Classify one flattened set of Venus of a run into as many classes as the profile says (Sect. 4.2: four).

    Writes into results/<set>/: classes.csv (id, class, distance, silhouette), tsne2.csv (id, x, y), stability.csv (a
    row a number of classes), measures.csv (id, contrast, wave_score, margin), classes.json and classes.md (the
    catalogue), and with simulated images truth.json. Stopped, the same call resumes.
    Raises UserError for missing features or too few patches.
    """
    inputs = open_described(run, name, run.benchmark_model, run.seeds_for(name))
    most = max(numbers_of_classes(run))
    if inputs.count <= most or can_reduce(inputs.count, paper.FEATURES, "tsne", MAP_DIMS):
        raise UserError(f"{run.patches(name)}: expected more patches for {most} classes and a t-SNE map, found "
                        f"{inputs.count}; add observations.")
    pieces = _pieces(run, name, inputs, jobs)
    return _write(run, name, inputs, pieces, origin)


def summarise(run: Run) -> Made:
    """Write results/venus.csv, a row for each classified set of the run, with the stability of its classes."""
    rows = [_row(run, name) for name in run.flat_sets]
    write_csv(run.results / "venus.csv", pd.DataFrame(rows))
    return Made()


def _pieces(run: Run, name: str, inputs: Described, jobs: int | None) -> Finished:
    """All pieces of work on a set by their key, kept in the set's journal as they are finished."""
    about = json.dumps(settings.venus(run, name), sort_keys=True)
    fingerprint = digest({"inputs": inputs.fingerprint, "settings": about})
    with Journal(run.results / name / VENUS_JOURNAL, fingerprint) as journal:
        looks = [Piece(f"tree {seed}", path) for seed, path in zip(inputs.seeds, inputs.paths, strict=True)]
        looks.append(Piece("map", inputs.paths[0], map_seed(run, run.benchmark_model)))
        finish(journal, f"{name}: trees and map", work, looks, jobs)
        finish(journal, f"{name}: bootstraps", work, _bootstraps(run, name, inputs, journal), jobs)
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


def _write(run: Run, name: str, inputs: Described, pieces: Finished, origin: Origin) -> Made:
    """Write all of one set."""
    folder = run.results / name
    features = np.load(inputs.paths[0], allow_pickle=False)
    trees = [pieces[f"tree {seed}"] for seed in inputs.seeds]
    labels = ward.cut(trees[0], _chosen(run).classes)
    classes = pd.DataFrame({
        "id": inputs.ids.to_numpy(), "class": labels, "distance": stability.centre_distances(features, labels),
        "silhouette": stability.silhouettes(features, labels),
    })
    agreed = np.array([pieces[f"bootstrap {n}"] for n in range(_chosen(run).bootstraps)])
    stable = stability_table(features, trees, agreed, numbers_of_classes(run))
    measures = catalogue.measure(run, name, features, labels)
    write_csv(folder / "classes.csv", classes)
    xy = pieces["map"]
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": inputs.ids.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]}))
    write_csv(folder / "stability.csv", stable)
    write_csv(folder / "measures.csv", measures)
    by_number = {k: ward.cut(trees[0], k) for k in numbers_of_classes(run)}
    known = truth.compare(run, name, classes, by_number) if run.venus_simulated else None
    catalogue.write(run, name, classes, measures, stable, known, origin, settings.venus(run, name))
    return Made()


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
    folder, classes = run.results / name, _chosen(run).classes
    table = read_csv(folder / "stability.csv").set_index("k")
    count = len(read_csv(folder / "classes.csv"))
    numbers = {str(column): table.loc[classes, column] for column in table.columns}
    return {"set": name.removesuffix(FLAT), "patches": count, "classes": classes, **numbers}
