from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.assignment import open_assignment
from paper_repro.clustering.cluster import hac
from paper_repro.clustering.reduce import reduce
from paper_repro.clustering.score import match
from paper_repro.encoders import encode
from paper_repro.experiments import benchmark as module
from paper_repro.experiments.benchmark import benchmark
from paper_repro.experiments.grid import seed_of
from paper_repro.patches import dataset
from tests.experiments import conftest

MakeRun = Callable[..., Run]


def both(tiny: MakeRun, out: Path) -> Run:
    """Colour and gray sets; only the benchmark's encoder on the gray one."""
    run = tiny(out)
    conftest.make_set(run, GRAY, notes=("gray by Eq. 6",))
    conftest.make_features(run, GRAY, ("simclr",), seed=5)
    return run


def files(run: Run) -> dict[str, bytes]:
    paths = [path for path in run.results.rglob("*") if path.is_file() and path.name != "provenance.json"]
    return {path.relative_to(run.results).as_posix(): path.read_bytes() for path in paths}


def test_each_set_is_classified_by_hac_on_the_features_themselves(tmp_path: Path, tiny: MakeRun) -> None:
    run = both(tiny, tmp_path)
    assert benchmark(run, jobs=1) == [run.results / COLOUR, run.results / GRAY]
    for name in (COLOUR, GRAY):
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


def test_the_number_of_workers_changes_no_byte(tmp_path: Path, tiny: MakeRun) -> None:
    one, two = both(tiny, tmp_path / "one"), both(tiny, tmp_path / "two")
    benchmark(one, jobs=1)
    benchmark(two, jobs=2)
    assert files(one) == files(two)
    assert len(files(one)) == 9  # four a set, and the list of the sets


def test_only_what_changed_is_done_again(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = both(tiny, tmp_path)
    done: list[str] = []

    def work(task: module.Task) -> tuple[object, object]:
        done.append(task.name)
        return np.arange(60) % 6, np.zeros((60, 2))

    monkeypatch.setattr(module, "work", work)
    benchmark(run, jobs=1)
    benchmark(run, jobs=1)
    assert done == [COLOUR, GRAY]
    conftest.make_features(run, GRAY, ("simclr",), seed=6)
    benchmark(run, jobs=1)
    (run.results / COLOUR / "tsne2.csv").unlink()
    benchmark(run, jobs=1)
    assert done == [COLOUR, GRAY, GRAY, COLOUR]
    times = {path: path.stat().st_mtime_ns for path in run.results.rglob("*.*")}
    benchmark(run, jobs=1)
    assert all(path.stat().st_mtime_ns > before for path, before in times.items() if path.is_file())


def test_a_crash_while_writing_never_leaves_new_results_under_the_old_record(
    tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = both(tiny, tmp_path)
    monkeypatch.setattr(module, "work", lambda task: (np.arange(60) % 6, np.zeros((60, 2))))
    benchmark(run, jobs=1)
    conftest.make_features(run, GRAY, ("simclr",), seed=6)

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "save", crash)
    with pytest.raises(KeyboardInterrupt):
        benchmark(run, jobs=1)
    assert not (run.results / GRAY / "provenance.json").exists()
    assert (run.results / COLOUR / "provenance.json").exists()


def test_notes_and_simulation_are_passed_on(tmp_path: Path, tiny: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = both(tiny, tmp_path)
    monkeypatch.setattr(module, "work", lambda task: (np.arange(60) % 6, np.zeros((60, 2))))
    benchmark(run, jobs=1)
    record = read_json(run.results / GRAY / "provenance.json")
    assert record is not None
    assert record["notes"] == ["gray by Eq. 6"]
    assert record["simulated"] is True


def test_gray_photographs_alone_are_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = conftest.make_run(tmp_path)
    monkeypatch.setattr(module, "work", lambda task: (np.arange(60) % 6, np.zeros((60, 2))))
    with pytest.raises(UserError, match="list of the patch sets"):
        benchmark(run)
    conftest.make_set(run, GRAY)
    conftest.make_features(run, GRAY, ("simclr",))
    assert benchmark(run, jobs=1) == [run.results / GRAY]


def test_too_few_or_unlabelled_photographs_are_refused(tmp_path: Path) -> None:
    run = conftest.make_run(tmp_path)
    conftest.make_set(run, n=30)
    conftest.make_features(run, n=30)
    with pytest.raises(UserError, match="needs more than that many images, there are 30"):
        benchmark(run)
    table = pd.DataFrame({"id": range(40), "source": "x.png"})
    made = Provenance("photographs", "patches", "sample", True)
    dataset.save(run.patches(COLOUR), np.zeros((40, 1, 1, 3), np.uint8), table, made, {})
    with pytest.raises(UserError, match="expected a set with a true label"):
        benchmark(run)
    assert not run.results.exists()
