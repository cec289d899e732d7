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
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.journal import Journal
from paper_repro.base.profile import Venus
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Provenance, code_hash
from paper_repro.base.run import FLAT, Run
from paper_repro.base.workers import parallel
from paper_repro.clustering import stability, ward
from paper_repro.clustering.reduce import TSNE_SETTINGS, can_reduce, reduce
from paper_repro.experiments import catalogue, truth
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.inputs import Described, open_described

MAP_DIMS = 2
MOST_CLASSES = 10  # that the stability is told of, or as many as the set is divided into
OUTPUTS = ("classes.csv", "tsne2.csv", "stability.csv", "measures.csv", "classes.json", "classes.md")
JOURNAL = "venus.journal"  # in a set's folder until all of the set is written
Finished = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Piece:
    """A piece of work on one set: Ward's tree of a training, the map on `seed`, or a bootstrap."""

    name: str
    key: str
    what: Path | stability.Resample
    seed: int = 0


def work(piece: Piece) -> list[Any]:
    """Tree [N - 1, 4], map [N, 2], or a bootstrap's adjusted Rand index with the set's classes, by their number."""
    if isinstance(piece.what, stability.Resample):
        return stability.resample(piece.what)
    features = np.load(piece.what, mmap_mode="r", allow_pickle=False)
    made = reduce(features, "tsne", MAP_DIMS, piece.seed) if piece.key == "map" else ward.tree(features)
    found: list[Any] = made.tolist()
    return found


def classify(run: Run, jobs: int | None = None) -> list[Path]:
    """Classify each flattened set of Venus of a run into as many classes as the profile says (Sect. 4.2: four).

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
        most = max(numbers_of_classes(run))
        if inputs.count <= most or can_reduce(inputs.count, paper.FEATURES, "tsne", MAP_DIMS):
            raise UserError(f"{run.patches(name)}: expected more patches for {most} classes and a t-SNE map, found "
                            f"{inputs.count}; add observations.")
        provenance = describe(run, name, inputs)
        made = (*OUTPUTS, *((truth.TRUTH,) if run.venus_simulated else ()), "provenance.json")
        files = [run.results / name / file for file in made]
        if provenance.why_stale(files[-1]) is None and all(path.is_file() for path in files):
            for path in files:
                os.utime(path)
        else:
            stale[name] = provenance
    found = _work(run, {name: opened[name] for name in stale}, stale, jobs)
    for name, inputs in opened.items():
        if name in stale:
            _write(run, name, inputs, found[name], stale[name])
        (run.results / name / JOURNAL).unlink(missing_ok=True)
    write_csv(run.results / "venus.csv", pd.DataFrame([_row(run, name) for name in opened]))
    return [run.results / name for name in opened]


def describe(run: Run, name: str, inputs: Described) -> Provenance:
    """Everything that decides the classes of one set."""
    settings: dict[str, Any] = {
        "set": name, "encoder": run.benchmark_model, "clusters": _chosen(run).classes, "seeds": list(inputs.seeds),
        "bootstraps": _chosen(run).bootstraps, "ks": list(numbers_of_classes(run)), "tsne": TSNE_SETTINGS,
        "map_seed": _map_seed(run),
    }
    hashes = inputs.hashes | {"code of clustering": code_hash("clustering"), "code of patches": code_hash("patches")}
    return Provenance("venus", "experiments", run.profile.name, inputs.simulated, settings, hashes, inputs.notes)


def _work(run: Run, opened: dict[str, Described], stale: dict[str, Provenance],
          jobs: int | None) -> dict[str, Finished]:
    """Of each set all pieces by their key, kept in the set's journal as they are finished."""
    with contextlib.ExitStack() as stack:
        journals = {name: stack.enter_context(Journal(run.results / name / JOURNAL, _fingerprint(stale[name])))
                    for name in opened}
        looks = [Piece(name, f"tree {seed}", path) for name, inputs in opened.items()
                 for seed, path in zip(inputs.seeds, inputs.paths, strict=True)]
        looks += [Piece(name, "map", inputs.paths[0], _map_seed(run)) for name, inputs in opened.items()]
        _finish("Venus: trees and maps", looks, journals, jobs)
        draws = [piece for name, inputs in opened.items() for piece in _bootstraps(run, name, inputs, journals[name])]
        _finish("Venus: bootstraps", draws, journals, jobs)
        # t-SNE gives the precision of the features
        return {name: {key: np.array(value, np.float32 if key == "map" else np.float64)
                       for key, value in journal.done.items()} for name, journal in journals.items()}


def _bootstraps(run: Run, name: str, inputs: Described, journal: Journal) -> list[Piece]:
    """The bootstraps of a set whose first training's tree is done."""
    first, ks = np.array(journal.done[f"tree {inputs.seeds[0]}"]), numbers_of_classes(run)
    reference = np.array([ward.cut(first, k) for k in ks])
    seeds = np.random.SeedSequence([run.profile.grid.seed, *name.encode()]).generate_state(_chosen(run).bootstraps)
    return [Piece(name, f"bootstrap {n}", stability.Resample(inputs.paths[0], int(seed), ks, reference))
            for n, seed in enumerate(seeds)]


def _finish(label: str, pieces: list[Piece], journals: dict[str, Journal], jobs: int | None) -> None:
    """Do what isn't in the journals yet."""
    left = [piece for piece in pieces if piece.key not in journals[piece.name].done]
    progress = Progress(label, len(pieces), done=len(pieces) - len(left))
    with contextlib.closing(parallel(work, left, jobs)) as results:
        for piece, value in results:
            journals[piece.name].add(piece.key, value)
            progress.step(note=f"{piece.name} {piece.key}")


def _chosen(run: Run) -> Venus:
    assert run.profile.venus is not None
    return run.profile.venus


def numbers_of_classes(run: Run) -> tuple[int, ...]:
    """The numbers of classes that the stability is told of."""
    return tuple(range(2, max(MOST_CLASSES, _chosen(run).classes) + 1))


def _fingerprint(provenance: Provenance) -> str:
    return hashlib.sha256(json.dumps(provenance.record(), sort_keys=True).encode()).hexdigest()


def _write(run: Run, name: str, inputs: Described, found: Finished, provenance: Provenance) -> None:
    """Write all of one set, its provenance last."""
    folder = run.results / name
    features = np.load(inputs.paths[0], allow_pickle=False)
    trees = [found[f"tree {seed}"] for seed in inputs.seeds]
    labels = ward.cut(trees[0], _chosen(run).classes)
    classes = pd.DataFrame({
        "id": inputs.ids.to_numpy(), "class": labels, "distance": stability.centre_distances(features, labels),
        "silhouette": stability.silhouettes(features, labels),
    })
    agreed = np.array([found[f"bootstrap {n}"] for n in range(_chosen(run).bootstraps)])
    stable = stability_table(features, trees, agreed, numbers_of_classes(run))
    measures = catalogue.measure(run, name, features, labels)
    # From here on the old record would describe files that change.
    (folder / "provenance.json").unlink(missing_ok=True)
    write_csv(folder / "classes.csv", classes)
    xy = found["map"]
    write_csv(folder / "tsne2.csv", pd.DataFrame({"id": inputs.ids.to_numpy(), "x": xy[:, 0], "y": xy[:, 1]}))
    write_csv(folder / "stability.csv", stable)
    write_csv(folder / "measures.csv", measures)
    known = truth.compare(run, name, classes) if run.venus_simulated else None
    catalogue.write(run, name, classes, measures, stable, known, provenance)
    provenance.write(folder / "provenance.json", outputs=[folder / file for file in OUTPUTS])


def stability_table(features: NDArray[Any], trees: list[NDArray[np.float64]],
                    agreed: NDArray[np.float64], ks: tuple[int, ...]) -> pd.DataFrame:
    """One row a number of classes: silhouette, agreement of bootstraps [B, len(ks)] and of trainings, class sizes."""
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
    table = pd.read_csv(folder / "stability.csv").set_index("k")
    count = len(pd.read_csv(folder / "classes.csv"))
    numbers = {str(column): table.loc[classes, column] for column in table.columns}
    return {"set": name.removesuffix(FLAT), "patches": count, "classes": classes, **numbers}


def _map_seed(run: Run) -> int:
    return seed_of(run.profile.grid.seed, run.benchmark_model, "tsne", MAP_DIMS, 0)
