"""The way from a patch set to its features: train what the run asks for, encode, and list what there is."""

from pathlib import Path

import pandas as pd

from paper_repro.archives import weights
from paper_repro.archives.weights import BaseWeights
from paper_repro.encoders.encode import encode
from paper_repro.encoders.train import choose_device, train
from paper_repro.profiles.files import sha256_file, write_csv
from paper_repro.profiles.profile import Model
from paper_repro.profiles.run import Run


def train_set(run: Run, name: str, device: str | None = None, *, touch: bool = False) -> BaseWeights | None:
    """Train the encoders that the run needs on the set `name`; those whose inputs are unchanged are kept.

    Writes `encoders/<set>/index.csv` (model, file, sha256; no row where the set doesn't exist, as with the colour set
    of gray photographs). With `touch` an unchanged index is marked as new, which tells make that it was looked at; a
    later step that only makes sure of its inputs leaves it, or make would run what depends on it again.
    Returns the base weights, None where there is no such set.
    """
    if name not in run.sets:
        print(f"{name}: there is no such set in this run")
        _index(run.data / "encoders" / name, [], touch)
        return None
    base = weights.find(run)
    rows: list[tuple[Model, Path]] = []
    for model in run.models_for(name):
        for seed in run.seeds_for(name) if model != "simple" else ():
            folder = train(run, name, model, seed, base, device=choose_device(device))
            rows.append((model, folder / "checkpoint.safetensors"))
    _index(run.data / "encoders" / name, rows, touch)
    return base


def encode_set(run: Run, name: str, device: str | None = None, *, touch: bool = False) -> None:
    """Encode the set `name` with each encoder that the run needs on it, training those that aren't there.

    Writes `features/<set>/index.csv` like `train_set`.
    """
    base = train_set(run, name, device)
    rows: list[tuple[Model, Path]] = []
    if base is not None:
        chosen = choose_device(device)
        rows += [(model, encode(run, name, model, seed, base, device=chosen))
                 for model in run.models_for(name) for seed in run.seeds_for(name)]
    _index(run.data / "features" / name, rows, touch)


def _index(folder: Path, rows: list[tuple[Model, Path]], touch: bool) -> None:
    table = pd.DataFrame(
        [(model, path.relative_to(folder).as_posix(), sha256_file(path)) for model, path in rows],
        columns=["model", "file", "sha256"],
    )
    path = folder / "index.csv"
    if touch or not path.is_file() or path.read_text() != table.to_csv(index=False, lineterminator="\n"):
        write_csv(path, table)
