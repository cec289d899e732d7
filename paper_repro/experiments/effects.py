"""What each switch between the recipes, another training, and scikit-learn's changed defaults do to the accuracy."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from threadpoolctl import threadpool_limits

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run
from paper_repro.clustering.cluster import hac, kmeans
from paper_repro.clustering.reduce import PCA_SETTINGS, reduce
from paper_repro.clustering.score import match
from paper_repro.encoders import weights
from paper_repro.encoders.pipeline import encode_seeds
from paper_repro.encoders.recipe import RECIPES
from paper_repro.encoders.train import PROVENANCE
from paper_repro.experiments.grid import seed_of
from paper_repro.experiments.inputs import Inputs, open_inputs

BASELINE, DIMS, N_INIT = "paper", 16, (1, 10)
COLUMNS = ["change", "seed", "cell", "repeats", "accuracy", "std", "seconds_per_epoch"]


def variants() -> dict[str, tuple[Literal["paper", "authors"], dict[str, Any]]]:
    """Recipe and switches of each training: recipe `paper`, each switch of `authors` alone, recipe `authors`.

    Only the switches in which the recipes differ, without the decoder, which SimCLR doesn't have.
    """
    ours, theirs = (dataclasses.asdict(RECIPES[name]) for name in ("paper", "authors"))
    found: dict[str, tuple[Literal["paper", "authors"], dict[str, Any]]] = {BASELINE: ("paper", {})}
    found |= {name: ("paper", {name: value}) for name, value in theirs.items()
              if name not in ("name", "decoder") and value != ours[name]}
    return found | {"authors": ("authors", {})}


def of_variant(run: Run, name: str, seed: int) -> Run:
    """The run that trains SimCLR so, at the profile's settings for effects. Raises UserError where it has none."""
    effects = run.profile.effects
    if effects is None:
        raise UserError(f"Profile {run.profile.name!r} has no settings for effects; choose sample, swimcat or "
                        "paper, or add a section [effects] with side, epochs, seeds.")
    recipe, switches = variants()[name]
    encoders = dataclasses.replace(run.profile.encoders, models=("simclr",), recipe=recipe, switches=switches,
                                   side=effects.side, epochs=effects.epochs, seeds=(seed,))
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders), variant=name)


def run_effects(run: Run, device: str | None = None) -> Path:
    """Train SimCLR in every variant, and recipe `paper` with every seed; classify without reduction, and with PCA.

    Writes results/effects.csv (fractions of 1; std: over repeats, ddof 0) with its provenance. Each training is
    resumable and kept. Raises UserError for the authors' encoders, or a profile without settings for effects.
    """
    if run.checkpoints == "authors":
        raise UserError("Effects are those of trainings made here: leave CHECKPOINTS=authors (--checkpoints authors) "
                        "away.")
    first, *further = run.profile.effects.seeds if run.profile.effects else (run.seed,)
    trainings = [*((name, first) for name in variants()), *((BASELINE, seed) for seed in further)]
    rows: list[dict[str, Any]] = []
    hashes, notes, simulated = {}, dict[str, None](), False
    for name, seed in trainings:
        one = of_variant(run, name, seed)
        encode_seeds(one, one.table1_set, [seed], device, base=weights.find(run))
        inputs = open_inputs(one, one.table1_set, ["simclr"])
        training = read_json(one.encoder(one.table1_set, "simclr") / PROVENANCE) or {}
        about = {"change": name, "seed": seed, "seconds_per_epoch": float(np.median(training["seconds_per_epoch"]))}
        baseline = (name, seed) == (BASELINE, first)
        rows += [about | row for row in measure(run, inputs, defaults=baseline)]
        hashes[f"{name} s{seed}"] = inputs.hashes["features simclr"]
        notes |= dict.fromkeys(inputs.notes)
        simulated |= inputs.simulated
    output, beside = run.results / "effects.csv", run.results / "effects.json"
    beside.unlink(missing_ok=True)  # never the old record beside new values
    write_csv(output, pd.DataFrame(rows, columns=COLUMNS))
    effects = run.profile.effects
    settings = {"set": run.table1_set, "side": effects and effects.side, "epochs": effects and effects.epochs,
                "repeats": run.profile.grid.repeats, "dims": DIMS, "images": len(inputs.labels)}
    Provenance("effects", "experiments", run.profile.name, simulated, settings, hashes, tuple(notes)).write(beside)
    return output


def measure(run: Run, inputs: Inputs, *, defaults: bool) -> list[dict[str, Any]]:
    """Accuracies (columns cell, repeats, accuracy, std) of the features; `defaults`: with other defaults too."""
    x = np.load(inputs.paths["simclr"], allow_pickle=False)
    base, repeats, classes = run.profile.grid.seed, range(run.profile.grid.repeats), len(inputs.classes)

    def cell(name: str, labels: list[NDArray[np.int64]]) -> dict[str, Any]:
        scores = [match(inputs.labels, one, classes).accuracy for one in labels]
        return {"cell": name, "repeats": len(scores), "accuracy": float(np.mean(scores)), "std": float(np.std(scores))}

    plain = [seed_of(base, "simclr", "none", 0, repeat) for repeat in repeats]
    own = [run.profile.grid.kmeans_n_init]
    rows = [cell("none, hac", [hac(x, classes)] * len(repeats))]
    rows += [cell(f"none, kmeans, n_init {n}", [kmeans(x, classes, seed, n) for seed in plain])
             for n in (N_INIT if defaults else own)]
    if defaults:
        seeds = [seed_of(base, "simclr", "pca", DIMS, repeat) for repeat in repeats]
        for solver in ("auto", "full"):
            reduced = [reduce(x, "pca", DIMS, seed) if solver == "auto" else exact(x) for seed in seeds]
            rows.append(cell(f"pca, hac, solver {solver}", [hac(one, classes) for one in reduced]))
            rows.append(cell(f"pca, kmeans, solver {solver}", [
                kmeans(one, classes, seed, own[0]) for one, seed in zip(reduced, seeds, strict=True)]))
    return rows


def exact(x: NDArray[Any]) -> NDArray[Any]:
    """The first `DIMS` principal components of x [N, D] without any draw: [N, DIMS]."""
    with threadpool_limits(limits=1):
        found = PCA(n_components=DIMS, svd_solver="full", copy=True, **PCA_SETTINGS).fit_transform(x)
    return np.ascontiguousarray(found)
