"""Encoding images as those of a catalogue were: by its own encoder, or by weights known by their hash."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.catalogues.document import ENCODER, Catalogue, check_file, open_catalogue

if TYPE_CHECKING:
    from paper_repro.encoders.encode import Encoder  # which loads torch

NAMES = {"imagenet": "torchvision's own weights", "stand-in": "the weights",
         "checkpoint": "the trained encoder", "file": "the encoder"}


def needs_weights(catalogue: Catalogue) -> bool:
    """Whether a catalogue's encoder must be found elsewhere: it has none, and it wasn't drawn at random."""
    return catalogue.about["encoder"]["weights"] != "random" and ENCODER not in catalogue.about["files"]


def weights_of(catalogue: Catalogue, named: Path | None, cached: Path) -> Path | None:
    """The file that a catalogue's encoder is in: its own, else the one named, else `cached` if it has its hash.

    None where the weights were drawn at random, and are drawn again. Raises UserError where there is none, and where
    the one named is another.
    """
    about = catalogue.about["encoder"]
    if not needs_weights(catalogue):
        return None if about["weights"] == "random" else check_file(catalogue.folder, catalogue.about, ENCODER)
    if named is not None:
        if not named.is_file():
            raise UserError(f"{named}: expected a file of weights, found {regular.kind_found(named)}; check --weights.")
        if (found := sha256_file(named)) != about["sha256"]:
            raise UserError(f"{named}: expected {NAMES[about['weights']]} that the catalogue was made with, sha256 "
                            f"{about['sha256']}, found {found}; name that file with --weights.")
        return named
    if cached.is_file() and sha256_file(cached) == about["sha256"]:
        return cached
    raise UserError(f"{catalogue.folder}: expected {NAMES[about['weights']]} that the catalogue was made with, sha256 "
                    f"{about['sha256']}, which the catalogue doesn't have; name the file with --weights.")


def open_encoder(catalogue: Catalogue, weights: Path | None) -> "Encoder":
    """The encoder of a catalogue, from the file `weights_of` finds. Raises UserError for one that is broken."""
    from paper_repro.encoders import checkpoint
    from paper_repro.encoders.own_file import OwnEncoder
    from paper_repro.encoders.resnet import ResNetEncoder
    from paper_repro.encoders.weights import load, random_state

    about = catalogue.about["encoder"]
    if weights is None:
        return ResNetEncoder(random_state(about["seed"] or 0, about["base"]))
    if about["weights"] == "file":
        return OwnEncoder(weights)
    if about["model"] != "simple":
        return checkpoint.load_encoder(weights, about["model"])
    return ResNetEncoder(load(weights, about["base"]))


def encode_set(run: Run, name: str, catalogue: Path, weights: Path | None, features: Path, *,
               device: str | None, dask: str | None) -> Made:
    """Write the features of a set by the encoder of a catalogue. Raises UserError for one that is broken."""
    from paper_repro.encoders import encode

    label = open_catalogue(catalogue).about["encoder"]["model"]
    opened = functools.partial(encoder_in, catalogue, weights)
    return encode.encode_set(run, name, opened, label, features, device, dask)


def encoder_in(catalogue: Path, weights: Path | None) -> "Encoder":
    """The encoder of the catalogue in a folder; see `open_encoder`."""
    return open_encoder(open_catalogue(catalogue), weights)
