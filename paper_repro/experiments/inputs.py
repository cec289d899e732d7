"""What the experiments on photographs start from: features, true labels, and what must be said about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.patches.dataset import open_set
from paper_repro.profiles.errors import UserError
from paper_repro.profiles.profile import Model
from paper_repro.profiles.run import Run


@dataclass(frozen=True)
class Inputs:
    """A labelled set and its features.

    ids: of the patches [N]; labels: index into `classes` [N]; paths: .npy file of each encoder's features;
    shapes: (N, D) of each; hashes: SHA-256 by name; notes, simulated: of all inputs together.
    """

    ids: pd.Series
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    paths: dict[Model, Path]
    shapes: dict[Model, tuple[int, int]]
    hashes: dict[str, str]
    notes: tuple[str, ...]
    simulated: bool


def open_inputs(run: Run, name: str, models: Sequence[Model]) -> Inputs:
    """Open the set `name` and its features by `models`.

    Raises UserError where one is absent, the set has no labels, or features don't fit the set or aren't finite.
    """
    from paper_repro.encoders.encode import open_features  # worker processes import this file, but need no torch

    patches = open_set(run.patches(name))
    if patches.labels is None:
        raise UserError(f"{run.patches(name)}: expected a set with a true label for every image, found none; "
                        "accuracies need photographs sorted into one folder a class.")
    paths: dict[Model, Path] = {}
    shapes: dict[Model, tuple[int, int]] = {}
    records: list[dict[str, Any]] = [patches.provenance]
    hashes = {"patches": patches.sha256}
    for model in models:
        path = run.features(name, model)
        features = open_features(path)
        finite = "" if np.isfinite(features.values).all() else ", not all finite"
        if len(features.values) != len(patches) or finite:
            raise UserError(f"{path}: expected {len(patches)} rows of finite features, one an image, found "
                            f"{len(features.values)} rows{finite}; delete the file and encode the set again.")
        paths[model], shapes[model] = path, (features.values.shape[0], features.values.shape[1])
        records.append(features.provenance)
        hashes[f"features {model}"] = features.provenance["sha256"]  # which `open_features` checked
    notes = dict.fromkeys(note for record in records for note in record.get("notes", ()))
    return Inputs(patches.table["id"], patches.labels, patches.classes, paths, shapes, hashes, tuple(notes),
                  any(record.get("simulated", False) for record in records))
