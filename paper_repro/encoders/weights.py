"""The weights that every encoder starts from (Sect. 3.2.1): ResNet-18 trained on ImageNet-1K, or what replaces them.

A profile may name a larger ResNet, as an experiment beside the paper; everything made with it says so.

Looked for in this order: the file the user names, torchvision's cache, an earlier download, the network. A simulated
profile uses random weights where none of them has any, and says so; any other profile stops.
"""

import hashlib
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch

from paper_repro.base import cleaning, hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_json
from paper_repro.base.profile import PAPERS_BASE, Base
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.download.transfer import DownloadError, download
from paper_repro.encoders import state_file
from paper_repro.encoders.own_file import OwnEncoder, note_of
from paper_repro.encoders.resnet import base_of, said_of, template
from paper_repro.encoders.weights_file import (
    BASE,
    NAMES,
    RECORD,
    SHA256,
    URL,
    files_of,
    folder_of,
    in_cache,
    is_official,
)

TIMEOUT_S = 5.0  # until the server answers: how long a user without a network waits
RANDOM_NOTE = ("Made with random weights in place of the ImageNet-1K ones: it shows that the steps run, "
               "not what the method can do.")


@dataclass(frozen=True)
class BaseWeights:
    """A state dict of the base model, torchvision's resnet18 (float32; `fc` included), and where it came from.

    sha256: of the file, or of the tensors' names and bytes where there is none (kind "random");
    note: the sentence that every result made with these weights carries; empty for the real ones (kind "imagenet").
    """

    state: dict[str, torch.Tensor]
    kind: Literal["imagenet", "stand-in", "random"]
    sha256: str
    path: Path | None
    note: str


def choose(run: Run) -> Made:
    """Find the base weights of a run, or the encoder in their place, and write which to `raw/weights/base.json`.

    It holds their kind and sha256, and the seed of random ones; not where they are, so that the same weights from
    another place make no training new to make.
    Raises UserError if a file is not what it should be, or if a profile with real photographs can get none.
    """
    if run.encoder_file is not None:
        encoder = OwnEncoder(run.encoder_file)
        cleaning.claim(run.raw, folder_of(run).name)
        write_json(folder_of(run) / BASE, {"kind": "file", "sha256": sha256_file(encoder.path)})
        return Made(notes=(note_of(encoder.path, run.normalisation),))
    chosen = _find(run)
    seed = {"seed": run.profile.encoders.seeds[0]} if chosen.kind == "random" else {}
    base = run.profile.encoders.base
    other = {} if base == PAPERS_BASE else {"base": base}
    cleaning.claim(run.raw, folder_of(run).name)
    write_json(folder_of(run) / BASE, {"kind": chosen.kind, "sha256": chosen.sha256, **seed, **other})
    return Made(notes=(*((chosen.note,) if chosen.note else ()), *said_of(base)))


def open_base(run: Run) -> BaseWeights:
    """The base weights that `choose` found.

    Raises UserError where it wasn't run, or where the file is no more or has changed since: then they are looked for
    again by the next command.
    """
    if (found := find_chosen(run)) is not None:
        return found
    wanted, folder = read_json(folder_of(run) / BASE) or {}, folder_of(run)
    (folder / BASE).unlink(missing_ok=True)
    place = next(iter(files_of(run).values()), folder / NAMES[run.profile.encoders.base])
    raise UserError(f"{place}: expected the base weights with sha256 {wanted.get('sha256')}, found others or none; run "
                    "the same command again: it looks for them again.")


def find_chosen(run: Run) -> BaseWeights | None:
    """The base weights that `choose` found; None where the file is no more or has changed since.

    Raises UserError where it wasn't run.
    """
    folder = folder_of(run)
    base, record = read_json(folder / BASE), read_json(folder / RECORD)
    if base is None or record is None:
        raise UserError(f"{folder / BASE}: expected a note of which base weights are used, found nothing; run "
                        f"`{hints.command('run', 'base weights')}`.")
    note, model = " ".join(str(note) for note in record["notes"]), run.profile.encoders.base
    if base["kind"] == "random":
        state = random_state(int(base["seed"]), model)
        return BaseWeights(state, "random", str(base["sha256"]), None, note)
    places = (*files_of(run).values(), folder / NAMES[model])
    for path in places:
        if path.is_file() and sha256_file(path) == base["sha256"]:
            return BaseWeights(load(path, model), base["kind"], str(base["sha256"]), path, note)
    return None


def _find(run: Run) -> BaseWeights:
    """The base weights of a run: the file named, torchvision's cache, a download; random ones if nothing is real."""
    base = run.profile.encoders.base
    name = NAMES[base]
    if run.weights is not None:
        return _named(run.weights, base)
    cached, fetched = in_cache(base), folder_of(run) / name
    if cached.is_file():
        found = sha256_file(cached)
        if not is_official(base, found):
            expected = SHA256 if base == PAPERS_BASE else f"{Path(name).stem.partition('-')[2]}..."
            raise UserError(f"{cached}: expected sha256 {expected}, found {found}: a broken download in torchvision's "
                            "cache; delete the file, or name another with WEIGHTS=file (make) or --weights file.")
        return BaseWeights(load(cached, base), "imagenet", found, cached, "")
    if base != PAPERS_BASE:
        reason = f"only those of {PAPERS_BASE} are fetched, and torchvision's cache has no {name}"
    else:
        if fetched.is_file() and sha256_file(fetched) == SHA256:
            return BaseWeights(load(fetched, base), "imagenet", SHA256, fetched, "")
        failed = _fetch(fetched)
        if failed is None:
            return BaseWeights(load(fetched, base), "imagenet", SHA256, fetched, "")
        reason = failed
    if not run.profile.simulated:
        known = f" (sha256 {SHA256})" if base == PAPERS_BASE else ""
        raise UserError(f"Profile {run.profile.name!r} needs {_called(base)}'s ImageNet weights, but {reason}; "
                        f"download {'that file' if known else name}{known} on another computer and name it with "
                        "WEIGHTS=file (make) or --weights file.")
    print(f"Random weights, since {reason}: results show that the steps run, not what the method can do. For real ones "
          f"name {name} with WEIGHTS=file (make) or --weights file, or delete {folder_of(run) / BASE} to try the "
          "download again.", file=sys.stderr, flush=True)
    state = random_state(run.profile.encoders.seeds[0], base)
    return BaseWeights(state, "random", sha256_state(state), None, RANDOM_NOTE)


def _called(base: Base) -> str:
    """`ResNet-18`."""
    return base.replace("resnet", "ResNet-")


def _named(path: Path, base: Base) -> BaseWeights:
    """The weights in the file the user names; any but torchvision's own are stand-in weights."""
    try:
        found = sha256_file(path)
    except OSError as error:
        raise UserError(f"{path}: expected a file of {_called(base)} weights, which can't be read ({error}); "
                        "check WEIGHTS= or --weights.") from error
    state = load(path, base)
    if is_official(base, found):
        return BaseWeights(state, "imagenet", found, path, "")
    published = SHA256 if base == PAPERS_BASE else NAMES[base]
    print(f"Warning: {path} holds stand-in weights, sha256 {found}; torchvision's IMAGENET1K_V1 has {published}.",
          file=sys.stderr, flush=True)
    note = f"Made with stand-in weights (sha256 {found}), not torchvision's IMAGENET1K_V1: not the paper's encoder."
    return BaseWeights(state, "stand-in", found, path, note)


def _fetch(path: Path) -> str | None:
    """Try the download; why it failed, None if it didn't."""
    if os.environ.get("PAPER_REPRO_OFFLINE", "0") not in {"", "0"}:
        return f"{URL}: not fetched (PAPER_REPRO_OFFLINE is set)"
    try:
        download(URL, path, SHA256, timeout_s=TIMEOUT_S)
    except DownloadError as error:
        return error.what
    return None


def load(path: Path, base: Base = PAPERS_BASE) -> dict[str, torch.Tensor]:
    """Read a state dict of torchvision's model `base`, floating-point tensors as float32.

    Batch counters may be missing, as in files older than torch 0.4.1 (they count for nothing in evaluation mode).
    Raises UserError, naming the file and the first key that doesn't fit, for anything else.
    """
    advice = f"expected the state dict of torchvision's {base}; check WEIGHTS= or --weights"
    try:
        found = state_file.load(path)
    except Exception as error:  # torch raises half a dozen kinds, depending on what the bytes look like
        reason = str(error).partition("\n")[0].partition(". ")[0] or type(error).__name__
        raise UserError(f"{path}: {advice}: the file can't be read ({reason}).") from error
    if not isinstance(found, dict):
        raise UserError(f"{path}: {advice}: found a {type(found).__name__}.")
    if (other := base_of(list(map(str, found)))) not in (None, base):
        raise UserError(f"{path}: {advice}: found that of {other}; name another file, or --base {other}.")
    state = {}
    for key, like in template(base).items():
        tensor = found.get(key)
        if tensor is None and key.endswith("num_batches_tracked"):
            tensor = torch.zeros((), dtype=torch.int64)
        if not isinstance(tensor, torch.Tensor):
            raise UserError(f"{path}: {advice}: key {key!r} {'is missing' if tensor is None else 'is no tensor'}.")
        if tensor.shape != like.shape or tensor.is_floating_point() != like.is_floating_point():
            raise UserError(f"{path}: {advice}: key {key!r} should be {like.dtype} {list(like.shape)}, "
                            f"found {tensor.dtype} {list(tensor.shape)}.")
        if not bool(torch.isfinite(tensor).all()):
            raise UserError(f"{path}: {advice}: key {key!r} holds a value that is not finite.")
        state[key] = tensor.to(like.dtype).contiguous()
    unknown = [key for key in found if key not in state]
    if unknown:
        raise UserError(f"{path}: {advice}: unknown key {unknown[0]!r}.")
    return state


def random_state(seed: int, base: Base = PAPERS_BASE) -> dict[str, torch.Tensor]:
    """Draw an untrained model by torchvision's law, from a generator of its own.

    Convolutions: normal, variance 2 / (output channels x kernel area) (He et al. 2015, fan out); batch-norm: weight 1,
    bias 0, mean 0, variance 1; `fc`: uniform within 1 / sqrt(inputs), as torch's Linear.
    """
    generator = torch.Generator().manual_seed(seed)
    state = {}
    for key, like in template(base).items():
        if like.ndim == 4:
            std = math.sqrt(2.0 / (like.shape[0] * like.shape[2] * like.shape[3]))
            state[key] = torch.empty(like.shape).normal_(0.0, std, generator=generator)
        elif key.startswith("fc."):
            bound = template(base)["fc.weight"].shape[1] ** -0.5
            state[key] = torch.empty(like.shape).uniform_(-bound, bound, generator=generator)
        else:
            ones = key.endswith((".weight", "running_var"))
            state[key] = torch.full(like.shape, 1 if ones else 0, dtype=like.dtype)
    return state


def sha256_state(state: dict[str, torch.Tensor]) -> str:
    """SHA-256 over the tensors of a state dict: names and bytes, in its order."""
    digest = hashlib.sha256()
    for key, tensor in state.items():
        digest.update(f"{key}\0".encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()
