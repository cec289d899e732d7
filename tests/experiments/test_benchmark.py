import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.assignment import open_assignment
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.reduce import reduce
from paper_repro.clustering.score import match
from paper_repro.encoders import encode
from paper_repro.experiments import benchmark as module
from paper_repro.experiments.benchmark import classify_photographs
from paper_repro.experiments.grid import seed_of
from paper_repro.steps import steps_of
from tests import records_made
from tests.experiments import conftest

MakeRun = Callable[..., Run]


def both(tiny: MakeRun, out: Path) -> Run:
    """Colour and gray sets; only the benchmark's encoder on the gray one."""
    run = tiny(out)
    conftest.make_set(run, GRAY, notes=("gray by Eq. 6",))
    conftest.make_features(run, GRAY, ("simclr",), seed=5)
    return run


def step(run: Run, name: str) -> None:
    """Classify a set as the step that writes its record."""
    steps = steps_of(run)
    steps.make(steps.by_name[f"benchmark {name}"])


def why(run: Run, name: str) -> str:
    """Why a set is to be classified again, as the next run sees it."""
    steps = steps_of(run)
    return steps.why_stale(steps.by_name[f"benchmark {name}"])


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Classes and maps without work."""
    monkeypatch.setattr(module, "hac", lambda features, k: np.arange(len(features)) % k)
    monkeypatch.setattr(module, "reduce", lambda features, *_: np.array(features[:, :2]))


def files(run: Run) -> dict[str, bytes]:
    paths = [path for path in run.results.rglob("*") if path.is_file() and path.name != "provenance.json"]
    return {path.relative_to(run.results).as_posix(): path.read_bytes() for path in paths}


def test_each_set_is_classified_by_hac_on_the_features_themselves(tmp_path: Path, tiny: MakeRun) -> None:
    run = both(tiny, tmp_path)
    for name in (COLOUR, GRAY):
        classify_photographs(run, name)
        true = np.arange(60) % 6
        clusters = hac(encode.open_features(run.features(name, "simclr")).values, 6)
        expected = match(true, clusters, 6)
        found = open_assignment(run.results / name)
        assert found.classes == paper.CLASS_NAMES
        assert found.table["cluster"].tolist() == clusters.tolist()
        assert (found.table["label"] == np.array(paper.CLASS_NAMES)[true]).all()
        assert (found.table["matched"] == found.table["label"]).mean() == expected.accuracy
        scores = read_json(run.results / name / "scores.json")
        assert scores is not None
        assert (scores["model"], scores["n"], scores["accuracy"]) == ("simclr", 60, expected.accuracy)
        confusion = pd.read_csv(run.results / name / "confusion.csv", index_col="true")
        assert confusion.to_numpy().tolist() == expected.confusion.tolist()
        places = pd.read_csv(run.results / name / "tsne2.csv")
        assert places["id"].tolist() == found.table["id"].tolist()
        features = encode.open_features(run.features(name, "simclr")).values
        expected_map = reduce(features, "tsne", 2, seed_of(7, "simclr", "tsne", 2, 0))
        np.testing.assert_allclose(places[["x", "y"]].to_numpy(), expected_map, rtol=1e-6)
    assert files(run)[f"{COLOUR}/tsne2.csv"] != files(run)[f"{GRAY}/tsne2.csv"]


@pytest.mark.usefixtures("at_once")
def test_each_set_goes_stale_by_itself(tmp_path: Path, tiny: MakeRun) -> None:
    run = both(tiny, tmp_path)
    for name in (COLOUR, GRAY):
        assert why(run, name) == "not made yet"
        step(run, name)
        assert why(run, name) == ""
    conftest.make_features(run, models=("simple",), seed=6)  # another encoder than the benchmark's
    assert why(run, COLOUR) == ""
    conftest.make_features(run, GRAY, ("simclr",), seed=6)
    assert (why(run, COLOUR), why(run, GRAY)) == ("", "encode photos-gray simclr-s0 changed")
    step(run, GRAY)
    (run.results / COLOUR / "tsne2.csv").unlink()
    assert (why(run, COLOUR), why(run, GRAY)) == ("tsne2.csv is missing", "")
    step(run, COLOUR)
    conftest.make_set(run, n=54)
    assert why(run, COLOUR) == "patches photos-colour changed"


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize(("part", "change", "reason"), [
    ("grid", {"seed": 8}, "seed changed from 7 to 8"),
    ("encoders", {"models": ("simple",)}, "encoder changed from 'simclr' to 'simple'"),
])
def test_settings_decide(tmp_path: Path, tiny: MakeRun, part: str, change: dict[str, Any], reason: str) -> None:
    run = tiny(tmp_path)
    step(run, COLOUR)
    changed = dataclasses.replace(getattr(run.profile, part), **change)
    assert why(dataclasses.replace(run, profile=dataclasses.replace(run.profile, **{part: changed})), COLOUR) == reason


@pytest.mark.usefixtures("at_once")
def test_after_a_crash_while_writing_new_results_are_not_taken_for_the_old(
    tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = both(tiny, tmp_path)
    for name in (COLOUR, GRAY):
        step(run, name)
    conftest.make_features(run, GRAY, ("simclr",), seed=6)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "save", crash)  # the map is written by then
    with pytest.raises(KeyboardInterrupt):
        step(run, GRAY)
    conftest.make_features(run, GRAY, ("simclr",), seed=5)  # the features that the old record is of
    assert (why(run, COLOUR), why(run, GRAY)) == ("", "tsne2.csv is no longer what was written")


@pytest.mark.usefixtures("at_once")
def test_notes_and_simulation_are_passed_on(tmp_path: Path, tiny: MakeRun) -> None:
    run = both(tiny, tmp_path)
    step(run, GRAY)
    record = read_json(run.results / GRAY / "provenance.json")
    assert record is not None
    assert record["notes"] == ["gray by Eq. 6"]
    assert record["simulated"] is True
    assert record["settings"] == {"set": GRAY, "encoder": "simclr", "map_dims": 2, "seed": 7}


@pytest.mark.usefixtures("at_once")
def test_gray_photographs_alone_are_enough(tmp_path: Path) -> None:
    run = dataclasses.replace(conftest.make_run(tmp_path), gray=True)
    steps = [name for name in steps_of(run).by_name if name.startswith("benchmark ")]
    assert steps == [f"benchmark {GRAY}"]
    conftest.make_set(run, GRAY)
    conftest.make_features(run, GRAY, ("simclr",))
    step(run, GRAY)
    assert why(run, GRAY) == ""


def test_too_few_or_unlabelled_photographs_are_refused(tmp_path: Path) -> None:
    run = conftest.make_run(tmp_path)
    conftest.make_set(run, n=30)
    conftest.make_features(run, n=30)
    with pytest.raises(UserError, match="needs more than that many images, there are 30"):
        classify_photographs(run, COLOUR)
    table = pd.DataFrame({"id": range(40), "source": "x.png"})
    records_made.patch_set(run, COLOUR, np.zeros((40, 1, 1, 3), np.uint8), table)
    with pytest.raises(UserError, match="expected a set with a true label"):
        classify_photographs(run, COLOUR)
    assert not run.results.exists()
