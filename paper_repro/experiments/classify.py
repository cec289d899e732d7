"""The paper's classification (Sects. 3.2, 3.3) of any folder of images: encode, Ward's classes, scores where known."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_csv, write_json
from paper_repro.base.profile import Model
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Provenance, code_hash
from paper_repro.base.run import Run
from paper_repro.clustering import stability, ward
from paper_repro.clustering.assignment import assign, save
from paper_repro.clustering.reduce import TSNE_SETTINGS, can_reduce, reduce
from paper_repro.encoders import encode as encoding
from paper_repro.encoders import weights
from paper_repro.encoders.checkpoint import Trained, kind_of, load_encoder
from paper_repro.encoders.train import CHECKPOINT, choose_device, train
from paper_repro.encoders.train import PROVENANCE as TRAINING
from paper_repro.experiments.grid import seed_of
from paper_repro.patches import folder as folders
from paper_repro.patches.dataset import PatchSet

MAP_DIMS = 2
CLASSES, MAP, SCORES, CONFUSION, RECORD = "classes.csv", "tsne2.csv", "scores.json", "confusion.csv", "provenance.json"
MAP_RECORD = "tsne2.json"  # of its own, since another number of classes leaves the map as it is


def classify(run: Run, folder: Path, classes: int | None, encoder: Model | None, checkpoint: Path | None,
             device: str | None) -> Path:
    """Classify the images in `folder` (see `folder.find`) into `classes`, or as many as it has class folders.

    encoder: `simple` (the default), or `simclr` or `autoencoder`, trained on these very images; or that of the file
    `checkpoint`. Writes into results/<name of the folder>/ and returns that folder: classes.csv (id, source, class,
    distance, silhouette; of labelled images also label and, where there are as many classes as labels, matched),
    tsne2.csv (id, x, y; where there are images enough), of labelled images scores.json and, where matched,
    confusion.csv, and provenance.json. What is up to date is left alone.
    Raises UserError for unfit images, or a number of classes, an encoder or a checkpoint that doesn't fit them.
    """
    found = folders.find(folder)
    k = _number(found, classes)
    model, chosen = _model(encoder, checkpoint), choose_device(device)
    patches = folders.make(run, found)
    features = encoding.open_features(_encode(run, found.name, patches, model, checkpoint, chosen))
    _check(folder, features.values)
    target = run.results / found.name
    map_seed = seed_of(run.profile.grid.seed, model, "tsne", MAP_DIMS, 0)
    provenance = Provenance(
        "classify", "experiments", run.profile.name, bool(features.provenance["simulated"]),
        {"set": found.name, "encoder": model, "clusters": k, "tsne": TSNE_SETTINGS, "map_seed": map_seed},
        {"patches": patches.sha256, "features": features.provenance["sha256"],
         "code of clustering": code_hash("clustering")}, tuple(features.provenance["notes"]),
    )  # fmt: skip
    n, d = features.values.shape
    no_map = can_reduce(n, d, "tsne", MAP_DIMS)
    outputs = [CLASSES, *(() if no_map else (MAP,)), *((SCORES,) if patches.classes else ()),
               *((CONFUSION,) if k == len(patches.classes) else ())]
    if provenance.why_stale(target / RECORD) or not all((target / name).is_file() for name in outputs):
        (target / RECORD).unlink(missing_ok=True)  # from here on it would describe files that change
        if no_map:
            for name in (MAP_RECORD, MAP):
                (target / name).unlink(missing_ok=True)
        else:
            _map(target, patches, features.values, map_seed, provenance)
        _write(target, patches, features.values, k, model)
        provenance.write(target / RECORD)
    _tell(target, outputs, patches, model if checkpoint is None else f"{model} of {checkpoint}", no_map)
    return target


def _number(found: folders.Found, classes: int | None) -> int:
    """The number of classes wanted. Raises UserError where nothing tells it, or there aren't images enough."""
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


def _model(encoder: Model | None, checkpoint: Path | None) -> Model:
    """The encoder to use. Raises UserError for no checkpoint in the file, or one of another encoder than wanted."""
    if checkpoint is None:
        return encoder or "simple"
    if encoder == "simple":
        raise UserError(f"--checkpoint {checkpoint}: the simple encoder is the base model, which isn't trained; leave "
                        "--checkpoint or --encoder away, or name base weights with --weights.")
    if not checkpoint.is_file():
        raise UserError(f"{checkpoint}: expected the file of a trained encoder, found "
                        f"{'a folder' if checkpoint.exists() else 'nothing'}; check --checkpoint.")
    kind = kind_of(checkpoint)
    if encoder not in {None, kind}:
        raise UserError(f"{checkpoint}: expected a checkpoint of {encoder}, found one of {kind}; leave --encoder away, "
                        "or name another file with --checkpoint.")
    return kind


def _encode(run: Run, name: str, patches: PatchSet, model: Model, checkpoint: Path | None,
            device: torch.device) -> Path:
    """The .npy file of the features, by an encoder trained here or the user's; made where it isn't up to date."""
    if checkpoint is not None and model != "simple":
        return _encode_by(run, name, patches, model, checkpoint, device)
    base = weights.find(run)
    if model != "simple":
        train(run, name, model, run.seed_of(name), base, device=device)
    return encoding.encode(run, name, model, run.seed_of(name), base, device=device)


def _encode_by(run: Run, name: str, patches: PatchSet, model: Trained, checkpoint: Path, device: torch.device) -> Path:
    """Features by a trained encoder of the user's, in a file named after the hash of its own; made where not there.

    What must be said about a training of this project is in the record beside its checkpoint.
    """
    digest, side = sha256_file(checkpoint), run.profile.encoders.side
    training = read_json(checkpoint.with_name(TRAINING)) if checkpoint.name == CHECKPOINT else None
    records = [patches.provenance, training or {}]
    provenance = Provenance(
        "encode", "encoders", run.profile.name, any(record.get("simulated", False) for record in records),
        {"set": name, "model": model, "side": side}, {"patches": patches.sha256, "weights": digest},
        tuple(dict.fromkeys(note for record in records for note in record.get("notes", ()))),
    )  # fmt: skip
    path = run.features(name, model).with_name(f"{model}-{digest[:12]}.npy")
    if not path.is_file() or provenance.why_stale(path.with_suffix(".json")):
        network = load_encoder(checkpoint, model)
        progress = Progress(f"{name} {model}: encode", len(patches), "images")
        values = encoding.encode_images(network, patches.images, side, patches.colour, device, progress)
        encoding.save(path, values, provenance)
    return path


def _check(folder: Path, features: NDArray[np.float32]) -> None:
    """Raise UserError for features that nothing can be classified by."""
    if not np.isfinite(features).all():
        raise UserError(f"{folder}: expected finite features, found others; the encoder's weights are broken, name "
                        "others with --weights or --checkpoint.")
    if not np.ptp(features, axis=0).any():
        raise UserError(f"{folder}: expected images that differ, found the same features for all "
                        f"{len(features)}; add other images.")


def _map(target: Path, patches: PatchSet, features: NDArray[np.float32], seed: int, classified: Provenance) -> None:
    """Write the t-SNE map, unless it is there."""
    provenance = dataclasses.replace(classified, step="map", settings={"tsne": TSNE_SETTINGS, "seed": seed})
    if (target / MAP).is_file() and provenance.why_stale(target / MAP_RECORD) is None:
        return
    (target / MAP_RECORD).unlink(missing_ok=True)
    xy = reduce(features, "tsne", MAP_DIMS, seed)
    write_csv(target / MAP, pd.DataFrame({"id": patches.table["id"], "x": xy[:, 0], "y": xy[:, 1]}))
    provenance.write(target / MAP_RECORD)


def _write(target: Path, patches: PatchSet, features: NDArray[np.float32], k: int, model: Model) -> None:
    """Write the classes, and scores of labelled images."""
    for name in (SCORES, CONFUSION):
        (target / name).unlink(missing_ok=True)
    labels = ward.cut(ward.tree(features), k)
    table = patches.table[["id", "source"]].assign(
        **{"class": labels, "distance": stability.centre_distances(features, labels),
           "silhouette": stability.silhouettes(features, labels)})
    true, said = patches.labels, {"model": model, "clusters": k}
    if true is not None and k == len(patches.classes):
        matched = assign(table["id"], labels, true, patches.classes)
        save(target, matched, said)
        table = table.assign(label=matched.table["label"], matched=matched.table["matched"])
    elif true is not None:
        table["label"] = patches.table["label"]
        scores: dict[str, Any] = {"n": len(table), "classes": list(patches.classes),
                                  "ari": stability.agreement(true, labels)}
        write_json(target / SCORES, {**said, **scores})
    write_csv(target / CLASSES, table)


def _tell(target: Path, outputs: list[str], patches: PatchSet, encoder: str, no_map: str | None) -> None:
    """Print what came out, and where it is."""
    table, scores = pd.read_csv(target / CLASSES), read_json(target / SCORES) or {}
    print(f"{target.name}: {len(table)} images of {patches.side} x {patches.side} px in "
          f"{'colour' if patches.colour else 'gray'}, encoder {encoder}")
    print(f"images in each class: {', '.join(map(str, np.bincount(table['class'])))}; "
          f"mean silhouette {table['silhouette'].mean():.3f}")
    shown = {"accuracy": "accuracy", "balanced_accuracy": "balanced accuracy", "ari": "adjusted Rand index"}
    if patches.classes:
        print("against the labels: " + ", ".join(f"{words} {scores[key]:.3f}" for key, words in shown.items()
                                                 if key in scores))
    if no_map:
        print(f"no map: {no_map}")
    for name in outputs:
        print(target / name)
