"""The way from a patch set to its features: train what the run asks for, encode, and list what there is."""

import os
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from paper_repro.base.files import sha256_file, write_csv
from paper_repro.base.profile import Model
from paper_repro.base.run import Run
from paper_repro.encoders import authors, weights
from paper_repro.encoders.encode import encode
from paper_repro.encoders.train import choose_device, train
from paper_repro.encoders.weights import BaseWeights


def train_set(run: Run, name: str, device: str | None = None, *, touch: bool = False) -> BaseWeights | None:
    """Train the encoders that the run needs on the set `name`; those whose inputs are unchanged are kept.

    With the authors' encoders nothing is trained, only looked whether theirs are there.
    Writes `encoders/<set>/index.csv` (model, file, sha256; no row where the set doesn't exist, as with the colour set
    of gray photographs), `authors.csv` for the authors'. With `touch` an unchanged index is marked as new, which tells
    make that it was looked at; a later step that only makes sure of its inputs leaves it, or make would run what
    depends on it again. Returns the base weights, None where none are needed.
    """
    if name not in run.sets:
        print(f"{name}: there is no such set in this run")
        _index(run, run.data / "encoders" / name, [], touch)
        return None
    rows: list[tuple[Model, Path]] = []
    models = run.models_for(name)
    base = weights.find(run) if run.checkpoints == "own" or "simple" in models else None
    for model in models:
        if authors := _authors(run, model, name):
            print(f"{name} {model}: the authors' {authors[0].name}")
            rows.append((model, authors[0]))
            continue
        for seed in run.seeds_for(name) if model != "simple" else ():
            assert base is not None
            folder = train(run, name, model, seed, base, device=choose_device(device))
            rows.append((model, folder / "checkpoint.safetensors"))
    _index(run, run.data / "encoders" / name, rows, touch)
    return base


def encode_set(run: Run, name: str, device: str | None = None, *, touch: bool = False) -> None:
    """Encode the set `name` with each encoder that the run needs on it, training those that aren't there.

    Writes `features/<set>/index.csv` (`authors.csv`) like `train_set`.
    """
    base = train_set(run, name, device)
    rows: list[tuple[Model, Path]] = []
    if name in run.sets:
        chosen = choose_device(device)
        rows += [(model, encode(run, name, model, seed, base, device=chosen, authors=_authors(run, model, name)))
                 for model in run.models_for(name) for seed in run.seeds_for(name)]
    _index(run, run.data / "features" / name, rows, touch)


def encode_seeds(run: Run, name: str, seeds: Iterable[int], device: str | None = None, *,
                 base: BaseWeights | None = None) -> None:
    """Train the encoders that the run needs on the set `name` with each of the seeds, and encode it with them.

    From `base`, or the same base weights as the training whose results are shown; the lists of the set stay as they
    are.
    """
    base, chosen = base or weights.find(run), choose_device(device)
    for seed in seeds:
        for model in run.models_for(name):
            if model != "simple":
                train(run, name, model, seed, base, device=chosen)
                encode(run, name, model, seed, base, device=chosen)


def _authors(run: Run, model: Model, name: str) -> tuple[Path, str] | None:
    """File and SHA-256 of the authors' encoder; None where the run uses its own. Raises UserError without one."""
    if run.checkpoints == "own" or model == "simple":
        return None
    return authors.of_run(run, model, name)


def _index(run: Run, folder: Path, rows: list[tuple[Model, Path]], touch: bool) -> None:
    table = pd.DataFrame(
        [(model, Path(os.path.relpath(path, folder)).as_posix(), sha256_file(path)) for model, path in rows],
        columns=["model", "file", "sha256"],
    )
    path = folder / run.index
    if touch or not path.is_file() or path.read_text() != table.to_csv(index=False, lineterminator="\n"):
        write_csv(path, table)
