"""What `validate` says of a folder of archive files: each fault in its line, nothing of a folder that is right."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from paper_repro import cli
from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.observations.observation import ReaderError
from paper_repro.observations.validate import validate
from tests.instruments import uvi, vmc
from tests.observations.products import uvi_cards, uvi_pair, uvi_paths, vmc_pair, write_uvi_image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A pair of each of the paper's instruments, both right."""
    uvi_pair(tmp_path / "archive")
    vmc_pair(tmp_path / "archive")
    return tmp_path / "archive"


def test_a_folder_that_is_right(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = validate(folder)
    assert found.said == [
        "uvi: Akatsuki UVI, 365 nm: 1 images, 1 with geometry, 1 of them with headers that can be read",
        "vmc: Venus Express VMC, ultraviolet: 1 images, 1 with geometry, 1 of them with headers that can be read",
        "files of 2 instruments: a set is made of each, or of those of --instrument"]
    assert (found.odd, found.wrong) == ([], [])
    assert cli.main(["validate", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines() == found.said


def test_every_fault_has_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (good,) = uvi.pairs(folder)
    assert good.geometry is not None
    image, geometry = good.image, good.geometry
    later = [path.with_name(path.name.replace("_v10", "_v20")) for path in (image, geometry)]
    for old, new in zip((image, geometry), later, strict=True):
        shutil.copy(old, new)
    alone, _ = uvi_paths(folder, stem="uvi_20160102_000000_365_{}_v10.fit")
    alone.write_bytes(image.read_bytes())
    lost = geometry.with_name("uvi_20160103_000000_365_l3bx_v10.fit")
    lost.write_bytes(geometry.read_bytes())
    cut, its = uvi_paths(folder, stem="uvi_20160104_000000_365_{}_v10.fit")
    cut.write_bytes(image.read_bytes()[: 2 * 2880 + 10])
    its.write_bytes(geometry.read_bytes())
    far, too = uvi_paths(folder, stem="uvi_20160105_000000_365_{}_v10.fit")
    write_uvi_image(far, uvi.read(good).image, uvi_cards(S_DISTAV=100.0))
    too.write_bytes(geometry.read_bytes())
    image.with_name(image.name.replace("_365_", "_283_")).write_bytes(image.read_bytes())
    image.with_suffix(".lbl").touch()
    found = validate(folder)
    within = [path.relative_to(folder).as_posix() for path in (alone, lost, cut, far, image, geometry, later[0])]
    expected = {within[0]: "geometry missing", within[1]: "its image is missing",
                within[2]: "truncated: the data of HDU 1 end at byte", within[3]: "expected S_DISTAV above 6051.8 km"}
    lines = {line.partition(": ")[0]: line for line in found.wrong}
    for path, reason in expected.items():
        assert reason in lines.pop(path)
    assert list(lines.values()) == [
        f"{image.with_name(image.name.replace('_365_', '_283_')).relative_to(folder).as_posix()}: geometry missing; "
        "fetch it, or remove the image"]
    assert found.odd == [f"{within[5]}: geometry of another version, or a copy: {within[6]} counts",
                         f"{within[4]}: another version, or a copy: {within[6]} counts"]
    assert "uvi: Akatsuki UVI, 365 nm: 4 images, 3 with geometry, 1 of them with headers that can be read" in found.said
    assert "uvi-283: Akatsuki UVI, 283 nm: 1 images, 0 with geometry, 0 of them with headers that can be read" in (
        found.said)
    assert found.said[-1] == "files that aren't read for their names: 1 (.lbl 1)"
    assert cli.main(["validate", str(folder)]) == 2
    assert f"{folder}: 5 things are wrong, listed above. A run leaves these files out" in capsys.readouterr().err


def test_what_it_calls_right_a_run_reads_and_what_it_calls_wrong_it_leaves_out(folder: Path) -> None:
    (pair,) = vmc.pairs(folder)
    assert pair.geometry is not None
    vmc.read(pair)
    pair.geometry.write_bytes(pair.geometry.read_bytes()[:-9000])
    (line,) = validate(folder).wrong
    with pytest.raises(ReaderError) as caught:
        vmc.read(pair)
    assert caught.value.reason in line


def test_what_a_run_stops_at_is_told_from_what_it_leaves_out(folder: Path, monkeypatch: pytest.MonkeyPatch,
                                                              capsys: pytest.CaptureFixture[str]) -> None:
    (good,) = uvi.pairs(folder)
    assert good.geometry is not None
    pipe, its = uvi_paths(folder, stem="uvi_20160104_000000_365_{}_v10.fit")
    os.mkfifo(pipe)
    its.write_bytes(good.geometry.read_bytes())
    found = validate(folder)
    within = pipe.relative_to(folder).as_posix()
    assert found.closed == [f"{within}: a pipe, a socket or a device; make it readable, or remove it"]
    assert found.wrong == []
    assert "uvi: Akatsuki UVI, 365 nm: 2 images, 2 with geometry, 1 of them with headers that can be read" in found.said
    words = ["--uvi", str(folder), "--scale", "3000", "--out", str(folder / "out")]
    assert cli.main(["validate", str(folder)]) == 2
    assert f"wrong: {found.closed[0]}\n" in (said := capsys.readouterr()).out
    assert "1 thing is wrong, listed above. A run leaves others out, but stops at what can't be read" in said.err
    assert cli.main(["patches", *words]) == 2
    assert f"{pipe}: expected a regular file" in capsys.readouterr().err
    pipe.unlink()
    pipe.write_bytes(good.image.read_bytes())

    def opened(path: Path) -> Any:
        if path == its:
            raise PermissionError(13, "Permission denied")
        return path.open("rb")

    monkeypatch.setattr(regular, "opened", opened)
    assert [line.partition(": ")[2] for line in validate(folder).closed] == [
        "it can't be read (Permission denied); make it readable, or remove it"]


@pytest.mark.parametrize("name", ["a.fit.gz", "uvi_20151207_052330_365_l2b_v10.fit.gz", ""])
def test_a_folder_without_any_files_of_an_archive(name: str, tmp_path: Path) -> None:
    if name:
        (tmp_path / name).touch()
    with pytest.raises(UserError, match="expected images of an archive") as error:
        validate(tmp_path)
    assert (".gz 1" in str(error.value)) == bool(name)
    with pytest.raises(UserError, match="expected a folder of files"):
        validate(tmp_path / "none")
