"""What the experiments start from: features, and true labels where there are any."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.alike import count_different
from paper_repro.base.errors import UserError
from paper_repro.base.hashes import digest
from paper_repro.base.profile import Model
from paper_repro.base.run import Run
from paper_repro.patches.dataset import open_set

if TYPE_CHECKING:
    from paper_repro.encoders.encode import Features


@dataclass(frozen=True)
class Inputs:
    """A labelled set and its features.

    ids: of the patches [N]; labels: index into `classes` [N]; paths: .npy file of each encoder's features;
    shapes: (N, D) of each; fingerprint: SHA-256 over the set and all features.
    """

    ids: pd.Series
    labels: NDArray[np.int64]
    classes: tuple[str, ...]
    paths: dict[Model, Path]
    shapes: dict[Model, tuple[int, int]]
    fingerprint: str


@dataclass(frozen=True)
class Described:
    """The features of one set by the trainings of one encoder; no labels.

    ids: of the patches [N]; seeds, paths: of each training, and the .npy file of its features [N, D];
    fingerprint: SHA-256 over the set and all features.
    """

    ids: pd.Series
    seeds: tuple[int, ...]
    paths: tuple[Path, ...]
    fingerprint: str

    @property
    def count(self) -> int:
        """Number of patches."""
        return len(self.ids)


def open_described(run: Run, name: str, model: Model, seeds: Sequence[int]) -> Described:
    """Open the set `name` and its features by each training of `model`.

    Raises UserError where one is absent, or features don't fit the set or aren't finite.
    """
    patches = open_set(run.patches(name))
    hashes = {"patches": patches.sha256}
    paths = tuple(run.features(name, model, seed) for seed in seeds)
    for seed, path in zip(seeds, paths, strict=True):
        hashes[f"features s{seed}"] = _features(path, len(patches)).provenance["sha256"]
    return Described(patches.table["id"], tuple(seeds), paths, digest(hashes))


def open_inputs(run: Run, name: str, models: Sequence[Model]) -> Inputs:
    """Open the set `name` and its features by `models`.

    Raises UserError where one is absent, the set has no labels or fewer different images than classes, or features
    don't fit the set or aren't finite.
    """
    patches = open_set(run.patches(name))
    if patches.labels is None:
        raise UserError(f"{run.patches(name)}: expected a set with a true label for every image, found none; "
                        "accuracies need photographs sorted into one folder for each class.")
    if (different := count_different(patches.images)) < len(patches.classes):
        raise UserError(f"{run.patches(name)}: expected at least {len(patches.classes)} different images for as many "
                        f"classes, found {different} among {len(patches)}; add images, or merge classes.")
    paths: dict[Model, Path] = {}
    shapes: dict[Model, tuple[int, int]] = {}
    hashes = {"patches": patches.sha256}
    for model in models:
        path = run.features(name, model)
        features = _features(path, len(patches))
        paths[model], shapes[model] = path, (features.values.shape[0], features.values.shape[1])
        hashes[f"features {model}"] = features.provenance["sha256"]  # which `open_features` checked
    return Inputs(patches.table["id"], patches.labels, patches.classes, paths, shapes, digest(hashes))


def _features(path: Path, count: int) -> "Features":
    """Features of `count` images. Raises UserError where they aren't as many, or not finite."""
    from paper_repro.encoders.encode import open_features  # worker processes import this file, but need no torch

    features = open_features(path)
    finite = "" if np.isfinite(features.values).all() else ", not all finite"
    if len(features.values) != count or finite:
        raise UserError(f"{path}: expected {count} rows of finite features, one per image, found "
                        f"{len(features.values)} rows{finite}; delete the file and encode the set again.")
    return features
