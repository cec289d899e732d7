"""What a run leaves for the tables, made up from seeds: a patch set, the grid's runs, classified photographs."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.files import write_csv
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.clustering import assignment
from paper_repro.experiments.table1 import SCORES
from paper_repro.patches.dataset import PatchSet
from tests.records_made import patch_set, record

KEYS = ["encoder", "reduction", "dims", "clustering"]


def photographs(run: Run, name: str = COLOUR, per_class: int = 4, classes: Sequence[str] = paper.CLASS_NAMES) -> None:
    """A small patch set."""
    labels = np.repeat(list(classes), per_class)
    shape = (len(labels), 4, 4, 3) if name == COLOUR else (len(labels), 4, 4)
    images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    table = pd.DataFrame({"id": range(len(labels)), "source": "x.png", "label": labels})
    patch_set(run, name, images, table, classes)


def grid(run: Run, encoders: Sequence[str] = ("simple", "simclr", "autoencoder"), notes: tuple[str, ...] = (),
         seed: int = 0) -> pd.DataFrame:
    """All runs of the grid but PCA with 256 dimensions; accuracies of 24 images. HAC without reduction never varies."""
    rng = np.random.default_rng(seed)
    rows, missing = [], []
    for row in paper.TABLE1:
        key = (row.encoder, row.reduction, row.dims, row.clustering)
        if row.encoder not in encoders:
            missing.append((*key, "encoder not asked for in this run"))
        elif row.dims == 256:
            missing.append((*key, "256 components need at least 256 images, there are 24"))
        else:
            correct = rng.integers(12, 25, 8) if row.reduction != "none" else np.full(8, 20)
            rows += [(*key, r, 1000 + r, n / 24, (n - 1) / 24, n / 30, 0.25, 0.24) for r, n in enumerate(correct)]
    runs = pd.DataFrame(rows, columns=[*KEYS, "repeat", "seed", *SCORES])
    write_csv(run.results / "table1_runs.csv", runs)
    write_csv(run.results / "table1_not_run.csv", pd.DataFrame(missing, columns=[*KEYS, "reason"]))
    record(run.results / "table1_runs.json", run, "table1", notes, {"set": COLOUR})
    return runs


def over(run: Run, runs: pd.DataFrame, count: int, notes: tuple[str, ...] = ()) -> pd.DataFrame:
    """table1_seeds.csv of `count` trainings: the grid's own, and others with other accuracies."""
    rng = np.random.default_rng(3)
    trained = runs[runs["encoder"] != "simple"]
    further = [trained.assign(training_seed=s, accuracy=rng.integers(10, 25, len(trained)) / 24)
               for s in range(1, count)]
    table = pd.concat([runs.assign(training_seed=0), *further])
    write_csv(run.results / "table1_seeds.csv", table)
    record(run.results / "table1_seeds.json", run, "seeds", notes, {"seeds": list(range(count)), "set": COLOUR})
    return table


def classified(run: Run, name: str, confusion: Sequence[Sequence[int]], classes: Sequence[str] = paper.CLASS_NAMES,
               encoder: str = "simclr", notes: tuple[str, ...] = ()) -> None:
    """The benchmark's results with this confusion matrix; cluster numbers are the class numbers turned round."""
    counts = np.array(confusion)
    true, matched = (np.repeat(axis.ravel(), counts.ravel()) for axis in np.indices(counts.shape))
    ids = pd.Series(range(len(true)))
    made = assignment.assign(ids, len(counts) - 1 - matched, true, tuple(classes))
    assignment.save(run.results / name, made, {"model": encoder})
    record(run.results / name / "provenance.json", run, "benchmark", notes, {"set": name, "encoder": encoder})


def cloud_imvn(colour: bool = True, *, simulated: bool = False, side: int = paper.IMAGE_SIDE_PX) -> PatchSet:
    """A set with the counts and sizes of Cloud-ImVN 1.0, all black and without memory."""
    labels = np.repeat(list(paper.CLASS_NAMES), paper.IMAGES_PER_CLASS)
    shape = (len(labels), side, side, 3) if colour else (len(labels), side, side)
    images = np.broadcast_to(np.uint8(0), shape)
    return PatchSet(images, pd.DataFrame({"label": labels}),
                    {"classes": list(paper.CLASS_NAMES), "simulated": simulated})


@pytest.fixture
def sample(tmp_path: Path) -> Run:
    """A run of the profile with simulated photographs."""
    run = open_run("sample", tmp_path)
    photographs(run)
    return run


@pytest.fixture
def real(tmp_path: Path) -> Run:
    """A run of the paper's profile: photographs that aren't simulated."""
    (tmp_path / "images").mkdir()
    run = open_run("paper", tmp_path, images=tmp_path / "images")
    photographs(run)
    return run


@pytest.fixture
def make_grid() -> Callable[..., pd.DataFrame]:
    return grid


@pytest.fixture
def make_classified() -> Callable[..., None]:
    return classified


@pytest.fixture
def make_photographs() -> Callable[..., None]:
    return photographs


@pytest.fixture
def make_cloud_imvn() -> Callable[..., PatchSet]:
    return cloud_imvn
