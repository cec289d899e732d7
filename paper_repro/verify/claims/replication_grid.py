"""What replications measure on the grid of Table 1, over every training of the run: results/table1_seeds.csv."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import spearmanr

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.experiments.settings import SEEDS_FILE
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.replication_basis import basis, over_trainings, photographs_of
from paper_repro.verify.claims.replication_rules import COMBINATIONS, slug
from paper_repro.verify.claims.table1 import key

CELLS = tuple(slug(*combination) for combination in COMBINATIONS)
POINTS = "+.1f"
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Mean and standard deviation of each cell over its repeats, in percent, for each training of its encoder.

    found: the basis of values that need the encoders asked for.
    """

    table: pd.DataFrame
    found: Measured

    def cell(self, encoder: str, cell: str, column: str = "mean") -> Values:
        """A cell's value for each training [T], one for Simple. Raises NotRun where it wasn't run."""
        rows = self.table[(self.table["encoder"] == encoder) & (self.table["cell"] == cell)]
        if rows.empty:
            raise NotRun(f"{paper.ENCODER_NAMES[encoder]}, {cell} was not run", *self.found.files)
        return rows[column].to_numpy(np.float64)


def open_grid(run: Run, *encoders: str) -> Grid:
    """The grids of all training seeds that each of these encoders has, and the basis of what rests on them.

    Raises NotRun.
    """
    photographs_of(run)
    path = run.results / SEEDS_FILE
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        raise NotRun(f"no {path.name}")
    runs = read_csv(path, keep_default_na=False)
    trained = [part["training_seed"] for encoder, part in runs.groupby("encoder")
               if encoder in encoders and encoder != "simple"]
    common = [int(seed) for seed in runs["training_seed"].unique() if all(seed in set(seeds) for seeds in trained)]
    runs = runs[(runs["encoder"] == "simple") | runs["training_seed"].isin(common)]
    seeds = tuple(common) if set(encoders) - {"simple"} else ()
    found = basis(run, [record], seeds, path)
    runs["cell"] = [slug(*combination) for combination in
                    runs[["reduction", "dims", "clustering"]].itertuples(index=False, name=None)]
    accuracies = runs.groupby(["encoder", "cell", "training_seed"], sort=False)["accuracy"]
    table = pd.DataFrame({"mean": 100 * accuracies.mean(), "std": 100 * accuracies.std(ddof=0)})  # as Table 1 has it
    return Grid(table.reset_index(), found)


def above(run: Run, claim: Claim) -> Measured:
    """Points by which one encoder's mean is above another's, for each training (Simple has none)."""
    _, pair, cell = claim.id.split(".", 2)
    first, second = pair.split("-above-")
    grid = open_grid(run, first, second)
    return over_trainings(claim, grid.found, list(grid.cell(first, cell) - grid.cell(second, cell)), POINTS)


def above_everywhere(run: Run, claim: Claim) -> Measured:
    """Whether one encoder's mean over the trainings is above another's in every combination."""
    first, second = claim.id.split(".")[1].split("-above-")
    grid = open_grid(run, first, second)
    differences = {cell: float((grid.cell(first, cell) - grid.cell(second, cell)).mean()) for cell in CELLS}
    least = min(differences, key=differences.__getitem__)
    return grid.found.with_value(differences[least] > 0, f"{sum(value > 0 for value in differences.values())} of "
                                 f"{len(CELLS)}; least {differences[least]:{POINTS}} ({least})")


def best(run: Run, _: Claim) -> Measured:
    """Whether SimCLR with t-SNE and k-means has the highest of all means over the trainings."""
    grid = open_grid(run, *paper.ENCODER_NAMES)
    means = {f"{encoder}.{cell}": float(grid.cell(encoder, cell).mean())
             for encoder in paper.ENCODER_NAMES for cell in CELLS}
    first = max(means, key=means.__getitem__)
    return grid.found.with_value(first == "simclr.tsne3.kmeans", f"{first}, {means[first]:.1f} %")


def rank(run: Run, claim: Claim) -> Measured:
    """Rank correlation of the 30 means with the paper's, for each training."""
    grid = open_grid(run, *paper.ENCODER_NAMES)
    columns = [grid.cell(row.encoder, key(row).partition(".")[2]) for row in paper.TABLE1]
    trainings = max(len(column) for column in columns)
    ours = np.array([np.broadcast_to(column, trainings) for column in columns])
    theirs = [float(row.mean) for row in paper.TABLE1]
    return over_trainings(claim, grid.found, [float(spearmanr(theirs, means).statistic) for means in ours.T], ".3f")


def _difference(claim: Claim, run: Run, encoder: str, first: str, second: str, column: str) -> Measured:
    grid = open_grid(run, encoder)
    return over_trainings(claim, grid.found,
                          list(grid.cell(encoder, first, column) - grid.cell(encoder, second, column)), POINTS)


def tsne_varies(run: Run, claim: Claim) -> Measured:
    """Points by which the standard deviation over repeats is larger after t-SNE than without reduction."""
    encoder, clustering = claim.id.split(".")[2:]
    return _difference(claim, run, encoder, f"tsne3.{clustering}", f"none.{clustering}", "std")


def kmeans_better_after_tsne(run: Run, claim: Claim) -> Measured:
    """Points by which k-means' mean is higher after t-SNE than without reduction."""
    return _difference(claim, run, claim.id.split(".")[2], "tsne3.kmeans", "none.kmeans", "mean")


def hac_above_kmeans(run: Run, claim: Claim) -> Measured:
    """Points by which HAC's mean is above k-means', both without reduction."""
    return _difference(claim, run, claim.id.split(".")[2], "none.hac", "none.kmeans", "mean")


def tsne_kmeans_best(run: Run, claim: Claim) -> Measured:
    """Points by which t-SNE with k-means is above the best other combination of the encoder."""
    encoder = claim.id.split(".")[2]
    return _against_highest(run, claim, encoder, lambda own, others: own["tsne3.kmeans"] - others)


def negligible(run: Run, claim: Claim) -> Measured:
    """Points by which SimCLR with HAC alone is below the best combination of SimCLR."""
    return _against_highest(run, claim, "simclr", lambda own, others: np.maximum(
        others, own["tsne3.kmeans"]) - own["none.hac"])


def _against_highest(run: Run, claim: Claim, encoder: str,
                     points: Callable[[dict[str, Values], Values], Values]) -> Measured:
    """`points` of an encoder's cells and of the highest of them but t-SNE with k-means, for each training."""
    grid = open_grid(run, encoder)
    own = {cell: grid.cell(encoder, cell) for cell in CELLS}
    others = cast(Values, np.max([values for cell, values in own.items() if cell != "tsne3.kmeans"], axis=0))
    return over_trainings(claim, grid.found, list(points(own, others)), POINTS)
