"""The paper's classification (Sects. 3.2, 3.3) of any folder of images: Ward's classes, a map, scores where known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base import regular
from paper_repro.base.alike import count_different
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json, write_csv, write_json
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.clustering import numbers, stability
from paper_repro.clustering.assignment import assign, save
from paper_repro.clustering.methods import classes_of
from paper_repro.clustering.names import NOISE, Method
from paper_repro.clustering.reduce import can_reduce, reduce
from paper_repro.clustering.score import accuracy_of_any
from paper_repro.encoders.checkpoint import kind_of
from paper_repro.experiments.grid import map_seed, seed_of
from paper_repro.experiments.settings import MAP_DIMS, tried
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.patches.folder import Found

CLASSES, MAP, SCORES, CONFUSION = "classes.csv", "tsne2.csv", "scores.json", "confusion.csv"
STABILITY = "stability.csv"
PAGE = "index.html"  # to look at them all, beside the classes


def classify_set(run: Run, name: str, features: Path, k: int, model: Model, clustering: Method) -> Made:
    """Classify a set by its features into `k` classes by Ward's method or another; by HDBSCAN into as many as it finds.

    Writes into results/<set>/: classes.csv (id, source, class, distance, silhouette; of labelled images also label
    and, where there are as many classes as labels, matched), of labelled images scores.json and, where matched,
    confusion.csv. Raises UserError for features that nothing can be classified by.
    """
    patches, values = open_set(run.patches(name)), np.load(features, allow_pickle=False)
    _check(patches, values)
    if (different := count_different(patches.images)) < max(k, 2):
        raise UserError(f"{patches.provenance['folder']}: expected at least as many different images as classes ({k}), "
                        f"found {different} among {len(patches)}; add images, or name fewer classes with --classes.")
    target = run.results / name
    _write(target, patches, values, k, {"model": model, "clustering": clustering},
           seed_of(run.profile.grid.seed, model, "none", 0, 0))
    files = () if not patches.classes else (SCORES, CONFUSION) if k == len(patches.classes) else (SCORES,)
    for file in {SCORES, CONFUSION} - set(files):
        (target / file).unlink(missing_ok=True)  # a run that was killed may have left it
    return Made(files=tuple(target / file for file in files))


def measure_numbers(run: Run, name: str, features: Path, k: int, clustering: Method, jobs: int | None,
                    dask: str | None = None) -> Made:
    """Write results/<set>/stability.csv: how sure as many classes are, and other numbers of them (`numbers`)."""
    values = np.load(features, allow_pickle=False)
    ks = [k] if clustering == "scan" else tried(1, k)  # SCAN is trained for each number
    table = numbers.table_of(values, clustering, ks, run.profile.grid.seed, jobs, dask)
    write_csv(run.results / name / STABILITY, table)
    return Made()


def map_set(run: Run, name: str, features: Path, model: Model) -> Made:
    """Write results/<set>/tsne2.csv (id, x, y), where there are images enough for t-SNE."""
    patches, values = open_set(run.patches(name)), np.load(features, allow_pickle=False)
    reason = can_reduce(len(values), values.shape[1], "tsne", MAP_DIMS)
    path = run.results / name / MAP
    if reason:
        path.unlink(missing_ok=True)  # a run that was killed may have left it
        return Made({"no_map": reason})
    _check(patches, values)
    xy = reduce(values, "tsne", MAP_DIMS, map_seed(run, model))
    write_csv(path, pd.DataFrame({"id": patches.table["id"], "x": xy[:, 0], "y": xy[:, 1]}))
    return Made(files=(path,))


def number_of_classes(found: Found, classes: int | None, clustering: Method = "hac") -> int:
    """The number of classes wanted, 0 where the clustering finds it.

    Raises UserError where nothing tells it, or there aren't images enough.
    """
    if clustering == "hdbscan":
        if classes is not None:
            raise UserError(f"--classes {classes}: HDBSCAN finds the number of classes by itself; omit --classes, or "
                            "choose another --clustering.")
        return 0
    if classes is None and not found.classes:
        raise UserError(f"{found.folder}: the images have no labels that would tell the number of classes; "
                        "name it with --classes K.")
    k = len(found.classes) if classes is None else classes
    if k < 2:
        raise UserError(f"--classes: expected 2 or more, found {k}; name another number.")
    if k >= len(found.table):
        raise UserError(f"{found.folder}: expected more images than classes, found {len(found.table)} images and {k} "
                        "classes; add images, or name fewer with --classes.")
    return k


def model_of(encoder: Model | None, checkpoint: Path | None) -> Model:
    """The encoder to use. Raises UserError for no checkpoint in the file, or one of another encoder than wanted."""
    if checkpoint is None:
        return encoder or "simple"
    if encoder == "simple":
        raise UserError(f"--checkpoint {checkpoint}: the simple encoder is the base model, which isn't trained; omit "
                        "--checkpoint or --encoder, or name base weights with --weights.")
    if not checkpoint.is_file():
        raise UserError(f"{checkpoint}: expected the file of a trained encoder, found "
                        f"{regular.kind_found(checkpoint)}; check --checkpoint.")
    kind = kind_of(checkpoint)
    if encoder not in {None, kind}:
        raise UserError(f"{checkpoint}: expected a checkpoint of {encoder}, found one of {kind}; omit --encoder, "
                        "or name another file with --checkpoint.")
    return kind


def _check(patches: PatchSet, features: NDArray[np.float32]) -> None:
    """Raise UserError for features that nothing can be classified by."""
    folder = patches.provenance["folder"]  # the user's
    if not np.isfinite(features).all():
        raise UserError(f"{folder}: expected finite features, found others; the encoder's weights are broken, name "
                        "others with --weights or --checkpoint.")
    if not np.ptp(features, axis=0).any():
        raise UserError(f"{folder}: expected images that differ, found the same features for all "
                        f"{len(features)}; add other images.")


def _write(target: Path, patches: PatchSet, features: NDArray[np.float32], k: int, said: dict[str, Any], seed: int
           ) -> None:
    """Write the classes, and scores of labelled images."""
    labels = classes_of(features, said["clustering"], k, seed)
    table = patches.table[["id", "source"]].assign(
        **{"class": labels, "distance": stability.to_means(features, labels)[0],
           "silhouette": numbers.silhouettes(features, labels)})
    true, said = patches.labels, {**said, "clusters": k or int(labels.max()) + 1}
    if true is not None and k == len(patches.classes):
        matched = assign(table["id"], labels, true, patches.classes)
        save(target, matched, said)
        table = table.assign(label=matched.table["label"], matched=matched.table["matched"])
    elif true is not None:
        table["label"] = patches.table["label"]
        scores: dict[str, Any] = {"n": len(table), "classes": list(patches.classes),
                                  "ari": stability.agreement(true, labels)}
        if said["clustering"] == "hdbscan":
            scores |= {"accuracy": accuracy_of_any(true, labels, len(patches.classes)),
                       "noise": int((labels == NOISE).sum())}
        write_json(target / SCORES, {**said, **scores})
    write_csv(target / CLASSES, table)


def tell(run: Run, name: str, encoder: str, no_map: str | None) -> None:
    """Print what came out of a classified set; `no_map`: why there is no map."""
    target, patches = run.results / name, open_set(run.patches(name))
    table, scores = read_csv(target / CLASSES), read_json(target / SCORES) or {}
    print(f"{name}: {len(table)} images of {patches.side} x {patches.side} px in "
          f"{'colour' if patches.colour else 'gray'}, encoder {encoder}")
    sizes = np.bincount(table["class"][table["class"] != NOISE])
    noise = f", and {(table['class'] == NOISE).sum()} in none" if (table["class"] == NOISE).any() else ""
    print(f"images in each class: {', '.join(map(str, sizes))}{noise}; "
          f"mean silhouette {numbers.in_words(table['silhouette'].mean())}")
    if (target / STABILITY).is_file():
        print(numbers.advice(read_csv(target / STABILITY), len(sizes)))
    shown = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "ari": "adjusted Rand index",
             "chance_accuracy": "accuracy of random labels"}
    if patches.classes:
        print("against the labels: " + ", ".join(f"{words} {scores[key]:.3f}" for key, words in shown.items()
                                                 if key in scores))
    if no_map:
        print(f"no map: {no_map}")
    print(f"to explore in a browser: {target / PAGE}")
