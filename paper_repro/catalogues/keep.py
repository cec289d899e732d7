"""Keeping the classes of a set as a catalogue: see `document` for its files."""

import gzip
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image
from safetensors.numpy import save

from paper_repro import __version__
from paper_repro.base.files import csv_text, read_csv, read_json, sha256_file, write_bytes, write_json
from paper_repro.base.profile import Model
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.catalogues import held_out
from paper_repro.catalogues.document import ARRAYS, DOCUMENT, ENCODER, FORMAT, PLACES, TABLE, summed
from paper_repro.catalogues.parameters import described
from paper_repro.clustering import nearest_class
from paper_repro.clustering.names import NOISE, WAYS, Method
from paper_repro.clustering.nearest_class import NEIGHBOURS, Known
from paper_repro.encoders import weights_file
from paper_repro.encoders.trained_on import input_of
from paper_repro.patches.dataset import PatchSet, open_set

MOST_MEMBERS = 1500  # feature vectors that are kept, 1.5 MB of 512 features
EXAMPLES, THUMBNAIL, EXAMPLES_BYTES = 8, 64, 400_000  # of a class at most; side in px at most; of all
LEVELS = (0.5, 0.9, 0.95, 0.99, 1.0)  # quantiles of the distances that are written down
LICENCE = ("What paper_repro made is under its MIT licence. Thumbnails, classes and a trained encoder come from the "
           "images of the set and carry their terms; the weights that the encoder starts from have terms of their own.")


def keep(run: Run, name: str, features: Path, origin: Origin, *, model: Model, checkpoint: Path | None,
         settings: Mapping[str, Any] | None, clustering: Method, jobs: int | None) -> Made:
    """Write the catalogue of a classified set into results/<set>/catalogue/.

    features: those that it was classified by; model, checkpoint: what made them, a checkpoint of None being the base
    weights, or the authors' trained ones; settings: of the patches, None for photographs. Raises what opening the
    inputs raises.
    """
    results, patches = run.results / name, open_set(run.patches(name))
    folder, values = results / "catalogue", np.load(features, allow_pickle=False)
    classes = read_csv(results / "classes.csv", keep_default_na=False, dtype={"label": str, "matched": str})
    labels = classes["class"].to_numpy(np.int64)
    arrays, members = _arrays(values, labels)
    known = Known(arrays["centres"].astype(np.float64), values[members].astype(np.float64), labels[members])
    table = patches.table[["id", "source", *(column for column in PLACES if column in patches.table)]].assign(
        **{"class": labels})
    sources = pd.factorize(table["source"])[0]
    for way in WAYS:
        table[way] = nearest_class.own_distances(values, labels, sources, known, members, way).round(6)
    table = table.round(dict.fromkeys(PLACES[1:4], 4))
    centre = table["centre"].to_numpy()
    shown = _examples(labels, centre, patches)
    arrays["examples"] = _thumbnails(patches, shown)
    encoder, trained = _encoder(run, name, model, checkpoint, patches)
    (folder / ENCODER).unlink(missing_ok=True)  # of an earlier catalogue
    if trained is not None:
        write_bytes(folder / ENCODER, trained.read_bytes())
    write_bytes(folder / TABLE, gzip.compress(csv_text(table).encode(), mtime=0))
    write_bytes(folder / ARRAYS, save({key: np.ascontiguousarray(array) for key, array in arrays.items()}))
    files = [ARRAYS, TABLE, *([ENCODER] if trained is not None else [])]
    about = {
        "format": FORMAT, "version": __version__, "set": name, "images": described(patches.images[0], settings),
        "count": len(labels), "clustering": clustering, "encoder": encoder,
        "classes": [_class(number, table, classes, shown[number]) for number in range(len(shown))],
        "noise": int((labels == NOISE).sum()), "neighbours": NEIGHBOURS,
        "limits": {way: {str(level): [*map(_or_none, nearest_class.limits(table[way].to_numpy(), labels, level))]
                         for level in LEVELS} for way in WAYS},
        "held_out": held_out.summary(held_out.measure(features, sources, labels, clustering,
                                                       run.profile.grid.seed, jobs)),
        "stability": _stability(results / "stability.csv"), "simulated": origin.simulated,
        "notes": list(origin.notes), "licence": LICENCE,
        "made_of": {"patches": patches.sha256, "features": sha256_file(features),
                    "classes": sha256_file(results / "classes.csv")},
        "files": {file: sha256_file(folder / file) for file in files},
    }
    write_json(folder / DOCUMENT, summed(json.loads(json.dumps(about))))
    return Made(files=tuple(folder / file for file in files))


def _arrays(values: NDArray[np.float32], labels: NDArray[np.int64]) -> tuple[dict[str, NDArray[Any]],
                                                                              NDArray[np.int64]]:
    """What is kept of the features, and the rows of the members among it."""
    members = nearest_class.chosen_members(labels, MOST_MEMBERS, seed=0)
    mean = values.mean(axis=0, dtype=np.float64)
    scale = float(np.abs(values - mean).max())
    return {
        "centres": nearest_class.centres_of(values, labels).astype(np.float32),
        "spreads": nearest_class.spreads_of(values, labels).astype(np.float32),
        "mean": mean.astype(np.float32), "scale": np.array([scale], np.float32),
        "members": ((values[members] - mean) / scale).astype(np.float16), "member_rows": members,
    }, members


def _encoder(run: Run, name: str, model: Model, checkpoint: Path | None, patches: PatchSet
             ) -> tuple[dict[str, Any], Path | None]:
    """What is needed to encode other images alike, and the file to keep: what others trained isn't ours to hand on."""
    about = {"model": model, "base": run.profile.encoders.base, "normalisation": run.normalisation,
             **asdict(input_of(run.profile.encoders.side, patches.colour, run.normalisation))}
    if model == "simple":
        base = read_json(weights_file.folder_of(run) / weights_file.BASE) or {}
        return {**about, "weights": base["kind"], "sha256": base["sha256"], "seed": base.get("seed")}, None
    ours = checkpoint is not None and checkpoint.suffix == ".safetensors"
    from paper_repro.encoders import authors
    from paper_repro.encoders.checkpoint import load_encoder

    if checkpoint is None:
        checkpoint, _ = authors.of_run(run, model, name)
    about |= {"base": load_encoder(checkpoint, model).base, "weights": "checkpoint", "sha256": sha256_file(checkpoint)}
    return {**about, "seed": None}, checkpoint if ours else None


def _examples(labels: NDArray[np.int64], centre: NDArray[np.float64], patches: PatchSet) -> list[NDArray[np.int64]]:
    """Rows of the members nearest to each class's centre, as many of each class, at most, as there is room for."""
    k = int(labels.max()) + 1
    side = min(THUMBNAIL, patches.side)
    most = max(1, min(EXAMPLES, EXAMPLES_BYTES // (k * side * side * (3 if patches.colour else 1))))
    rows = [np.flatnonzero(labels == c) for c in range(k)]
    return [each[np.lexsort((each, np.nan_to_num(centre[each])))][:most] for each in rows]


def _thumbnails(patches: PatchSet, shown: list[NDArray[np.int64]]) -> NDArray[np.uint8]:
    """The examples [K, E, S, S] or [K, E, S, S, 3], smaller where they are large; black where a class has fewer."""
    side = min(THUMBNAIL, patches.side)
    made = np.zeros((len(shown), max(map(len, shown)), side, side, *patches.images.shape[3:]), np.uint8)
    for c, rows in enumerate(shown):
        for n, row in enumerate(rows):
            made[c, n] = np.asarray(Image.fromarray(patches.images[row]).resize((side, side),
                                                                                Image.Resampling.BOX))
    return made


def _class(number: int, table: pd.DataFrame, classes: pd.DataFrame, shown: NDArray[np.int64]) -> dict[str, Any]:
    """Name, size and examples of a class; a class matched with labels bears its label."""
    members = table["class"] == number
    name = str(classes["matched"][members.to_numpy()].iloc[0]) if "matched" in classes else str(number)
    return {"name": name, "size": int(members.sum()), "examples": table["id"].to_numpy()[shown].tolist()}


def _stability(path: Path) -> list[dict[str, Any]]:
    """The rows of a set's stability.csv, where there is one."""
    if not path.is_file():
        return []
    rows = read_csv(path).to_dict("records")
    return [{str(key): _or_none(value) for key, value in row.items()} for row in rows]


def _or_none(value: Any) -> Any:
    """The number itself, None in place of NaN, which JSON doesn't have."""
    return None if pd.isna(value) else value
