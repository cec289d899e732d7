"""Train in processes that are killed as the system would, one after another: FOLDER WEIGHTS batch|write ...."""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import torch

from paper_repro.base import files
from paper_repro.encoders import checkpoint, train
from paper_repro.encoders.batch import batch_loss
from tests.encoders.conftest import BATCH, build_small, go, make_run

EPOCH, STEPS = 2, 4  # killed in the second epoch; an epoch of 12 images has three batches to train and one to test


def train_and_die(out: Path, weights: Path, where: str) -> None:
    """Train until the middle of an epoch, or of the file written after it, then die without a chance to clean up."""
    seen = 0

    def step_or_die(*args: Any) -> torch.Tensor:
        nonlocal seen
        seen += 1
        if where == "batch" and seen == STEPS * (EPOCH - 1) + 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return batch_loss(*args)

    def write_or_die(path: Path, data: bytes) -> None:
        with files.atomic(path) as file:
            if where == "write" and b'\\"epoch\\": %d,' % EPOCH in data:
                file.write(data[: len(data) // 2])
                os.kill(os.getpid(), signal.SIGKILL)
            file.write(data)

    changes: dict[Any, dict[str, Any]] = {
        train: {"batch_loss": step_or_die, "build": build_small}, checkpoint: {"write_bytes": write_or_die},
    }  # fmt: skip
    for module, values in changes.items():
        for name, value in values.items():
            setattr(module, name, value)
    BATCH["size"] = 4
    go(make_run(out, weights, epochs=EPOCH))


def main(out: Path, weights: Path, places: list[str]) -> None:
    """Start one process for each place, each when the one before is dead; print the signal that ended it."""
    for where in places:
        child = os.fork()
        if child == 0:
            torch.set_num_threads(1)
            train_and_die(out, weights, where)
            os._exit(0)
        print(where, os.WTERMSIG(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
