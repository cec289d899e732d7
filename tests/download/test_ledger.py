"""The ledger: the last line of a path counts, cut lines don't, and any number of writers get along."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.download.ledger import Entry, Ledger
from tests.download.fetching import PROCESSES

ENTRY = Entry("http://archive.test/a,b.fit", 'a/odd "name", with comma.fit', 7, "ab" * 32, "size, reader",
              "2026-01-02T03:04:05Z", 1_700_000_000_123_456_789)


def test_entries_come_back(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "raw")
    assert ledger.entries() == []
    assert ledger.get(tmp_path / "raw" / ENTRY.path) is None
    other = replace(ENTRY, path="a/b.fit")
    ledger.add(ENTRY)
    ledger.add(other)
    for one in (ledger, Ledger(tmp_path / "raw")):
        assert one.get(tmp_path / "raw" / ENTRY.path) == ENTRY
        assert one.entries() == [other, ENTRY]
    assert ledger.file.read_text().splitlines()[0] == "url,path,bytes,sha256,verified,time_utc,mtime_ns"


def test_the_last_line_of_a_path_counts(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.add(ENTRY)
    ledger.add(replace(ENTRY, bytes=8))
    assert ledger.entries() == Ledger(tmp_path).entries() == [replace(ENTRY, bytes=8)]
    assert len(ledger.file.read_text().splitlines()) == 3


@pytest.mark.parametrize("lines", [1, 2])
def test_a_line_cut_short_anywhere_is_not_there_and_goes_with_the_next_one(tmp_path: Path, lines: int) -> None:
    whole = Ledger(tmp_path / "whole")
    entries = [replace(ENTRY, path=f"{i}.fit") for i in range(lines)]
    for entry in entries:
        whole.add(entry)
    text = whole.file.read_bytes()
    last = text.rindex(b"\n", 0, -1) + 1
    for cut in range(last, len(text)):
        root = tmp_path / str(cut)
        root.mkdir()
        (root / "ledger.csv").write_bytes(text[:cut])
        ledger = Ledger(root)
        assert ledger.entries() == entries[:-1]
        ledger.add(entries[-1])
        assert ledger.file.read_bytes() == text
        assert ledger.entries() == Ledger(root).entries() == entries


@pytest.mark.parametrize("line", ["", '"', "a,b", "u,p,seven," + "ab" * 32 + ",size,now,1", "u,p,7,short,size,now,1",
                                  "\0", ",".join("x" * 8), '"' + "x" * 200_000])
def test_a_line_that_is_none_spoils_no_other(tmp_path: Path, line: str) -> None:
    first = Ledger(tmp_path)
    first.add(ENTRY)
    with first.file.open("a") as file:
        file.write(line + "\n")
    first.add(replace(ENTRY, path="other.fit"))
    assert len(Ledger(tmp_path).entries()) == 2
    assert first.entries() == Ledger(tmp_path).entries()


def test_what_others_add_is_seen(tmp_path: Path) -> None:
    one, other = Ledger(tmp_path), Ledger(tmp_path)
    other.add(ENTRY)
    assert one.get(tmp_path / ENTRY.path) == ENTRY
    other.add(replace(ENTRY, bytes=8))
    assert one.entries() == [replace(ENTRY, bytes=8)]
    one.file.unlink()
    assert one.entries() == other.entries() == []
    one.add(ENTRY)
    assert other.entries() == [ENTRY]


def add_many(root: Path, writer: int) -> None:
    ledger = Ledger(root)
    for i in range(50):
        ledger.add(replace(ENTRY, path=f"{writer}/{i}.fit"))


def test_many_writers_at_once(tmp_path: Path) -> None:
    process = PROCESSES.Process(target=add_many, args=(tmp_path, 10))
    process.start()
    threads = [threading.Thread(target=add_many, args=(tmp_path, i)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.join()
    assert len(Ledger(tmp_path).entries()) == 250
    assert len(Ledger(tmp_path).file.read_text().splitlines()) == 251


def test_paths_are_relative_to_the_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "raw")
    monkeypatch.chdir(tmp_path)
    assert ledger.name(Path("raw") / "a" / "b.fit") == ledger.name(tmp_path / "raw" / "a" / "b.fit") == "a/b.fit"
    with pytest.raises(ValueError, match="outside"):
        ledger.name(tmp_path / "outside")


def test_a_ledger_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "raw").write_text("in the way")
    with pytest.raises(UserError, match=r"ledger\.csv: can't be written"):
        Ledger(tmp_path / "raw").add(ENTRY)
