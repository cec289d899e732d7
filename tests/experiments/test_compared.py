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
    for steps in (("classify", "classify"), ("clusters", "clusters"), ("venus", "clusters"), ("clusters", "venus")):
        for number, (folder, step) in enumerate(zip(folders, steps, strict=True)):
            write_json(folder / "provenance.json", {"step": step, "outputs": {"classes.csv": str(number)}})
        sentence = refused(capsys, *map(str, folders))
        assert "two sets that were classified each for itself, so that class 0 of one isn't class 0 of the other" \
            in sentence
    assert "First" in said(capsys, str(folders[0]), str(folders[0]))
    for folder in folders:  # what they wrote isn't recorded
        write_json(folder / "provenance.json", {"step": "clusters", "outputs": {}})
    assert "two sets that were classified each for itself" in refused(capsys, *map(str, folders))
    assert "First" in said(capsys, str(folders[0]), files[1])


def test_images_assigned_to_two_catalogues_are_refused(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                       tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folders = [tmp_path / name for name in "abc"]
    for folder, table, catalogue in zip(folders, (*years, years[1]), ("one", "one", "other"), strict=True):
        write_csv(folder / "assigned.csv", table.assign(distance=1.0, margin=0.5, unlike=False))
        write_json(folder / "provenance.json", {"step": "assign", "inputs": {"catalogue": catalogue},
                                                "classes_of": "the same"})
    together = said(capsys, str(folders[0]), str(folders[1]))
    assert together.splitlines()[2:-2] == said(capsys, *files).splitlines()[2:]
    assert together.endswith("Unlike any class: no patch of either.\n")
    assert "found two catalogues" in refused(capsys, str(folders[0]), str(folders[2]))


@pytest.mark.parametrize("turn", [1, -1])
def test_assigned_images_are_compared_with_the_classes_of_their_catalogue_alone(
        years: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path, capsys: pytest.CaptureFixture[str],
        turn: int) -> None:
    assigned, own = (tmp_path / name for name in ("assigned", "own"))
    write_csv(assigned / "assigned.csv", years[0])
    write_csv(own / "classes.csv", years[1])
    for step in ("venus", "classify", "clusters"):
        write_json(own / "provenance.json", {"step": step, "outputs": {"classes.csv": "these", "other.csv": "those"}})
        for classes_of, said_of in (("these", ""), (None, "found that an earlier version didn't record which those "),
                                    ("others", "found others, so that class 0 of one need not be class 0 of the")):
            record = {"step": "assign", "inputs": {"catalogue": "x"}, "outputs": {"classes.csv": "these"}}
            write_json(assigned / "provenance.json", record | ({"classes_of": classes_of} if classes_of else {}))
            words = [str(assigned), str(own)][::turn]
            if not said_of:
                assert "changed beyond their errors" in said(capsys, *words)
                continue
            sentence = refused(capsys, *words)
            assert f"{own}: expected the classes that the catalogue of {assigned} was made of, {said_of}" in sentence
            assert sentence.endswith(f"; assign {own} to that catalogue too.")


def test_where_the_user_stands_changes_nothing(years: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path,
                                               capsys: pytest.CaptureFixture[str],
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [tmp_path / "data/mine/results" / name for name in ("a", "b")]
    for number, (folder, table) in enumerate(zip(folders, years, strict=True)):
        write_csv(folder / "classes.csv", table[["id", "class"]])
        write_json(folder / "provenance.json", {"step": "venus", "outputs": {"classes.csv": str(number)}})
        write_csv(tmp_path / "data/mine/patches" / folder.name / "patches.csv", table.drop(columns="class"))
    afar = said(capsys, str(folders[0]), "--at", "2016-03-01")
    for place, word in ((folders[0], "."), (folders[0], "classes.csv"), (folders[0].parent, "a"),
                        (folders[1], "../a"), (folders[1], "../a/classes.csv")):
        monkeypatch.chdir(place)
        assert said(capsys, word, "--at", "2016-03-01").splitlines()[3:] == afar.splitlines()[3:]
    monkeypatch.chdir(folders[0])
    for words in (("classes.csv", "../b"), (".", "../b/classes.csv"), ("../b", ".")):
        assert "classified each for itself" in refused(capsys, *words)
    (tmp_path / "link.csv").symlink_to(folders[0] / "classes.csv")
    assert "classified each for itself" in refused(capsys, str(tmp_path / "link.csv"), "../b")


def test_what_is_read_is_not_written_over(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame], tmp_path: Path,
                                          capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "data/mine/results/s"
    patches = tmp_path / "data/mine/patches/s/patches.csv"
    write_csv(folder / "classes.csv", years[1][["id", "class"]])
    write_json(folder / "provenance.json", {"step": "venus"})
    write_csv(patches, years[1].drop(columns="class"))
    (tmp_path / "soft.csv").symlink_to(files[0])
    (tmp_path / "hard.csv").hardlink_to(files[0])
    monkeypatch.chdir(tmp_path)
    read = [*map(Path, files), folder / "classes.csv", folder / "provenance.json", patches]
    before = [path.read_bytes() for path in read]
    for words, csv in ((files, files[0]), (files, files[1]), (files, "one.csv"), (files, "soft.csv"),
                       (files, "hard.csv"), ([files[0], "--at", "2016-03-01"], files[0]),
                       ([files[0], str(folder)], str(folder / "classes.csv")), ([files[0], str(folder)], str(patches)),
                       ([files[0], str(folder)], str(folder / "provenance.json")),
                       ([files[0], str(folder / "classes.csv")], str(folder / "provenance.json"))):
        sentence = refused(capsys, *words, "--csv", csv)
        assert f"--csv {csv}: expected a file to write, found one that is read (" in sentence
    assert [path.read_bytes() for path in read] == before
    said(capsys, *files, "--csv", "soft2.csv")


def test_a_time_that_is_none_is_told_whatever_the_date(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                       capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(Path(files[0]), years[0].assign(time_utc=years[0]["time_utc"].where(years[0].index != 0)))
    for date in ("2001-01-01", "2016-03-01", "2031-01-01"):
        assert "expected UTC times like " in refused(capsys, files[0], "--at", date)


@pytest.mark.parametrize("date", ["20160301", "2016-03", "2016-03-01T00:00:00Z", "2016-03-01 01:00+01:00"])
def test_dates_of_iso_8601_divide_at_the_same_moment(files: list[str], capsys: pytest.CaptureFixture[str],
                                                     date: str) -> None:
    plain = said(capsys, files[0], "--at", "2016-03-01")
    assert said(capsys, files[0], "--at", date) == plain.replace("2016-03-01", date)


def test_unlike_must_be_true_or_false(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                      capsys: pytest.CaptureFixture[str]) -> None:
    for path, table in zip(files, years, strict=True):
        write_csv(Path(path), table.assign(unlike=["" if n == 7 else "False" for n in table.index]))
    assert f"{files[0]}: expected True or False in the column 'unlike', found nan" in refused(capsys, *files)


def test_mistakes_are_one_sentence(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "found neither a second table nor --at" in refused(capsys, files[0])
    assert "found both" in refused(capsys, *files, "--at", "2016-02-01")
    for date in ("never", "now", "today", "02.03.2016", "3/2/2016", "2016/02/03", "2016.02.03", "16", "20160"):
        assert f"--at {date}: expected a date like 2017-01-01" in refused(capsys, files[0], "--at", date)
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
    alone = said(capsys, str(tmp_path / "none.csv"), files[1])
    assert alone.startswith(f"First: {tmp_path / 'none.csv'}: 1 patches, 1 observation, each image by itself, no times "
                            "known\nSecond: ")
    assert "none.csv: 1 observation, each image by itself, no times known: too few for an error; 5 images are " in alone


def test_numbers_without_intervals_are_shown_without(files: list[str], years: tuple[pd.DataFrame, pd.DataFrame],
                                                     tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    few = years[0][years[0]["source"].isin(years[0]["source"].unique()[:2])]
    write_csv(tmp_path / "few.csv", few.drop(columns="latitude_deg"))
    text = said(capsys, str(tmp_path / "few.csv"), files[1], "--block-hours", "0")
    assert "few.csv: 2 observations, each image by itself: too few for an error; 5 images are needed" in text
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
