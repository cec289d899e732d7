"""One file: every state of the disk and of the servers it is fetched from; whole and verified, or not there."""

import hashlib
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.download.decisions import STEP_BYTES
from paper_repro.download.http import Client, Policy
from paper_repro.download.ledger import Ledger
from paper_repro.download.partial import Partial
from paper_repro.download.transfer import FetchError, Item, fetch
from tests.download.server import ArchiveServer, Fault, Request

BODY = bytes(range(251)) * 8000  # 2 MB, four steps
SHA256, MD5 = hashlib.sha256(BODY).hexdigest(), hashlib.md5(BODY).hexdigest()


@pytest.fixture
def item(archive: ArchiveServer, tmp_path: Path) -> Item:
    (archive.root / "file.bin").write_bytes(BODY)
    return Item((archive.url("file.bin"),), tmp_path / "raw" / "a" / "file.bin", size=len(BODY))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "raw")


def left(item: Item) -> list[str]:
    return sorted(path.name for path in item.path.parent.iterdir()) if item.path.parent.is_dir() else []


def refuse(path: Path) -> None:
    raise UserError(f"{path.name}: expected END")


def accept(path: Path) -> None:
    assert path.stat().st_size == len(BODY)


@pytest.mark.parametrize(("known", "verified"), [
    ({}, "size"), ({"size": None}, "size"), ({"check": accept}, "size, reader"),
    ({"digest": ("sha256", SHA256)}, "sha256"), ({"digest": ("sha256", SHA256.upper())}, "sha256"),
    ({"digest": ("md5", MD5)}, f"md5 {MD5}"),
])
def test_a_file_is_fetched_and_entered(client: Client, item: Item, ledger: Ledger, known: dict[str, object],
                                       verified: str) -> None:
    item = replace(item, **known)  # type: ignore[arg-type]
    entry = fetch(client, item, ledger)
    assert item.path.read_bytes() == BODY
    assert left(item) == ["file.bin"]
    assert entry == ledger.get(item.path) == Ledger(ledger.root).get(item.path)
    assert (entry.url, entry.path, entry.bytes, entry.sha256) == (item.urls[0], "a/file.bin", len(BODY), SHA256)
    assert entry.verified == verified
    assert entry.mtime_ns == item.path.stat().st_mtime_ns


def test_what_the_ledger_has_is_not_asked_for_nor_read(client: Client, archive: ArchiveServer, item: Item,
                                                      ledger: Ledger) -> None:
    for known in ({}, {"digest": ("sha256", SHA256)}, {"digest": ("md5", MD5)}):
        fetch(client, replace(item, **known), ledger)  # type: ignore[arg-type]
    about = item.path.stat()
    item.path.write_bytes(bytes(len(BODY)))
    os.utime(item.path, ns=(about.st_atime_ns, about.st_mtime_ns))
    lines = ledger.file.read_text()
    fetch(client, replace(item, digest=("md5", MD5)), ledger)
    assert archive.requests["/file.bin"] == 1
    assert ledger.file.read_text() == lines


def test_what_changed_since_it_was_entered_is_fetched_anew(client: Client, archive: ArchiveServer, item: Item,
                                                           ledger: Ledger) -> None:
    item = replace(item, digest=("md5", MD5))
    fetch(client, item, ledger)
    item.path.write_bytes(BODY[::-1])
    fetch(client, item, ledger)
    assert item.path.read_bytes() == BODY
    assert archive.requests["/file.bin"] == 2


def test_what_is_there_without_an_entry_is_verified_and_entered(client: Client, archive: ArchiveServer, item: Item,
                                                                ledger: Ledger) -> None:
    item.path.parent.mkdir(parents=True)
    item.path.write_bytes(BODY)
    item.path.with_name(".file.bin.partial.json").write_text("{}")  # of a kill just after the renaming
    item.path.with_name(".file.bin.partial").write_bytes(b"rest of an older try")
    assert fetch(client, item, ledger).verified == "size"
    assert not archive.requests
    assert left(item) == ["file.bin"]


@pytest.mark.parametrize("known", [{"size": len(BODY)}, {"digest": ("sha256", SHA256)}, {"check": refuse}])
def test_a_wrong_file_stays_unless_the_right_one_comes(client: Client, archive: ArchiveServer, item: Item,
                                                       ledger: Ledger, known: dict[str, object]) -> None:
    item = replace(item, **{"size": None, **known})  # type: ignore[arg-type]
    item.path.parent.mkdir(parents=True)
    item.path.write_bytes(b"old")
    archive.fault = lambda request: Fault(status=404)
    with pytest.raises(FetchError, match="404"):
        fetch(client, item, ledger)
    assert item.path.read_bytes() == b"old"
    assert left(item) == ["file.bin"]
    archive.fault = lambda request: None
    if known != {"check": refuse}:
        fetch(client, item, ledger)
        assert item.path.read_bytes() == BODY


@pytest.mark.parametrize(("known", "said"), [
    ({"digest": ("sha256", "0" * 64)}, f"expected sha256 {'0' * 64}, found {SHA256}, each of 3 times"),
    ({"digest": ("md5", "0" * 32)}, f"expected md5 {'0' * 32}, found {MD5}"),
    ({"check": refuse}, "expected END"),
    ({"size": 7}, f"expected 7 bytes, the server has {len(BODY)}"),
])
def test_the_wrong_file_is_fetched_three_times_and_refused(archive: ArchiveServer, item: Item, ledger: Ledger,
                                                           known: dict[str, object], said: str) -> None:
    item = replace(item, **known)  # type: ignore[arg-type]
    with Client(Policy(tries=3, backoff_s=0.001)) as client, pytest.raises(FetchError, match=said):
        fetch(client, item, ledger)
    assert archive.requests["/file.bin"] == 3
    assert left(item) == []
    assert not ledger.file.exists()


@pytest.mark.parametrize("no_length", [False, True])
def test_goes_on_where_it_broke_off(client: Client, archive: ArchiveServer, item: Item, ledger: Ledger,
                                    no_length: bool) -> None:
    archive.fault = lambda request: (Fault(cut=STEP_BYTES + 1000, no_length=no_length)
                                     if request.number < 3 else None)
    fetch(client, item, ledger)
    assert item.path.read_bytes() == BODY
    asked = [(one.headers.get("range"), "if-range" in one.headers) for one in archive.log]
    assert asked == [(None, False), (f"bytes={STEP_BYTES}-", True), (f"bytes={2 * STEP_BYTES}-", True)]


def test_progress_counts_tries_anew(archive: ArchiveServer, item: Item, ledger: Ledger) -> None:
    archive.fault = lambda request: Fault(cut=STEP_BYTES + 1000)
    with Client(Policy(tries=1)) as client:
        fetch(client, item, ledger)
    assert archive.requests["/file.bin"] == 4


def test_the_next_command_goes_on(client: Client, archive: ArchiveServer, item: Item, ledger: Ledger) -> None:
    archive.fault = lambda request: Fault(cut=3 * STEP_BYTES + 7 if request.number == 1 else 0)
    with pytest.raises(FetchError, match=f"broke off after {3 * STEP_BYTES} bytes of {len(BODY)}"):
        fetch(client, item, ledger)
    assert left(item) == [".file.bin.partial", ".file.bin.partial.json"]
    archive.fault = lambda request: None
    archive.bytes.clear()
    fetch(client, item, ledger)
    assert archive.bytes["/file.bin"] == len(BODY) - 3 * STEP_BYTES
    assert item.path.read_bytes() == BODY


@pytest.mark.parametrize("validators", [True, False])
def test_a_file_that_changes_between_tries_is_never_mixed(client: Client, archive: ArchiveServer, item: Item,
                                                          ledger: Ledger, validators: bool) -> None:
    def fault(request: Request) -> Fault:
        if request.number == 2:
            (archive.root / "file.bin").write_bytes(BODY[::-1])
        none = {} if validators else {"ETag": None, "Last-Modified": None}
        return Fault(cut=STEP_BYTES + 9 if request.number == 1 else None, headers=none)

    archive.fault = fault
    fetch(client, item, ledger)
    assert item.path.read_bytes() == BODY[::-1]


def test_the_second_host_is_asked_when_the_first_has_it_not(client: Client, archive: ArchiveServer, item: Item,
                                                            ledger: Ledger) -> None:
    item = replace(item, urls=(archive.url("nothing.bin"), *item.urls))
    assert fetch(client, item, ledger).url == item.urls[1]
    lost = replace(item, urls=(archive.url("1"), archive.url("2")), path=item.path.with_name("lost.bin"))
    with pytest.raises(FetchError) as caught:
        fetch(client, lost, ledger)
    assert all(url in caught.value.what for url in lost.urls)


def test_what_another_host_gave_is_not_gone_on_with(client: Client, archive: ArchiveServer, item: Item,
                                                    ledger: Ledger) -> None:
    (archive.root / "other.bin").write_bytes(BODY[::-1])
    archive.fault = lambda request: (Fault(cut=STEP_BYTES + 9 if request.number == 1 else 0)
                                     if request.path == "/other.bin" else None)
    fetch(client, replace(item, urls=(archive.url("other.bin"), *item.urls)), ledger)
    assert item.path.read_bytes() == BODY


@pytest.mark.parametrize(("fault", "whole"), [(Fault(no_length=True), False), (Fault(chunked=True), True)])
def test_nothing_says_whether_it_is_whole(client: Client, archive: ArchiveServer, item: Item, ledger: Ledger,
                                          fault: Fault, whole: bool) -> None:
    archive.fault = lambda request: fault
    item = replace(item, size=None)
    if whole:
        assert fetch(client, item, ledger).verified == "nothing"
    else:
        with pytest.raises(FetchError, match="nothing says whether"):
            fetch(client, item, ledger)
        assert left(item) == []


@pytest.mark.attack("endless-body")
@pytest.mark.parametrize("known", [{"most_bytes": len(BODY) - 1}, {"size": 600_000}])
@pytest.mark.parametrize("fault", [Fault(), Fault(chunked=True), Fault(no_length=True)],
                         ids=["length", "chunked", "no length"])
def test_no_more_is_written_than_the_file_may_have(client: Client, archive: ArchiveServer, item: Item, ledger: Ledger,
                                                   monkeypatch: pytest.MonkeyPatch, fault: Fault,
                                                   known: dict[str, int]) -> None:
    written: list[int] = []
    write = Partial.write

    def counted(partial: Partial, block: bytes) -> None:
        write(partial, block)
        written.append(partial.size)

    monkeypatch.setattr(Partial, "write", counted)
    archive.fault = lambda request: fault
    item = replace(item, **({"size": None, "digest": ("sha256", SHA256)} | known))  # type: ignore[arg-type]
    most = known.get("most_bytes", 600_000)
    with pytest.raises(FetchError, match=f"expected (at most )?{most} bytes, (found more|the server has {len(BODY)})"):
        fetch(client, item, ledger)
    assert max(written, default=0) <= most
    assert left(item) == []


def test_a_mirror_folder(client: Client, archive: ArchiveServer, item: Item, ledger: Ledger) -> None:
    item = replace(item, urls=((archive.root / "file.bin").as_uri(),))
    fetch(client, item, ledger)
    assert item.path.read_bytes() == BODY
    assert not archive.requests


def test_a_second_thread_waits_and_finds_the_file(client: Client, archive: ArchiveServer, item: Item,
                                                  ledger: Ledger) -> None:
    archive.fault = lambda request: Fault(rate=1e7)
    threads = [threading.Thread(target=fetch, args=(client, item, ledger)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert archive.requests["/file.bin"] == 1
    assert item.path.read_bytes() == BODY
    assert left(item) == ["file.bin"]
