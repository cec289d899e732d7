"""From finished trainings on real photographs to what is committed: python -m tests.golden.evidence OUT.

OUT: the folder (`--out`) in which the profiles of own/evidence were trained; IMAGES and WEIGHTS as for the trainings,
through PAPER_REPRO_IMAGES and PAPER_REPRO_WEIGHTS. What is finished is collected: encodings, Table 1's grid, the
benchmark's classes and maps are made where they are missing; an unfinished training is left as it is, and what needs it
is "not run". Numbers alone are committed: no pixels, no weights. docs/evidence.md is made from them
(`python -m tests.docs.write`).
"""

import argparse
import dataclasses
import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.code import version_of
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_csv, write_json
from paper_repro.base.profile import Model
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.base.step import Steps
from paper_repro.base.walk import walk
from paper_repro.clustering import score
from paper_repro.clustering.score import Matching
from paper_repro.experiments import grid
from paper_repro.experiments.settings import SEEDS_FILE
from paper_repro.steps import Means, steps_of
from paper_repro.verify import trust, verdict
from paper_repro.verify.claims import CLAIMS
from tests.golden import sums

EVIDENCE = Path(__file__).parent / "own" / "evidence"
LIBRARIES = ("torch", "scikit-learn", "numpy", "scipy")
CLUSTERS, LOSSES, TRAININGS, JUDGED, ABOUT = ("clusters.csv", "losses.csv", "trainings.csv", "verdict.csv",
                                              "about.json")
KEYS = ["training_seed", "encoder", "reduction", "dims", "clustering", "repeat"]
OF_BENCHMARK = ("classes.csv", "scores.json", "tsne2.csv")


def profiles() -> list[Path]:
    """The profiles of the trainings."""
    return sorted(EVIDENCE.glob("*.toml"))


def finished(run: Run, name: str, model: Model, seed: int) -> bool:
    """Whether a training is."""
    return (run.encoder(name, model, seed) / "provenance.json").is_file()


def of_finished(run: Run) -> Run:
    """The run with the encoders whose first training is finished, and the seeds with which all of these are."""
    encoders = run.profile.encoders
    models = tuple(model for model in encoders.models
                   if model == "simple" or finished(run, COLOUR, model, encoders.seeds[0]))
    seeds = tuple(seed for seed in encoders.seeds
                  if all(model == "simple" or finished(run, COLOUR, model, seed) for model in models))
    chosen = dataclasses.replace(encoders, models=models, seeds=seeds if len(models) > 1 else seeds[:1])
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=chosen))


def collect(run: Run, folder: Path) -> None:
    """Make what is missing of a run's results, and write what is committed of it into `folder`."""
    run = of_finished(run)
    encoders = run.profile.encoders
    classified = [COLOUR, *([GRAY] if "simclr" in encoders.models and finished(run, GRAY, "simclr", encoders.seeds[0])
                            else [])]
    targets = ["seeds", "table 1", *(f"benchmark {name}" for name in classified),
               *(["table 3"] if GRAY in classified else [])]
    steps = steps_of(run, Means(device="cpu", jobs=1))
    write_csv(folder / CLUSTERS, pd.concat([clusters(run, steps, seed) for seed in encoders.seeds]))
    if failed := walk(steps, targets, 1):
        raise UserError(f"{run.data}: not made: {', '.join(failed)}")
    write_csv(folder / SEEDS_FILE, pd.read_csv(run.results / SEEDS_FILE, dtype=str, keep_default_na=False))
    for name in classified:
        for file in OF_BENCHMARK:
            copy(run.results / name / file, folder / name / file)
    for table in ("table1.md", *(["table3.md"] if GRAY in classified else [])):
        copy(run.tables / table, folder / table)
    every = list(trainings(run))
    write_csv(folder / TRAININGS, pd.DataFrame([about for about, _ in every], columns=TRAINING))
    losses = [row for _, rows in every for row in rows]
    write_csv(folder / LOSSES, pd.DataFrame(losses, columns=LOSS))

    claims = [claim for claim in CLAIMS if claim.kind == "replication"]
    judged = [verdict.judge(claim, claim.measured(run)) for claim in claims]
    trust.check(steps, [path for one in judged for path in one.ours.files])
    write_csv(folder / JUDGED, pd.DataFrame(
        [(one.claim.id, one.ours.shown, one.verdict, one.reason) for one in judged],
        columns=["id", "ours", "verdict", "reason"]))
    record = read_json(run.results / "table1_seeds.json") or {}
    patches = read_json(run.patches(COLOUR) / "provenance.json") or {}
    write_json(folder / ABOUT, {
        "profile": run.profile.name, "recipe": encoders.recipe, "side": encoders.side, "epochs": encoders.epochs,
        "models": list(encoders.models), "seeds": list(encoders.seeds), "repeats": run.profile.grid.repeats,
        "images": patches["images"], "classes": patches["classes"], "notes": record["notes"],
        "processor": processor(), "libraries": {name: version_of(name) for name in LIBRARIES}})


def copy(source: Path, target: Path) -> None:
    """Copy a file into a folder that may have to be made."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


LOSS = ("set", "model", "seed", "epoch", "train_loss", "test_loss")
TRAINING = ["set", "model", "seed", "epochs", "weights_of_epoch", "seconds_per_epoch", "hours", "ran_on", "ended_utc",
            "version"]


def trainings(run: Run) -> Iterator[tuple[tuple[object, ...], list[tuple[object, ...]]]]:
    """Each finished training of a run, those too that its tables don't show: how it went, and its losses."""
    for name in (COLOUR, GRAY):
        for folder in sorted((run.data / "encoders" / name).glob("*")):
            record = read_json(folder / "provenance.json")
            if record is None:
                continue
            model, _, seed = folder.name.rpartition("-s")
            seconds = np.array(record["seconds_per_epoch"], np.float64)
            training = (name, model, int(seed))
            losses = pd.read_csv(folder / "losses.csv", dtype=str)
            yield ((*training, len(seconds), record["weights_of_epoch"], round(float(np.median(seconds)), 1),
                    round(float(seconds.sum() / 3600), 2), "; ".join(record["ran_on"]), record["time_utc"],
                    record["version"]),
                   [(*training, *row) for row in losses[list(LOSS[3:])].itertuples(index=False, name=None)])


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
        if of_finished(run).profile.encoders.models == ("simple",):
            print(f"{path.stem}: no training is finished in {chosen.out}")
            continue
        try:
            collect(run, EVIDENCE / path.stem)
        except UserError as error:
            print(error)
            return 2
        about = json.loads((EVIDENCE / path.stem / ABOUT).read_text(encoding="utf-8"))
        print(f"{path.stem}: {', '.join(about['models'])}; training seeds {', '.join(map(str, about['seeds']))}")
    sums.write(sums.OWN)
    return 0


if __name__ == "__main__":
    sys.exit(main())
