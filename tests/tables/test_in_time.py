"""The tables of shares and life times: every number from the step's files, refusals in words, simulated marked."""

from pathlib import Path

import pandas as pd
import pytest

from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Origin
from paper_repro.base.run import Run
from paper_repro.experiments.followed import opened
from paper_repro.report import tables_page
from paper_repro.tables import lives, shares
from tests.experiments import followed_made
from tests.experiments.followed_made import NAME
from tests.records_made import record

ORIGIN = Origin(True, ("a note",))


@pytest.fixture(scope="module", params=[(100.0, 8.0), (700.0, 150.0)], ids=["told", "refused"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A set whose life times can be told, and one whose images are too far apart."""
    made = followed_made.make_run(tmp_path_factory.mktemp("run"), *request.param)
    followed_made.follow(made)
    return made


def cells(text: str, title: str) -> list[list[str]]:
    """The rows of the grid below a title of a Markdown text, its heading first."""
    after = text[text.index(title):].split("\n\n")[1]
    lines = [line for line in after.splitlines() if not line.startswith("|:")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_shares_are_those_of_the_file(run: Run) -> None:
    text = shares.write(run, ORIGIN).files[1].read_text()
    table = opened(run, NAME, "shares.csv")
    for by in ("local time", "solar longitude", "month"):
        heading, *rows = cells(text, f"{NAME}, by {by}")
        assert heading == [by, "images", "blocks", "patches", *(f"class {name} [%]" for name in "0123")]
        for row, (group, part) in zip(rows, table[table["by"] == by].groupby("group"), strict=True):
            assert row[:4] == [group, *(str(part[name].iloc[0]) for name in ("observations", "blocks", "of"))]
            for cell, (_, one) in zip(row[4:], part.iterrows(), strict=True):
                error = "" if pd.isna(one["error"]) else f" ± {100 * one['error']:.1f}"
                if pd.notna(one["low"]) and not error:
                    error = f" (to {100 * one['high']:.1f})"
                assert cell == f"{100 * one['share']:.1f}{error}"
    for said in ("Made from simulated images.", "a note", "From fewer than 5 blocks there is no error"):
        assert said in text
    assert len(read_csv(run.tables / "shares.csv")) == len(table)


def test_lives_are_those_of_the_file_or_refused_in_a_sentence(run: Run) -> None:
    text = lives.write(run, ORIGIN).files[1].read_text()
    table, wind = opened(run, NAME, "lives.csv"), opened(run, NAME, "wind.csv").iloc[0]
    if isinstance(wind["refused"], str):
        assert f"{NAME}: life times at the stated wind: {table['refused'].iloc[0]}\n" in text
        assert wind["refused"] in text
        assert "fitted wind\n" not in text
        assert "± " not in text[text.index("life times"):text.index("- The same")]
        assert read_csv(run.tables / "lives.csv")["value"].isna().all()
        return
    assert f"{wind['value']:.1f} [{wind['low']:.1f}, {wind['high']:.1f}] m/s ({wind['pairs']:,} pairs)" in text
    for which, part in table.groupby("wind"):
        _, *rows = cells(text, f"{NAME}: life times at the {which} wind")
        for row, (_, one) in zip(rows, part.iterrows(), strict=True):
            assert row[:4] == [one["class"], f"{one['pairs']:,}", str(one["blocks"]),
                               f"{one['life_h']:.1f} [{one['life_h_low']:.1f}, {one['life_h_high']:.1f}]"]
        matrix = opened(run, NAME, "transitions.csv")
        matrix = matrix[matrix["wind"] == which]
        _, *rows = cells(text, f"at the {which} wind\n\n| first")
        one = matrix.iloc[6]  # from 1 to 2
        assert rows[1][4] == (f"{one['pairs']}: {100 * one['share']:.1f} ± {100 * one['error']:.1f} "
                              f"({100 * one['expected']:.1f})")


def test_one_class_alone_is_refused_beside_the_others() -> None:
    row = dict.fromkeys((f"{name}{end}" for name in lives.QUANTITIES for end in ("", "_low", "_high")), 30.0)
    part = pd.DataFrame([{"class": "0", "pairs": 1200, "blocks": 9, "refused": None, **row, "life_h_high": None},
                         {"class": "1", "pairs": 1200, "blocks": 9, "refused": "no, since ...",
                          **dict.fromkeys(row)}])
    block = lives._lives(part, "title")
    assert block.columns[-1] == "refused"
    assert list(block.rows[0]) == ["0", "1,200", "9", "30.0 [30.0, ]", "30.0 [30.0, 30.0]", "30.0 [30.0, 30.0]", ""]
    assert list(block.rows[1]) == ["1", "1,200", "9", "", "", "", "no, since ..."]


def test_an_interval_that_is_open_has_no_end_there() -> None:
    nan = float("nan")
    assert [lives.number(*row) for row in ((3, 2, 4), (3, nan, 4), (3, 2, nan), (nan, 2, 4))] == [
        "3.0 [2.0, 4.0]", "3.0 [, 4.0]", "3.0 [2.0, ]", ""]


def test_noise_is_no_class_in_the_heading() -> None:
    row = dict.fromkeys(("by", "group"), "all") | dict.fromkeys(("patches", "of", "observations", "blocks"), 3)
    table = pd.DataFrame([{**row, "class": name, "share": 0.5, "error": None, "low": None} for name in ("0", "noise")])
    assert list(shares.block("title", table).columns)[-2:] == ["class 0 [%]", "noise [%]"]


def test_they_stand_on_the_page(run: Run) -> None:
    for module in (shares, lives):
        module.write(run, ORIGIN)
        name = module.__name__.rpartition(".")[2]
        record(Path(run.tables / f"{name}.json"), run, "table", simulated=True)
    found = tables_page.articles(run, {}, {})
    assert len(found["shares"].tables) == 4
    texts = [cell.text for row in found["lives"].tables[0].rows for cell in row]
    wind = opened(run, NAME, "wind.csv").iloc[0]
    if isinstance(wind["refused"], str):
        assert wind["refused"] in texts
    else:
        assert f"{wind['value']:.1f} [{wind['low']:.1f}, {wind['high']:.1f}]" in texts
        assert "life time T [h]" in texts
    assert found["lives"].simulated
