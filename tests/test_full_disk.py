"""A disk that is full at any byte of any file: an error that names it, no leftover, and the same call goes on later."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from astropy.io import fits
from matplotlib.figure import Figure

from paper_repro import cli
from paper_repro.base import cleaning, files, lines, usage
from paper_repro.base.errors import NO_ROOM, UserError, sentence_of
from paper_repro.base.hashes import Hashes
from paper_repro.base.journal import Journal
from paper_repro.base.provenance import Origin
from paper_repro.base.run import open_run
from paper_repro.download import unpack
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.encoders import encode
from paper_repro.encoders.checkpoint import save_tensors
from paper_repro.figures import style
from paper_repro.patches import assemble, dataset, part
from paper_repro.patches.dataset import PatchSet
from paper_repro.simulated import venus_products
from tests.full_disk import contents, full_at, places

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 60, 60), np.uint8)
TABLE = pd.DataFrame({"id": range(5), "source": [f"{i}.png" for i in range(5)]})
ENTRY = Entry("http://archive.test/a.fit", "a.fit", 7, "ab" * 32, "size", "2026-01-02T03:04:05Z", 1)


def save_set(folder: Path) -> None:
    dataset.save(folder, IMAGES, TABLE)


def save_features(folder: Path) -> None:
    encode.save(folder / "simple-s0.npy", np.arange(5000, dtype=np.float32).reshape(10, 500))


def save_few_features(folder: Path) -> None:
    encode.save(folder / "simple-s0.npy", np.arange(5, dtype=np.float32).reshape(1, 5))


def save_checkpoint(folder: Path) -> None:
    save_tensors(folder / "checkpoint.safetensors", {"a": torch.arange(9000.0), "b": torch.zeros(3)}, {"x": "y"})


def save_part(folder: Path) -> None:
    part._write(folder / "a.npz", {}, {}, "why " * 3000)


def save_pngs(folder: Path) -> None:
    assemble.write_pngs(folder, PatchSet(IMAGES, TABLE, {"simulated": False}))


def save_figure(folder: Path) -> None:
    figure = Figure(figsize=(1, 1))
    figure.add_subplot().imshow(IMAGES[0])
    style.save(figure, open_run("sample", folder), "fig99", Origin())


def save_fits(folder: Path) -> None:
    venus_products.write_fits(folder / "a.fit", [("X", IMAGES[0].astype(float), "deg", fits.Header())])


def save_table(folder: Path) -> None:
    files.write_csv(folder / "a.csv", TABLE)
    files.write_json(folder / "a.json", {"a": list(range(3000))})


def save_journal(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    with Journal(folder / "a.journal", "f") as journal:
        for key in "abc":
            if key not in journal.done:
                journal.add(key, list(range(40)))


def save_lines(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    there = [row["x"] for row in lines.read(folder / "a.csv", ["x", "y"])]
    for name in ("first", "second", "third, the last"):
        if name not in there:
            lines.append(folder / "a.csv", ["x", "y"], [[name, 1]])


def save_ledger(folder: Path) -> None:
    ledger = Ledger(folder)
    if not ledger.entries():
        ledger.add(ENTRY)


def save_marks(folder: Path) -> None:
    cleaning.mark(folder)
    cleaning.claim(folder / "raw", "darts", "truth")


def save_hashes(folder: Path) -> None:
    hashes = Hashes(folder / ".kept.json")
    folder.mkdir(exist_ok=True)
    hashes.file(Path(__file__))
    hashes.save()


def unpack_zip(folder: Path) -> None:
    archive = folder.with_suffix(".zip")
    if not archive.exists():
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as opened:
            for i in range(3):
                opened.writestr(f"x/{i}.bin", bytes(3000) + bytes([i]))
    folder.mkdir(exist_ok=True)
    unpack.extract(archive, folder)


WRITERS: list[Callable[[Path], None]] = [
    save_set, save_features, save_few_features, save_checkpoint, save_part, save_pngs, save_figure, save_fits,
    save_table, save_journal, save_lines, save_ledger, save_marks, save_hashes, unpack_zip,
]  # fmt: skip
GOES_ON = {"a.journal", "a.csv", "ledger.csv"}  # files that are added to


@pytest.mark.attack("full-disk")
@pytest.mark.parametrize("write", WRITERS)
def test_full_at_any_byte_it_says_so_leaves_nothing_and_goes_on(tmp_path: Path, write: Callable[[Path], None]) -> None:
    write(tmp_path / "whole")
    whole = contents(tmp_path / "whole")
    assert whole
    for size in sorted({place for data in whole.values() for place in places(len(data))}):
        folder = tmp_path / f"at{size}"
        if write is unpack_zip:
            (tmp_path / f"at{size}.zip").write_bytes((tmp_path / "whole.zip").read_bytes())
        with full_at(size), pytest.raises((OSError, UserError)) as raised:
            write(folder)
        if isinstance(raised.value, OSError):
            assert raised.value.errno in NO_ROOM
            assert str(folder) in sentence_of(raised.value, Path("elsewhere"))
        else:
            assert str(folder) in str(raised.value)
            assert "File too large" in str(raised.value)
        for name, data in contents(folder).items():
            kept = whole.get(name)
            assert kept == data or (kept and Path(name).name in GOES_ON and kept.startswith(data)), (size, name)
        write(folder)
        assert contents(folder) == whole, size


@pytest.mark.attack("full-disk")
@pytest.mark.parametrize("command", [["table", "4"], ["figure", "fig11"], ["patches", "--only", "photographs"]])
def test_a_command_ends_with_one_sentence_and_goes_on_when_there_is_room(
        tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    profile = tmp_path / "tiny.toml"
    profile.write_text('title = "tiny"\nextends = "sample"\n[photographs]\nper_class = 2\nside = 32\n')
    place = [*command, "--profile", str(profile), "--out"]
    assert cli.main([*place, str(tmp_path / "whole")]) == 0
    whole = {name: data for name, data in contents(tmp_path / "whole").items() if not name.endswith(".json")}
    out = tmp_path / "out"
    for size in (0, 1, 60, 100, 150, 400, 900, 1500, 5000):
        capsys.readouterr()
        with full_at(size):
            status = cli.main([*place, str(out)])
        said = capsys.readouterr().err
        if status:
            assert status == 2
            sentences = [line for line in said.splitlines() if line.startswith("paper_repro: ")]
            assert len(sentences) == 1, said
            assert "; make room, then run the same command again" in sentences[0]
            assert "Traceback" not in said
        assert not [name for name in contents(out) if files.TEMPORARY.fullmatch(Path(name).name)]
    assert cli.main([*place, str(out)]) == 0
    assert {name: data for name, data in contents(out).items() if not name.endswith(".json")} == whole


@pytest.mark.attack("full-disk")
def test_what_is_printed_may_go_to_the_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "log").open("w") as log, (tmp_path / "errors").open("w") as errors, monkeypatch.context() as patch:
        patch.setattr("sys.stdout", log)
        patch.setattr("sys.stderr", errors)
        with full_at(4):
            assert cli.main(["table", "4", "--out", str(tmp_path)]) == 2
            log.flush()
            errors.flush()
    assert cli.main(["table", "4", "--out", str(tmp_path)]) == 0


def test_time_that_can_not_be_noted_hides_no_mistake(tmp_path: Path) -> None:
    with full_at(3), pytest.raises(ZeroDivisionError), usage.counted(tmp_path, "x"):
        raise ZeroDivisionError
    with full_at(3), pytest.raises(OSError, match="File too large"), usage.counted(tmp_path, "x"):
        pass
    with usage.counted(tmp_path, "y"):
        pass
    assert list(usage.longest(tmp_path)) == ["y"]


def test_numpy_does_not_notice_that_the_disk_has_no_room_for_a_few_bytes(tmp_path: Path) -> None:
    """Why features aren't written by `np.save`. If this fails, it does notice, and may be used."""
    values, held = np.arange(5, dtype=np.float32), io.BytesIO()
    np.save(held, values)
    with full_at(len(held.getvalue()) - 1):
        np.save(tmp_path / "a.npy", values)
    assert (tmp_path / "a.npy").stat().st_size == len(held.getvalue()) - 1
