import os
from pathlib import Path

import pytest

from paper_repro.base.journal import Journal

ENTRIES = {"a": [1, 2.5], "b\n": {"x": "é"}, "c": None, "d": 0.1 + 0.2}


def write(path: Path, fingerprint: str = "f") -> bytes:
    with Journal(path, fingerprint) as journal:
        for key, value in ENTRIES.items():
            if key not in journal.done:
                journal.add(key, value)
    return path.read_bytes()


def test_what_was_added_is_there_again(tmp_path: Path) -> None:
    whole = write(tmp_path / "j")
    with Journal(tmp_path / "j", "f") as journal:
        assert journal.done == ENTRIES
    assert (tmp_path / "j").read_bytes() == whole


@pytest.mark.attack("journal-cut")
def test_cut_off_at_any_byte_it_holds_a_beginning_and_ends_the_same(tmp_path: Path) -> None:
    path = tmp_path / "j"
    whole = write(path)
    lines = whole.splitlines(keepends=True)
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        with Journal(path, "f") as journal:
            complete = sum(len(b"".join(lines[: k + 1])) <= cut for k in range(1, len(lines)))
            assert journal.done == dict(list(ENTRIES.items())[:complete])
        assert write(path) == whole


RUBBISH = [b"\0" * 50, b"\0" * 50 + b"\n", b'{"key": "e"}\n', b'[1]\n{"key": "e", "value": 1}\n', b"\xff\n",
           b"[" * 100_000 + b"\n"]


@pytest.mark.attack("nested-json")
@pytest.mark.parametrize("rubbish", RUBBISH)
def test_damage_at_the_end_is_cut_off(tmp_path: Path, rubbish: bytes) -> None:
    path = tmp_path / "j"
    whole = write(path)
    path.write_bytes(whole + rubbish)
    with Journal(path, "f") as journal:
        assert journal.done == ENTRIES
    assert path.read_bytes() == whole


@pytest.mark.attack("journal-edited")
@pytest.mark.parametrize(("before", "after"), [(b"2.5", b"3.5"), (b'"b', b'"z'), (b"null", b"9999")])
def test_an_edited_line_and_all_after_it_are_made_again(tmp_path: Path, before: bytes, after: bytes) -> None:
    path = tmp_path / "j"
    whole = write(path)
    path.write_bytes(whole.replace(before, after))
    with Journal(path, "f") as journal:
        edited = next(n for n, line in enumerate(whole.splitlines()) if before in line)
        assert list(journal.done) == list(ENTRIES)[:edited - 1]
    assert write(path) == whole


@pytest.mark.attack("journal-edited")
def test_a_line_of_other_work_is_none_of_this(tmp_path: Path) -> None:
    path = tmp_path / "j"
    header = write(path).splitlines(keepends=True)[0]
    path.write_bytes(header + b"".join(write(tmp_path / "other", "other").splitlines(keepends=True)[1:]))
    with Journal(path, "f") as journal:
        assert journal.done == {}


def test_of_other_work_nothing_is_taken(tmp_path: Path) -> None:
    write(tmp_path / "j", "other")
    with Journal(tmp_path / "j", "f") as journal:
        assert journal.done == {}
        journal.add("a", 1)
    with Journal(tmp_path / "j", "f") as journal:
        assert journal.done == {"a": 1}


def test_an_entry_is_on_the_disk_when_add_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    with Journal(tmp_path / "j", "f") as journal:
        monkeypatch.setattr(os, "fsync", lambda handle: synced.append((tmp_path / "j").read_bytes()))
        journal.add("a", 1)
        assert synced == [(tmp_path / "j").read_bytes()]
        assert b'{"key": "a", "value": 1, ' in synced[0]
