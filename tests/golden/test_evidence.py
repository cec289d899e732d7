"""The numbers behind docs/evidence.md: recomputed from what is committed, and from the photographs where these are."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from paper_repro import paper
from paper_repro.base.run import COLOUR, open_run
from paper_repro.clustering.assignment import open_assignment
from paper_repro.clustering.score import match
from paper_repro.experiments import grid
from paper_repro.experiments.inputs import open_inputs
from paper_repro.verify.claims.replication_rules import COMBINATIONS
from tests.docs import evidence, evidence_figures
from tests.docs.evidence import Collected
from tests.golden import evidence_judged, real
from tests.golden.evidence_files import CLUSTERS, EVIDENCE, KEYS, profiles
from tests.steps_made import make

FOUND = [source for path in profiles() if (source := evidence.collected(path.stem)) is not None]
SCORES = ["accuracy", "balanced_accuracy", "ari"]
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


@pytest.mark.parametrize("source", FOUND, ids=lambda source: source.folder.name)
def test_verdicts_follow_from_what_is_committed(source: Collected, tmp_path: Path) -> None:
    run = open_run(str(EVIDENCE / f"{source.folder.name}.toml"), tmp_path, images=tmp_path)
    found = {judged.claim.id: judged for judged in evidence_judged.judged(run, source.folder)}
    assert {*found, evidence_judged.OF_FEATURES} == set(source.judged.index)
    for name, judged in found.items():
        recorded = source.judged.loc[name]
        assert [judged.ours.shown, judged.verdict, judged.reason] == list(recorded), name
        assert judged.verdict == "not run" or "SWIMCAT; stand-in weights" in judged.reason
    assert sum(judged.verdict != "not run" for judged in found.values()) > 5


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
