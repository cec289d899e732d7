"""Which outputs are refused: a chain from photographs to tables, forged at each of its links."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro import __version__
from paper_repro.base import hashes
from paper_repro.base import step as step_module
from paper_repro.base.code import hash_of_module
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file, write_json
from paper_repro.base.profile import load
from paper_repro.base.provenance import SEAL
from paper_repro.base.run import COLOUR, Run, open_run
from paper_repro.steps import steps_of
from tests.observations import products
from tests.steps_made import flip, with_times_of
from tests.tables import conftest as made
from tests.verify.chain_made import (
    CHAIN,
    NOTE,
    chain,
    check,
    forge,
    lose,
    record,
    sealed,
    swap,
    table1,
    with_,
    without,
    write,
)
from tests.verify.conftest import photographs_of_a_user
from tests.verify.runs_made import finish, with_encoders


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run with Table 1 and all that it is made of."""
    return chain(tmp_path)


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


@pytest.mark.attack("notes-emptied")
@pytest.mark.attack("outputs-taken-out")
@pytest.mark.attack("unmarked")
@pytest.mark.attack("swapped")
@pytest.mark.attack("settings-forged")
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
    (lambda run: with_times_of(table1(run), flip), TABLE, r"table1\.csv" + WRITTEN),
    (lambda run: table1(run).unlink(), TABLE, r"table1\.csv is missing"),
    (lambda run: with_times_of(run.results / "table1_runs.csv", flip), GRID, r"table1_runs\.csv" + WRITTEN),
    (lambda run: with_times_of(run.patches(COLOUR) / "images.npy", flip), PATCHES, r"images\.npy" + WRITTEN),
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


@pytest.mark.attack("record-edited")
@pytest.mark.parametrize("name", CHAIN)
def test_a_record_edited_anywhere_is_refused(run: Run, name: str) -> None:
    """Whatever a step says beyond what decided it: weights_of_epoch, classes, the time."""
    path = record(run, name)
    whole = read_json(path) or {}
    for key, value in (("weights_of_epoch", 1), ("time_utc", "2020"), ("version", "9.9.9"), ("python", "2.7")):
        write_json(path, whole | {key: value})
        with pytest.raises(UserError, match=f"refused, {name}: {path.name} is no longer what was written"):
            check(run)
    write_json(path, whole)
    assert check(run) == []


def test_a_record_without_a_seal_is_refused_unless_it_is_of_a_training(run: Run) -> None:
    """A training of hours, made before records had one, is kept and said to be."""
    path = record(run, GRID)
    whole = read_json(path) or {}
    write_json(path, without(SEAL)(whole))
    with pytest.raises(UserError, match=rf"refused, {GRID}: table1_runs\.json has no seal"):
        check(run)
    write_json(path, whole)
    write_json(record(run, TRAINED), without(SEAL)(read_json(record(run, TRAINED)) or {}))
    assert check(run) == [f"{TRAINED}: made by version {__version__}; since then records are sealed, which its own "
                          "isn't"]


def test_an_output_forged_with_its_record_is_refused_by_what_was_made_of_it(run: Run) -> None:
    path = run.features(COLOUR, "simclr")
    path.write_text("better features")
    forge(run, SIMCLR, outputs={path.name: sha256_file(path)})
    with pytest.raises(UserError, match=f"refused, {GRID}: {SIMCLR} changed"):
        check(run)


@pytest.mark.attack("table-edited")
@pytest.mark.parametrize(("before", "after"), [("83.3", "93.3"), ("not comparable: simulated", "Cloud-ImVN")])
def test_a_table_edited_with_its_record_is_made_again_of_its_runs(run: Run, before: str, after: str) -> None:
    write(table1(run), before, after)
    forge(run, TABLE, outputs=lambda outputs: outputs | {"table1.csv": sha256_file(table1(run))})
    with pytest.raises(UserError, match=rf"refused, {TABLE}: table1\.csv isn't what its inputs give"):
        check(run)


@pytest.mark.attack("record-edited")
def test_what_a_tables_record_says_of_its_run_is_made_again(run: Run) -> None:
    finish(run, "table 2")
    path = run.tables / "table2.csv"
    assert check(run, path) == []
    used = (read_json(record(run, "table 2")) or {})["used"]
    for changes, what in (({"used": used | {"max_epochs": 64}}, "used"), ({"notes": []}, "Recipe paper; images of")):
        before = read_json(record(run, "table 2")) or {}
        forge(run, "table 2", **changes)
        with pytest.raises(UserError, match=rf"refused, table 2: its record isn't what its inputs give \({what}"):
            check(run, path)
        sealed(run, "table 2", before)


def test_a_file_that_no_step_made_is_refused(run: Run) -> None:
    better = run.tables / "better.csv"
    better.write_text("x\n1\n")
    with pytest.raises(UserError, match=r"better\.csv: refused, no step of this run made it; remove it"):
        check(run, table1(run), better)


def test_features_made_by_a_claims_own_command_are_known(run: Run) -> None:
    """encode --encoders autoencoder --set uvi-3000km-flat, which no target makes."""
    name, path = "encode uvi-3000km-flat autoencoder-s0", run.features("uvi-3000km-flat", "autoencoder")
    assert name not in steps_of(run).by_name
    finish(with_encoders(run, models=("autoencoder",)), name)
    assert check(run, path) == []
    with_times_of(path, flip)
    with pytest.raises(UserError, match=f"refused, {name}: {path.name}{WRITTEN}"):
        check(run, path)


def test_the_set_that_the_paper_left_out_is_known_where_it_was_made(tmp_path: Path) -> None:
    """patches --vmc FOLDER --scale 500, whose sets are no others."""
    products.vmc_pair(tmp_path / "vmc")
    run = Run(load("paper"), tmp_path / "out", folders={"vmc": tmp_path / "vmc"})
    path = run.patches("vmc-500km") / "patches.csv"
    assert "patches vmc-500km" not in steps_of(run).by_name
    finish(dataclasses.replace(run, instruments=("vmc",), scales=(500.0,)), "patches vmc-500km")
    assert check(run, path) == []
    path.write_text("id\n1\n")
    with pytest.raises(UserError, match=f"refused, patches vmc-500km: patches.csv{WRITTEN}"):
        check(run, path)


def test_no_other_step_can_answer_for_an_output(run: Run) -> None:
    table1(run).write_text("x\n1\n")
    forged = {str(table1(run)): sha256_file(table1(run))}
    forge(run, "seeds", outputs=lambda whole: whole | forged)
    with pytest.raises(UserError, match=r"refused, table 1: table1\.csv is no longer what was written"):
        check(run)


@pytest.mark.attack("raw-file-same-time")
def test_a_raw_file_changed_with_its_times_kept_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "SETTLED_NS", -1)  # so that the list of hashes has files as new as these
    images = photographs_of_a_user(tmp_path / "images")
    run = open_run("paper", tmp_path, images=images)
    made.photographs(run)
    made.grid(run)
    finish(run, "table 1")
    steps = steps_of(run)
    steps.hashes.file(images / "Veil" / "2.png")
    steps.hashes.save()
    assert check(run) == []
    with_times_of(images / "Veil" / "2.png", flip)
    with pytest.raises(UserError, match=f"refused, {PATCHES}: photographs changed"):
        check(run)


@pytest.mark.attack("hashes-forged")
def test_a_forged_list_of_hashes_is_not_asked(run: Run) -> None:
    """The list that spares a walk reading files again: the hash of before, of the file as it is now."""
    table1(run).write_text("x\n1\n")
    now = table1(run).stat()
    recorded = (read_json(record(run, TABLE)) or {})["outputs"]["table1.csv"]
    known = [now.st_size, now.st_ino, now.st_mtime_ns, now.st_ctime_ns, recorded]
    write_json(run.data / ".hashes.json", {str(table1(run)): known})
    assert steps_of(run).hashes.file(table1(run)) == recorded
    with pytest.raises(UserError, match=rf"refused, {TABLE}: table1\.csv{WRITTEN}"):
        check(run)


def test_a_training_kept_though_code_changed_is_said_and_not_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_module, "hash_of_module",
                        lambda module: "0" * 16 if module == "encoders.train" else hash_of_module(module))
    assert check(run) == [
        f"train {COLOUR} {model}-s0: made by version {__version__}; since then the code of encoders.train changed"
        for model in ("simclr", "autoencoder")]
    assert check(run, run.patches(COLOUR) / "images.npy") == []
