"""The command `compare`: tables of two periods, folders of results, one table divided at a date; mistakes in them."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import cli
from paper_repro.base.files import read_csv, write_csv, write_json
from tests.evolution.moving_clouds import Clouds, observe

FEW, MANY = (0.7, 0.1, 0.1, 0.1), (0.1, 0.1, 0.1, 0.7)


@pytest.fixture(scope="module")
def years() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two periods of 120 days of clouds whose shares differ."""
    first, second = (observe(Clouds(30.0, shares, shares), 120, 30, seed, 40.0, start=start) for seed, shares, start in
                     ((1, FEW, "2016-01-01T00:00:00.000"), (2, MANY, "2017-01-01T00:00:00.000")))
    return first, second


@pytest.fixture
def files(tmp_path: Path, years: tuple[pd.DataFrame, pd.DataFrame]) -> list[str]:
    paths = [tmp_path / "one.csv", tmp_path / "two.csv"]
    for path, table in zip(paths, years, strict=True):
        write_csv(path, table)
    return [str(path) for path in paths]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["compare", *words]) == 0
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.main(["compare", *words]) == 2
    [sentence] = capsys.readouterr().err.splitlines()
    return sentence


def test_two_tables(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path,
                    capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, *files, "--csv", str(tmp_path / "made/table.csv"))
    assert f"First: {files[0]}: {len(years[0])} patches, 96 observations in 12 blocks of 240 h" in text
    assert "The classes' shares changed beyond their errors (p = 0.0005): class 0 by -" in text
    assert "At equal coverage (places that both periods have: 100 % and 100 %" in text
    table = read_csv(tmp_path / "made/table.csv", dtype={"class": str}).set_index("class")
    for row in [line.strip("|").split("|") for line in text.splitlines() if line.startswith("| ")][1:]:
        name, first, _, difference, _ = (cell.strip() for cell in row)
        one = table.loc[name]
        assert first == f"{100 * one['share_first']:.1f} ± {100 * one['error_first']:.1f}"
        assert difference.startswith(f"{100 * one['difference']:+.1f} [{100 * one['low']:+.1f}, ")
        assert difference.endswith(" *") == one["changed"]
    assert table["share_first"]["0"] == pytest.approx((years[0]["class"] == 0).mean())


def test_one_table_and_a_date_are_the_same(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path,
                                           capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(tmp_path / "both.csv", pd.concat(years))
    once = said(capsys, str(tmp_path / "both.csv"), "--at", "2016-12-01")
    assert once.splitlines()[3:] == said(capsys, *files).splitlines()[3:]


def test_a_folder_of_results_takes_places_and_observations_from_its_patches(
        files: list[str], years: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path,
        capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("results", "results/authors"):
        folder = tmp_path / "data/mine" / part / "uvi-3000km-flat"
        write_csv(folder / "classes.csv", years[0][["id", "class"]])
        write_json(folder / "provenance.json", {"step": "venus", "outputs": {}})
        write_csv(tmp_path / "data/mine/patches/uvi-3000km-flat/patches.csv", years[0].drop(columns="class"))
        text = said(capsys, str(folder), files[1])
        assert text.splitlines()[1:] == said(capsys, *files).splitlines()[1:]
    write_csv(tmp_path / "data/mine/patches/uvi-3000km-flat/patches.csv", years[0].drop(columns="class")[5:])
    assert "patches.csv, found others" in refused(capsys, str(folder), files[1])


def test_two_sets_classified_each_for_itself_are_refused(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                         tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [tmp_path / name for name in "ab"]
    for number, (folder, table) in enumerate(zip(folders, years, strict=True)):
        write_csv(folder / "classes.csv", table)
        write_json(folder / "provenance.json", {"step": "classify", "outputs": {"classes.csv": str(number)}})
    sentence = refused(capsys, *map(str, folders))
    assert "two sets that were classified each for itself, so that class 0 of one isn't class 0 of the other" \
        in sentence
    assert "First" in said(capsys, str(folders[0]), files[1])


def test_images_assigned_to_two_catalogues_are_refused(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                       tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder, table, catalogue in zip(folders, (*years, years[1]), ("one", "one", "other"), strict=True):
        write_csv(folder / "assigned.csv", table.assign(distance=1.0, margin=0.5, unlike=False))
        write_json(folder / "provenance.json", {"step": "assign", "inputs": {"catalogue": catalogue}})
    together = said(capsys, str(folders[0]), str(folders[1]))
    assert together.splitlines()[2:-2] == said(capsys, *files).splitlines()[2:]
    assert together.endswith("Unlike any class: no patch of either.\n")
    assert "found two catalogues" in refused(capsys, str(folders[0]), str(folders[2]))


def test_mistakes_are_one_sentence(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "found neither a second table nor --at" in refused(capsys, files[0])
    assert "found both" in refused(capsys, *files, "--at", "2016-02-01")
    assert "--at never: expected a date" in refused(capsys, files[0], "--at", "never")
    for date, missing in (("2001-01-01", "before it"), ("2031-01-01", "from it on")):
        assert f"found none {missing}" in refused(capsys, files[0], "--at", date)
    assert "--block-hours -1: expected 0 or more" in refused(capsys, *files, "--block-hours", "-1")
    assert "--block-hours nan: expected 0 or more" in refused(capsys, *files, "--block-hours", "nan")
    assert "found nothing" in refused(capsys, files[0], str(tmp_path / "none.csv"))
    (tmp_path / "empty").mkdir()
    assert "found a folder" in refused(capsys, str(tmp_path / "empty"), files[1])
    (tmp_path / "none.csv").touch()
    assert "expected a CSV table" in refused(capsys, files[0], str(tmp_path / "none.csv"))
    (tmp_path / "none.csv").write_bytes(b"class,source\n\xff\xfe,\x00\n")
    assert "expected a CSV table" in refused(capsys, files[0], str(tmp_path / "none.csv"))
    write_csv(tmp_path / "none.csv", pd.DataFrame({"id": [1], "class": [0]}))
    assert "expected a column 'source', found id, class" in refused(capsys, str(tmp_path / "none.csv"), files[1])
    write_csv(tmp_path / "none.csv", pd.DataFrame({"source": ["a"], "class": [0]}))
    assert "expected a column 'time_utc' to divide" in refused(capsys, str(tmp_path / "none.csv"), "--at", "2016-02-01")
    assert "1 block of 240 h" in said(capsys, str(tmp_path / "none.csv"), files[1])


def test_numbers_without_intervals_are_shown_without(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                     tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = years[0][years[0]["source"].isin(years[0]["source"].unique()[:2])]
    write_csv(tmp_path / "few.csv", few.drop(columns="latitude_deg"))
    text = said(capsys, str(tmp_path / "few.csv"), files[1], "--block-hours", "0")
    assert "are too few for an error; 5 are needed" in text
    row = next(line for line in text.splitlines() if line.startswith("| 0 "))
    first, second, difference, equal = (cell.strip() for cell in row.strip("|").split("|")[1:])
    assert "±" not in first
    assert "±" in second
    assert float(difference) == pytest.approx(float(second.split()[0]) - float(first), abs=0.11)
    assert equal == "not known"
    assert np.isfinite(float(first))


def test_what_is_unlike_any_class_is_told_beside(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                 tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    without = said(capsys, *files)
    marked = [year.assign(unlike=year["id"] % part == 0) for year, part in zip(years, (20, 4), strict=True)]
    for path, table in zip(files, marked, strict=True):
        write_csv(Path(path), table)
    text = said(capsys, *files, "--csv", str(tmp_path / "made.csv"))
    assert text.startswith(without.rstrip("\n"))  # the classes' shares are what they were
    row = read_csv(tmp_path / "made.csv").iloc[-1]
    assert row["class"] == "unlike"
    for table, name in zip(marked, ("first", "second"), strict=True):
        assert row[f"share_{name}"] == pytest.approx(table["unlike"].mean())
        assert f"{name} {100 * table['unlike'].mean():.1f} ± {100 * row[f'error_{name}']:.1f} %" in text
    assert f"difference {100 * row['difference']:+.1f} [{100 * row['low']:+.1f}, {100 * row['high']:+.1f}] *" in text
    write_csv(Path(files[1]), years[1])
    assert said(capsys, *files).endswith(f"Unlike any class: {files[0]} tells it, {files[1]} doesn't, so nothing is "
                                         "compared.\n")
