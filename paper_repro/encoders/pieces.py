"""A set encoded in pieces, each on a worker of a Dask cluster, with the bytes that one process gives."""

import contextlib
import os
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.alike import first_alike
from paper_repro.base.progress import Progress
from paper_repro.base.run import Run
from paper_repro.base.workers import parallel
from paper_repro.encoders.encode import Encoder, encode_images
from paper_repro.encoders.train import choose_device
from paper_repro.patches.dataset import PatchSet, open_set

PIECE = 1024  # images: whole chunks of `encode_images`, so that each stands in the same one


@dataclass(frozen=True)
class Piece:
    """Rows `start` to `stop` of a set; asked: by which all pieces of one encoding are known."""

    asked: str
    run: Run
    set_name: str
    opened: Callable[[], Encoder]
    device: str | None
    start: int
    stop: int


_open: dict[str, tuple[Encoder, PatchSet]] = {}  # in a worker: of the last piece, as the next one needs them too


def work(piece: Piece) -> NDArray[np.float32]:
    """Features [stop - start, D] of a piece. Raises UserError as opening its set and encoder does."""
    if piece.asked not in _open:
        _open.clear()
        _open[piece.asked] = piece.opened(), open_set(piece.run.patches(piece.set_name))
    encoder, patches = _open[piece.asked]
    return encode_images(encoder, patches.images[piece.start : piece.stop], piece.run.profile.encoders.side,
                         patches.colour, choose_device(piece.device), normalisation=piece.run.normalisation)


def encoded(run: Run, set_name: str, opened: Callable[[], Encoder], label: str, device: str | None,
            dask: str) -> NDArray[np.float32]:
    """Features float32 [N, D] of the set `set_name` by the encoder that `opened`, a module's own function, opens.

    dask: see `parallel`; label: shown with the progress.
    """
    images = open_set(run.patches(set_name)).images
    asked = f"{run.data} {os.getpid()} {time.time_ns()}"
    pieces = [Piece(asked, run, set_name, opened, device, start, min(start + PIECE, len(images)))
              for start in range(0, len(images), PIECE)]
    progress, found = Progress(f"{set_name} {label}: encode", len(images), "images"), dict[int, NDArray[np.float32]]()
    with contextlib.closing(parallel(work, pieces, None, dask, accelerator=True)) as results:
        for piece, features in results:
            found[piece.start] = features
            progress.step(len(features))
    return np.concatenate([found[piece.start] for piece in pieces])[first_alike(images)]
