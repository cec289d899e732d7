"""Walking a list: the order, what runs beside what, failures, interrupts."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from paper_repro.base import stopping
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_text
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Origin
from paper_repro.base.step import Step, Steps
from paper_repro.base.walk import walk, would_make

Work = Callable[[], None]


@pytest.fixture(autouse=True)
def _forget_interrupts() -> Iterator[None]:
    yield
    stopping.forget()


def one(folder: Path, name: str, work: Work = lambda: None, **about: Any) -> Step:
    path = folder / f"{name}.txt"

    def make(_: Origin) -> None:
        work()
        path.write_text(name)

    return Step(name, "k", folder / f"{name}.json", (path,), make, "sample", **about)


def fail() -> None:
    raise UserError("It can't be done; try another way.")


def test_each_step_once_after_its_needs(tmp_path: Path) -> None:
    order: list[str] = []
    needs = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ()}
    steps = Steps([one(tmp_path, name, lambda name=name: order.append(name), needs=before)  # type: ignore[misc]
                   for name, before in needs.items()], tmp_path)
    assert walk(steps, ["d"], 3) == {}
    assert sorted(order) == ["a", "b", "c", "d"]
    assert all(order.index(before) < order.index(name) for name in order for before in needs[name])
    assert walk(steps, ["d", "e"], 3) == {}
    assert order[4:] == ["e"]


def test_a_line_says_of_each_step_what_was_done_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps([one(tmp_path, "a"), one(tmp_path, "b", needs=("a",))], tmp_path)
    walk(steps, ["b"], 1)
    (tmp_path / "a.txt").write_text("other")
    walk(steps, ["b"], 1)
    lines = [line.partition("), ")[0] for line in capsys.readouterr().out.splitlines()]
    assert lines == ["made        a  (not made yet", "made        b  (not made yet",
                     "made        a  (a.txt is no longer what was written", "up to date  b"]


def test_one_training_at_a_time_and_others_beside_it(tmp_path: Path) -> None:
    at_work, most, beside = set[str](), 0, threading.Event()
    lock = threading.Lock()

    def train(name: str) -> None:
        nonlocal most
        with lock:
            at_work.add(name)
            most = max(most, len(at_work))
        assert beside.wait(5)  # another step runs while this one is trained
        with lock:
            at_work.discard(name)

    steps = Steps([*(one(tmp_path, name, lambda name=name: train(name), lane="training")  # type: ignore[misc]
                     for name in ("t1", "t2", "t3")), one(tmp_path, "other", beside.set)], tmp_path)
    assert walk(steps, ["t1", "t2", "t3", "other"], 2) == {}
    assert most == 1
    assert all(path.is_file() for name in ("t1", "t2", "t3", "other") for path in steps.by_name[name].outputs)


def test_a_failure_stops_what_depends_on_it_and_not_the_rest(tmp_path: Path,
                                                            capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps([one(tmp_path, "a"), one(tmp_path, "bad", fail, needs=("a",)), one(tmp_path, "c", needs=("bad",)),
                   one(tmp_path, "d", needs=("a",)), one(tmp_path, "e", needs=("c", "d"))], tmp_path)
    failed = walk(steps, ["e", "d"], 2)
    assert failed == {"bad": "It can't be done; try another way.", "c": "needs bad", "e": "needs c"}
    assert (tmp_path / "d.txt").is_file()
    assert not (tmp_path / "c.txt").exists()
    told_user = capsys.readouterr()
    assert told_user.err == "paper_repro: It can't be done; try another way.\n"
    assert "not made    c  (needs bad)" in told_user.out


def test_an_input_that_can_not_be_listed_is_the_steps_failure(tmp_path: Path) -> None:
    def none() -> dict[str, Path]:
        raise UserError("Name the folder with IMAGES=.")

    steps = Steps([one(tmp_path, "a", named={"photographs": none}), one(tmp_path, "b")], tmp_path)
    assert walk(steps, ["a", "b"], 1) == {"a": "Name the folder with IMAGES=."}
    assert (tmp_path / "b.txt").is_file()


def test_a_file_that_can_not_be_written_is_a_sentence(tmp_path: Path) -> None:
    def refused() -> None:
        raise PermissionError(13, "Permission denied", str(tmp_path / "big"))

    steps = Steps([one(tmp_path, "a", refused)], tmp_path)
    sentence = walk(steps, ["a"], 1)["a"]
    assert sentence.startswith(f"{tmp_path / 'big'}: can't be read or written (Permission denied)")


@pytest.mark.attack("full-disk")
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_ends_all_work_with_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                                    code: int) -> None:
    begun, ended = threading.Event(), []

    def full() -> None:
        assert begun.wait(5)
        raise OSError(code, os.strerror(code), str(tmp_path / "big"))

    def long() -> None:
        begun.set()
        for _ in range(500):
            stopping.check()
            time.sleep(0.01)
        ended.append(1)

    steps = Steps([one(tmp_path, "a", full), one(tmp_path, "long", long), one(tmp_path, "c", full),
                   one(tmp_path, "d", needs=("a",))], tmp_path)
    with pytest.raises(UserError, match=rf"{tmp_path / 'big'}: can't be written, .*; make room, then run the same"):
        walk(steps, ["a", "long", "c", "d"], 2)
    assert not ended
    assert capsys.readouterr().err == ""
    assert {path.name for path in tmp_path.iterdir()} == {"spent.csv"}


@pytest.mark.attack("changed-after")
def test_the_record_has_the_hash_of_what_was_written_not_of_what_is_there_by_then(tmp_path: Path) -> None:
    path, made = tmp_path / "a.txt", list[int]()

    def make(_: Origin) -> None:
        made.append(1)
        write_text(path, "a")
        if len(made) == 1:
            path.write_text("somebody else's")

    steps = [Step("a", "k", tmp_path / "a.json", (path,), make, "sample")]
    assert walk(Steps(steps, tmp_path), ["a"], 1) == {}
    assert [why for _, why in would_make(Steps(steps, tmp_path), ["a"])] == ["a.txt is no longer what was written"]
    assert walk(Steps(steps, tmp_path), ["a"], 1) == {}
    assert would_make(Steps(steps, tmp_path), ["a"]) == []
    assert path.read_text() == "a"


def test_a_mistake_of_the_program_is_shown_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def broken() -> None:
        raise ZeroDivisionError

    assert "a" in walk(Steps([one(tmp_path, "a", broken)], tmp_path), ["a"], 1)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_helpers_run_only_for_a_step_that_is_made(tmp_path: Path) -> None:
    runs: list[str] = []
    steps = Steps([one(tmp_path, "parts", lambda: runs.append("parts"), always=True),
                   one(tmp_path, "set", lambda: runs.append("set"), helpers=("parts",))], tmp_path)
    walk(steps, ["set"], 2)
    walk(steps, ["set"], 2)
    assert runs == ["parts", "set"]


def test_telling_makes_nothing(tmp_path: Path) -> None:
    steps = Steps([one(tmp_path, "a"), one(tmp_path, "b", needs=("a",)), one(tmp_path, "c")], tmp_path)
    listed = [(step.name, why) for step, why in would_make(steps, ["b"])]
    assert listed == [("a", "not made yet"), ("b", "a is made first")]
    assert not list(tmp_path.iterdir())
    walk(steps, ["b"], 1)
    assert would_make(steps, ["b"]) == []


@pytest.mark.parametrize("threads", [1, 3])
def test_an_interrupt_ends_all_threads_at_their_next_step(tmp_path: Path, threads: int) -> None:
    """The interrupt comes in one thread, as from the first step that notices; no thread goes on afterwards."""
    def long() -> None:
        progress = Progress("long", 10**9)
        while True:
            time.sleep(0.001)
            progress.step()

    def interrupt() -> None:
        raise KeyboardInterrupt

    before = set(threading.enumerate())
    steps = Steps([*(one(tmp_path, f"long{n}", long) for n in range(threads - 1)), one(tmp_path, "last", interrupt)],
                  tmp_path)
    with pytest.raises(KeyboardInterrupt):
        walk(steps, [*steps.by_name], threads)
    assert {thread for thread in set(threading.enumerate()) - before if thread.is_alive()} == set()
    assert not list(tmp_path.glob("*.txt"))


def test_memory_that_is_not_enough_is_a_sentence(tmp_path: Path) -> None:
    def too_much() -> None:
        raise MemoryError("Unable to allocate 7.28 TiB")

    steps = Steps([one(tmp_path, "a", too_much)], tmp_path)
    sentence = walk(steps, ["a"], 1)["a"]
    assert sentence.startswith(f"{tmp_path}: making it takes more memory than is free (Unable to allocate 7.28 TiB); ")
