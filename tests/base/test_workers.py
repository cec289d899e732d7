import contextlib
import os
import sys
import threading
from pathlib import Path

import pytest

from paper_repro.base import stopping
from paper_repro.base.errors import UserError
from paper_repro.base.workers import parallel, sharing


def square(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def fail(number: int) -> int:
    if number == 2:
        raise UserError("two is too many")
    return number


def die(number: int) -> int:
    os._exit(9)


def wait_unless_first(marker: Path) -> str:
    if marker.name != "first":
        threading.Event().wait(60)
        marker.touch()
    return marker.name


@pytest.mark.parametrize("jobs", [1, 2, 16, None])
def test_every_task_is_done_once(jobs: int | None) -> None:
    found = dict(parallel(square, range(7), jobs))
    assert {task: result[0] for task, result in found.items()} == {n: n * n for n in range(7)}
    assert (os.getpid() in {result[1] for result in found.values()}) == (jobs == 1)


def test_work_that_is_soon_done_starts_no_workers() -> None:
    assert {result[1] for _, result in parallel(square, range(8), 2, seconds=0.1)} == {os.getpid()}
    assert os.getpid() not in {result[1] for _, result in parallel(square, range(8), 2, seconds=10)}


def test_all_work_of_a_run_shares_one_pool() -> None:
    with sharing(2):
        first = {result[1] for _, result in parallel(square, range(20), None)}
        second = {result[1] for _, result in parallel(square, range(20), 2)}
    assert len(first | second) <= 2
    assert os.getpid() not in first | second
    assert not any(process_lives(process) for process in first | second)


def test_a_pool_that_broke_is_a_sentence_for_whoever_uses_it_next() -> None:
    with sharing(2):
        for _ in range(2):
            with pytest.raises(UserError, match="worker process was ended from outside"):
                list(parallel(die, range(4), 2))


def test_a_run_that_is_to_stop_stops_between_tasks() -> None:
    stopping.ask()
    try:
        with pytest.raises(stopping.Stopped):
            list(parallel(square, [1], 1))
        with pytest.raises(stopping.Stopped):
            list(parallel(square, range(4), 2))
    finally:
        stopping.forget()


def process_lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_nothing_to_do_starts_nothing() -> None:
    assert list(parallel(square, [], 4)) == []


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_error_of_a_task_reaches_the_caller(jobs: int) -> None:
    with pytest.raises(UserError, match="two is too many"):
        list(parallel(fail, range(4), jobs))


def test_a_worker_that_dies_is_reported_and_nothing_hangs() -> None:
    with pytest.raises(UserError, match="worker process was ended from outside"):
        list(parallel(die, range(4), 2))


def test_no_worker_is_no_way_to_work() -> None:
    with pytest.raises(UserError, match="expected 1 or more, found 0"):
        list(parallel(square, [1], 0))


def interrupted(tasks: list[Path]) -> None:
    with contextlib.closing(parallel(wait_unless_first, tasks, 2)) as results:
        assert next(results)[1] == "first"
        raise KeyboardInterrupt


def test_an_interrupt_stops_workers_in_the_middle_of_their_task(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        interrupted([tmp_path / "first", tmp_path / "second", tmp_path / "third"])
    assert not list(tmp_path.iterdir())


# the connection that is given up leaves its socket to the garbage collector
@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_an_address_without_a_cluster_is_one_sentence() -> None:
    dask = pytest.importorskip("dask")
    pytest.importorskip("distributed")
    with dask.config.set({"distributed.comm.timeouts.connect": "300ms"}), pytest.raises(
            UserError, match=r"--dask tcp://127.0.0.1:9: expected the address of a Dask scheduler"):
        list(parallel(square, [1], None, "tcp://127.0.0.1:9"))


def test_without_the_package_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match="pip install distributed"):
        list(parallel(square, [1], None, "tcp://127.0.0.1:9"))
