"""The grid of Table 1 over several trainings: how much of an accuracy is the luck of one training.

The paper's 8 repeats of a cell are made with one trained encoder, so its spread has no part of the training in it.
"""

from pathlib import Path

import pandas as pd

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, write_csv
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.experiments import settings, table1


def gather(run: Run) -> Made:
    """Write results/table1_seeds.csv: the grids of all trainings, the first seed's being Table 1's own.

    Columns: those of table1_runs.csv after training_seed; encoders that aren't trained only with the first.
    Raises UserError where a grid wasn't run.
    """
    tables = []
    for seed in settings.grid_seeds(run):
        path = folder_of(run, seed) / table1.RUNS
        if not path.is_file():
            raise UserError(f"{path}: expected the runs of Table 1, found none; make them with "
                            f"`{hints.command('seeds')}`.")
        tables.append(read_csv(path, keep_default_na=False, dtype=str).assign(training_seed=seed))  # same digits
    table = pd.concat(tables)
    columns = ["training_seed", *(name for name in table.columns if name != "training_seed")]
    write_csv(run.results / settings.SEEDS_FILE, table[columns])
    return Made()


def folder_of(run: Run, seed: int) -> Path:
    """Where the grid of a training seed is written: `results`, of a further seed `results/seeds/s<seed>`."""
    return run.results if seed == run.seed_of(run.table1_set) else run.results / "seeds" / f"s{seed}"
