"""make check-data finds each kind of damage, names the file, and says what to do."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.run import Run, open_run
from paper_repro.download.ledger import Ledger
from paper_repro.fetch import check, fetch
from tests.fetch import served


@pytest.fixture(scope="module")
def fetched(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`data/` of a run that has fetched everything; not to be changed."""
    folder = tmp_path_factory.mktemp("fetched")
    (folder / "images").mkdir()
    (folder / "weights.pth").touch()
    run = open_run("paper", folder, folder / "images", folder / "weights.pth")
    fetch.fetch(run, {name: str(archive / name) for name in ("darts", "psa")})
    return folder / "data"


@pytest.fixture
def here(fetched: Path, run: Run) -> Run:
    """A run with a copy of it, times included."""
    shutil.copytree(fetched, run.out / "data")
    return run


def first(run: Run, pattern: str) -> Path:
    return min(run.raw.rglob(pattern))


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def flip(path: Path) -> None:
    """Change a pixel, but neither size nor time."""
    stat = path.stat()
    body = bytearray(path.read_bytes())
    body[-1] ^= 1
    path.write_bytes(body)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))


def another(path: Path) -> None:
    shutil.copy(path, path.with_name(path.name.replace("_v20", "_v10").replace("_v10", "_v09")))


def other_release(path: Path) -> None:
    target = Path(str(path).replace("-EXT1-V3.0", "-EXT1-V2.0").replace("RDR-V3.0", "RDR-V2.0"))
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def garbled(path: Path) -> None:
    path.write_bytes(b"<html>" + path.read_bytes()[6:])


DAMAGES: list[tuple[str, Callable[[Path], None], str]] = [
    ("*_l3bx_*.fit", Path.unlink, "its geometry is missing"),
    ("*_l2b_*.fit", Path.unlink, "its image is missing"),
    ("*.GEO", Path.unlink, "its geometry is missing"),
    ("*.IMG", Path.unlink, "its image is missing"),
    ("*.IMG", Path.unlink, "planned, and missing"),
    ("*.IMG", Path.unlink, "in the ledger, and missing"),
    ("*_l2b_*.fit", another, "another version"),
    ("*.IMG", other_release, "another version"),
    ("*_l3bx_*.fit", another, "geometry that belongs to no image"),
    ("*.GEO", other_release, "geometry that belongs to no image"),
    ("*_l2b_*.fit", cut, "truncated"),
    ("*_l3bx_*.fit", cut, "truncated"),
    ("*.IMG", cut, "truncated"),
    ("*.GEO", cut, "bytes as the archive has, found"),
    ("*_l2b_*.fit", garbled, "expected a FITS header"),
    ("*.GEO", garbled, "broken label"),
    ("*_l3bx_*.fit", flip, "expected sha256"),
    ("*.IMG", flip, "expected sha256"),
]


@pytest.mark.parametrize(("pattern", "damage", "said"), DAMAGES)
def test_each_kind_of_damage_is_found(pattern: str, damage: Callable[[Path], None], said: str, here: Run,
                                      capsys: pytest.CaptureFixture[str]) -> None:
    path = first(here, pattern)
    damage(path)
    with pytest.raises(UserError, match=r"wrong with the files below .*`python -m paper_repro fetch`"):
        check.check(here)
    stem = path.name.partition("_365_")[0].rpartition(".")[0] or path.name.partition("_365_")[0]
    lines = [line for line in capsys.readouterr().out.splitlines() if stem in line]
    assert any(said in line for line in lines), lines


def test_whole_files_are_no_damage(here: Run, capsys: pytest.CaptureFixture[str]) -> None:
    check.check(here)
    no_photographs, last = capsys.readouterr().out.splitlines()
    assert no_photographs.startswith("photographs: not compared with each other: ")
    assert last == "checked: 20 files of images, 20 files in the ledger"
    assert len(Ledger(here.raw).entries()) == len(served.products(here.raw)) == 20


def test_another_file_of_the_ledger_counts_too(here: Run) -> None:
    ledger = Ledger(here.raw)
    [entry, *_] = ledger.entries()
    other = here.raw / "weights/x.pth"
    other.parent.mkdir()
    other.write_bytes(b"a")
    ledger.add(type(entry)(entry.url, "weights/x.pth", 1, "0" * 64, "sha256", entry.time_utc, 0))
    with pytest.raises(UserError, match=r"1 thing is wrong .*weights/x\.pth"):
        check.check(here)


def test_folders_that_the_user_names_are_checked_without_a_plan(archive: Path, run: Run, tmp_path: Path,
                                                                capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(archive / "psa", tmp_path / "mine")
    named = open_run("paper", run.out, run.images, run.weights, folders={"vmc": tmp_path / "mine"})
    with pytest.raises(UserError):
        check.check(named)
    said = capsys.readouterr().out
    assert "V2500_0321_UV2.IMG: its geometry is missing" in said
    assert "V2501_0328_UV2.GEO: byte 2103705: truncated" in said
    assert "EXT1-V2.0/DATA/0942/V0942_0101_UV2.IMG: another version" in said
    assert said.count("\n") == 6  # the other version's geometry, no photographs, and the count


def photographs(folder: Path) -> None:
    """Two classes of pictures that differ; of the first one the second is the first, turned, and the third nearly."""
    rng = np.random.default_rng(4)
    for name in ("A-sky", "B-veil"):
        (folder / name).mkdir(parents=True)
        first, *others = np.repeat(np.repeat(rng.integers(20, 230, (4, 4, 4, 3)), 8, axis=1), 8, axis=2)
        shown = (first, np.rot90(first), first + 3, others[0]) if name == "A-sky" else (first, *others)
        for n, picture in enumerate(shown):
            Image.fromarray(np.ascontiguousarray(picture, np.uint8)).save(folder / name / f"{n}.png")


def test_photographs_that_are_nearly_the_same_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photographs(tmp_path / "images")
    check.check(open_run("swimcat", tmp_path, tmp_path / "images"))
    said = capsys.readouterr().out
    assert "photographs: 8 images" in said
    for line in ("at most 0.5 gray levels apart: 1 groups of together 2 images, the largest of 2; one a group leaves 7",
                 "at most 4 gray levels apart: 1 groups of together 3 images, the largest of 3; one a group leaves 6"):
        assert line in said


@pytest.mark.parametrize(("added", "shape", "named"), [("5.png", (8, 9, 3), "5.png"), ("5.png", (8, 8), "5.png"),
                                                       ("0.png", (8, 8), "1.png")])
def test_photographs_that_cant_be_compared_say_why(tmp_path: Path, capsys: pytest.CaptureFixture[str], added: str,
                                                   shape: tuple[int, ...], named: str) -> None:
    photographs(tmp_path / "images")
    Image.fromarray(np.zeros(shape, np.uint8)).save(tmp_path / "images" / "A-sky" / added)
    check.check(open_run("swimcat", tmp_path, tmp_path / "images"))
    said = capsys.readouterr().out
    assert f"photographs: not compared with each other: A-sky/{named}: expected square images" in said


def test_nothing_to_check_is_a_mistake(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["fetch", "--check", "--out", str(tmp_path)]) == 2
    assert "`python -m paper_repro fetch" in capsys.readouterr().err


def test_very_many_photographs_are_not_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    photographs(tmp_path / "images")
    monkeypatch.setattr(check, "MOST", 7)
    check.check(open_run("swimcat", tmp_path, tmp_path / "images"))
    said = capsys.readouterr().out
    assert "photographs: 8 images; only up to 7 are compared with each other here" in said
    assert "gray levels" not in said
