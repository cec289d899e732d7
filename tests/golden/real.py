"""Simple rows of Table 1 on real photographs, by the project's own steps: what is recorded, and what is compared."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from paper_repro.base.run import PHOTO_SETS, Run, open_run
from paper_repro.experiments import grid
from paper_repro.experiments.inputs import open_inputs
from tests.golden.golden_numbers import Number, number
from tests.steps_made import make

GOLDEN = Path(__file__).parent / "own" / "swimcat-simple.csv"
REPEATS = 2
# Without t-SNE another processor gave the same runs: three of 784 photographs may fall otherwise, no more.
STEADY = {"accuracy": 3 / 784, "ari": 0.006}
# t-SNE magnifies last bits. Eight repeats on one processor have a standard deviation of up to 4.1 points (0.06 in ARI):
# the difference of two means of two such runs has the same, and three times it is allowed.
CHAOTIC = {"accuracy": 0.123, "ari": 0.18}


def missing(real: Path) -> str | None:
    """What of the real inputs isn't below `real`; None where all is there."""
    for needed in ("swimcat/*/images/*.png", "weights/*.pth"):
        if next(real.glob(needed), None) is None:
            return f"{real}: expected {needed}, found none (PAPER_REPRO_REAL names the folder)"
    return None


def measure(real: Path, out: Path) -> list[Number]:
    """Mean accuracy and ARI of each Simple row with two repeats on the colour and the gray photographs, 224 x 224 px.

    `real` holds swimcat/ and weights/; everything is written below `out`.
    """
    weights = sorted((real / "weights").glob("*.pth"))[0]
    run = open_run("swimcat", out, real / "swimcat", weights)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        make(run, *(f"encode {name} simple-s0" for name in PHOTO_SETS))
        return [one for name in PHOTO_SETS for one in _rows(run, name)]
    finally:
        torch.set_num_threads(threads)


def _rows(run: Run, name: str) -> list[Number]:
    inputs = open_inputs(run, name, ("simple",))
    rows = [row for unit in grid.plan(inputs.shapes, REPEATS)
            for row in grid.work(grid.Task(unit, inputs.paths["simple"], inputs.labels, len(inputs.classes),
                                           run.profile.grid.seed, run.profile.grid.kmeans_n_init))]
    found = []
    for (reduction, dims, clustering), runs in pd.DataFrame(rows).groupby(["reduction", "dims", "clustering"]):
        assert len(runs) == REPEATS
        allowed = CHAOTIC if reduction == "tsne" else STEADY
        found += [number(f"{name}: simple, {reduction} {dims}, {clustering}: {key}", np.mean(runs[key]), allowed[key])
                  for key in allowed]
    return found
