"""Statistics of patch sets as a command: what the arrays and tables themselves say."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import cli
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_json
from paper_repro.base.profile import load
from paper_repro.base.run import Run
from paper_repro.patches import dataset, statistics


def write(folder: Path, **columns: object) -> Path:
    """A small set with some of the columns."""
    images = np.random.default_rng(len(columns)).integers(0, 256, (5, 8, 8), dtype=np.uint8)
    table = pd.DataFrame({"id": range(5), "source": list("aabcc"), **columns})
    write_json(folder / "provenance.json", dataset.save(folder, iter(images), table))
    return folder


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    """A set of Venus, one without a fit, and photographs."""
    place = {"longitude_deg": [-170.0, 10, 20, 30, 179], "latitude_deg": [-5.0, 0, 5, 6, 7],
             "local_time_h": [8.0, 9, 10, 11, 15]}
    sets = tmp_path / "data" / "paper" / "patches"
    return [write(sets / "a", **place, minnaert_k=[0.5, 0.6, np.nan, 0.8, 1.0]),
            write(sets / "b", **place, minnaert_k=[np.nan] * 5), write(sets / "c")]


def test_each_column_is_what_the_set_says(folders: list[Path], tmp_path: Path) -> None:
    statistics.tell(Run(load("paper"), tmp_path), folders, tmp_path / "all.csv")
    table = pd.read_csv(tmp_path / "all.csv").set_index("set")
    for folder in folders:
        images = np.load(folder / "images.npy").astype(float)
        row = table.loc[folder.name]
        assert (row["count"], row["observations"]) == (5, 3)
        assert (row["mean"], row["std"]) == pytest.approx((images.mean(), images.std()))
    row = table.loc["a"]
    assert (row["minnaert_k_min"], row["minnaert_k_median"]) == pytest.approx((0.5, 0.7))
    assert (row["longitude_deg_min"], row["longitude_deg_max"], row["local_time_h_max"]) == (-170, 179, 15)
    assert table.loc["b", ["minnaert_k_min", "minnaert_k_median"]].isna().all()
    assert table.loc["c", ["longitude_deg_min", "minnaert_k_min"]].isna().all()


def test_by_name_or_all_that_a_run_has(folders: list[Path], tmp_path: Path,
                                       capsys: pytest.CaptureFixture[str]) -> None:
    words = ["statistics", "--profile", "paper", "--out", str(tmp_path)]
    assert cli.main(words) == 0
    said = capsys.readouterr().out
    assert [line.split()[0] for line in said.splitlines()[2:]] == ["a", "b", "c"]
    assert "-170.0 .. 179.0" in said
    assert "nan" not in said
    assert cli.main([*words, str(folders[1])]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]] == ["b"]


def test_no_set_and_one_that_is_not_whole(folders: list[Path], tmp_path: Path) -> None:
    with pytest.raises(UserError, match="expected patch sets, found none"):
        statistics.tell(Run(load("paper"), tmp_path / "elsewhere"), [], None)
    (folders[0] / "images.npy").write_bytes(b"torn")
    with pytest.raises(UserError, match=r"expected \d+ bytes"):
        statistics.tell(Run(load("paper"), tmp_path), folders, tmp_path / "all.csv")
    assert not (tmp_path / "all.csv").exists()


def test_a_file_of_a_set_is_not_written_over(folders: list[Path], tmp_path: Path,
                                             capsys: pytest.CaptureFixture[str]) -> None:
    words = ["statistics", "--profile", "paper", "--out", str(tmp_path), "--csv"]
    before = {path: path.read_bytes() for folder in folders for path in folder.iterdir()}
    for path in before:
        for named in ([], [str(path.parent)]):
            assert cli.main([*words, str(path), *named]) == 2
            assert f"--csv {path}: expected a file to write, found one that is read" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in before} == before
