"""The index: rows of both instruments, notes, and when a file is read again."""

import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from paper_repro.base import hashes
from paper_repro.base.errors import UserError
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.observations import index as module
from paper_repro.observations import registry
from paper_repro.observations.index import COLUMNS, index
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import Header, Pair
from paper_repro.patches.build import index_file
from tests.instruments import uvi, vmc
from tests.observations import products
from tests.steps_made import make, stale


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Three pairs of each instrument."""
    root = tmp_path / "raw"
    products.uvi_pair(root)
    products.vmc_pair(root)
    for number in (5, 6):
        for paths, stem in ((products.uvi_paths, products.UVI_STEM.replace("05233", f"05233{number}"[1:])),
                            (products.vmc_paths, products.VMC_STEM.replace("0004", f"000{number}"))):
            for old, new in zip(paths(root), paths(root, stem=stem), strict=True):
                shutil.copy(old, new)
    return root


@pytest.fixture
def headers_read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sources whose headers were read, in order."""
    seen: list[str] = []

    def spied(record: Instrument) -> Instrument:
        def header(pair: Pair) -> Header:
            seen.append(pair.source)
            return record.header(pair)

        return dataclasses.replace(record, header=header)

    monkeypatch.setattr(registry, "get", {name: spied(record) for name, record in registry.instruments().items()}.get)
    return seen


def alter(path: Path) -> None:
    """Change the last byte of a file; its size and its time stay."""
    times, data = path.stat(), bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


@pytest.mark.parametrize(("instrument", "reader"), [("uvi", uvi), ("vmc", vmc)])
def test_one_row_an_observation(archive: Path, tmp_path: Path, instrument: str, reader: Any) -> None:
    table = index(archive, instrument, tmp_path / "index.csv")
    pairs = reader.pairs(archive)
    assert tuple(table.columns) == COLUMNS
    assert len(table) == len(pairs) == 3
    for row, pair in zip(table.to_dict("records"), pairs, strict=True):
        head = reader.header(pair)
        assert (row["source"], archive / row["geometry"], row["note"]) == (pair.source, pair.geometry, "")
        assert (row["time_utc"], row["resolution_m_px"], row["subsolar_longitude_deg"],
                row["remark"]) == dataclasses.astuple(head)
        assert row["simulated"] == ""
    written = pd.read_csv(tmp_path / "index.csv", keep_default_na=False)
    assert list(written.columns[: len(COLUMNS)]) == list(COLUMNS)


def test_rows_of_unchanged_files_are_kept(archive: Path, tmp_path: Path, headers_read: list[str]) -> None:
    cache = tmp_path / "index.csv"
    first = index(archive, "uvi", cache)
    before = cache.read_bytes()
    assert len(headers_read) == 3
    for path in archive.rglob("*"):
        os.utime(path, (1, 1))
    pd.testing.assert_frame_equal(index(archive, "uvi", cache), first)
    assert len(headers_read) == 3
    assert cache.read_bytes() == before


def test_files_that_come_go_and_change(archive: Path, tmp_path: Path, headers_read: list[str]) -> None:
    cache = tmp_path / "index.csv"
    index(archive, "vmc", cache)
    headers_read.clear()
    gone, changed, stayed = vmc.pairs(archive)
    gone.image.unlink()
    alter(products.geometry_of(changed))
    old = [stayed.image, products.geometry_of(stayed)]
    new = [path.with_name(path.name.replace("0006", "0007")) for path in old]
    for source, target in zip(old, new, strict=True):
        shutil.copy(source, target)
    table = index(archive, "vmc", cache)
    assert headers_read == [changed.source, new[0].relative_to(archive).as_posix()]
    assert list(table.source) == [changed.source, stayed.source, headers_read[1]]
    pd.testing.assert_frame_equal(table, index(archive, "vmc", tmp_path / "fresh.csv"))
    assert cache.read_bytes() == (tmp_path / "fresh.csv").read_bytes()


def test_a_geometry_that_comes_later(archive: Path, tmp_path: Path) -> None:
    pair = uvi.pairs(archive)[0]
    geometry = products.geometry_of(pair)
    aside = geometry.rename(tmp_path / "aside")
    table = index(archive, "uvi", tmp_path / "index.csv")
    assert list(table.note) == ["geometry missing", "", ""]
    assert table.geometry[0] == ""
    assert table.time_utc[0] == "2015-12-07T05:23:31.499"
    aside.rename(geometry)
    assert list(index(archive, "uvi", tmp_path / "index.csv").note) == ["", "", ""]


@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
@pytest.mark.parametrize("which", ["image", "geometry"])
def test_truncated_and_broken_files_are_noted(
    archive: Path, tmp_path: Path, instrument: str, which: str
) -> None:
    pairs = registry.get(instrument).pairs(archive)
    half, broken = getattr(pairs[0], which), getattr(pairs[1], which)
    os.truncate(half, half.stat().st_size // 2)
    broken.write_bytes(b"<html>")
    table = index(archive, instrument, tmp_path / "index.csv")
    assert "truncated" in table.note[0] or "label" in table.note[0]
    assert "expected" in table.note[1]
    assert ("geometry, " in table.note[0]) == (which == "geometry")
    assert str(archive) not in table.note[0]
    assert table.note[2] == ""
    assert np.isnan(table.resolution_m_px[0])
    assert table.time_utc[0] == ""
    pd.testing.assert_frame_equal(index(archive, instrument, tmp_path / "index.csv"), table)


def test_headers_only(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_samples(*_: object) -> None:
        raise AssertionError("samples were read")

    monkeypatch.setattr("paper_repro.observations.fits.read_array", no_samples)
    monkeypatch.setattr("paper_repro.observations.pds3_image.read_array", no_samples)
    assert set(index(archive, "uvi", tmp_path / "u.csv").note) == {""}
    assert set(index(archive, "vmc", tmp_path / "v.csv").note) == {""}


@pytest.mark.parametrize("text", ["", "source,note\na,b\n", "\0\xff,\n1", "no table at all"])
def test_a_cache_that_is_no_index_is_made_anew(archive: Path, tmp_path: Path, text: str) -> None:
    cache = tmp_path / "index.csv"
    expected = index(archive, "uvi", tmp_path / "fresh.csv")
    cache.write_text(text, encoding="latin-1")
    pd.testing.assert_frame_equal(index(archive, "uvi", cache), expected)
    assert cache.read_bytes() == (tmp_path / "fresh.csv").read_bytes()


def test_rows_of_other_readers_are_made_anew(
    archive: Path, tmp_path: Path, headers_read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    index(archive, "uvi", tmp_path / "index.csv")
    monkeypatch.setattr(module, "readers_code", lambda: "changed")
    index(archive, "uvi", tmp_path / "index.csv")
    assert len(headers_read) == 6


@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
def test_a_folder_without_products(tmp_path: Path, instrument: str) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match=r"images.*found none among files of other names \(.txt 1\); name the folder"):
        index(tmp_path, instrument, tmp_path / "index.csv")
    assert not (tmp_path / "index.csv").exists()


# As a step

@pytest.fixture
def run(archive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run that reads both instruments, whose index is made; hashes are remembered from the first moment."""
    monkeypatch.setattr(hashes, "SETTLED_NS", 0)
    made = Run(load("paper"), tmp_path / "out", folders={"uvi": archive, "vmc": archive},
               instruments=("uvi", "vmc"), scales=(25.0,))
    make(made, "observations uvi", "observations vmc")
    return made


@pytest.mark.parametrize("instrument", ["uvi", "vmc"])
@pytest.mark.parametrize("which", ["image", "geometry"])
@pytest.mark.parametrize("change", ["altered", "gone", "new"])
def test_files_of_an_instrument_make_its_index_new_to_make(run: Run, archive: Path, headers_read: list[str],
                                                           instrument: str, which: str, change: str) -> None:
    pairs = registry.get(instrument).pairs(archive)
    path: Path = getattr(pairs[1], which)
    aside = run.out / "aside"
    if change == "new":
        path.rename(aside)
        make(run, f"observations {instrument}")
        aside.rename(path)
        headers_read.clear()
    elif change == "altered":
        alter(path)
    else:
        path.unlink()
    step = f"observations {instrument}"
    assert stale(run, "observations uvi", "observations vmc") == {step: f"{instrument} files changed"}
    make(run, step)
    read_again = [] if (which, change) == ("image", "gone") else [pairs[1].source]
    assert headers_read == read_again
    index(archive, instrument, run.out / "fresh.csv")
    assert index_file(run, instrument).read_bytes() == (run.out / "fresh.csv").read_bytes()


def test_times_and_other_files_make_no_index_new_to_make(run: Run, archive: Path) -> None:
    for path in archive.rglob("*"):
        os.utime(path, (1, 1))
    (uvi.pairs(archive)[0].image.parent / "readme.txt").write_text("from the archive")
    assert stale(run, "observations uvi", "observations vmc") == {}


@pytest.mark.parametrize(("old", "new"), [(",", ",,"), ("2015-", "2016-"), ("\n", "\r\n")])
def test_of_an_index_that_was_changed_no_row_is_kept(run: Run, headers_read: list[str], old: str, new: str) -> None:
    """Though its rows name the files as they are."""
    path = index_file(run, "uvi")
    before = path.read_bytes()
    path.write_text(before.decode().replace(old, new), newline="")
    assert path.read_bytes() != before
    assert stale(run, "observations uvi") == {"observations uvi": "uvi.csv is no longer what was written"}
    make(run, "observations uvi")
    assert path.read_bytes() == before
    assert len(headers_read) == 3


def test_linked_folders_and_files_are_observations_once_each(archive: Path, tmp_path: Path) -> None:
    first, second, third = uvi.pairs(archive)
    root = tmp_path / "mine"
    shutil.copytree(first.image.parent, root / "l2b")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (second.image, third.image):
        (root / "l2b" / path.name).rename(elsewhere / path.name)
    (root / "l2b" / second.image.name).symlink_to(elsewhere / second.image.name)
    (root / "again").symlink_to(elsewhere)
    (elsewhere / "loop").symlink_to(root)
    (root / "geometry").symlink_to(products.geometry_of(first).parent)
    table = index(root, "uvi", tmp_path / "index.csv")
    assert list(table.note) == ["", "", ""]
    assert [Path(source).name for source in table.source] == [pair.image.name for pair in (third, first, second)]
    assert set(table.geometry.map(lambda name: Path(name).parts[0])) == {"geometry"}


def test_files_left_out_for_their_names_are_counted(archive: Path, tmp_path: Path,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    pair = vmc.pairs(archive)[0]
    for name in (f"{pair.image.name}.txt", "V0001_0001_UV2.IMG.gz", "V0001_0001_VI2.IMG", "a.lbl", "b.lbl", "README"):
        (pair.image.parent / name).touch()
    index(archive, "vmc", tmp_path / "index.csv")
    said = capsys.readouterr().err.splitlines()
    assert said[-1].startswith("vmc: files left out for their names: 11 (.fit 6, .lbl 2, ")
    assert said[-2] == "vmc: files of other filters, which are never mixed with these: vmc-vis 1"
    assert said[-1].endswith("; unpack those that are packed)")
    for part in (".IMG.txt 1", ".IMG.gz 1", "no suffix 1"):
        assert f" {part}" in said[-1]


@pytest.mark.parametrize(("instrument", "suffix"), [("uvi", ".fit.gz"), ("vmc", ".IMG.gz")])
def test_packed_files_alone_are_refused_by_name(tmp_path: Path, instrument: str, suffix: str) -> None:
    name = {"uvi": products.UVI_STEM.format("l2b") + ".gz", "vmc": f"{products.VMC_STEM}.IMG.gz"}[instrument]
    (tmp_path / name).touch()
    with pytest.raises(UserError, match=rf"found none among files of other names \(\{suffix} 1; unpack those that are"):
        index(tmp_path, instrument, tmp_path / "index.csv")


def test_what_is_odd_about_a_file_is_remarked(archive: Path, tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    pair = vmc.pairs(archive)[0]
    with products.geometry_of(pair).open("ab") as handle:
        handle.write(b"more")
    table = index(archive, "vmc", tmp_path / "index.csv")
    size = products.geometry_of(pair).stat().st_size
    remark = f"geometry: {size} bytes long, by its label {size - 4}; what is needed is there"
    assert list(table.remark) == [remark, "", ""]
    assert list(table.note) == [""] * 3
    assert "vmc: observations read with a remark: 1, see " in capsys.readouterr().err
    assert list(index(archive, "vmc", tmp_path / "index.csv").remark) == list(table.remark)
