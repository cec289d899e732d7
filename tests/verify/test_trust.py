"""Which outputs are refused: a chain from photographs to tables, forged at each of its links."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paper_repro import __version__
from paper_repro.base import step as step_module
from paper_repro.base.code import hash_of_module
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_json
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.steps import steps_of
from paper_repro.verify import trust
from tests import records_made
from tests.tables import conftest as made
from tests.verify.conftest import photographs_of_a_user
from tests.verify.runs_made import finish

NOTE = "Made with random weights in place of the ImageNet-1K ones."
CHAIN = [f"patches {COLOUR}", "base weights", *(
    name for model in ("simple-s0", "simclr-s0", "autoencoder-s0")
    for name in (f"train {COLOUR} {model}", f"encode {COLOUR} {model}") if name != f"train {COLOUR} simple-s0"),
    "grid s0", "table 1"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with Table 1 and all that it is made of, of three seeds, each with the record that its step writes."""
    run = open_run("sample", tmp_path)
    made.photographs(run)
    made.grid(run)
    records_made.record(run.raw / "weights" / "provenance.json", run, "base", [NOTE])
    finish(run, "table 1", "seeds")
    return run


def table1(run: Run) -> Path:
    return run.tables / "table1.csv"


def check(run: Run, *paths: Path) -> list[str]:
    """What the next run says of Table 1, or of other outputs."""
    return trust.check(steps_of(run, judge_only=True), paths or (table1(run),))


def record(run: Run, name: str) -> Path:
    return steps_of(run).by_name[name].record


def forge(run: Run, name: str, **changes: Any) -> None:
    """Change the record of a step; a function changes what is there."""
    path = record(run, name)
    whole = read_json(path) or {}
    write_json(path, whole | {key: value(whole[key]) if callable(value) else value for key, value in changes.items()})


def lose(run: Run, name: str, key: str) -> None:
    """Take an entry out of the record of a step."""
    path = record(run, name)
    write_json(path, without(key)(read_json(path) or {}))


def without(key: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda whole: {name: value for name, value in whole.items() if name != key}


def with_(key: str, value: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda whole: whole | {key: value}


def write(path: Path, before: str, after: str) -> None:
    """Change a file by hand."""
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after))


def swap(one: Path, other: Path) -> None:
    """Swap features and their records."""
    for suffix in (".npy", ".json"):
        a, b = one.with_suffix(suffix), other.with_suffix(suffix)
        a.rename(a.with_name("aside"))
        b.rename(a)
        a.with_name("aside").rename(b)


def change_keeping_times(path: Path) -> None:
    """Change one byte of a file; size and times of reading and of change stay."""
    times, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_an_unbroken_chain_is_trusted(run: Run) -> None:
    assert check(run) == []
    assert check(run, run.results / "table1_seeds.csv", run.features(COLOUR, "simclr", 2)) == []
    assert [step.name for step in steps_of(run).closure(["table 1"])] == CHAIN


@pytest.mark.parametrize("name", CHAIN)
def test_each_record_of_the_chain_is_asked_for(run: Run, name: str) -> None:
    path = record(run, name)
    whole = path.read_text()
    for spoiled, reason in ((None, "not made yet"), ("{", "not made yet"),
                            (json.dumps(json.loads(whole) | {"profile": "paper"}), "profile changed from 'paper'"),
                            (json.dumps(json.loads(whole) | {"outputs": 3}), rf"{path.name} is no record")):
        path.unlink(missing_ok=True)
        if spoiled is not None:
            path.write_text(spoiled)
        with pytest.raises(UserError, match=f"refused, {name}: {reason}.*; run `.* run .*{name}.*`, then `.* verify"):
            check(run)
    path.write_text(whole)
    assert check(run) == []


PATCHES, SIMPLE, GRID, TABLE = f"patches {COLOUR}", f"encode {COLOUR} simple-s0", "grid s0", "table 1"
SIMCLR, TRAINED = f"encode {COLOUR} simclr-s0", f"train {COLOUR} simclr-s0"
NO_RECORD = "its record doesn't say whether it is simulated, or has no notes"
WRITTEN = " is no longer what was written"


@pytest.mark.parametrize(("attack", "name", "reason"), [
    # what must be said of a result
    *((lambda run, name=name: forge(run, name, notes=[]), name, rf"its record lacks a note of its inputs \({NOTE}\)")
      for name in CHAIN[2:]),
    (lambda run: forge(run, GRID, notes=None), GRID, NO_RECORD),
    (lambda run: lose(run, PATCHES, "notes"), PATCHES, NO_RECORD),
    (lambda run: lose(run, GRID, "simulated"), GRID, NO_RECORD),
    # outputs
    (lambda run: forge(run, TABLE, outputs={}), TABLE, r"table1\.csv is not among what was written"),
    (lambda run: forge(run, TABLE, outputs=without("table1.csv")), TABLE, r"table1\.csv is not among what was written"),
    (lambda run: forge(run, GRID, outputs=without("table1_runs.csv")), GRID, r"table1_runs\.csv is not among what was"),
    (lambda run: write(table1(run), "83.3", "93.3"), TABLE, r"table1\.csv" + WRITTEN),
    (lambda run: change_keeping_times(table1(run)), TABLE, r"table1\.csv" + WRITTEN),
    (lambda run: table1(run).unlink(), TABLE, r"table1\.csv is missing"),
    (lambda run: change_keeping_times(run.results / "table1_runs.csv"), GRID, r"table1_runs\.csv" + WRITTEN),
    (lambda run: change_keeping_times(run.patches(COLOUR) / "images.npy"), PATCHES, r"images\.npy" + WRITTEN),
    # simulated
    *((lambda run, name=name: forge(run, name, simulated=False), name, "it isn't marked simulated, which its inputs")
      for name in CHAIN if name != "base weights"),
    (lambda run: forge(run, TABLE, simulated=False, inputs={}), TABLE, f"inputs: now {PATCHES}, now {GRID}"),
    # settings, code, libraries, inputs
    (lambda run: forge(run, SIMPLE, settings={}), SIMPLE, "settings: now set, now model, now side, and 1 more"),
    (lambda run: forge(run, GRID, settings=with_("repeats", 80)), GRID, "repeats changed from 80 to 8"),
    (lambda run: forge(run, TRAINED, settings=with_("epochs", 64)), TRAINED, "epochs changed from 64 to 6"),
    (lambda run: forge(run, GRID, libraries=with_("numpy", "1.0")), GRID, "numpy changed from '1.0' to "),
    (lambda run: forge(run, GRID, libraries={}), GRID, "libraries: now numpy"),
    (lambda run: forge(run, GRID, code=with_("clustering.reduce", "0")), GRID, "the code of clustering.reduce changed"),
    (lambda run: forge(run, GRID, inputs=with_(SIMPLE, "0" * 64)), GRID, f"{SIMPLE} changed"),
    # another's place
    (lambda run: swap(run.features(COLOUR, "simple"), run.features(COLOUR, "simclr")), SIMPLE,
     f"name changed from '{SIMCLR}' to '{SIMPLE}'"),
    (lambda run: swap(run.features(COLOUR, "simclr"), run.features(COLOUR, "simclr", 1)), SIMCLR,
     f"name changed from 'encode {COLOUR} simclr-s1' to '{SIMCLR}'"),
])
def test_refused(run: Run, attack: Callable[[Run], object], name: str, reason: str) -> None:
    attack(run)
    with pytest.raises(UserError, match=f"{record(run, name)}: refused, {name}: {reason}"):
        check(run)


def test_an_output_forged_with_its_record_is_refused_by_what_was_made_of_it(run: Run) -> None:
    path = run.features(COLOUR, "simclr")
    path.write_text("better features")
    forge(run, SIMCLR, outputs={path.name: sha256_file(path)})
    with pytest.raises(UserError, match=f"refused, {GRID}: {SIMCLR} changed"):
        check(run)


def test_a_file_that_no_step_made_is_refused(run: Run) -> None:
    better = run.tables / "better.csv"
    better.write_text("x\n1\n")
    with pytest.raises(UserError, match=r"better\.csv: refused, no step of this run made it; remove it"):
        check(run, table1(run), better)


def test_no_other_step_can_answer_for_an_output(run: Run) -> None:
    table1(run).write_text("x\n1\n")
    forged = {str(table1(run)): sha256_file(table1(run))}
    forge(run, "seeds", outputs=lambda whole: whole | forged)
    with pytest.raises(UserError, match=r"refused, table 1: table1\.csv is no longer what was written"):
        check(run)


@pytest.mark.attack("raw-file-same-time")
def test_a_raw_file_changed_with_its_times_kept_is_refused(tmp_path: Path) -> None:
    images = photographs_of_a_user(tmp_path / "images")
    run = open_run("paper", tmp_path, images=images)
    made.photographs(run)
    made.grid(run)
    finish(run, "table 1")
    steps_of(run).hashes.save()
    assert check(run) == []
    change_keeping_times(images / "Veil" / "2.png")
    with pytest.raises(UserError, match=f"refused, {PATCHES}: photographs changed"):
        check(run)


def test_a_training_kept_though_code_changed_is_said_and_not_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_module, "hash_of_module",
                        lambda module: "0" * 16 if module == "encoders.train" else hash_of_module(module))
    assert check(run) == [
        f"train {COLOUR} {model}-s0: made by version {__version__}; since then the code of encoders.train changed"
        for model in ("simclr", "autoencoder")]
    assert check(run, run.patches(COLOUR) / "images.npy") == []
