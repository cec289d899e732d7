"""Many files at once: what fails doesn't stop the others, what is wrong with the disk stops all."""

import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.download import partial
from paper_repro.download.http import Client, Policy
from paper_repro.download.ledger import Ledger
from paper_repro.download.transfer import FetchError, Item, fetch_all
from tests.download.server import ArchiveServer, Fault, Request

COUNT = 12


def body(number: int) -> bytes:
    return f"file {number} ".encode() * 5000


@pytest.fixture
def items(archive: ArchiveServer, tmp_path: Path) -> list[Item]:
    for number in range(COUNT):
        (archive.root / f"{number}.bin").write_bytes(body(number))
    return [Item((archive.url(f"{number}.bin"),), tmp_path / "raw" / str(number % 3) / f"{number}.bin",
                 size=len(body(number))) for number in range(COUNT)]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "raw")


def free(count: int) -> Callable[[object], object]:
    return lambda path: type("Usage", (), {"free": count})


def test_all_come_and_are_entered(client: Client, archive: ArchiveServer, items: list[Item], ledger: Ledger,
                                  capsys: pytest.CaptureFixture[str]) -> None:
    assert fetch_all(client, items, ledger, "darts") == []
    for number, item in enumerate(items):
        assert item.path.read_bytes() == body(number)
    assert len(ledger.entries()) == COUNT
    total = sum(len(body(number)) for number in range(COUNT))
    assert client.moved == total
    assert f"darts: {total}/{total} bytes" in capsys.readouterr().err
    assert fetch_all(client, items, ledger, "darts") == []
    assert f"darts: {total}/{total} bytes" in capsys.readouterr().err
    assert client.moved == total
    assert fetch_all(client, [], ledger, "darts") == []


def test_files_are_counted_where_sizes_are_not_known(client: Client, items: list[Item], ledger: Ledger,
                                                     capsys: pytest.CaptureFixture[str]) -> None:
    fetch_all(client, [replace(items[0], size=None), *items[1:]], ledger, "psa")
    assert f"psa: {COUNT}/{COUNT} files" in capsys.readouterr().err


def test_a_missing_partner_comes_back_and_the_others_come(client: Client, archive: ArchiveServer, items: list[Item],
                                                          ledger: Ledger) -> None:
    (archive.root / "5.bin").unlink()
    archive.fault = lambda request: Fault(cut=100) if request.path == "/7.bin" else None
    failed = fetch_all(client, items, ledger, "darts")
    assert [item for item, _ in failed] == [items[5], items[7]]
    assert all(isinstance(failure, FetchError) and item.urls[0] in failure.what for item, failure in failed)
    assert [item.path.exists() for item in items] == [number not in {5, 7} for number in range(COUNT)]
    assert len(ledger.entries()) == COUNT - 2


def test_without_a_network_what_is_there_is_used_and_the_rest_named(archive: ArchiveServer, items: list[Item],
                                                                    ledger: Ledger) -> None:
    with Client() as client:
        fetch_all(client, items[:4], ledger, "darts")
    lost = [replace(item, urls=(item.urls[0].replace(str(archive.server_port), "1"),)) for item in items]
    start = time.monotonic()
    with Client(Policy(tries=3, backoff_s=0.01)) as client:
        failed = fetch_all(client, lost, ledger, "darts")
    assert [item for item, _ in failed] == lost[4:]
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("kept", [0, 1000])
def test_no_room_is_said_before_anything_is_fetched(client: Client, archive: ArchiveServer, items: list[Item],
                                                    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, kept: int) -> None:
    items[3].path.parent.mkdir(parents=True)
    items[3].path.write_bytes(body(3))
    items[4].path.parent.mkdir(parents=True)
    items[4].path.with_name(".4.bin.partial").write_bytes(body(4)[:kept])
    needed = sum(len(body(number)) for number in range(COUNT) if number != 3) - kept
    monkeypatch.setattr(shutil, "disk_usage", free(needed - 1))
    with pytest.raises(UserError, match=rf"\({needed} bytes\), but only .* \({needed - 1} bytes\)"):
        fetch_all(client, items, ledger, "darts")
    assert not archive.requests
    monkeypatch.setattr(shutil, "disk_usage", free(needed))
    assert fetch_all(client, items, ledger, "darts") == []


def test_a_disk_that_cannot_be_written_stops_all(archive: ArchiveServer, items: list[Item], ledger: Ledger,
                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    def write(self: partial.Partial, block: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(partial.Partial, "write", write)
    with Client(Policy(per_host=2)) as client, pytest.raises(UserError, match=r"can't be written.*No space left"):
        fetch_all(client, items, ledger, "darts")
    assert sum(archive.requests.values()) < COUNT
    assert not any(item.path.exists() for item in items)


def test_an_interrupt_stops_all_and_the_next_command_goes_on(archive: ArchiveServer, items: list[Item], ledger: Ledger,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        while archive.at_once < 4:
            time.sleep(0.01)
        raise KeyboardInterrupt

    archive.fault = lambda request: Fault(cut=20_000, stall_s=30)
    start = time.monotonic()
    with monkeypatch.context() as patch:
        patch.setattr("paper_repro.download.transfer.wait", interrupted)
        with Client() as client, pytest.raises(KeyboardInterrupt):
            fetch_all(client, items, ledger, "darts")
    assert time.monotonic() - start < 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("fetch")]
    archive.fault = lambda request: None
    with Client() as client:
        assert fetch_all(client, items, ledger, "darts") == []


def test_hosts_take_turns(archive: ArchiveServer, items: list[Item], ledger: Ledger) -> None:
    with ArchiveServer(archive.root, "/pub/") as other:
        seen: list[int] = []
        for number, server in enumerate((archive, other)):
            def note(request: Request, number: int = number) -> Fault:
                seen.append(number)
                return Fault(stall_s=0.05)
            server.fault = note
        there = [replace(item, urls=(item.urls[0].replace(str(archive.server_port), str(other.server_port)),))
                 for item in items[6:]]
        with Client(Policy(per_host=1)) as client:
            assert fetch_all(client, [*items[:6], *there], ledger, "both") == []
        assert archive.most_at_once == other.most_at_once == 1
    assert sorted(seen[:4]) == [0, 0, 1, 1]
