"""A kill at any step of a download: the next one goes on from there, and nothing is left over."""

import hashlib
import time
from pathlib import Path

import pytest

from paper_repro.download.decisions import STEP_BYTES
from paper_repro.download.http import Client
from paper_repro.download.ledger import Ledger
from paper_repro.download.transfer import Item, fetch
from tests.download.fetching import PATIENT, PROCESSES, attempt, attempt_that_dies
from tests.download.server import ArchiveServer, Fault


def test_killed_before_each_step_that_changes_a_file(archive: ArchiveServer, tmp_path: Path) -> None:
    body = bytes(range(251)) * 5000
    (archive.root / "big.fit").write_bytes(body)
    steps = 0
    while True:
        steps += 1
        root = tmp_path / f"out{steps}"
        item = Item((archive.url("big.fit"),), root / "a" / "big.fit", size=len(body))
        process = PROCESSES.Process(target=attempt_that_dies, args=(item, steps))
        process.start()
        process.join()
        assert not item.path.exists() or item.path.read_bytes() == body
        kept = item.path.with_name(".big.fit.partial")
        while archive.at_once:  # it may not have noticed yet that nobody reads on
            time.sleep(0.01)
        have = len(body) if item.path.exists() else kept.stat().st_size if kept.exists() else 0
        archive.bytes.clear()
        assert attempt(item, PATIENT, 0) == "right"
        assert archive.bytes["/big.fit"] <= len(body) - have + (STEP_BYTES if have else 0)
        assert item.path.read_bytes() == body
        assert sorted(path.name for path in root.rglob("*")) == ["a", "big.fit", "ledger.csv"]
        if process.exitcode == 0:
            break
        assert process.exitcode == -9
    assert steps > 20  # opened, truncated, recorded, written and synced in steps, renamed, entered


def test_killed_at_90_percent_of_100_mb_fetches_at_most_11_mb_again(archive: ArchiveServer, tmp_path: Path) -> None:
    body = hashlib.shake_256(b"seed").digest(1_000_000) * 100
    (archive.root / "big.fit").write_bytes(body)
    item = Item((archive.url("big.fit"),), tmp_path / "out" / "big.fit", size=len(body),
                digest=("sha256", hashlib.sha256(body).hexdigest()))
    archive.fault = lambda request: Fault(rate=1e7, rate_from=88_000_000)
    process = PROCESSES.Process(target=attempt, args=(item, PATIENT, 0))
    process.start()
    partial = item.path.with_name(".big.fit.partial")
    while not partial.exists() or partial.stat().st_size < 90_000_000:
        assert process.is_alive()
        time.sleep(0.001)
    process.kill()
    process.join()
    assert 90_000_000 <= partial.stat().st_size < 95_000_000
    while archive.at_once:
        time.sleep(0.01)

    archive.fault = lambda request: None
    archive.bytes.clear()
    with Client(PATIENT) as client:
        fetch(client, item, Ledger(tmp_path / "out"))
        assert client.moved == archive.bytes["/big.fit"] <= 11_000_000
    assert item.path.read_bytes() == body


@pytest.mark.parametrize("kind", ["in turn", "at once"])
def test_two_processes_fetch_a_file_once(archive: ArchiveServer, tmp_path: Path, kind: str) -> None:
    body = bytes(range(251)) * 9000
    (archive.root / "big.fit").write_bytes(body)
    archive.fault = lambda request: Fault(rate=1e7)
    item = Item((archive.url("big.fit"),), tmp_path / "out" / "a" / "big.fit", size=len(body))
    processes = [PROCESSES.Process(target=attempt, args=(item, PATIENT, 0)) for _ in range(3)]
    for process in processes:
        process.start()
        if kind == "in turn":
            time.sleep(0.1)
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert archive.bytes["/big.fit"] == len(body)
    assert sorted(path.name for path in (tmp_path / "out").rglob("*")) == ["a", "big.fit", "ledger.csv"]
