"""What makes a step stale, and what doesn't: content decides, and nothing else."""

import dataclasses
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from paper_repro.base import code, step
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.step import Step, Steps


def writes(path: Path, text: str, made: Made | None = None) -> Callable[[Origin], Made | None]:
    def make(_: Origin) -> Made | None:
        path.write_text(text)
        return made

    return make


def one(folder: Path, name: str = "first", text: str = "text", **about: Any) -> Step:
    path = folder / f"{name}.txt"
    made = about.pop("made", None)
    return Step(name, name, folder / f"{name}.json", (path,), writes(path, text, made), "sample", **about)


def steps_of(folder: Path, *steps: Step) -> Steps:
    return Steps(steps, folder)


def make_all(steps: Steps) -> None:
    for each in steps.by_name.values():
        steps.make(each)


def test_a_step_that_is_made_is_up_to_date(tmp_path: Path) -> None:
    first = one(tmp_path, settings={"side": 64, "seeds": (0, 1)})
    steps = steps_of(tmp_path, first)
    assert steps.why_stale(first) == "not made yet"
    steps.make(first)
    assert steps.why_stale(first) == ""
    assert steps_of(tmp_path, one(tmp_path, settings={"side": 64, "seeds": [0, 1]})).why_stale(first) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"settings": {"side": 128}}, "side changed from 64 to 128"),
        ({"settings": {"side": 64, "epochs": 1}}, "settings: now epochs"),
        ({"settings": {}}, "settings: no longer side"),
        ({"profile": "paper"}, "profile changed from 'sample' to 'paper'"),
        ({"kind": "other"}, "step changed from 'first' to 'other'"),
        ({"code": ("patches.waves",)}, "code: now patches.waves"),
        ({"libraries": ("numpy",)}, "libraries: now numpy"),
        ({"named": {"photographs": dict}}, "inputs: now photographs"),
    ],
)
def test_each_part_decides(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    first = one(tmp_path, settings={"side": 64})
    steps_of(tmp_path, first).make(first)
    changed = dataclasses.replace(first, **change)
    assert steps_of(tmp_path, changed).why_stale(changed) == reason


def test_code_and_libraries_decide_by_hash_and_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = one(tmp_path, code=("patches.flatten",), libraries=("numpy",))
    steps = steps_of(tmp_path, first)
    steps.make(first)
    with monkeypatch.context() as patch:
        patch.setattr(step, "hash_of_module", lambda _: "0" * 16)
        assert steps.why_stale(first) == "the code of patches.flatten changed"
    with monkeypatch.context() as patch:
        patch.setattr(step, "version_of", lambda _: "0.1")
        assert steps.why_stale(first) == f"numpy changed from '{code.version_of('numpy')}' to '0.1'"
    assert steps.why_stale(first) == ""


def test_a_kept_step_outlives_its_code_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = one(tmp_path, code=("patches.flatten",), libraries=("numpy",), settings={"epochs": 6}, keep=True)
    steps = steps_of(tmp_path, first)
    steps.make(first)
    assert steps.changed_since(first) == ""
    monkeypatch.setattr(step, "hash_of_module", lambda _: "0" * 16)
    assert steps.why_stale(first) == ""
    assert steps.changed_since(first) == "made by version 0.2.0; since then the code of patches.flatten changed"
    changed = dataclasses.replace(first, settings={"epochs": 7})
    assert steps_of(tmp_path, changed).why_stale(changed) == "epochs changed from 6 to 7"


def test_outputs_are_what_was_written(tmp_path: Path) -> None:
    first = one(tmp_path, made=Made(files=(tmp_path / "more.txt",)))
    (tmp_path / "more.txt").write_text("more")
    steps = steps_of(tmp_path, first)
    steps.make(first)
    times = first.outputs[0].stat()
    first.outputs[0].write_text("Text")  # as long as before
    os.utime(first.outputs[0], ns=(times.st_atime_ns, times.st_mtime_ns))
    assert steps.why_stale(first) == "first.txt is no longer what was written"
    steps.make(first)
    (tmp_path / "more.txt").unlink()
    assert steps.why_stale(first) == "more.txt is missing"
    (tmp_path / "more.txt").write_text("more")
    assert steps.why_stale(first) == ""
    record = read_json(first.record)
    assert record is not None
    write_json(first.record, record | {"outputs": {"more.txt": record["outputs"]["more.txt"]}})
    assert steps.why_stale(first) == "first.txt is not among what was written"
    write_json(first.record, {name: value for name, value in record.items() if name != "outputs"})
    assert steps.why_stale(first) == "first.json is no record"


@pytest.mark.parametrize(("said", "reason"), [
    (Made(notes=("random weights",)), "its record lacks a note of its inputs (random weights)"),
    (Made(simulated=True), "it isn't marked simulated, which its inputs are"),
])
def test_what_must_be_said_of_an_input_is_passed_on_though_its_bytes_are_the_same(tmp_path: Path, said: Made,
                                                                                  reason: str) -> None:
    second = one(tmp_path, "second", needs=("first",))
    make_all(steps_of(tmp_path, one(tmp_path), second))
    now = steps_of(tmp_path, one(tmp_path, made=said), second)
    now.make(now.by_name["first"])
    assert now.why_stale(second) == reason
    now.make(second)
    assert now.why_stale(second) == ""


def test_files_that_the_user_names_count_by_content(tmp_path: Path) -> None:
    photo = tmp_path / "a.png"
    photo.write_bytes(b"one")
    first = one(tmp_path, named={"photographs": lambda: {path.name: path for path in tmp_path.glob("*.png")}})
    steps = steps_of(tmp_path, first)
    steps.make(first)
    assert steps.why_stale(first) == ""
    times = photo.stat()
    replaced = tmp_path / "new"
    replaced.write_bytes(b"two")
    os.utime(replaced, ns=(times.st_atime_ns, times.st_mtime_ns))
    replaced.replace(photo)
    assert steps.why_stale(first) == "photographs changed"
    photo.write_bytes(b"one")
    os.utime(photo, (0, 0))  # a wrong clock
    assert steps.why_stale(first) == ""
    (tmp_path / "b.png").write_bytes(b"")
    assert steps.why_stale(first) == "photographs changed"
    (tmp_path / "b.png").unlink()
    photo.rename(tmp_path / "c.png")
    assert steps.why_stale(first) == "photographs changed"


def test_what_is_made_again_alike_makes_nothing_stale(tmp_path: Path) -> None:
    first, second = one(tmp_path), one(tmp_path, "second", needs=("first",))
    steps = steps_of(tmp_path, first, second)
    make_all(steps)
    assert steps.why_stale(second) == ""
    steps.make(first)
    assert steps.why_stale(second) == ""
    other = one(tmp_path, text="other text")
    steps = steps_of(tmp_path, other, second)
    steps.make(other)
    assert steps.why_stale(second) == "first changed"


def test_what_must_be_said_of_inputs_is_said_of_what_is_made_of_them(tmp_path: Path) -> None:
    first = one(tmp_path, simulated=True, made=Made({"images": 3}, notes=("Random weights.",)))
    second = one(tmp_path, "second", needs=("first",), made=Made(notes=("Drawn from a.", "Random weights.")))
    third = one(tmp_path, "third", made=Made(simulated=True))
    make_all(steps_of(tmp_path, first, second, third))
    records = [read_json(each.record) or {} for each in (first, second, third)]
    assert [record["simulated"] for record in records] == [True, True, True]
    assert [record["notes"] for record in records] == [["Random weights."], ["Random weights.", "Drawn from a."], []]
    assert records[0]["images"] == 3
    assert records[0]["version"] == "0.2.0"
    assert json.dumps(records[1])


def test_a_file_of_an_earlier_run_that_is_nothing_any_more_goes(tmp_path: Path) -> None:
    extra = tmp_path / "panel-b.txt"
    extra.write_text("b")
    first = one(tmp_path, made=Made(files=(extra,)))
    steps_of(tmp_path, first).make(first)
    fewer = one(tmp_path)
    steps_of(tmp_path, fewer).make(fewer)
    assert not extra.exists()
    assert fewer.outputs[0].exists()


def test_a_record_that_names_files_elsewhere_removes_none(tmp_path: Path) -> None:
    (tmp_path / "run/folder").mkdir(parents=True)
    step = one(tmp_path / "run")
    steps = steps_of(tmp_path / "run", step)
    steps.make(step)
    (tmp_path / "mine").write_text("mine")
    record = json.loads(step.record.read_text())
    for name in ("../mine", str(tmp_path / "mine"), "folder", "folder/../../mine", "a\0b", ""):
        step.record.write_text(json.dumps(record | {"outputs": record["outputs"] | {name: "0" * 64}}))
        assert steps.why_stale(step)
        steps.make(step)
        assert steps.why_stale(step) == ""
    assert (tmp_path / "mine").read_text() == "mine"
    step.record.write_text(json.dumps(record | {"outputs": ["../mine"]}))
    steps.make(step)
    assert (tmp_path / "mine").is_file()


def test_scratch_goes_once_the_record_is_there_and_not_before(tmp_path: Path) -> None:
    scratch = tmp_path / "resume"
    scratch.touch()

    def fail(_: Origin) -> None:
        raise UserError("x.")

    first = one(tmp_path, scratch=(scratch,))
    steps = steps_of(tmp_path, first)
    with pytest.raises(UserError):
        steps.make(dataclasses.replace(first, make=fail))
    assert scratch.exists()
    steps.make(first)
    assert not scratch.exists()
    scratch.touch()  # of a run killed between the record and the end
    assert steps.why_stale(first) == ""
    assert not scratch.exists()


def test_a_step_that_writes_less_than_it_says_is_a_mistake(tmp_path: Path) -> None:
    first = dataclasses.replace(one(tmp_path), make=lambda _: None)
    with pytest.raises(RuntimeError, match="first did not write"):
        steps_of(tmp_path, first).make(first)
    assert not first.record.exists()


def test_needs_come_before(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="needs 'first', which is no step before it"):
        steps_of(tmp_path, one(tmp_path, "second", needs=("first",)))
    with pytest.raises(ValueError, match="two steps are called 'first'"):
        steps_of(tmp_path, one(tmp_path), one(tmp_path))


def test_a_need_that_is_not_made_is_a_sentence(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, one(tmp_path), one(tmp_path, "second", needs=("first",)))
    with pytest.raises(UserError, match="`python -m paper_repro run first"):
        steps.make(steps.by_name["second"])


def test_the_closure_keeps_the_lists_order(tmp_path: Path) -> None:
    steps = steps_of(tmp_path, one(tmp_path, "a"), one(tmp_path, "b"), one(tmp_path, "c", needs=("b",)),
                     one(tmp_path, "d", needs=("c", "a")))
    assert [each.name for each in steps.closure(["c"])] == ["b", "c"]
    assert [each.name for each in steps.closure(["d"])] == ["a", "b", "c", "d"]
