"""The numbers behind docs/evidence.md: recomputed from what is committed, and from the photographs where these are."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro import paper
from paper_repro.base.run import COLOUR, GRAY, Run, open_run
from paper_repro.clustering.assignment import open_assignment
from paper_repro.clustering.score import match
from paper_repro.experiments import grid
from paper_repro.experiments.inputs import open_inputs
from paper_repro.verify import verdict
from paper_repro.verify.claims.replication_rules import COMBINATIONS
from tests import records_made
from tests.docs import evidence, evidence_figures
from tests.docs.evidence import Collected
from tests.golden import real
from tests.golden.evidence import CLUSTERS, EVIDENCE, KEYS, profiles
from tests.steps_made import make
from tests.verify.runs_made import BY_ID, patches

FOUND = [source for path in profiles() if (source := evidence.collected(path.stem)) is not None]
SCORES = ["accuracy", "balanced_accuracy", "ari"]
WITH_NETWORKS = ("rotation", "less-sensitive", "gradients", "hac-repeats", "unequal-sizes", "simple-sufficient")
MAIN = evidence.of_paper()


def labels_of(source: Collected) -> np.ndarray:
    """True labels of the photographs in the order of the set."""
    table = open_assignment(source.folder / COLOUR).table
    return np.array([source.about["classes"].index(label) for label in table["label"]], np.int64)


@pytest.mark.parametrize("source", FOUND, ids=lambda source: source.folder.name)
def test_scores_are_those_of_the_clusters_committed(source: Collected) -> None:
    clusters = pd.read_csv(source.folder / CLUSTERS, dtype={"clusters": str})
    labels, known = labels_of(source), dict[str, tuple[float, ...]]()
    for digits in clusters["clusters"].unique():
        score = match(labels, np.frombuffer(digits.encode(), np.uint8) - ord("0"), len(source.about["classes"]))
        known[digits] = (score.accuracy, score.balanced_accuracy, score.ari)
    ours = source.runs.set_index(KEYS)[SCORES].sort_index()
    assert not ours.index.has_duplicates
    again = clusters.set_index(KEYS)["clusters"].map(known).sort_index()
    assert list(again.index) == list(ours.index)
    np.testing.assert_allclose(np.array(list(again)), ours.to_numpy(np.float64), atol=1e-12)
    expected = {(encoder, *combination) for encoder in source.about["models"] for combination in COMBINATIONS}
    assert set(source.runs[KEYS[1:5]].itertuples(index=False, name=None)) == expected
    assert set(source.runs["repeat"]) == set(range(paper.REPEATS))


@pytest.mark.parametrize("source", FOUND, ids=lambda source: source.folder.name)
def test_classes_without_reduction_are_those_of_the_benchmark(source: Collected) -> None:
    clusters = pd.read_csv(source.folder / CLUSTERS, dtype={"clusters": str})
    model = "simclr" if "simclr" in source.about["models"] else "simple"
    rows = clusters[(clusters["encoder"] == model) & (clusters["reduction"] == "none")
                    & (clusters["clustering"] == "hac") & (clusters["training_seed"] == source.about["seeds"][0])]
    found = open_assignment(source.folder / COLOUR).table["cluster"]
    assert set(rows["clusters"]) == {"".join(map(str, found))}


def run_of(source: Collected, out: Path) -> Run:
    """A run with what is committed of it in its place: the photographs are black."""
    (out / "images").mkdir()
    run = open_run(str(EVIDENCE / f"{source.folder.name}.toml"), out, images=out / "images")
    notes = tuple(source.about["notes"])
    table = open_assignment(source.folder / COLOUR).table
    patches(run, COLOUR, {"label": list(table["label"])}, np.zeros((len(table), 4, 4, 3), np.uint8),
            classes=source.about["classes"])
    run.results.mkdir(parents=True)
    shutil.copyfile(source.folder / "table1_seeds.csv", run.results / "table1_seeds.csv")
    records_made.record(run.results / "table1_seeds.json", run, "seeds", notes, simulated=False)
    for name in (COLOUR, GRAY):
        if (source.folder / name).is_dir():
            shutil.copytree(source.folder / name, run.results / name)
            encoder = "simclr" if "simclr" in source.about["models"] else "simple"
            records_made.record(run.results / name / "provenance.json", run, "benchmark", notes, {"encoder": encoder},
                                simulated=False)
    return run


@pytest.mark.parametrize("source", FOUND, ids=lambda source: source.folder.name)
def test_verdicts_follow_from_the_scores_classes_and_maps_committed(source: Collected, tmp_path: Path) -> None:
    run, again = run_of(source, tmp_path), 0
    for name, recorded in source.judged.iterrows():
        claim = BY_ID[str(name)]
        if str(name).split(".")[1] in WITH_NETWORKS:
            continue
        judged = verdict.judge(claim, claim.measured(run))
        assert (judged.ours.shown, judged.verdict) == (recorded["ours"], recorded["verdict"]), name
        if judged.verdict != "not run":
            assert judged.reason == recorded["reason"], name
            assert "SWIMCAT; stand-in weights" in judged.reason
            again += 1
    assert again > 5
    assert set(source.judged.index) == {name for name, claim in BY_ID.items() if claim.kind == "replication"}


def test_figures_are_drawn_from_the_numbers_committed() -> None:
    for name in evidence_figures.FIGURES:
        path = evidence_figures.FOLDER / name
        assert evidence_figures.drawn_from(path) == evidence_figures.source(), (
            "run `python -m tests.docs.evidence_figures`")


def test_nothing_but_numbers_is_committed() -> None:
    every = [path for path in EVIDENCE.rglob("*") if path.is_file()]
    assert {path.suffix for path in every} <= {".toml", ".csv", ".json", ".md"}
    assert sum(path.stat().st_size for path in every) < 6_000_000


def test_simple_rows_are_those_of_the_photographs(real_inputs: Path, tmp_path: Path) -> None:
    if lacking := real.missing(real_inputs):
        pytest.skip(f"not run: {lacking}")
    run = open_run(str(EVIDENCE / f"{evidence.MAIN}.toml"), tmp_path, real_inputs / "swimcat",
                   sorted((real_inputs / "weights").glob("*.pth"))[0], ["simple"])
    make(run, f"encode {COLOUR} simple-s0")
    torch.set_num_threads(1)
    inputs = open_inputs(run, COLOUR, ("simple",))
    rows = MAIN.runs[MAIN.runs["encoder"] == "simple"].to_dict("records")
    recorded = {tuple(row[key] for key in KEYS[2:]): row for row in rows}
    for unit in grid.plan(inputs.shapes, paper.REPEATS):
        if unit.reduction == "tsne" and unit.repeats[0]:
            continue  # one repeat of eight: t-SNE is nearly all of the time
        task = grid.Task(unit, inputs.paths["simple"], inputs.labels, len(inputs.classes), run.profile.grid.seed,
                         run.profile.grid.kmeans_n_init)
        for row in grid.work(task):
            allowed = real.CHAOTIC if unit.reduction == "tsne" else real.STEADY
            before = recorded[tuple(row[key] for key in KEYS[2:])]
            for score, tolerance in allowed.items():
                assert row[score] == pytest.approx(before[score], abs=tolerance), row
