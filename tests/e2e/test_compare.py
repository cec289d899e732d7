"""Two runs agree as far as other builds of a library let them, and no less."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.e2e import compare

ROWS = {
    "encoder": ["simple", "simple", "simclr"], "reduction": ["none", "pca", "tsne"], "dims": [None, 16, 3],
    "clustering": ["hac", "kmeans", "kmeans"], "status": ["run", "run", "not run"],
    "printed": ["27.3", "28.7(5)", ""], "accuracy_percent": [27.3, 28.7, None], "error_percent": [0.0, 0.5, None],
}


def write_run(out: Path) -> None:
    rng = np.random.default_rng(1)
    for folder in ("data/sample/patches/a", "data/sample/features/a", "tables/sample"):
        (out / folder).mkdir(parents=True)
    np.save(out / "data/sample/patches/a/images.npy", rng.integers(0, 255, (4, 8, 8), np.uint8))
    (out / "data/sample/patches/a/patches.csv").write_text("id\n0\n")
    np.save(out / "data/sample/features/a/simple-s0.npy", rng.normal(size=(4, 512)).astype(np.float32))
    pd.DataFrame(ROWS).to_csv(out / "tables/sample/table1.csv", index=False)


@pytest.fixture
def runs(tmp_path: Path) -> tuple[Path, Path]:
    write_run(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    return tmp_path / "one", tmp_path / "other"


def change_features(out: Path, by: float) -> None:
    path = out / "data/sample/features/a/simple-s0.npy"
    values = np.load(path)
    values[2, 7] += np.float32(by * np.abs(values).max())
    np.save(path, values)


def change_row(out: Path, row: int, by: float) -> None:
    path = out / "tables/sample/table1.csv"
    table = pd.read_csv(path)
    table["accuracy_percent"] += np.where(np.arange(len(table)) == row, by, 0.0)
    table.to_csv(path, index=False)


def found(runs: tuple[Path, Path]) -> list[str]:
    return compare.complaints(*runs, "sample")[0]


def test_a_run_agrees_with_itself(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main(*runs) == 0
    assert capsys.readouterr().out == ("both runs agree; compared: 1 patches, 1 lists of patches, 1 features, "
                                       "1 Table 1\n")


@pytest.mark.parametrize(("by", "agree"), [(9e-5, True), (1.1e-4, False), (float("nan"), False)])
def test_features_may_differ_by_rounding(runs: tuple[Path, Path], by: float, agree: bool) -> None:
    change_features(runs[1], by)
    assert (found(runs) == []) is agree


# the combined error of two means with 0.5 each is 0.707; a row without an error is the same or it isn't
@pytest.mark.parametrize(("row", "by", "agree"), [
    (1, 0.70, True), (1, -0.70, True), (1, 0.72, False), (0, 0.01, False), (1, float("nan"), False),
])
def test_table_1_may_differ_by_its_combined_error(runs: tuple[Path, Path], row: int, by: float, agree: bool) -> None:
    change_row(runs[1], row, by)
    assert (found(runs) == []) is agree


def test_one_other_gray_level_of_a_patch_is_named(runs: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    path = runs[1] / "data/sample/patches/a/images.npy"
    images = np.load(path)
    images[0, 0, 0] ^= 1
    np.save(path, images)
    assert compare.main(*runs) == 1
    assert capsys.readouterr().out == ("data/sample/patches/a/images.npy: expected the same bytes, found others\n")


@pytest.mark.parametrize("side", [0, 1])
def test_a_file_in_one_run_alone_is_named(runs: tuple[Path, Path], side: int) -> None:
    np.save(runs[1 - side] / "data/sample/features/a/simclr-s0.npy", np.zeros((1, 512), np.float32))
    assert found(runs) == [f"data/sample/features/a/simclr-s0.npy: expected in both runs, not found in {runs[side]}"]


def test_other_shapes_and_other_rows_differ(runs: tuple[Path, Path]) -> None:
    np.save(runs[1] / "data/sample/features/a/simple-s0.npy", np.zeros((3, 512), np.float32))
    pd.DataFrame(ROWS).iloc[1:].to_csv(runs[1] / "tables/sample/table1.csv", index=False)
    assert found(runs) == [
        "data/sample/features/a/simple-s0.npy: expected one shape, found (4, 512) and (3, 512)",
        "tables/sample/table1.csv: expected the same rows, found others",
    ]


def test_two_empty_folders_do_not_agree(tmp_path: Path) -> None:
    assert len(compare.complaints(tmp_path, tmp_path, "sample")[0]) == 4
