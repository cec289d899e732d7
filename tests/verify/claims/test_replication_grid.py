"""What replications measure on Table 1's grid: by hand, and on the paper's own table, where every rule holds."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.verify.claims.replication_grid import CELLS, open_grid
from tests.verify.claims import replication_made as made
from tests.verify.runs_made import BY_ID, measure

OF_GRID = [name for name, claim in BY_ID.items()
           if claim.kind == "replication" and claim.measure.__module__.endswith("replication_grid")]


def test_every_rule_holds_for_the_papers_own_table(tmp_path: Path) -> None:
    run = made.run_of(tmp_path)
    made.photographs(run)
    made.grid(run, made.papers_means(trainings=3))
    assert len(OF_GRID) == 39
    for name in OF_GRID:
        claim, found = BY_ID[name], measure(run, name)
        assert found.value is not None, name
        assert claim.fits(found.value), (name, found)
        if claim.value.endswith(" points"):  # what the paper prints is what is measured
            assert found.value == pytest.approx(float(claim.value.removesuffix(" points")), abs=0.06), name


def random_grid(seed: int) -> dict[tuple[str, str], list[list[float]]]:
    rng = np.random.default_rng(seed)
    return {(encoder, cell): rng.uniform(0.3, 0.9, (1 if encoder == "simple" else 3, 4)).tolist()
            for encoder in paper.ENCODER_NAMES for cell in CELLS}


def judged(values: list[float], at_least: bool) -> float:
    """Mean less or plus its standard error, written out."""
    mean = sum(values) / len(values)
    if len(values) == 1:
        return mean
    error = (sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)) ** 0.5
    return mean - error if at_least else mean + error


@pytest.mark.parametrize("seed", range(3))
def test_values_are_those_worked_out_by_hand(tmp_path: Path, seed: int) -> None:
    run, grid = made.run_of(tmp_path), random_grid(seed)
    made.photographs(run)
    made.grid(run, grid)
    means = {key: [100 * sum(one) / len(one) for one in trainings] for key, trainings in grid.items()}
    deviations = {key: [100 * float(np.std(one)) for one in trainings] for key, trainings in grid.items()}

    def value(name: str) -> float | bool:
        found = measure(run, f"replicated.{name}").value
        assert isinstance(found, float | bool)
        return found

    for cell in CELLS:
        differences = [ours - means["simple", cell][0] for ours in means["simclr", cell]]
        assert value(f"simclr-above-simple.{cell}") == pytest.approx(judged(differences, True))
        differences = [means["simple", cell][0] - ours for ours in means["autoencoder", cell]]
        assert value(f"simple-above-autoencoder.{cell}") == pytest.approx(judged(differences, True))
    for encoder in paper.ENCODER_NAMES:
        for clustering in paper.CLUSTERING_NAMES:
            pairs = zip(deviations[encoder, f"tsne3.{clustering}"], deviations[encoder, f"none.{clustering}"],
                        strict=True)
            assert value(f"tsne-varies.{encoder}.{clustering}") == pytest.approx(
                judged([a - b for a, b in pairs], True))
        pairs = zip(means[encoder, "tsne3.kmeans"], means[encoder, "none.kmeans"], strict=True)
        assert value(f"kmeans-better-after-tsne.{encoder}") == pytest.approx(judged([a - b for a, b in pairs], True))
        pairs = zip(means[encoder, "none.hac"], means[encoder, "none.kmeans"], strict=True)
        assert value(f"hac-above-kmeans.{encoder}") == pytest.approx(judged([a - b for a, b in pairs], True))
    for encoder, trainings in (("simple", 1), ("simclr", 3)):
        points = [means[encoder, "tsne3.kmeans"][n] - max(means[encoder, cell][n] for cell in CELLS
                                                         if cell != "tsne3.kmeans") for n in range(trainings)]
        assert value(f"tsne-kmeans-best.{encoder}") == pytest.approx(judged(points, True))
    below = [max(means["simclr", cell][n] for cell in CELLS) - means["simclr", "none.hac"][n] for n in range(3)]
    assert value("negligible") == pytest.approx(judged(below, False))

    over = {key: sum(values) / len(values) for key, values in means.items()}
    assert value("best") is (max(over, key=over.__getitem__) == ("simclr", "tsne3.kmeans"))
    for first, second in (("simclr", "simple"), ("simple", "autoencoder")):
        assert value(f"{first}-above-{second}.everywhere") is all(over[first, cell] > over[second, cell]
                                                                  for cell in CELLS)
    rhos = []
    for n in range(3):
        ours = rankdata([means[row.encoder, f"{row.reduction}{row.dims or ''}.{row.clustering}"][
            0 if row.encoder == "simple" else n] for row in paper.TABLE1])
        theirs = rankdata([float(row.mean) for row in paper.TABLE1])
        rhos.append(float(np.corrcoef(ours, theirs)[0, 1]))
    assert value("rank") == pytest.approx(judged(rhos, True))


def test_an_encoder_that_was_not_run_leaves_its_claims_alone(tmp_path: Path) -> None:
    run = made.run_of(tmp_path, seeds=[0])
    made.photographs(run)
    made.grid(run, {key: value for key, value in made.papers_means().items() if key[0] != "autoencoder"})
    for name in OF_GRID:
        found = measure(run, name)
        needs_it = "autoencoder" in name or name in ("replicated.best", "replicated.rank")
        assert (found.value is None) == needs_it, name
        assert not needs_it or found.why.startswith("Autoencoder, ")


def test_encoders_are_compared_where_both_have_a_training(tmp_path: Path) -> None:
    run = made.run_of(tmp_path)
    made.photographs(run)
    made.grid(run, {("simple", "none.hac"): [[0.5]], ("simclr", "none.hac"): [[0.7], [0.8], [0.6]],
                    ("autoencoder", "none.hac"): [[0.4]]})
    table = pd.read_csv(run.results / "table1_seeds.csv")
    table.loc[table["encoder"] == "autoencoder", "training_seed"] = 1
    write_csv(run.results / "table1_seeds.csv", table)
    grid = open_grid(run, "simclr", "autoencoder")
    assert (list(grid.cell("simclr", "none.hac")), list(grid.cell("autoencoder", "none.hac"))) == ([80], [40])
    assert "; training seed 1;" in grid.found.why
    assert list(open_grid(run, "simple", "simclr").cell("simclr", "none.hac")) == pytest.approx([70, 80, 60])
    assert "; training seeds 0, 1, 2;" in open_grid(run, "simclr", "simple").found.why
