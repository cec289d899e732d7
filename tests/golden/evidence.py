"""From finished trainings on real photographs to what is committed: python -m tests.golden.evidence OUT.

OUT: the folder (`--out`) in which profiles of own/evidence were trained, whatever seeds; IMAGES and WEIGHTS as for the
trainings, through PAPER_REPRO_IMAGES and PAPER_REPRO_WEIGHTS. What is finished is collected, beside what is committed
of other seeds: encodings, Table 1's grid, the benchmark's classes and maps are made where they are missing; an
unfinished training is left as it is, and what needs it is "not run". Numbers alone are committed: no pixels, no
weights. docs/evidence.md is made from them (`python -m tests.docs.write`).
"""

import argparse
import contextlib
import dataclasses
import itertools
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.code import version_of
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv, write_json
from paper_repro.base.profile import MODELS, Model
from paper_repro.base.recipe import training_settings
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.base.step import Steps
from paper_repro.base.walk import walk
from paper_repro.clustering import score
from paper_repro.clustering.score import Matching
from paper_repro.experiments import grid, settings
from paper_repro.experiments import seeds as over_seeds
from paper_repro.steps import Means, steps_of
from paper_repro.verify import trust, verdict
from paper_repro.verify.claims.measured import NotRun
from paper_repro.verify.claims.replication_basis import DIGITS, EachTraining
from paper_repro.verify.verdict import Judged
from tests.golden import evidence_judged, sums
from tests.golden.evidence_files import (
    ABOUT,
    CLUSTERS,
    EVIDENCE,
    KEYS,
    LOSSES,
    OF_CLUSTERS,
    OF_GRID,
    OF_TRAINING,
    OF_VALUES,
    TRAININGS,
    VALUES,
    differing,
    grow,
    profiles,
)

LIBRARIES = ("torch", "scikit-learn", "numpy", "scipy")
OF_BENCHMARK = ("classes.csv", "scores.json", "tsne2.csv")


def trained(run: Run) -> dict[int, tuple[Model, ...]]:
    """The encoders whose training on the colour photographs is finished, by seed."""
    encoders = run.profile.encoders
    found = {seed: tuple(model for model in encoders.models if (COLOUR, model, seed) in records(run))
             for seed in encoders.seeds}
    return {seed: models for seed, models in found.items() if models}


def records(run: Run) -> dict[tuple[str, Model, int], dict[str, Any]]:
    """The record of each finished training of a run, those too that its tables don't show."""
    found: dict[tuple[str, Model, int], dict[str, Any]] = {}
    for name, model in itertools.product((COLOUR, GRAY), MODELS):
        for path in sorted((run.data / "encoders" / name).glob(f"{model}-s*/provenance.json")):
            found[name, model, int(path.parent.name.rpartition("-s")[2])] = read_json(path) or {}
    return found


def of_models(run: Run, models: Sequence[Model], *seeds: int) -> Run:
    """The run with Simple and these encoders, of these seeds."""
    encoders = dataclasses.replace(run.profile.encoders, models=("simple", *models), seeds=seeds)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))


def collect(run: Run, folder: Path) -> None:
    """Make what is missing of a run's results, and add what its trainings give to what is committed in `folder`.

    Simple, the classifications and the tables go with the first seed of the profile. What rests on several trainings is
    computed anew from what `folder` then has of all of them.
    Raises UserError for trainings that can't stand beside those that it has.
    """
    here, first = trained(run), run.profile.encoders.seeds[0]
    before = read_json(folder / ABOUT) or {}
    if not before and first not in here:
        raise UserError(f"{folder}: expected the trainings of seed {first}, beside which others can stand, found none; "
                        f"collect a folder that has them before {run.data}.")
    about = described(run, here)
    for name, committed, now in differing(before, about):
        raise UserError(f"{run.data}: expected trainings with {name} {committed}, as those that {folder} has, found "
                        f"{now}; collect these as a profile of their own.")
    for seed, models in here.items():
        add_training(of_models(run, models, *dict.fromkeys((first, seed))), folder, seed)
    with_shown = set(before.get("models", ())) <= {"simple", *here.get(first, ())}
    of_features = add_shown(of_models(run, here[first], first), folder) if first in here and with_shown else None
    every = [training(run, *key, record) for key, record in records(run).items()]
    grow(folder / TRAININGS, pd.DataFrame([row for row, _ in every], columns=TRAINING), OF_TRAINING)
    grow(folder / LOSSES, pd.DataFrame([row for _, rows in every for row in rows], columns=LOSS), OF_TRAINING)
    runs = pd.read_csv(folder / settings.SEEDS_FILE)
    about["trainings"] = {**before.get("trainings", {}), **about["trainings"]}
    write_json(folder / ABOUT, {**about, "models": [name for name in MODELS if name in set(runs["encoder"])],
                                "seeds": [int(seed) for seed in runs["training_seed"].unique()]})
    evidence_judged.write(run, folder, of_features)


def described(run: Run, here: Mapping[int, Sequence[Model]]) -> dict[str, Any]:
    """What trainings must have in common to be collected together. Raises UserError for one by other libraries."""
    models = [model for model in MODELS if any(model in each for each in here.values())]
    seed = next(iter(here))
    make(of_models(run, here[seed], seed), f"patches {COLOUR}", "base weights")
    patches = read_json(run.patches(COLOUR) / "provenance.json") or {}
    encoders, used = run.profile.encoders, {name: version_of(name) for name in LIBRARIES}
    for key, record in records(run).items():
        for name, now, then in differing(used, record["libraries"]):
            raise UserError(f"{run.encoder(*key)}: expected a training by {name} {now}, which is here, found one by "
                            f"{then}; collect it with that version.")
    return {
        "profile": run.profile.name, "recipe": encoders.recipe, "side": encoders.side, "epochs": encoders.epochs,
        "repeats": run.profile.grid.repeats, "grid": dataclasses.asdict(run.profile.grid), "libraries": used,
        "images": patches["images"], "classes": patches["classes"], "patches": patches["sha256"],
        "notes": list(dict.fromkeys(note for record in records(run).values() for note in record["notes"])),
        "trainings": {model: {name: value for name, value in training_settings(run.profile, COLOUR, model, 0).items()
                              if name not in ("set", "model", "seed")} for model in models}}


def make(run: Run, *targets: str) -> Steps:
    """Bring steps up to date. Raises UserError where one fails."""
    steps = steps_of(run, Means(device="cpu", jobs=1))
    if failed := walk(steps, list(targets), 1):
        raise UserError(f"{run.data}: not made: {', '.join(failed)}")
    return steps


def add_training(run: Run, folder: Path, seed: int) -> None:
    """Add a seed's runs of the grid with their clusters, and what is measured on its networks."""
    steps = make(run, f"encode {COLOUR} simple-s0")
    grow(folder / CLUSTERS, clusters(run, steps, seed), OF_CLUSTERS)
    path = over_seeds.folder_of(run, seed) / settings.TABLE1_FILES[0]
    runs = pd.read_csv(path, dtype=str, keep_default_na=False)
    runs.insert(0, "training_seed", seed)
    grow(folder / settings.SEEDS_FILE, runs, OF_GRID)
    first, values, files = run.profile.encoders.seeds[0], list[tuple[str, int, float]](), [path]
    of_seed = of_models(run, [model for model in run.profile.encoders.models if model != "simple"], seed)
    for claim in evidence_judged.REPLICATIONS:
        if isinstance(claim.measure, EachTraining) and (evidence_judged.trained(claim) or seed == first):
            with contextlib.suppress(NotRun):
                found, (value,) = claim.measure.values(of_seed, claim)
                values.append((claim.id, seed, round(float(value), DIGITS)))
                files += found.files
    trust.check(steps, files)
    grow(folder / VALUES, pd.DataFrame(values, columns=["id", "training_seed", "value"]), OF_VALUES)


def add_shown(run: Run, folder: Path) -> Judged:
    """Write what is shown of the first seed: classes, maps, tables; returns the verdict on Simple's features."""
    in_gray = (GRAY, "simclr", run.profile.encoders.seeds[0]) in records(run)
    classified = [COLOUR, *([GRAY] if in_gray else [])]
    steps = make(run, "table 1", *(f"benchmark {name}" for name in classified), *(["table 3"] if in_gray else []))
    for name in classified:
        for file in OF_BENCHMARK:
            copy(run.results / name / file, folder / name / file)
    for table in ("table1.md", *(["table3.md"] if in_gray else [])):
        copy(run.tables / table, folder / table)
    claim = next(claim for claim in evidence_judged.REPLICATIONS if claim.id == evidence_judged.OF_FEATURES)
    judged = verdict.judge(claim, claim.measured(run))
    trust.check(steps, [run.results / name / file for name in classified for file in OF_BENCHMARK])
    trust.check(steps, judged.ours.files)
    return judged


def copy(source: Path, target: Path) -> None:
    """Copy a file into a folder that may have to be made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


LOSS = ["set", "model", "seed", "epoch", "train_loss", "test_loss"]
TRAINING = ["set", "model", "seed", "epochs", "weights_of_epoch", "seconds_per_epoch", "hours", "ran_on", "processor",
            "ended_utc", "version"]


def training(run: Run, name: str, model: Model, seed: int, record: Mapping[str, Any]
             ) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
    """How a finished training went, and its losses."""
    seconds = np.array(record["seconds_per_epoch"], np.float64)
    losses = pd.read_csv(run.encoder(name, model, seed) / "losses.csv", dtype=str)
    return ((name, model, seed, len(seconds), record["weights_of_epoch"], round(float(np.median(seconds)), 1),
             round(float(seconds.sum() / 3600), 2), "; ".join(record["ran_on"]), processor(), record["time_utc"],
             record["version"]),
            [(name, model, seed, *row) for row in losses[LOSS[3:]].itertuples(index=False, name=None)])


def clusters(run: Run, steps: Steps, seed: int) -> pd.DataFrame:
    """Run the grid of one training, and note the clusters of all images in every run: a digit each, in the set's order.

    They are kept beside the run's results; a grid that is up to date and has them isn't run again.
    """
    step, kept = steps.by_name[f"grid s{seed}"], run.data / "clusters" / f"s{seed}.csv"
    if kept.is_file() and not steps.why_stale(step):
        return pd.read_csv(kept, dtype=str)
    if failed := walk(steps, step.needs, 1):
        raise UserError(f"{run.data}: not made: {', '.join(failed)}")
    for journal in step.scratch:  # what it holds was run without noting clusters
        journal.unlink(missing_ok=True)
    rows: list[tuple[object, ...]] = []
    work, seen = grid.work, list[str]()

    def match(true: NDArray[np.int64], labels: NDArray[np.int64], classes: int) -> Matching:
        assert classes <= 10  # a digit names one
        seen.append("".join(map(str, labels)))
        return score.match(true, labels, classes)

    def noted(task: grid.Task) -> list[dict[str, object]]:
        seen.clear()
        found = work(task)
        rows.extend((seed, *(row[key] for key in KEYS[1:]), digits) for row, digits in zip(found, seen, strict=True))
        return found

    with mock.patch.object(grid, "match", match), mock.patch.object(grid, "work", noted):
        steps.make(step)
    table = pd.DataFrame(rows, columns=[*KEYS, "clusters"]).sort_values(KEYS, kind="stable")
    write_csv(kept, table)
    return table.astype(str)


def processor() -> str:
    """What the processor calls itself, and the number of its cores."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    said = dict(line.replace("\t", "").split(": ", 1) for line in lines if ": " in line)
    bfloat16 = ", bfloat16 instructions" if "avx512_bf16" in said.get("flags", "") else ""
    return (f"{said.get('model name', 'unknown')} (family {said.get('cpu family', '?')}), {os.cpu_count()} cores"
            f"{bfloat16}")


def main(arguments: list[str] | None = None) -> int:
    """Collect every profile that was trained in OUT; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.evidence")
    parser.add_argument("out", type=Path, metavar="OUT")
    chosen = parser.parse_args(arguments)
    images, weights = (os.environ.get(f"PAPER_REPRO_{name}") for name in ("IMAGES", "WEIGHTS"))
    if not images or not weights:
        print("Name the photographs with PAPER_REPRO_IMAGES and the base weights with PAPER_REPRO_WEIGHTS.")
        return 2
    for path in profiles():
        run = open_run(str(path), chosen.out, Path(images), Path(weights))
        if not trained(run):
            print(f"{path.stem}: no training is finished in {chosen.out}")
            continue
        try:
            collect(run, EVIDENCE / path.stem)
        except UserError as error:
            print(error)
            return 2
        collected = [f"seed {seed}: {', '.join(models)}" for seed, models in trained(run).items()]
        print(f"{path.stem}: {'; '.join(collected)}")
    sums.write(sums.OWN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
