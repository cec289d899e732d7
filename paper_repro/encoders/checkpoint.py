"""Trained encoders on the disk: our own `checkpoint.safetensors`, and the authors' published `.pt` state dicts."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_bytes
from paper_repro.base.profile import PAPERS_BASE
from paper_repro.base.recipe import DecoderKind
from paper_repro.encoders import state_file
from paper_repro.encoders.autoencoder import Autoencoder
from paper_repro.encoders.resnet import ResNetEncoder, base_of
from paper_repro.encoders.simclr import SimCLR

Trained = Literal["simclr", "autoencoder"]

# What tells the models apart, and the authors' names of the modules: theirs -> ours, in this order.
OWN_PART: dict[Trained, str] = {"simclr": "head.", "autoencoder": "decoder."}
AUTHORS_NAMES = (
    (r"^_base_encoder\.", "encoder."),
    (r"^_projection_head\.", "head."),
    (r"^_encoder_resnet\._resnet\.", "encoder."),
    (r"^_decoder_resnet\._", "decoder."),
)
AUTHORS_DECODER = "decoder.p2_"  # what the entries of an autoencoder with the authors' decoder start with


def save_tensors(path: Path, state: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write tensors (a model's state dict) as safetensors, in one step; the same values give the same bytes."""
    write_bytes(path, save({key: value.detach().cpu().contiguous() for key, value in state.items()}, metadata))


def load_encoder(path: Path, model: Trained) -> ResNetEncoder:
    """The encoder in a checkpoint of `model`; of the projection head or decoder only the presence is checked.

    Raises UserError if the file is absent, can't be read, or holds something else.
    """
    state = read_state(path, model)
    part = {key.removeprefix("encoder."): value for key, value in state.items() if key.startswith("encoder.")}
    with torch.device("meta"):
        expected = ResNetEncoder(base=base_of(part) or PAPERS_BASE)
    return ResNetEncoder(_fitted(path, model, part, expected))


def load_model(path: Path, model: Trained) -> SimCLR | Autoencoder:
    """The whole network in a checkpoint of `model`; an autoencoder has the decoder that the entries are of.

    Raises UserError if the file is absent, can't be read, or holds something else.
    """
    state, nothing = read_state(path, model), torch.Generator("cpu")
    decoder: DecoderKind = "authors" if any(key.startswith(AUTHORS_DECODER) for key in state) else "mirror"
    base = base_of([key.removeprefix("encoder.") for key in state]) or PAPERS_BASE
    with torch.device("meta"):
        network = (SimCLR(None, nothing, base) if model == "simclr" else Autoencoder(None, nothing, decoder, base))
    network.load_state_dict(_fitted(path, model, state, network), assign=True)
    return network


def kind_of(path: Path) -> Trained:
    """Which model a checkpoint is of, by the names of its entries. Raises UserError where it is of none."""
    state = _read(path, "simclr or autoencoder")
    for model, part in OWN_PART.items():
        if any(key.startswith(part) for key in state):
            return model
    raise UserError(f"{path}: expected a checkpoint of simclr or autoencoder, found {next(iter(state), 'nothing')!r}; "
                    "name a file of one of these.")


def read_state(path: Path, model: Trained) -> dict[str, Tensor]:
    """The tensors of a checkpoint under our names, without the authors' unused classifier.

    Raises UserError if the file is absent, can't be read, or is no checkpoint of `model`.
    """
    state = _read(path, model)
    if not any(key.startswith(OWN_PART[model]) for key in state):
        raise UserError(f"{path}: expected a {model} checkpoint, with keys {OWN_PART[model]}* or the authors', found "
                        f"{next(iter(state), 'nothing')!r}; name a file of that model.")
    return state


def _read(path: Path, model: str) -> dict[str, Tensor]:
    """The tensors of any checkpoint under our names; `model` is what errors call it."""
    if not path.is_file():
        raise UserError(f"{path}: expected a trained {model} encoder, found none; train it with "
                        f"`{hints.command('train')}`, or check the name.")
    try:
        found = load_file(path) if path.suffix == ".safetensors" else state_file.load(path)
    except Exception as error:  # both libraries raise half a dozen kinds, depending on what the bytes look like
        reason = str(error).partition("\n")[0].partition(". ")[0] or type(error).__name__
        raise UserError(f"{path}: expected a {model} checkpoint (.safetensors, or a .pt state dict), which can't be "
                        f"read ({reason}); get or train it again.") from error
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise UserError(f"{path}: expected a {model} state dict, found a {type(found).__name__} of something else; "
                        "check the name of the file.")
    return {our_name(key): value for key, value in found.items() if ".fc." not in key}


def our_name(key: str) -> str:
    """Our name of an entry that may have the authors'."""
    for pattern, ours in AUTHORS_NAMES:
        new, changed = re.subn(pattern, ours, key)
        if changed:
            return new.replace("._", ".")
    return key


def _fitted(path: Path, model: Trained, state: Mapping[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """The state in the types of `module`; raises UserError at the first key whose name or shape doesn't fit it."""
    expected = module.state_dict()
    for key in [*expected, *state]:
        wanted, found = (f"shape {list(part[key].shape)}" if key in part else "none" for part in (expected, state))
        if wanted != found:
            raise UserError(f"{path}: {model} checkpoint, entry {key!r}: expected {wanted}, found {found}; "
                            "it has another architecture.")
    return {key: value.to(expected[key].dtype) for key, value in state.items()}
