"""Table 1 over several trainings: the spread between them beside that of the repeats with one trained encoder."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.patches.dataset import open_set
from paper_repro.tables.comparable import not_comparable, otherwise
from paper_repro.tables.layout import Block, as_rows, store
from paper_repro.tables.table1 import CHANCE_NOTE, KEYS, Cell, read_cells

COLUMNS = [*KEYS, "status", "reason", "trainings", "mean_percent", "std_between_percent", "std_within_percent",
           "chance_accuracy_percent", "comparison", "paper_mean", "paper_std"]
CAPTION = "Total accuracies of Table 1 over several trainings of each encoder"
NOTES = (
    "Mean: of the trainings' mean accuracies. Between trainings: standard deviation of those means (n - 1); what the "
    "repeats' spread leaves in a mean is part of it. Within a training: root mean square of the trainings' standard "
    "deviations over the repeats (n), which is the one that Table 1 has.",
    "The paper's standard deviation is of 8 repeats with one trained encoder: hold it against the one within a "
    "training. Simple isn't trained.",
    CHANCE_NOTE,
)


@dataclass(frozen=True)
class Trainings:
    """A cell over its trainings, in percent: number of trainings, mean of their means, both spreads, and chance.

    between is NaN for fewer than two trainings; by_chance: mean accuracy of random labels with the clusters' sizes.
    """

    count: int
    mean: float
    between: float
    within: float
    by_chance: float


def over_trainings(runs: pd.DataFrame) -> Trainings:
    """Mean and spreads of one cell's runs: columns training_seed, accuracy, chance_accuracy (fractions of 1)."""
    groups = (100 * runs["accuracy"]).groupby(runs["training_seed"])
    means, variances = groups.mean(), groups.var(ddof=0)
    between = float(means.std(ddof=1)) if len(means) > 1 else math.nan
    return Trainings(len(means), float(means.mean()), between, float(np.sqrt(variances.mean())),
                     float(100 * runs["chance_accuracy"].mean()))


def write(run: Run, origin: Origin) -> Made:
    """Write `seeds.csv`, `.md`, `.tex`: the rows of Table 1 in its order, the paper's numbers where they compare.

    Raises UserError where the grid wasn't run over the trainings to its end.
    """
    path, missing = run.results / "table1_seeds.csv", run.results / "table1_not_run.csv"
    record = read_json(run.results / "table1_seeds.json")
    if record is None or not path.is_file() or not missing.is_file():
        raise UserError(f"{path}: expected the runs of Table 1 with each training, found none or unfinished ones; "
                        f"run `{hints.command('run', 'seeds')}`.")
    photographs = open_set(run.patches(record["settings"]["set"]))
    verdict = not_comparable(photographs, record["notes"])
    if not verdict and not photographs.colour:
        verdict = "not comparable: gray photographs"
    runs = read_csv(path, keep_default_na=False)
    cells = read_cells(run.results / "table1_runs.csv", missing, run.profile.grid.repeats)
    groups = dict(list(runs.groupby(KEYS)))
    found = [None if cell.accuracy is None else over_trainings(groups[_key(cell)]) for cell in cells]
    seeds = [str(seed) for seed in record["settings"]["seeds"]]
    footnotes = [*NOTES, f"Trained with the seeds {', '.join(seeds)}; {run.profile.grid.repeats} repeats with each."]
    footnotes += [] if verdict else otherwise(run)
    return store(run, "seeds", CAPTION, COLUMNS, as_rows(COLUMNS, as_data(cells, found, verdict)),
                 [as_block(cells, found, verdict)], origin, footnotes)


def as_data(cells: Sequence[Cell], found: Sequence[Trainings | None], verdict: str) -> list[dict[str, object]]:
    """The rows for machines by column; percent."""
    rows = []
    for cell, ours in zip(cells, found, strict=True):
        line: dict[str, object] = dict(zip(KEYS, _key(cell), strict=True))
        line |= {"status": "run" if ours else "not run", "reason": cell.reason, "comparison": verdict or "Cloud-ImVN"}
        if ours:
            line |= {"trainings": ours.count if cell.row.encoder != "simple" else 0, "mean_percent": ours.mean,
                     "std_between_percent": ours.between, "std_within_percent": ours.within,
                     "chance_accuracy_percent": ours.by_chance}
        if not verdict:
            line |= {"paper_mean": cell.row.mean, "paper_std": cell.row.std}
        rows.append(line)
    return rows


def as_block(cells: Sequence[Cell], found: Sequence[Trainings | None], verdict: str) -> Block:
    """The table to read."""
    columns = ["Encoder model", "Red. method", "Red. dims.", "Clustering method", "Trainings", "Mean tot. accuracy [%]",
               "By chance [%]", "Std. between trainings [%]", "Std. within a training [%]"]
    columns += ["Paper"] if verdict else ["Paper [%]", "Paper's std. [%]"]
    rows = []
    for cell, ours in zip(cells, found, strict=True):
        row = cell.row
        line = [paper.ENCODER_NAMES[row.encoder], paper.REDUCTION_NAMES[row.reduction], str(row.dims or "None"),
                paper.CLUSTERING_NAMES[row.clustering]]
        if ours is None:
            line += ["", f"not run: {cell.reason}", "", "", ""]
        else:
            untrained = row.encoder == "simple"
            between = "not trained" if untrained else "one training" if ours.count < 2 else f"{ours.between:.1f}"
            line += ["0" if untrained else str(ours.count), f"{ours.mean:.1f}", f"{ours.by_chance:.1f}",
                     between, f"{ours.within:.1f}"]
        rows.append([*line, *([verdict] if verdict else [row.printed, row.std])])
    return Block(columns, "llrlrrrrr" + ("l" if verdict else "rr"), rows)


def _key(cell: Cell) -> tuple[str, str, int, str]:
    return cell.row.encoder, cell.row.reduction, cell.row.dims, cell.row.clustering
