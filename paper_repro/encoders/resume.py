"""The state of a training: one `resume.safetensors`, written in one step at the end of an epoch.

It stays when the training is finished, so that one of more epochs goes on from there.
"""

import dataclasses
import hashlib
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from paper_repro import __version__
from paper_repro.base.code import behind
from paper_repro.base.files import parse_json
from paper_repro.base.hashes import digest
from paper_repro.encoders.checkpoint import save_tensors

UNKNOWN = {"from_epoch": 1, "version": "unknown", "code": ""}  # of a file that doesn't say what trained


@dataclass
class History:
    """What a training has done so far.

    losses: (training, test) of each finished epoch; measures: what was measured after each (see `watch`), and before
    the first; seconds: that each took; best_epoch: the one with the lowest test loss, counted from 1 (0: none yet),
    best: its weights; ran_on: devices and numbers of threads it ran on; versions: of code and libraries that trained,
    each with its first epoch (counted from 1).
    """

    losses: list[tuple[float, float]] = field(default_factory=list)
    measures: list[dict[str, float]] = field(default_factory=list)
    before: dict[str, float] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    best_epoch: int = 0
    best: dict[str, Tensor] = field(default_factory=dict)
    ran_on: list[str] = field(default_factory=list)
    versions: list[dict[str, Any]] = field(default_factory=list)

    @property
    def epoch(self) -> int:
        """Number of finished epochs."""
        return len(self.losses)

    def goes_on(self, ran_on: str) -> None:
        """Note where the next epochs run, and by which version of the code and libraries."""
        if ran_on not in self.ran_on:
            self.ran_on.append(ran_on)
        code = digest(behind("encoders.train"))
        if not self.versions or self.versions[-1]["code"] != code:
            self.versions.append({"from_epoch": self.epoch + 1, "version": __version__, "code": code})

    def add(self, train_loss: float, test_loss: float, measured: dict[str, float], seconds: float,
            network: nn.Module) -> None:
        """Count an epoch; its weights are copied if no earlier test loss is as low."""
        self.losses.append((train_loss, test_loss))
        self.measures.append(measured)
        self.seconds.append(round(seconds, 3))
        if test_loss < min((test for _, test in self.losses[:-1]), default=float("inf")):
            copies = {key: value.detach().to("cpu", copy=True) for key, value in network.state_dict().items()}
            self.best_epoch, self.best = self.epoch, copies


def write(path: Path, settings: Mapping[str, Any], history: History, network: nn.Module,
          optimiser: torch.optim.Optimizer, rng: np.random.Generator) -> None:
    """Write everything that the next epoch depends on; `settings` say which training it belongs to."""
    tensors = {f"network.{key}": value for key, value in network.state_dict().items()}
    if history.best_epoch != history.epoch:
        tensors |= {f"best.{key}": value for key, value in history.best.items()}
    for number, entry in optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{number}.{key}": value for key, value in entry.items()}
    facts = {item.name: getattr(history, item.name) for item in dataclasses.fields(history) if item.name != "best"}
    record = {"settings": settings, "epoch": history.epoch, "generator": rng.bit_generator.state, **facts}
    training = json.dumps(record, sort_keys=True)
    save_tensors(path, tensors, {"training": training, "sum": _sum(training, tensors)})


def _sum(training: str, tensors: Mapping[str, Tensor]) -> str:
    """By which an edited file is known."""
    digest = hashlib.sha256(training.encode())
    for key, value in sorted(tensors.items()):
        digest.update(f"\0{key}\0{value.dtype}\0{tuple(value.shape)}\0".encode())
        digest.update(value.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def read(path: Path, settings: Mapping[str, Any], epochs: int, network: nn.Module, optimiser: torch.optim.Optimizer,
         rng: np.random.Generator) -> History:
    """Take up the training where the file leaves it: fill network, optimiser and generator; return the history.

    Without a file the history is empty. So it is, with a sentence, if the file is of other settings, has more than the
    wanted number of epochs, or can't be read.
    """
    if not path.is_file():
        return History()
    try:
        with safe_open(path, framework="pt") as file:
            record = parse_json(file.metadata()["training"])
            if _deciding(record["settings"]) != _deciding(json.loads(json.dumps(settings))):
                print(f"{path}: belongs to a training with other settings; starting over", file=sys.stderr)
                return History()
            if record["epoch"] > epochs:
                print(f"{path}: has {record['epoch']} epochs, {epochs} are wanted; starting over", file=sys.stderr)
                return History()
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # it is no dict
            if file.metadata()["sum"] != _sum(file.metadata()["training"], tensors):
                raise ValueError("it is no longer what was written")
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        print(f"{path}: can't be read ({error}); starting over", file=sys.stderr)
        return History()
    network.load_state_dict(_part(tensors, "network."))
    params = [param for group in optimiser.param_groups for param in group["params"]]
    for key, value in _part(tensors, "optimiser.").items():
        number, _, name = key.partition(".")
        param = params[int(number)]
        # In the parameter's order of memory, on which the order of sums and so the last bits depend
        like = torch.empty_like(param).copy_(value) if value.shape == param.shape else value.to(param.device)
        optimiser.state[param][name] = like
    rng.bit_generator.state = record["generator"]
    best = "best." if record["best_epoch"] != record["epoch"] else "network."
    losses = [(train, test) for train, test in record["losses"]]
    # a training of a version that measured nothing goes on all the same
    measures = record.get("measures", [{} for _ in losses])
    return History(losses, measures, record.get("before", {}), record["seconds"], record["best_epoch"],
                   _part(tensors, best), record["ran_on"], record.get("versions", [UNKNOWN]))


def _deciding(settings: dict[str, Any]) -> dict[str, Any]:
    """What must be the same: all but the number of epochs."""
    training = {key: value for key, value in settings["settings"].items() if key != "epochs"}
    return {**settings, "settings": training}


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    """The entries under a prefix, without it."""
    return {key.removeprefix(prefix): value for key, value in tensors.items() if key.startswith(prefix)}
