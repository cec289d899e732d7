"""When a set of Venus is classified again, and that a stopped classification goes on with what is finished."""

import dataclasses
import itertools
from pathlib import Path
from typing import Any

import pytest

from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.clustering import stability
from paper_repro.experiments import class_measures, venus
from paper_repro.steps import steps_of
from tests.experiments.folders_made import MANGLED, Mangle
from tests.experiments.venus_made import NAME, classify, encode_by, features, files, make_run


def why(run: Run) -> str:
    """Why the set is to be classified again, as the next run sees it."""
    steps = steps_of(run)
    return steps.why_stale(steps.by_name[f"classes {NAME}"])


@pytest.mark.parametrize("name", ["truth.json", "classes.md", "stability.csv"])
def test_a_lost_file_is_made_again(tmp_path: Path, done: Run, name: str) -> None:
    run = make_run(tmp_path, seeds=(0,), bootstraps=1)
    classify(run)
    before = files(run)
    (run.results / NAME / name).unlink()
    assert why(run) == f"{name} is missing"
    classify(run)
    assert files(run) == before


@pytest.mark.attack("edited-classes")
@pytest.mark.parametrize("mangle", MANGLED)
def test_classes_that_were_edited_are_noticed_and_made_again(tmp_path: Path, done: Run, mangle: Mangle) -> None:
    run = make_run(tmp_path, seeds=(0,), bootstraps=1)
    classify(run)
    path, before = run.results / NAME / "classes.csv", files(run)
    path.write_bytes(mangle(path.read_bytes()))
    assert why(run) == "classes.csv is no longer what was written"
    classify(run)
    assert files(run) == before


def change(run: Run, part: str, **settings: Any) -> Run:
    changed = dataclasses.replace(getattr(run.profile, part), **settings)
    return dataclasses.replace(run, profile=dataclasses.replace(run.profile, **{part: changed}))


@pytest.mark.parametrize(("part", "settings", "reason"), [
    ("venus", {"classes": 3}, "clusters changed from 4 to 3"),
    ("venus", {"bootstraps": 4}, "bootstraps changed from 3 to 4"),
    ("venus", {"seeds": (0, 1)}, r"seeds changed from [0, 1, 2] to [0, 1]"),
    ("grid", {"seed": 8}, "seed changed from 0 to 8"),
])
def test_settings_decide(done: Run, part: str, settings: dict[str, Any], reason: str) -> None:
    assert why(done) == ""
    assert why(change(done, part, **settings)) == reason


def test_what_it_is_made_of_decides(tmp_path: Path) -> None:
    run = make_run(tmp_path, seeds=(0,), bootstraps=1)
    assert why(run) == "not made yet"
    path = classify(run) / "provenance.json"
    record = read_json(path) or {}
    assert why(run) == ""
    assert record["step"] == "venus"
    assert {"clustering.ward", "clustering.stability", "experiments.class_measures", "experiments.truth",
            "simulated.venus_fields"} < set(record["code"])
    before = files(run)
    encode_by(run, 0, features(1))
    assert why(run) == f"encode {NAME} simclr-s0 changed"
    classify(run)
    assert files(run)[f"{NAME}/classes.csv"] != before[f"{NAME}/classes.csv"]
    (run.results / NAME / "measures.csv").write_text("id\n0\n")
    assert why(run) == "measures.csv is no longer what was written"


def stop_at(monkeypatch: pytest.MonkeyPatch, where: object, name: str, nth: int) -> None:
    """The `nth` call of a function is stopped instead."""
    kept, count = getattr(where, name), itertools.count()

    def stop(*given: Any) -> Any:
        if next(count) == nth:
            raise KeyboardInterrupt
        return kept(*given)

    monkeypatch.setattr(where, name, stop)


def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path, done: Run) -> None:
    two = make_run(tmp_path / "two")
    classify(two, jobs=2)
    assert files(two) == files(done)


# There are three trees, a map and three bootstraps; then nine files are written.
@pytest.mark.parametrize(("where", "name", "nth", "finished"), [
    (venus, "work", 0, 0), (venus, "work", 2, 2), (venus, "work", 6, 6), (stability, "silhouettes", 0, 7),
    (venus, "write_csv", 1, 7), (class_measures, "write_text", 0, 7),
])
def test_stopped_anywhere_it_goes_on_with_what_is_finished(tmp_path: Path, done: Run, monkeypatch: pytest.MonkeyPatch,
                                                           where: object, name: str, nth: int, finished: int) -> None:
    run = make_run(tmp_path)
    with monkeypatch.context() as patch:
        stop_at(patch, where, name, nth)
        with pytest.raises(KeyboardInterrupt):
            classify(run)
    assert why(run) == "not made yet"
    with monkeypatch.context() as patch:
        stop_at(patch, venus, "work", 7 - finished)  # no more is done than was left
        classify(run)
    assert files(run) == files(done)  # a journal would be among them


def test_a_journal_of_other_features_starts_anew(tmp_path: Path, done: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    encode_by(run, 2, features(7))
    with monkeypatch.context() as patch:
        stop_at(patch, class_measures, "write_text", 0)
        with pytest.raises(KeyboardInterrupt):
            classify(run)
    encode_by(run, 2)
    with monkeypatch.context() as patch:
        stop_at(patch, venus, "work", 6)
        with pytest.raises(KeyboardInterrupt):
            classify(run)
    classify(run)
    assert files(run) == files(done)
