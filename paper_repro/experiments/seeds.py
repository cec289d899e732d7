"""The grid of Table 1 over several trainings: how much of an accuracy is the luck of one training.

The paper's 8 repeats of a cell are made with one trained encoder, so its spread has no part of the training in it.
"""

import dataclasses
import os
from pathlib import Path

import pandas as pd

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_csv
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run
from paper_repro.encoders.pipeline import encode_seeds
from paper_repro.experiments import table1

RUNS = "table1_seeds.csv"


def run_seeds(run: Run, device: str | None = None, jobs: int | None = None) -> Path:
    """Train with every seed of the profile, encode, and run the grid on each; the first seed's is Table 1's own.

    Writes results/table1_seeds.csv (the columns of table1_runs.csv after training_seed; encoders that aren't trained
    only with the first) with its provenance, and the grid of each further seed in results/seeds/s<seed>/. Killed at
    any point, the same call continues. Raises UserError for the authors' encoders, of which there is one each, or
    where Table 1 wasn't run.
    """
    if run.checkpoints == "authors":
        raise UserError("The spread over trainings is that of trainings made here; the authors published one of each "
                        "encoder: leave CHECKPOINTS=authors (--checkpoints authors) away.")
    first, *further = run.profile.encoders.seeds
    folders = {first: run.results}
    if further and trained(run):
        encode_seeds(run, run.table1_set, further, device)
        for seed in further:
            folders[seed] = run.results / "seeds" / f"s{seed}"
            table1.run_grid(of_seed(run, seed), jobs, folders[seed])
    tables, inputs, records = [], {}, []
    for seed, folder in folders.items():
        path, record = folder / table1.RUNS, read_json(folder / "table1_runs.json")
        if record is None or not path.is_file():
            raise UserError(f"{path}: expected the runs of Table 1, found none or unfinished ones; "
                            f"run `make table1 PROFILE={run.profile.name}`.")
        tables.append(pd.read_csv(path, keep_default_na=False, dtype=str).assign(training_seed=seed))  # same digits
        inputs[f"runs s{seed}"] = sha256_file(path)
        records.append(record)
    notes = dict.fromkeys(note for record in records for note in record["notes"])
    provenance = Provenance("seeds", "experiments", run.profile.name, any(record["simulated"] for record in records),
                            {"seeds": list(folders), "set": records[0]["settings"]["set"]}, inputs, tuple(notes))
    output, beside = run.results / RUNS, run.results / "table1_seeds.json"
    if output.is_file() and provenance.why_stale(beside) is None:
        for file in (output, beside):
            os.utime(file)
        return output
    beside.unlink(missing_ok=True)  # never the old record beside new values
    table = pd.concat(tables)
    write_csv(output, table[["training_seed", *(name for name in table.columns if name != "training_seed")]])
    provenance.write(beside, outputs=[output])
    return output


def trained(run: Run) -> bool:
    """Whether any encoder of the run is trained."""
    return any(model != "simple" for model in run.profile.encoders.models)


def of_seed(run: Run, seed: int) -> Run:
    """The run as if this were its only training seed, with the encoders that are trained: for reading their features.

    Not for training: random base weights would be drawn from that seed too, and they are the same for every training.
    """
    models = tuple(model for model in run.profile.encoders.models if model != "simple")
    encoders = dataclasses.replace(run.profile.encoders, seeds=(seed,), models=models)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, encoders=encoders))
