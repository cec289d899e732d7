"""Hashes by content, read again whenever a file was touched."""

import hashlib
import os
from pathlib import Path

import pytest

from paper_repro.base import hashes
from paper_repro.base.hashes import Hashes, digest


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_stat_spares_reading_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known = Hashes(None)
    assert known.file(path) == sha(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(hashes, "sha256_file", lambda _: "read")
        assert known.file(path) == sha(b"one")


def test_the_same_size_and_times_do_not_hide_a_change(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known = Hashes(None)
    known.file(path)
    times = path.stat()
    path.write_bytes(b"two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert known.file(path) == sha(b"two")
    (tmp_path / "b").write_bytes(b"six")
    os.utime(tmp_path / "b", ns=(times.st_atime_ns, times.st_mtime_ns))
    (tmp_path / "b").replace(path)
    assert known.file(path) == sha(b"six")


def test_the_store_is_not_asked_once_it_is_distrusted_and_is_written_all_the_same(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashes, "SETTLED_NS", -1)
    store, path, other = tmp_path / "hashes.json", tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    first = Hashes(store)
    first.file(path)
    first.file(other)
    first.save()
    store.write_text(store.read_text().replace(sha(b"one"), "forged"))
    second = Hashes(store)
    assert second.file(path) == "forged"
    second.distrust_store()
    assert second.file(path) == sha(b"one")
    with monkeypatch.context() as patch:
        patch.setattr(hashes, "sha256_file", lambda _: "read")
        assert (second.file(path), second.file(other)) == (sha(b"one"), "read")
    second.save()
    assert "forged" not in store.read_text()
    assert str(other) in store.read_text()


def test_what_was_known_is_known_to_the_next_run_unless_too_fresh(tmp_path: Path,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    store, path = tmp_path / "hashes.json", tmp_path / "a"
    path.write_bytes(b"one")
    first = Hashes(store)
    first.file(path)
    first.save()
    with monkeypatch.context() as patch:
        patch.setattr(hashes, "sha256_file", lambda _: "read")
        assert Hashes(store).file(path) == "read"  # it may have changed since, within the clock's step
        patch.setattr(hashes, "SETTLED_NS", -1)
        again = Hashes(store)
        again.file(path)
        again.save()
    assert Hashes(store).file(path) == "read"
    path.write_bytes(b"other")
    assert Hashes(store).file(path) == sha(b"other")


def test_a_damaged_store_is_no_store(tmp_path: Path) -> None:
    store, path = tmp_path / "hashes.json", tmp_path / "a"
    path.write_bytes(b"one")
    for text in ("{", "[]", '{"x": 1}', "{" + f'"{path}": [1]' + "}", "{" + f'"{path}": [1, 2, 3, 4, 5]' + "}"):
        store.write_text(text)
        assert Hashes(store).file(path) == sha(b"one")


def test_a_digest_is_of_names_and_hashes(tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / name).write_bytes(name.encode())
    known = Hashes(None)
    both = {name: tmp_path / name for name in "ab"}
    assert known.files(both) == known.files(dict(reversed(both.items())))
    assert known.files(both) != known.files({"a": tmp_path / "b", "b": tmp_path / "a"})
    assert known.files(both) == digest({"a": sha(b"a"), "b": sha(b"b")})
    assert known.files({}) == digest({})


def test_the_store_of_a_large_archive_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, path = tmp_path / "hashes.json", tmp_path / "a"
    path.write_bytes(b"one")
    monkeypatch.setattr(hashes, "SETTLED_NS", -1)
    first = Hashes(store)
    first.file(path)
    first.save()
    padding = " " * (1 << 27)  # as long as half a million entries; JSON skips it
    store.write_text(store.read_text() + padding)
    monkeypatch.setattr(hashes, "sha256_file", lambda _: "read again")
    assert Hashes(store).file(path) == sha(b"one")
