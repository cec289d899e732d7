"""Files are whole or absent."""

import csv
import errno
import hashlib
import io
import os
import threading
import tracemalloc
from pathlib import Path
from typing import NoReturn

import hypothesis
import hypothesis.strategies as st
import pandas as pd
import pytest

from paper_repro.base import cells, errors, files


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_atomic_replaces_the_old_file_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")
    with files.atomic(path) as file:
        file.write(b"new")
        assert path.read_text() == "old"
        [temporary] = set(left_over(tmp_path)) - {"a.csv"}
        assert files.TEMPORARY.fullmatch(temporary)
    assert path.read_text() == "new"
    assert left_over(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
def test_atomic_keeps_the_old_file_when_the_block_fails(tmp_path: Path, error: type[BaseException]) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def write_and_fail() -> None:
        with files.atomic(path) as file:
            file.write(b"half")
            raise error

    with pytest.raises(error):
        write_and_fail()
    assert path.read_text() == "old"
    assert left_over(tmp_path) == ["a.csv"]


def test_atomic_makes_the_folder(tmp_path: Path) -> None:
    files.write_text(tmp_path / "x" / "y.txt", "ä\n")
    assert (tmp_path / "x" / "y.txt").read_bytes() == "ä\n".encode()


def test_what_is_written_is_hashed_and_noted_by_the_thread_that_writes(tmp_path: Path) -> None:
    with files.noting() as written:
        with files.atomic(tmp_path / "a") as file:
            file.write(b"ab")
            file.write(memoryview(b"c"))
        with files.noting() as within:
            files.write_text(tmp_path / "b", "b")
        thread = threading.Thread(target=files.write_text, args=(tmp_path / "c", "c"))
        thread.start()
        thread.join()
        (tmp_path / "a").write_text("other")  # by somebody else
        with pytest.raises(ZeroDivisionError), files.atomic(tmp_path / "d"):
            raise ZeroDivisionError
    files.write_text(tmp_path / "e", "e")
    assert (file.sha256, file.size) == (hashlib.sha256(b"abc").hexdigest(), 3)
    assert written == {tmp_path / "a": file.sha256}
    assert within == {tmp_path / "b": hashlib.sha256(b"b").hexdigest()}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
@pytest.mark.parametrize("call", ["fsync", "replace", "open", "mkdir"])
def test_whatever_call_finds_no_room_the_error_names_the_file_and_nothing_is_left(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str) -> None:
    def full(*_: object, **__: object) -> NoReturn:
        raise OSError(code, os.strerror(code))

    path = tmp_path / "a.csv"
    path.write_text("old")
    monkeypatch.setattr(os if call == "fsync" else Path, call, full)
    with pytest.raises(OSError) as raised:  # noqa: PT011
        files.write_text(path, "new")
    monkeypatch.undo()
    assert raised.value.errno == code
    assert str(path) in errors.sentence_of(raised.value, Path("elsewhere")) or call == "mkdir"
    assert left_over(tmp_path) == ["a.csv"]
    assert path.read_text() == "old"


@pytest.mark.attack("nested-json")
def test_json_reads_back_and_rubbish_counts_as_absent(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    assert files.read_json(path) is None
    files.write_json(path, {"b": [1, 2.5, None], "a": "x"})
    assert files.read_json(path) == {"a": "x", "b": [1, 2.5, None]}
    assert path.read_text().index('"a"') < path.read_text().index('"b"')
    for rubbish in (b"", b"[1]", b'{"a": ', b"\xff\xfe", b'{"a":' * 100_000, b"[" * 100_000 + b"]" * 100_000):
        path.write_bytes(rubbish)
        assert files.read_json(path) is None


@pytest.mark.attack("endless-json")
def test_json_that_is_too_large_to_be_ours_is_refused_by_name(tmp_path: Path,
                                                              monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}')
    monkeypatch.setattr(files, "MOST_JSON_BYTES", path.stat().st_size)
    assert files.read_json(path) == {"a": 1}
    with path.open("r+b") as file:
        file.truncate(1 << 40)  # a hole, which takes no room
    tracemalloc.start()
    try:
        with pytest.raises(errors.UserError, match=f"{path}: expected notes of a run, .* found {1 << 40} bytes; move"):
            files.read_json(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_json_refuses_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        files.write_json(tmp_path / "a.json", {"a": float("nan")})
    assert left_over(tmp_path) == []


def test_csv_floats_read_back_the_same(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [0.1 + 0.2, 1e-17, 1 / 3], "b": ["x", "y,z", 'q"']})
    files.write_csv(tmp_path / "a.csv", table)
    back = pd.read_csv(tmp_path / "a.csv")
    pd.testing.assert_frame_equal(back, table, check_exact=True)
    assert b"\r" not in (tmp_path / "a.csv").read_bytes()


def test_hash_of_a_file_is_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc" * 1000)
    assert files.sha256_file(tmp_path / "a") == hashlib.sha256(b"abc" * 1000).hexdigest()


def test_hash_of_files_sees_names_and_bytes_but_not_the_order_or_the_root(tmp_path: Path) -> None:
    def tree(name: str, contents: dict[str, str]) -> str:
        root = tmp_path / name
        for file, text in contents.items():
            files.write_text(root / file, text)
        return files.sha256_files([root / file for file in contents], root)

    first = tree("1", {"a/x": "1", "b": "2"})
    assert tree("2", {"b": "2", "a/x": "1"}) == first
    assert tree("3", {"a/x": "1", "c": "2"}) != first
    assert tree("4", {"a/x": "1", "b": "3"}) != first
    assert tree("5", {"a/x": "1"}) != first


@hypothesis.given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1),
                           min_size=1))
def test_csv_texts_read_back_the_same(texts: list[str]) -> None:
    """Whatever ends lines in them; by pandas, and by the csv module."""
    names = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    text = files.csv_text(pd.DataFrame({"a": list(names), "b": list(names.values())}))
    found = pd.read_csv(io.StringIO(text, newline=""), keep_default_na=False, dtype={"a": str})
    assert list(map(cells.plain, found["a"])) == list(names)
    assert found["b"].tolist() == list(names.values())
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows == [["a", "b"], *([cells.guarded(name), str(number)] for name, number in names.items())]


def test_csv_lines_end_with_a_line_feed_alone() -> None:
    table = pd.DataFrame({"a": ['x "y"', "u\r\nv", "w\rz"], "b": [1, 2, 3]})
    assert files.csv_text(table) == 'a,b\n"x ""y""",1\n"u\r\nv",2\n"w\rz",3\n'
