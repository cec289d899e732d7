"""A run on real photographs other than the paper's, made up: what replications are measured on is known."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.encoders import encode
from paper_repro.experiments.settings import SEEDS_FILE
from tests import records_made
from tests.tables.conftest import classified
from tests.verify.runs_made import STAND_IN, patches, with_encoders

CLASSES = ("Clear sky", "Patterned", "Veil", "Thick white", "Thick dark")
EVERY: tuple[Model, ...] = ("simple", "simclr", "autoencoder")


def run_of(out: Path, seeds: Sequence[int] = (0, 1, 2), epochs: int = 64, **changes: object) -> Run:
    """A run with all encoders, these training seeds, and a folder of photographs."""
    (out / "images").mkdir(exist_ok=True)
    run = open_run("swimcat", out, images=out / "images")
    return with_encoders(run, models=EVERY, seeds=tuple(seeds), epochs=epochs, side=32, **changes)


def photographs(run: Run, images: NDArray[np.uint8] | None = None, labels: Sequence[str] = CLASSES,
                simulated: bool = False) -> None:
    """Its colour photographs; two of each class where the images don't matter."""
    pictures = np.zeros((2 * len(labels), 4, 4, 3), np.uint8) if images is None else images
    names = [labels[index % len(labels)] for index in range(len(pictures))]
    patches(run, COLOUR, {"label": names}, pictures, simulated, tuple(labels))


def grid(run: Run, accuracies: Mapping[tuple[str, str], Sequence[Sequence[float]]],
         notes: tuple[str, ...] = (STAND_IN,)) -> None:
    """Table 1's grid over all trainings: by encoder and cell, for each training the accuracy of each repeat."""
    rows = []
    for (encoder, cell), trainings in accuracies.items():
        before, clustering = cell.split(".")
        reduction = before.rstrip("0123456789")
        for seed, repeats in zip(run.profile.encoders.seeds, trainings, strict=False):
            rows += [(seed, encoder, reduction, before.removeprefix(reduction) or "0", clustering, repeat, value)
                     for repeat, value in enumerate(repeats)]
    columns = ["training_seed", "encoder", "reduction", "dims", "clustering", "repeat", "accuracy"]
    write_csv(run.results / SEEDS_FILE, pd.DataFrame(rows, columns=columns))
    records_made.record(run.results / "table1_seeds.json", run, "seeds", notes, simulated=False)


def papers_means(trainings: int = 1) -> dict[tuple[str, str], list[list[float]]]:
    """The paper's Table 1 as such a grid: two repeats about each mean, as far apart as its deviation says."""
    return {(row.encoder, f"{row.reduction}{row.dims or ''}.{row.clustering}"):
            [[(float(row.mean) + sign * float(row.std)) / 100 for sign in (-1, 1)]]
            * (1 if row.encoder == "simple" else trainings) for row in paper.TABLE1}


def features(run: Run, model: Model, seed: int, values: NDArray[np.float64],
             notes: tuple[str, ...] = (STAND_IN,)) -> None:
    """Features of the colour photographs by one training."""
    path = run.features(COLOUR, model, seed)
    extra = encode.save(path, values.astype(np.float32)).extra
    records_made.record(path.with_suffix(".json"), run, "encode", notes, {"side": 32}, simulated=False, **extra)


def confusions(run: Run, name: str, counts: Sequence[Sequence[int]], classes: Sequence[str] = CLASSES,
               encoder: str = "simclr") -> None:
    """The classified photographs of the set `name` with these counts."""
    classified(run, name, counts, classes, encoder, (STAND_IN,))


def with_models(run: Run, *models: Model) -> Run:
    """The run with these encoders alone."""
    encoders = dataclasses.replace(run.profile.encoders, models=models)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))
