"""Records of finished steps, made up, beside the files that they are of."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import sha256_file, write_json
from paper_repro.base.run import Run
from paper_repro.encoders import encode
from paper_repro.patches import dataset


def record(path: Path, run: Run, step: str, notes: Sequence[str] = (), settings: Mapping[str, Any] | None = None,
           *, simulated: bool | None = None, **extra: Any) -> None:
    """Write the record at `path`; simulated: as the run's photographs are where it isn't said."""
    write_json(path, {
        "step": step, "name": step, "profile": run.profile.name, "notes": list(notes),
        "settings": dict(settings or {}), "simulated": run.profile.simulated if simulated is None else simulated,
        "inputs": {}, "code": {}, "libraries": {}, "outputs": {}, **extra,
    })


def patch_set(run: Run, name: str, images: Iterable[NDArray[np.uint8]], table: pd.DataFrame,
              classes: Sequence[str] = (), notes: Sequence[str] = (), *, simulated: bool | None = None) -> None:
    """A patch set of these images, with classes where its table has labels."""
    folder = run.patches(name)
    extra = dataset.save(folder, images, table) | ({"classes": list(classes)} if classes else {})
    outputs = {file: sha256_file(folder / file) for file in (dataset.IMAGES, dataset.TABLE)}
    record(folder / "provenance.json", run, "patches", notes, simulated=simulated, **extra, outputs=outputs)


def features(run: Run, path: Path, values: NDArray[np.float32], notes: Sequence[str] = ()) -> None:
    """Features of a set in the .npy file `path`."""
    extra = encode.save(path, values).extra
    record(path.with_suffix(".json"), run, "encode", notes, **extra, outputs={path.name: sha256_file(path)})
