"""Table 1: the paper's rows in its order, ours in its notation, the paper's beside ours only where it may be."""

import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, Run
from paper_repro.patches.dataset import PatchSet
from paper_repro.tables import table1
from paper_repro.tables.notation import Spread, printed, spread

Grid = Callable[..., pd.DataFrame]
KEYS = ["encoder", "reduction", "dims", "clustering"]


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"printed": str, "printed_std": str, "paper": str, "paper_std": str})


def body(path: Path) -> list[list[str]]:
    """Cells of the Markdown table below its head."""
    lines = [line for line in path.read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_the_rows_are_the_papers_in_its_order(sample: Run, make_grid: Grid) -> None:
    runs = make_grid(sample)
    csv, markdown, tex = table1.write(sample, Origin()).files
    table = read(csv)
    assert [tuple(row) for row in table[KEYS].itertuples(index=False)] == [
        (row.encoder, row.reduction, row.dims, row.clustering) for row in paper.TABLE1
    ]
    shown = body(markdown)
    assert len(shown) == len(paper.TABLE1)
    assert shown[0][:4] == ["SimCLR", "t-SNE", "3", "k-Means"]
    assert shown[2][:4] == ["SimCLR", "None", "None", "HAC"]
    for (_, line), cells in zip(table.iterrows(), shown, strict=True):
        mine = runs[(runs[KEYS] == line[KEYS]).all(axis=1)]
        if line["status"] == "run":
            expected = printed(spread(mine["accuracy"]))
            assert (line["printed"], line["printed_std"]) == (expected.text, expected.std)
            assert cells[4:6] == [expected.text, expected.std]
            assert line["accuracy_percent"] == pytest.approx(100 * mine["accuracy"].mean())
            assert line["std_percent"] == pytest.approx(100 * mine["accuracy"].std(ddof=0))
            assert line["error_percent"] == pytest.approx(line["std_percent"] / math.sqrt(8))
            assert line["balanced_accuracy_percent"] == pytest.approx(100 * mine["balanced_accuracy"].mean())
            assert line["ari"] == pytest.approx(mine["ari"].mean())
            assert line["chance_accuracy_percent"] == pytest.approx(100 * mine["chance_accuracy"].mean())
            assert line["chance_balanced_accuracy_percent"] == pytest.approx(
                100 * mine["chance_balanced_accuracy"].mean())
            assert cells[6] == f"{line['chance_accuracy_percent']:.1f}"
            assert line["repeats"] == 8
        assert cells[4] in tex.read_text()
    assert tex.read_text().count("\\\\\n") >= len(paper.TABLE1)


def test_rows_not_run_say_so_and_why(sample: Run, make_grid: Grid) -> None:
    make_grid(sample, encoders=["simple"])
    csv, markdown, tex = table1.write(sample, Origin()).files
    table = read(csv)
    missing = table[table["status"] == "not run"]
    assert len(missing) == 20 + 2
    assert set(missing["reason"]) == {
        "encoder not asked for in this run", "256 components need at least 256 images, there are 24",
    }
    assert missing["accuracy_percent"].isna().all()
    shown = body(markdown)
    marks = [row[4] for row in shown if row[4].startswith("not run")]
    assert (marks.count("not run [1]"), marks.count("not run [2]")) == (20, 2)
    for text in (markdown.read_text(), tex.read_text()):
        assert "[1] encoder not asked for in this run." in text
        assert "[2] 256 components need at least 256 images, there are 24." in text


def test_nothing_is_said_of_rows_not_run_where_all_were(sample: Run, make_grid: Grid) -> None:
    runs = make_grid(sample)
    filled = runs[runs["dims"] == 64].assign(dims=256)
    write_csv(sample.results / "table1_runs.csv", pd.concat([runs, filled]))
    write_csv(sample.results / "table1_not_run.csv", pd.DataFrame(columns=[*KEYS, "reason"]))
    markdown = table1.write(sample, Origin()).files[1]
    assert "not run" not in markdown.read_text()


def test_simulated_photographs_stand_beside_nothing(sample: Run, make_grid: Grid) -> None:
    notes = ("Made with random weights.",)
    make_grid(sample, notes=notes)
    csv, markdown, tex = table1.write(sample, Origin(True, notes)).files
    table = read(csv)
    assert set(table["comparison"]) == {"not comparable: simulated"}
    assert table[["paper", "paper_std", "difference", "difference_unit"]].isna().all(axis=None)
    for path in (markdown, tex):
        text = path.read_text()
        assert text.count("not comparable: simulated") == len(paper.TABLE1)
        assert "Made with random weights." in text
        assert "Made from simulated images." in text
        assert "84.9(19)" not in text


def test_other_real_photographs_stand_beside_nothing(real: Run, make_grid: Grid) -> None:
    make_grid(real)
    csv, markdown, _ = table1.write(real, Origin()).files
    assert set(read(csv)["comparison"]) == {"not comparable: these photographs are not Cloud-ImVN"}
    assert "simulated" not in markdown.read_text()


def test_cloud_imvn_stands_beside_the_paper(
    real: Run, make_grid: Grid, make_cloud_imvn: Callable[..., PatchSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_grid(real)
    monkeypatch.setattr(table1, "open_set", lambda folder: {real.patches(COLOUR): make_cloud_imvn()}[folder])
    csv, markdown, _ = table1.write(real, Origin()).files
    table = read(csv)
    assert list(table["paper"]) == [row.printed for row in paper.TABLE1]
    assert list(table["paper_std"]) == [row.std for row in paper.TABLE1]
    assert set(table["comparison"]) == {"Cloud-ImVN"}
    first = table.iloc[0]
    assert first["difference"] == pytest.approx(
        (first["accuracy_percent"] - 84.9) / math.sqrt(first["error_percent"] ** 2 + 1.9**2)
    )
    assert first["difference_unit"] == "combined errors"
    # SimCLR, none, HAC: no error on either side
    third = table.iloc[2]
    assert third["difference"] == pytest.approx(100 * 20 / 24 - 84.5)
    assert third["difference_unit"] == "percentage points"
    shown = body(markdown)
    assert shown[0][10:13] == ["84.9(19)", "5.3", f"{first['difference']:+.1f}"]
    assert shown[2][10:13] == ["84.5", "0.0", "-1.2 points (no error)"]
    assert "not comparable" not in markdown.read_text()


def test_gray_photographs_stand_beside_nothing(
    real: Run, make_grid: Grid, make_cloud_imvn: Callable[..., PatchSet], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_grid(real)
    monkeypatch.setattr(table1, "open_set", lambda _: make_cloud_imvn(colour=False))
    assert set(read(table1.write(real, Origin()).files[0])["comparison"]) == {"not comparable: gray photographs"}


def test_the_difference_of_the_same_number_is_zero() -> None:
    row = paper.TABLE1[0]
    cell = table1.Cell(row, Spread(spread([0.849]).mean, spread([0.8, 0.9]).variance, 8))
    assert cell.difference() == (0.0, "combined errors")


def test_the_same_runs_give_the_same_bytes(sample: Run, make_grid: Grid) -> None:
    make_grid(sample)
    first = [path.read_bytes() for path in table1.write(sample, Origin()).files]
    assert [path.read_bytes() for path in table1.write(sample, Origin()).files] == first


@pytest.mark.parametrize("absent", ["table1_runs.csv", "table1_not_run.csv", "table1_runs.json"])
def test_no_table_without_a_finished_grid(sample: Run, make_grid: Grid, absent: str) -> None:
    make_grid(sample)
    (sample.results / absent).unlink()
    with pytest.raises(UserError, match="run `python -m paper_repro run table1"):
        table1.write(sample, Origin())
    assert not sample.tables.exists()


def test_a_cell_with_too_few_repeats_is_named(sample: Run, make_grid: Grid) -> None:
    runs = make_grid(sample)
    write_csv(sample.results / "table1_runs.csv", runs.iloc[:-1])
    last = ", ".join(map(str, runs.iloc[-1][KEYS]))
    with pytest.raises(UserError, match=f"expected 8 runs of {last}, found 7"):
        table1.write(sample, Origin())
    assert not sample.tables.exists()
