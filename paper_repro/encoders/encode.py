"""Encoding (Sect. 3.2): the 512 features of every image of a set, before any projection head."""

import copy
import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from paper_repro.base import hints
from paper_repro.base.alike import first_alike
from paper_repro.base.errors import UserError
from paper_repro.base.files import atomic, read_json, sha256_file
from paper_repro.base.memory import keep_freed
from paper_repro.base.profile import Model
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import NOT_VERIFIED, Made
from paper_repro.base.recipe import RECIPES
from paper_repro.base.run import AUTHORS_NOTE, EncoderInput, Run
from paper_repro.encoders import authors
from paper_repro.encoders.augment import Augmenter
from paper_repro.encoders.checkpoint import Trained, load_encoder
from paper_repro.encoders.own_file import OwnEncoder
from paper_repro.encoders.resnet import ResNetEncoder, said_of
from paper_repro.encoders.train import CHECKPOINT, be_deterministic, choose_device, place
from paper_repro.encoders.trained_on import input_of, read_input
from paper_repro.encoders.weights import open_base
from paper_repro.patches.dataset import open_set

Encoder = ResNetEncoder | OwnEncoder
# Images at a time: on a CPU so few that a layer's maps stay near the cache; the features don't depend on it.
CHUNK_CPU, CHUNK = 16, 128
TRAINING = "provenance.json"  # the record beside a checkpoint of this project


@dataclass(frozen=True, eq=False)
class Features:
    """Features of a set: values float32 [N, D] (D = 512), one row an image in the set's order, and what made them."""

    values: NDArray[np.float32]
    provenance: dict[str, Any]


def save(path: Path, values: NDArray[np.float32]) -> Made:
    """Write a .npy file; what its record must say so that `open_features` takes it is returned."""
    with atomic(path) as file:
        # not `np.save`, which doesn't notice if the disk has no room for the last bytes
        np.lib.format.write_array_header_1_0(file, np.lib.format.header_data_from_array_1_0(values))
        file.write(np.ascontiguousarray(values).data)
    return Made({"sha256": file.sha256, "shape": list(values.shape)})


def open_features(path: Path) -> Features:
    """Open the features in a .npy file with its .json.

    Raises UserError if one of the two is absent, or if they don't belong together.
    """
    again = f"make them with `{hints.command('encode')}`"
    if not path.is_file():
        raise UserError(f"{path}: expected the features of a patch set, found none; {again}.")
    provenance = read_json(path.with_suffix(".json"))
    if provenance is None:
        raise UserError(f"{path}: expected {path.with_suffix('.json').name} beside it, which says what made it, found "
                        f"none; {again}.")
    if provenance.get("sha256") != sha256_file(path):
        raise UserError(f"{path}: expected sha256 {provenance.get('sha256')}, found {sha256_file(path)}; {again}.")
    values = np.load(path, allow_pickle=False)
    if values.dtype != np.float32 or values.ndim != 2:
        raise UserError(f"{path}: expected float32 [N, D], found {values.dtype} {list(values.shape)}; {again}.")
    return Features(values, provenance)


def encode(run: Run, set_name: str, model: Model, seed: int, *, device: str | None, dask: str | None = None) -> Made:
    """Write the features of a set, by the base model itself (`simple`) or by the encoder trained on the set.

    Raises UserError if the set, the base weights or the trained encoder is absent.
    """
    opened = functools.partial(own_encoder, run, set_name, model, seed)
    return encode_set(run, set_name, opened, model, run.features(set_name, model, seed), device, dask)


def own_encoder(run: Run, set_name: str, model: Model, seed: int | None = None) -> Encoder:
    """The base model itself (`simple`), or the encoder that this project trained on a set (seed: see `Run.encoder`)."""
    return base_encoder(run) if model == "simple" else load_encoder(run.encoder(set_name, model, seed) / CHECKPOINT,
                                                                    model)


def base_encoder(run: Run) -> Encoder:
    """The base model, or the encoder of the user's in its place. Raises UserError where it is absent."""
    return ResNetEncoder(open_base(run).state) if run.encoder_file is None else OwnEncoder(run.encoder_file)


def encode_by_authors(run: Run, set_name: str, model: Trained, *, device: str | None, dask: str | None = None
                      ) -> Made:
    """Write the features of a set by the authors' trained encoder. Raises UserError where there is none."""
    path, sha256 = authors.of_run(run, model, set_name)
    made = encode_set(run, set_name, functools.partial(load_encoder, path, model), model,
                      run.features(set_name, model), device, dask)
    unproven = f"; authors' encoder {NOT_VERIFIED}the hash that their hub publishes isn't known"
    proven = "" if authors.is_published(run, path) else unproven
    note = f"{AUTHORS_NOTE} for {model} on {set_name}: {path.name}, sha256 {sha256}{proven}."
    return replace(made, extra={**made.extra, "checkpoint": path.name}, notes=(note,))


def encode_by_file(run: Run, set_name: str, model: Trained, checkpoint: Path, path: Path, *, device: str | None,
                   dask: str | None = None) -> Made:
    """Write the features of a set by a trained encoder of the user's to `path`.

    What must be said about a training of this project is in the record beside its checkpoint; without one, that it
    isn't known. An encoder that was trained on images of another size or kind is used all the same, which is said on
    standard error and in the notes.
    """
    training = (read_json(checkpoint.with_name(TRAINING)) or {}) if checkpoint.name == CHECKPOINT else {}
    if training.get("outputs", {}).get(CHECKPOINT) != sha256_file(checkpoint):
        training = {"notes": [f"How the encoder in {checkpoint.name} was trained isn't known: no record of its "
                              "training is beside it."]}
    notes = list(dict.fromkeys([*training.get("notes", ()), *said_of(load_encoder(checkpoint, model).base)]))
    used, own = input_of(run.profile.encoders.side, open_set(run.patches(set_name)).colour), read_input(checkpoint)
    if own is not None and (misfit := own.misfit(used)):
        notes.append(f"The encoder {misfit}.")
        print(f"{checkpoint}: the encoder {misfit}", file=sys.stderr)
    made = encode_set(run, set_name, functools.partial(load_encoder, checkpoint, model), model, path, device, dask)
    return replace(made, notes=tuple(notes), simulated=bool(training.get("simulated")))


def encode_set(run: Run, set_name: str, opened: Callable[[], Encoder], label: str, path: Path, device: str | None,
               dask: str | None = None) -> Made:
    """Write the features of the set `set_name` to `path`, by the encoder that `opened` opens.

    label: shown with the progress; dask: a Dask cluster that does it in pieces (see `parallel`).
    """
    if dask is not None:
        from paper_repro.encoders import pieces  # which imports this file

        return save(path, pieces.encoded(run, set_name, opened, label, device, dask))
    encoder, patches = opened(), open_set(run.patches(set_name))
    progress = Progress(f"{set_name} {label}: encode", len(patches), "images")
    return save(path, encode_images(encoder, patches.images, run.profile.encoders.side, patches.colour,
                                    choose_device(device), progress, run.normalisation))


def encode_images(encoder: Encoder, images: NDArray[np.uint8], side: int, colour: bool, device: torch.device,
                  progress: Progress | None = None, normalisation: EncoderInput = "imagenet") -> NDArray[np.float32]:
    """Features of uint8 images [N, S, S] or [N, S, S, 3], resized to `side` px: float32 [N, 512] (or 2048).

    An encoder of the user's may have another number of features, and an input of another side and normalisation. Memory
    is bounded by a chunk of images: `images` may be a memory map. Identical images have identical features,
    wherever in a chunk they stood.
    """
    keep_freed()
    be_deterministic(device)
    network: Callable[[torch.Tensor], torch.Tensor]
    if isinstance(encoder, OwnEncoder):
        network, device, side = encoder, torch.device("cpu"), encoder.side or side
    else:
        network = place(folded(encoder), device)
    # Without augmentation the recipes are one.
    augment = Augmenter(side, colour, RECIPES["paper"], jitter_and_blur=False, kind=normalisation)
    chunk = CHUNK_CPU if device.type == "cpu" else CHUNK
    features = np.empty((0, 0), dtype=np.float32)
    with torch.inference_mode():
        for start in range(0, len(images), chunk):
            inputs = augment.plain(images[start : start + chunk]).to(device)
            found = network(inputs).cpu().numpy()
            if not start:
                features = np.empty((len(images), found.shape[1]), dtype=np.float32)
            features[start : start + chunk] = found
            if progress is not None:
                progress.step(len(inputs))
    return features[first_alike(images)]


def folded(encoder: ResNetEncoder) -> ResNetEncoder:
    """A copy for evaluation with every batch-norm layer folded into the convolution before it."""
    network = copy.deepcopy(encoder).eval()
    blocks = [block for layer in (network.layer1, network.layer2, network.layer3, network.layer4) for block in layer]
    for part in (network, *blocks):
        part.conv1, part.bn1 = fuse_conv_bn_eval(part.conv1, part.bn1), nn.Identity()
    for block in blocks:
        block.conv2, block.bn2 = fuse_conv_bn_eval(block.conv2, block.bn2), nn.Identity()
        if hasattr(block, "conv3"):
            block.conv3, block.bn3 = fuse_conv_bn_eval(block.conv3, block.bn3), nn.Identity()
        if block.downsample is not None:
            block.downsample = nn.Sequential(fuse_conv_bn_eval(*block.downsample))
    return network
