import contextlib
import os
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from paper_repro.base import limits, stopping, workers
from paper_repro.base.cluster import REACHED_S
from paper_repro.base.errors import UserError
from paper_repro.base.workers import parallel, sharing
from tests.local_cluster import local_cluster


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


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many as the work is spread over where nobody says how many."""
    monkeypatch.setattr(workers, "cores", lambda: 2)


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


def test_never_more_workers_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(limits, "workers_that_fit", lambda: 2)
    with sharing(8):
        found = {result[1] for _, result in parallel(square, range(20), 16)}
        assert len(found | {result[1] for _, result in parallel(square, range(20), None)}) <= 2
    assert os.getpid() not in found
    assert capsys.readouterr().err == ("note: 2 at once instead of 16, since memory is free for no more (about 1.1 GB "
                                       "each)\n")
    monkeypatch.setattr(limits, "workers_that_fit", lambda: 1)
    assert {result[1] for _, result in parallel(square, range(8), 4)} == {os.getpid()}


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


class Stranger(socketserver.BaseRequestHandler):
    """What answers is no scheduler."""

    def handle(self) -> None:
        self.request.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


PROGRAM = """
import sys
from paper_repro.base.errors import UserError
from paper_repro.base.workers import parallel
for address in sys.argv[1:]:
    try:
        list(parallel(abs, [1], None, address))
    except UserError as error:
        print(error, file=sys.stderr)
"""


def test_addresses_without_a_cluster_are_one_sentence_each_and_the_process_ends() -> None:
    pytest.importorskip("distributed")
    with socketserver.TCPServer(("127.0.0.1", 0), Stranger) as stranger:
        threading.Thread(target=stranger.serve_forever, daemon=True).start()
        other = f"tcp://127.0.0.1:{stranger.server_address[1]}"
        done = subprocess.run([sys.executable, "-c", PROGRAM, "local", "", "http://x", "tcp://127.0.0.1:9", other],
                              capture_output=True, text=True, timeout=60, check=True)
        stranger.shutdown()
    said = done.stderr.splitlines()
    reasons = ["missing port number", "missing port number", "unknown address scheme", "Timed out trying to connect",
               "what answers there is something else"]
    assert len(said) == len(reasons), said
    for line, reason in zip(said, reasons, strict=True):
        assert line.startswith("--dask ")
        assert f"can't be reached ({reason}" in line
    assert REACHED_S <= 5  # with what a command needs to start, a dead scheduler is noticed within ten seconds


# the connections that are lost leave their sockets to the garbage collector
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_scheduler_that_dies_is_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    cluster = local_cluster(1, processes=False, protocol="tcp://")
    with pytest.raises(UserError, match="the scheduler was lost; start it and its workers"):
        work_until_closed(cluster.scheduler_address, cluster.close)
    assert "Traceback" not in capfd.readouterr().err


def work_until_closed(address: str, close: Callable[[], object]) -> None:
    with contextlib.closing(parallel(time.sleep, [0.01] * 3 + [5.0] * 3, 1, address)) as results:
        next(results)
        close()
        list(results)


def test_without_the_package_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ["distributed", *(name for name in sys.modules if name.startswith("distributed."))]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(UserError, match="pip install distributed"):
        list(parallel(square, [1], None, "tcp://127.0.0.1:9"))
