"""The classes of Venus' clouds (Sect. 4.2, Figs 14-16): HAC of each flattened set, how sure it is, and a catalogue."""

import contextlib
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.clustering import stability, ward
from paper_repro.clustering.reduce import TSNE_SETTINGS, can_reduce, reduce
from paper_repro.experiments import catalogue, truth
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.inputs import Described, open_described
from paper_repro.experiments.journal import Journal
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import write_csv
from paper_repro.profiles.progress import Progress
from paper_repro.profiles.provenance import Provenance, code_hash
from paper_repro.profiles.run import FLAT, Run
from paper_repro.profiles.workers import parallel

MAP_DIMS = 2
KS = tuple(range(2, 11))  # numbers of classes that the stability is told of
OUTPUTS = ("classes.csv", "tsne2.csv", "stability.csv", "measures.csv", "classes.json", "classes.md")
JOURNAL = "bootstrap.journal"


@dataclass(frozen=True)
class Look:
    """One way to look at a set's features .npy [N, D]: Ward's tree of one training, or the map on `seed`."""

    name: str
    features: Path
    kind: str
    seed: int


def look(task: Look) -> NDArray[Any]:
    """Tree [N - 1, 4] or map [N, 2]."""
    features = np.load(task.features, mmap_mode="r", allow_pickle=False)
    return ward.tree(features) if task.kind == "tree" else reduce(features, "tsne", MAP_DIMS, task.seed)


def resample(task: tuple[str, stability.Resample]) -> list[float]:
    """Adjusted Rand index of one bootstrap with the set's classes, for each of KS."""
    return stability.resample(task[1])


def classify(run: Run, jobs: int | None = None) -> list[Path]:
    """Classify each flattened set of Venus of a run into the paper's four classes (Sect. 4.2).

    Writes into results/<set>/: classes.csv (id, class, distance, silhouette), tsne2.csv (id, x, y), stability.csv (a
    row a number of classes), measures.csv (id, contrast, wave_score, margin), classes.json and classes.md (the
    catalogue), with simulated images truth.json, and provenance.json; last results/venus.csv (a row a set). A set
    whose provenance is unchanged is left alone; stopped, the same call goes on. Returns the sets' folders.
    Raises UserError for a run without images of Venus, missing features or too few patches.
    """
    if not run.flat_sets:
        raise UserError(f"Profile {run.profile.name!r} has no images of Venus; choose another with PROFILE= "
                        "(--profile).")
    opened = {name: open_described(run, name, run.benchmark_model, run.seeds_for(name)) for name in run.flat_sets}
    stale = {}
    for name, inputs in opened.items():
        if inputs.count <= max(KS) or can_reduce(inputs.count, paper.FEATURES, "tsne", MAP_DIMS):
            raise UserError(f"{run.patches(name)}: expected more patches for {max(KS)} classes and a t-SNE map, found "
                            f"{inputs.count}; add observations.")
        provenance = describe(run, name, inputs)
        files = [*(run.results / name / file for file in OUTPUTS), run.results / name / "provenance.json"]
        if provenance.why_stale(files[-1]) is None and all(path.is_file() for path in files):
            for path in files:
                os.utime(path)
        else:
            stale[name] = provenance
    looks = _looks(run, {name: opened[name] for name in stale}, jobs)
    agreed = _bootstraps(run, {name: opened[name] for name in stale}, looks, stale, jobs)
    for name, provenance in stale.items():
        _write(run, name, opened[name], looks[name], agreed[name], provenance)
    write_csv(run.results / "venus.csv", pd.DataFrame([_row(run.results / name, name) for name in opened]))
    return [run.results / name for name in opened]


def describe(run: Run, name: str, inputs: Described) -> Provenance:
    """Everything that decides the classes of one set."""
    assert run.profile.venus is not None
    settings: dict[str, Any] = {
        "set": name, "encoder": run.benchmark_model, "clusters": paper.VENUS_CLASSES, "seeds": list(inputs.seeds),
        "bootstraps": run.profile.venus.bootstraps, "ks": list(KS), "tsne": TSNE_SETTINGS, "map_seed": _map_seed(run),
    }
    hashes = inputs.hashes | {"code of clustering": code_hash("clustering"), "code of patches": code_hash("patches")}
    return Provenance("venus", "experiments", run.profile.name, inputs.simulated, settings, hashes, inputs.notes)


def _looks(run: Run, opened: dict[str, Described], jobs: int | None) -> dict[str, dict[tuple[str, int], NDArray[Any]]]:
    """Of each set: the tree of each training (`"tree", seed`) and the map of the first (`"map", 0`)."""
    tasks = [Look(name, path, "tree", seed) for name, inputs in opened.items()
             for seed, path in zip(inputs.seeds, inputs.paths, strict=True)]
    tasks += [Look(name, inputs.paths[0], "map", _map_seed(run)) for name, inputs in opened.items()]
    found: dict[str, dict[tuple[str, int], NDArray[Any]]] = {name: {} for name in opened}
    progress = Progress("Venus: trees and maps", len(tasks), "trees")
    with contextlib.closing(parallel(look, tasks, jobs)) as results:
        for task, value in results:
            found[task.name][task.kind, task.seed if task.kind == "tree" else 0] = value
            progress.step(note=task.name)
    return found


def _bootstraps(run: Run, opened: dict[str, Described], looks: dict[str, dict[tuple[str, int], NDArray[Any]]],
                stale: dict[str, Provenance], jobs: int | None) -> dict[str, NDArray[np.float64]]:
    """Of each set the adjusted Rand indices of its bootstraps [B, len(KS)], kept in a journal until all are there."""
    assert run.profile.venus is not None
    count = run.profile.venus.bootstraps
    path = run.results / JOURNAL
    with Journal(path, _fingerprint(stale)) as journal:
        tasks = []
        for name, inputs in opened.items():
            first = looks[name]["tree", inputs.seeds[0]]
            reference = np.array([ward.cut(first, k) for k in KS])
            seeds = np.random.SeedSequence([run.profile.grid.seed, *name.encode()]).generate_state(count)
            tasks += [(f"{name} {n}", stability.Resample(inputs.paths[0], int(seed), KS, reference))
                      for n, seed in enumerate(seeds) if f"{name} {n}" not in journal.done]
        total = count * len(opened)
        progress = Progress("Venus: bootstraps", total, "resamplings", done=total - len(tasks))
        with contextlib.closing(parallel(resample, tasks, jobs)) as results:
            for (key, _), value in results:
                journal.add(key, value)
                progress.step(note=key)
        found = {name: np.array([journal.done[f"{name} {n}"] for n in range(count)]) for name in opened}
    path.unlink()
    return found


def _fingerprint(stale: dict[str, Provenance]) -> str:
    records = {name: provenance.record() for name, provenance in stale.items()}
    return hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()


def _write(run: Run, name: str, inputs: Described, found: dict[tuple[str, int], NDArray[Any]],
           agreed: NDArray[np.float64], provenance: Provenance) -> None:
    """Write all of one set, its provenance last."""
    folder = run.results / name
    features = np.load(inputs.paths[0], allow_pickle=False)
    trees = [found["tree", seed] for seed in inputs.seeds]
    labels = ward.cut(trees[0], paper.VENUS_CLASSES)
    classes = pd.DataFrame({
        "id": inputs.ids.to_numpy(), "class": labels, "distance": stability.centre_distances(features, labels),
        "silhouette": stability.silhouettes(features, labels),
    })
    stable = stability_table(features, trees, agreed)
    measures = catalogue.measure(run, name, features, labels)
    # From here on the old record would describe files that change.
    (folder / "provenance.json").unlink(missing_ok=True)
    write_csv(folder / "classes.csv", classes)
    xy = found["map", 0]
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": inputs.ids.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]}))
    write_csv(folder / "stability.csv", stable)
    write_csv(folder / "measures.csv", measures)
    known = truth.compare(run, name, classes) if run.venus_simulated else None
    catalogue.write(run, name, classes, measures, stable, known, provenance)
    provenance.write(folder / "provenance.json")


def stability_table(features: NDArray[Any], trees: list[NDArray[np.float64]],
                    agreed: NDArray[np.float64]) -> pd.DataFrame:
    """One row a number of classes: silhouette, agreement of bootstraps [B, len(KS)] and of trainings, class sizes."""
    rows = []
    for column, k in enumerate(KS):
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


def _row(folder: Path, name: str) -> dict[str, Any]:
    """A set's row of venus.csv, from its stability.csv."""
    table = pd.read_csv(folder / "stability.csv").set_index("k")
    count = len(pd.read_csv(folder / "classes.csv"))
    numbers = {str(column): table.loc[paper.VENUS_CLASSES, column] for column in table.columns}
    return {"set": name.removesuffix(FLAT), "patches": count, "classes": paper.VENUS_CLASSES, **numbers}


def _map_seed(run: Run) -> int:
    return seed_of(run.profile.grid.seed, run.benchmark_model, "tsne", MAP_DIMS, 0)
