"""Archives of every format: what is wanted comes out whole, by its bytes, whatever stood there before."""

import fcntl
import io
import multiprocessing
import os
import tarfile
import tracemalloc
from pathlib import Path

import pytest

from paper_repro.base.errors import UserError
from paper_repro.download import unpack
from tests.download.archives_made import FORMATS, archive, member, png, tar, written

FILES = {f"Swimcat-extend/{folder}/{folder[0]}_{i}.png": png(10 * len(folder) + i)
         for folder in ("A-Clear Sky", "F-Veil Clouds") for i in range(3)} | {"Swimcat-extend/leer.txt": b""}


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, hidden ones too."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("kind", FORMATS)
def test_everything_comes_out_as_it_went_in(tmp_path: Path, kind: str) -> None:
    source = written(tmp_path, "no suffix says it", archive(kind, FILES))
    assert {member.name: member.size for member in unpack.members(source) if member.kind == "file"} == {
        name: len(data) for name, data in FILES.items()}
    paths = unpack.extract(source, tmp_path / "out")
    assert paths == [tmp_path / "out" / name for name in FILES]
    assert contents(tmp_path / "out") == FILES


@pytest.mark.parametrize("kind", FORMATS)
def test_only_what_is_wanted_comes_out(tmp_path: Path, kind: str) -> None:
    source = written(tmp_path, "set", archive(kind, FILES))
    wanted = "Swimcat-extend/F-Veil Clouds/F_1.png"
    assert unpack.extract(source, tmp_path / "out", lambda name: name == wanted) == [tmp_path / "out" / wanted]
    assert contents(tmp_path / "out") == {wanted: FILES[wanted]}
    assert unpack.extract(source, tmp_path / "none", lambda name: False) == []
    assert contents(tmp_path / "none") == {}


@pytest.mark.parametrize("kind", FORMATS)
def test_what_stood_there_is_replaced(tmp_path: Path, kind: str) -> None:
    source = written(tmp_path, "set", archive(kind, {"x/a.png": b"new"}))
    written(tmp_path / "out/x", "a.png", b"old and longer")
    written(tmp_path / "out/x", "b.png", b"other")
    stale = written(tmp_path / "out/.set.unpacking/x", "a.png", b"half")  # of a killed process
    unpack.extract(source, tmp_path / "out")
    assert contents(tmp_path / "out") == {"x/a.png": b"new", "x/b.png": b"other"}
    assert not stale.exists()


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_folders_and_roundabout_names(tmp_path: Path, kind: str) -> None:
    source = written(tmp_path, "set", archive(kind, {"./x//y/./a.png": b"1", "x\\y\\b.png": b"2"}))
    unpack.extract(source, tmp_path / "out")
    assert contents(tmp_path / "out") == {"x/y/a.png": b"1", "x/y/b.png": b"2"}


def test_a_folder_may_be_listed_twice(tmp_path: Path) -> None:
    folder = member("x/", kind=tarfile.DIRTYPE)
    source = written(tmp_path, "a.tar", tar("tar", [(folder, b""), (member("x/a", 1), b"1"), (folder, b"")]))
    assert unpack.extract(source, tmp_path / "out") == [tmp_path / "out/x/a"]
    assert [found.kind for found in unpack.members(source)] == ["folder", "file", "folder"]


@pytest.mark.parametrize("mode", [0, 0o777, 0o4755])
def test_files_are_as_new_ones_whatever_a_tar_says_of_them(tmp_path: Path, mode: int) -> None:
    info = member("x/a", 1)
    info.mode, info.mtime, info.uid = mode, 7, 12345
    [path] = unpack.extract(written(tmp_path, "a.tar", tar("tar", [(info, b"1")])), tmp_path / "out")
    (tmp_path / "new").touch()
    made, new = path.stat(), (tmp_path / "new").stat()
    assert (made.st_mode, made.st_uid) == (new.st_mode, new.st_uid)
    assert abs(made.st_mtime - new.st_mtime) < 60


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_in_all_forms_of_tar(tmp_path: Path, form: int) -> None:
    name = "/".join(["f" * 60] * 3) + "/é.fit"
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=form) as made:
        made.addfile(member(name, 3), io.BytesIO(b"abc"))
    unpack.extract(written(tmp_path, "a.tar", held.getvalue()), tmp_path / "out")
    assert contents(tmp_path / "out") == {name: b"abc"}


@pytest.mark.attack("archive-bomb")
@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
def test_memory_is_bounded(tmp_path: Path, kind: str) -> None:
    source = written(tmp_path, "large", archive(kind, {"a": os.urandom(1 << 20) * 24}))
    tracemalloc.start()
    try:
        unpack.extract(source, tmp_path / "out")
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "out/a").stat().st_size == 24 << 20
    assert most < 16 << 20  # 8 MiB are the dictionary of xz


def _locked(path: Path, ready: "multiprocessing.synchronize.Event", go: "multiprocessing.synchronize.Event") -> None:
    with path.open("rb") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        ready.set()
        go.wait(10)


def test_a_second_process_waits(tmp_path: Path) -> None:
    source = written(tmp_path, "a.zip", archive("zip", FILES))
    spawn = multiprocessing.get_context("spawn")
    ready, go, done = spawn.Event(), spawn.Event(), spawn.Event()
    first = spawn.Process(target=_locked, args=(source, ready, go))
    second = spawn.Process(target=_extract, args=(source, tmp_path / "out", done))
    first.start()
    assert ready.wait(30)
    second.start()
    assert not done.wait(1.5)
    go.set()
    assert done.wait(30)
    for process in (first, second):
        process.join(30)
    assert contents(tmp_path / "out") == FILES


def _extract(source: Path, target: Path, done: "multiprocessing.synchronize.Event") -> None:
    unpack.extract(source, target)
    done.set()


@pytest.mark.parametrize(("data", "said"), [
    (b"", "found none"), (b"<!DOCTYPE html><p>Log in", "found a web page"), (b"SIMPLE  =", "found none"),
    (None, "found nothing"),
])
def test_no_archive(tmp_path: Path, data: bytes | None, said: str) -> None:
    source = tmp_path / "a.zip" if data is None else written(tmp_path, "a.zip", data)
    for call in (lambda: unpack.members(source), lambda: unpack.extract(source, tmp_path / "out")):
        with pytest.raises(UserError, match=f"a.zip: expected an archive.*{said}.*fetch it again"):
            call()
