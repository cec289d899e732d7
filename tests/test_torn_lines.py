"""What a power cut does to files: cut short, garbled, filled with zeros. No command is stopped by any file of ours."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from paper_repro.base import cleaning, lines, usage
from paper_repro.base.files import TEMPORARY, read_json, sha256_file, write_json
from paper_repro.base.hashes import Hashes
from paper_repro.base.journal import Journal
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.fetch import plan as plans
from paper_repro.fetch.headers import COLUMNS, HeaderTable
from paper_repro.patches import build
from paper_repro.simulated import venus_archive
from tests.patches import tiny_archive

COUNT = 30  # torn versions of a file


def torn(whole: bytes, seed: int = 0, count: int = COUNT) -> Iterator[bytes]:
    """A file as a power cut may leave it: empty, cut, its end zeros or rubbish, a line in it garbled."""
    rng = np.random.default_rng(seed)
    yield from (b"", b"\0" * len(whole), b"\0" * 100_000, whole + b"\0" * 5000, whole + b'"', b"\xff\xfe" + whole)
    for cut in map(int, rng.integers(0, len(whole), count)):
        yield whole[:cut]
        yield whole[:cut] + bytes(len(whole) - cut)
        end = whole.find(b"\n", cut)
        end = len(whole) if end < 0 else end
        yield whole[:cut] + rng.integers(0, 256, end - cut, np.uint8).tobytes() + whole[end:]
        yield whole[:cut] + rng.integers(32, 127, end - cut, np.uint8).tobytes() + whole[end:]


def rows(number: int) -> list[list[object]]:
    return [[f"name {i}", f'quoted, "{i}"', i] for i in range(number)]


@pytest.mark.attack("torn-lines")
def test_a_table_that_is_added_to_keeps_its_whole_rows_and_is_mended(tmp_path: Path) -> None:
    path, columns = tmp_path / "a.csv", ("name", "text", "number")
    lines.append(path, columns, rows(5))
    whole, wanted = path.read_bytes(), lines.read(path, columns)
    for data in torn(whole):
        path.write_bytes(data)
        before = lines.read(path, columns)
        lines.append(path, columns, [["added", "x", 1]])
        after = lines.read(path, columns)
        assert after == [*before, {"name": "added", "text": "x", "number": "1"}]
        assert path.read_bytes().endswith(b"\nadded,x,1\n")
        if whole.startswith(data):
            assert before == wanted[: max(0, data.count(b"\n") - 1)]


def test_nothing_is_cut_off_by_a_full_line_of_any_length(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for length in (0, 1, lines.BLOCK - 4, lines.BLOCK, 3 * lines.BLOCK):
        path.write_bytes(b"x\n" + b"y" * length + b"\n" + b"z" * length)
        lines.append(path, ("x",), [["end"]])
        assert path.read_bytes() == b"x\n" + b"y" * length + b"\nend\n"


@pytest.mark.attack("torn-lines")
def test_a_journal_keeps_a_beginning(tmp_path: Path) -> None:
    path, entries = tmp_path / "j", {f"key {i}": [i, "x"] for i in range(6)}
    with Journal(path, "f") as journal:
        for key, value in entries.items():
            journal.add(key, value)
    whole = path.read_bytes()
    for data in torn(whole):
        path.write_bytes(data)
        with Journal(path, "f") as journal:
            for key, value in entries.items():
                if key not in journal.done:
                    journal.add(key, value)
            assert journal.done.keys() >= entries.keys()


@pytest.mark.attack("torn-lines")
def test_a_ledger_has_no_entry_that_was_not_added(tmp_path: Path) -> None:
    entries = [Entry(f"http://a.test/{i}", f"{i}.fit", i, f"{i}" * 64, "size", "2026-01-02T03:04:05Z", i)
               for i in range(5)]
    Ledger(tmp_path).add(*entries)
    whole = (tmp_path / "ledger.csv").read_bytes()
    for data in torn(whole):
        (tmp_path / "ledger.csv").write_bytes(data)
        ledger = Ledger(tmp_path)
        ledger.entries()
        ledger.add(entries[0])
        assert entries[0] in Ledger(tmp_path).entries()


@pytest.mark.attack("torn-lines")
def test_what_is_known_of_an_archive_is_what_is_whole(tmp_path: Path) -> None:
    files = [plans.File("uvi", "darts", f"a/{i}.fit", 100 + i, "", "3000 500", geometry=bool(i % 2))
             for i in range(6)]
    plans.write([plans.Plan("uvi", files, [plans.LeftOut("uvi", "darts", "b.fit", "unusable", "why, then")])], tmp_path)
    header = dict.fromkeys(COLUMNS, "") | {"archive": "darts", "image_bytes": "7", "resolution_m_px": "1.5"}
    (tmp_path / "headers.csv").write_text(",".join(COLUMNS) + "\n" + "".join(
        ",".join((header | {"source": f"{i}.fit"})[column] for column in COLUMNS) + "\n" for i in range(5)))
    for name, look in (("plan.csv", lambda: plans.read("uvi", tmp_path)),
                       ("left_out.csv", lambda: plans.read("uvi", tmp_path)),
                       ("headers.csv", lambda: HeaderTable(tmp_path / "headers.csv"))):
        whole = (tmp_path / name).read_bytes()
        for data in torn(whole):
            (tmp_path / name).write_bytes(data)
            look()
        (tmp_path / name).write_bytes(whole)
    assert plans.read("uvi", tmp_path).files == files
    assert len(HeaderTable(tmp_path / "headers.csv").rows) == 5


@pytest.mark.attack("torn-lines")
def test_time_that_was_noted_is_what_is_whole(tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        with usage.counted(tmp_path, name):
            pass
    path = tmp_path / usage.NAME
    whole = path.read_bytes()
    for data in torn(whole):
        path.write_bytes(data)
        usage.longest(tmp_path)
        with usage.counted(tmp_path, "d"):
            pass
        assert "d" in usage.longest(tmp_path)


def claimed(mark: Path) -> list[str]:
    """Lines of a mark once a run has claimed `x`."""
    cleaning.claim(mark.parent, "x")
    return mark.read_bytes().decode(errors="replace").splitlines()


@pytest.mark.attack("torn-lines")
@pytest.mark.parametrize(("name", "holds"), [
    ("a.json", lambda path: Hashes(path).file(Path(__file__)) == sha256_file(Path(__file__))),
    ("a.json", lambda path: isinstance(read_json(path), dict | None)),
    (cleaning.MARK, lambda path: "x" in claimed(path))])
def test_notes_count_as_absent(tmp_path: Path, name: str, holds: Callable[[Path], bool]) -> None:
    write_json(tmp_path / name, {str(Path(__file__)): [1, 2, 3, 4, "0" * 64], "x": {"y": ["z"]}})
    for data in torn((tmp_path / name).read_bytes(), count=15):
        (tmp_path / name).write_bytes(data)
        assert holds(tmp_path / name)


@pytest.mark.attack("torn-lines")
def test_marks_of_a_run_lead_nowhere_else(tmp_path: Path) -> None:
    folder = tmp_path / "out/data/sample"
    cleaning.mark(folder)
    cleaning.claim(folder / "raw", "darts")
    (folder / "raw/darts").mkdir()
    for name in ("precious", "mine"):
        (tmp_path / "out" / name).mkdir()
    absolute = bytes(tmp_path / "out/mine")
    (folder / "raw" / cleaning.MARK).write_bytes(
        b"darts\n../../../precious\n..\n.\n" + absolute + b"\n\0\0\0\n\xff\n" + bytes(50))
    cleaning.distclean(tmp_path / "out")
    assert (tmp_path / "out/precious").is_dir()
    assert (tmp_path / "out/mine").is_dir()
    assert not folder.exists() or not (folder / "raw/darts").exists()


@pytest.mark.attack("torn-lines")
def test_a_damaged_part_is_made_again_at_once(tmp_path: Path) -> None:
    run = tiny_archive.run_of(tmp_path / "out", tiny_archive.make(tmp_path / "raw", 2))
    tiny_archive.build(run)
    whole = tiny_archive.bytes_of(run)
    parts = sorted(run.patches(".parts").rglob("*.npz"))
    assert parts
    data = parts[0].read_bytes()
    half = len(data) // 2
    versions = [b"", b"\0" * len(data), data[:-1], data[:half], data[:half] + bytes(half), b"\x93NUMPY" + data,
                data[:30] + b"\xff" * 200 + data[230:]]
    for version in versions:
        parts[0].write_bytes(version)
        for path in run.patches("uvi-3000km").glob("*"):
            path.unlink()
        tiny_archive.build(run)
        assert tiny_archive.bytes_of(run) == whole


@pytest.mark.attack("killed")
def test_what_killed_runs_left_is_swept_away_by_the_next_one(tmp_path: Path) -> None:
    data = tmp_path / "data/sample"
    left = [tmp_path / kind / "sample" / "deep/er" / f".a.b.{number}.0123abcd.partial{suffix}"
            for kind in cleaning.KINDS for number, suffix in ((1, ""), (99999, ".csv"))]
    left.append(data / f"..made-by-paper-repro.7.{'0' * 8}.partial")  # of the mark itself
    kept = [data / "raw/darts/.x.fit.partial", data / "a.partial.csv", data / ".x.12.xyz.partial"]
    for path in (*left, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("half")
        assert bool(TEMPORARY.fullmatch(path.name)) == (path in left)
    for kind in cleaning.KINDS:
        (tmp_path / kind / "sample" / cleaning.MARK).write_text("mark")
    with cleaning.working("run all", data):
        assert [path for path in left if path.exists()] == []
    assert all(path.exists() for path in kept)


def test_an_unfinished_archive_has_no_files_elsewhere(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    (tmp_path / "precious").write_text("x")
    (raw / "darts").mkdir(parents=True)
    (raw / "darts/old.fit").write_text("x")
    write_json(raw / venus_archive.BEGUN, {"files": ["../precious", str(tmp_path / "precious"), 7, ["a"], "a\0b",
                                                     "darts/old.fit"]})
    assert venus_archive._begun(raw) == {"darts/old.fit"}
    for text in ("", "{}", '{"files": 3}', '{"files": {"a": 1}}', json.dumps([1])):
        (raw / venus_archive.BEGUN).write_text(text)
        assert venus_archive._begun(raw) == set()


def test_the_index_of_a_folder_is_made_again(tmp_path: Path) -> None:
    run = tiny_archive.run_of(tmp_path / "out", tiny_archive.make(tmp_path / "raw", 2))
    tiny_archive.build(run)
    path = build.index_file(run, "uvi")
    whole = path.read_bytes()
    for data in torn(whole, count=2):
        path.write_bytes(data)
        tiny_archive.build(run)
        assert path.read_bytes() == whole
