"""The verdicts on claims about the method, by what is committed of all trainings together."""

import dataclasses
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from paper_repro.base.files import read_json, write_csv
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.assignment import open_assignment
from paper_repro.experiments.settings import SEEDS_FILE
from paper_repro.verify import verdict
from paper_repro.verify.claims import CLAIMS
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.replication_basis import EachTraining, basis
from tests import records_made
from tests.golden.evidence_files import ABOUT, JUDGED, VALUES
from tests.verify.runs_made import patches

REPLICATIONS = tuple(claim for claim in CLAIMS if claim.kind == "replication")
RECORD = "table1_seeds.json"
OF_FEATURES = "replicated.simple-sufficient"  # read from Simple's features as a whole, for which no training counts


def trained(claim: Claim) -> bool:
    """Whether a claim rests on trainings."""
    return "gpu-time" in claim.needs


def run_of(run: Run, folder: Path, out: Path) -> Run:
    """The run in another place, which has what is committed of it in `folder`: the photographs are black."""
    run, about = dataclasses.replace(run, out=out), json.loads((folder / ABOUT).read_text(encoding="utf-8"))
    table = open_assignment(folder / COLOUR).table
    patches(run, COLOUR, {"label": list(table["label"])}, np.zeros((len(table), 4, 4, 3), np.uint8),
            classes=about["classes"])
    run.results.mkdir(parents=True)
    shutil.copyfile(folder / SEEDS_FILE, run.results / SEEDS_FILE)
    records_made.record(run.results / RECORD, run, "seeds", about["notes"], simulated=False)
    for name in (COLOUR, GRAY):
        if (folder / name).is_dir():
            shutil.copytree(folder / name, run.results / name)
            encoder = "simclr" if "simclr" in about["models"] else "simple"
            records_made.record(run.results / name / "provenance.json", run, "benchmark", about["notes"],
                                {"encoder": encoder}, simulated=False)
    return run


def measured(claim: Claim, run: Run, values: pd.DataFrame) -> Measured:
    """Our value in such a run, of `values` of each training where the networks are needed."""
    of_claim = values[values["id"] == claim.id]
    if not isinstance(claim.measure, EachTraining) or of_claim.empty:
        return claim.measured(run)
    seeds = tuple(int(seed) for seed in of_claim["training_seed"])
    try:
        found = basis(run, [read_json(run.results / RECORD)], seeds if trained(claim) else (), run.results / SEEDS_FILE)
    except NotRun as error:
        return Measured(None, "", error.why)
    return claim.measure.together(claim, found, list(of_claim["value"]))


def judged(run: Run, folder: Path) -> list[verdict.Judged]:
    """Each claim as what is committed in `folder` says, but for the one that rests on Simple's features."""
    with tempfile.TemporaryDirectory() as out:
        again, values = run_of(run, folder, Path(out)), pd.read_csv(folder / VALUES)
        return [verdict.judge(claim, measured(claim, again, values)) for claim in REPLICATIONS
                if claim.id != OF_FEATURES]


def write(run: Run, folder: Path, of_features: verdict.Judged | None) -> None:
    """Write the verdicts; of_features: the one that rests on Simple's features, None where it is as before."""
    now = [*judged(run, folder), *([of_features] if of_features else [])]
    table = pd.DataFrame([(each.claim.id, each.ours.shown, each.verdict, each.reason) for each in now],
                         columns=["id", "ours", "verdict", "reason"])
    if of_features is None:
        before = pd.read_csv(folder / JUDGED, keep_default_na=False)
        table = pd.concat([table, before[before["id"] == OF_FEATURES]])
    write_csv(folder / JUDGED, table.set_index("id").loc[[claim.id for claim in REPLICATIONS]].reset_index())
