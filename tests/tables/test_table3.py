"""Table 3: the paper's own matrices go in and its accuracies come out; ours stands alone where it must."""

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv
from paper_repro.base.provenance import Origin
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering import chance
from paper_repro.clustering.assignment import columns_of
from paper_repro.patches.dataset import PatchSet
from paper_repro.tables import table3
from tests.odd_names import ODD

Classified = Callable[..., None]
SMALL = [[3, 1, 0], [0, 2, 0], [1, 0, 4]]
NAMES = ("Clear sky", "Veil", "Null & void")


def grids(path: Path) -> list[list[list[str]]]:
    """Cells of each Markdown table below its head."""
    found: list[list[list[str]]] = [[]]
    for line in path.read_text().splitlines():
        if line.startswith("|"):
            found[-1].append([cell.strip() for cell in line.strip("|").split("|")])
        elif found[-1]:
            found.append([])
    return [grid[2:] for grid in found if grid]


@pytest.fixture
def as_published(
    real: Run, make_classified: Classified, make_photographs: Callable[..., None],
    make_cloud_imvn: Callable[..., PatchSet], monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """The paper's own result: Cloud-ImVN and the matrices of Table 3."""
    make_photographs(real, GRAY)
    make_classified(real, COLOUR, paper.TABLE3_COLOUR.matrix)
    make_classified(real, GRAY, paper.TABLE3_GRAY.matrix)
    monkeypatch.setattr(table3, "open_set", lambda folder: make_cloud_imvn(folder.name == COLOUR))
    return real


def test_the_papers_matrices_give_the_papers_accuracies(as_published: Run) -> None:
    csv, markdown, _ = table3.write(as_published, Origin()).files
    table = pd.read_csv(csv, dtype=str)
    for grid, letter, published in zip(grids(markdown), "ab", (paper.TABLE3_COLOUR, paper.TABLE3_GRAY), strict=True):
        part = table[table["part"] == letter].set_index("true")
        for name, counts, accuracy, cells in zip(
            paper.CLASS_NAMES, published.matrix, published.class_accuracies, grid, strict=False
        ):
            assert list(part.loc[name, list(paper.CLASS_NAMES)]) == list(map(str, counts))
            assert f"{float(str(part.loc[name, 'accuracy_percent'])):.1f}" == accuracy
            assert part.loc[name, "paper_accuracy_percent"] == accuracy
            assert cells == [name, *(f"{count} / {count}" for count in counts), f"{accuracy} / {accuracy}"]
        assert grid[6][-1] == f"{published.total} / {published.total}"
        assert grid[7] == ["Mean of classes", *[""] * 6, published.total]  # all classes have 350 members
        assert part.loc["Total", "paper_accuracy_percent"] == published.total


def test_without_the_papers_beside_it(
    sample: Run, make_classified: Classified, make_photographs: Callable[..., None]
) -> None:
    origin = Origin(True, ("Made with random weights.",))
    for name in (COLOUR, GRAY):
        make_photographs(sample, name, classes=NAMES)
        make_classified(sample, name, SMALL, NAMES, notes=origin.notes)
    csv, markdown, tex = table3.write(sample, origin).files
    table = pd.read_csv(csv)
    assert list(table["true"]) == [*NAMES, "Total", "Mean of classes"] * 2
    assert list(table["Clear sky"][:3]) == [3, 0, 1]
    assert list(table["accuracy_percent"][:3]) == [75.0, 100.0, 80.0]
    assert table["accuracy_percent"][3] == pytest.approx(100 * 9 / 11)
    assert table["accuracy_percent"][4] == pytest.approx(85.0)
    by_chance = chance.expected(np.array(SMALL))
    assert list(table["chance_accuracy_percent"][3:5]) == pytest.approx(
        [100 * by_chance.accuracy, 100 * by_chance.balanced_accuracy])
    assert not [column for column in table if str(column).startswith("paper")]
    assert set(table["comparison"]) == {"not comparable: simulated"}
    assert grids(markdown)[0] == [
        ["Clear sky", "3", "1", "0", "75.0"], ["Veil", "0", "2", "0", "100.0"], ["Null & void", "1", "0", "4", "80.0"],
        ["Total", "", "", "", "81.8"], ["Mean of classes", "", "", "", "85.0"],
        ["Total by chance", "", "", "", f"{100 * by_chance.accuracy:.1f}"],
    ]
    assert "(a) full colour dataset, encoder SimCLR (paper: SimCLR); not comparable: simulated" in markdown.read_text()
    assert "(b) gray dataset" in markdown.read_text()
    assert "Null \\& void" in tex.read_text()
    assert markdown.read_text().count("Made with random weights.") == 1


@pytest.mark.attack("table-names")
def test_any_name_of_a_class_is_a_row_and_a_column(
    sample: Run, make_classified: Classified, make_photographs: Callable[..., None]
) -> None:
    counts = np.diag(np.arange(2, 2 + len(ODD)))
    counts[0, 1] = 1
    for name in (COLOUR, GRAY):
        make_photographs(sample, name, classes=ODD)
        make_classified(sample, name, counts.tolist(), ODD)
    csv, markdown, tex = table3.write(sample, Origin()).files
    table = read_csv(csv, keep_default_na=False, dtype={"true": str, "part": str})
    part = table[table["part"] == "a"]
    assert part["true"].tolist() == [*ODD, "Total", "Mean of classes"]
    columns = columns_of(ODD, table3.OWN_COLUMNS)
    assert table.columns[4:4 + len(ODD)].tolist() == columns
    assert part[columns][:len(ODD)].to_numpy().astype(float).astype(int).tolist() == counts.tolist()
    assert set(part["encoder"]) == {"simclr"}
    # one line a row, however many lines a name has
    lines = [line for line in markdown.read_text().splitlines() if line.startswith("|")]
    assert len(lines) == 2 * (2 + len(ODD) + 3)
    assert len({line.count("|") - line.count("\\|") for line in lines}) == 1
    rows = [line for line in tex.read_text().splitlines() if line.endswith("\\\\")]
    assert len(rows) == 2 * (1 + len(ODD) + 3)
    assert len({line.count("&") - line.count("\\&") for line in rows}) == 1


def test_another_encoder_than_the_papers_is_not_comparable(as_published: Run, make_classified: Classified) -> None:
    make_classified(as_published, GRAY, paper.TABLE3_GRAY.matrix, encoder="simple")
    table = pd.read_csv(table3.write(as_published, Origin()).files[0])
    assert set(table[table["part"] == "a"]["comparison"]) == {"Cloud-ImVN"}
    assert set(table[table["part"] == "b"]["comparison"]) == {"not comparable: encoder Simple"}
    assert "encoder Simple (paper: SimCLR)" in (as_published.tables / "table3.tex").read_text()


def test_gray_photographs_have_no_part_a(
    real: Run, make_classified: Classified, make_photographs: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    make_photographs(real, GRAY)
    make_classified(real, COLOUR, SMALL, NAMES)  # left from an earlier run, on other photographs
    make_classified(real, GRAY, SMALL, NAMES)
    made = table3.write(dataclasses.replace(real, gray=True), Origin())
    csv, markdown, _ = made.files
    table = pd.read_csv(csv)
    assert set(table["part"]) == {"b"}
    assert set(table["comparison"]) == {"not comparable: these photographs are not Cloud-ImVN"}
    sentence = "Part (a), full colour, is missing: this run has no such photographs."
    assert sentence in markdown.read_text()
    assert sentence in capsys.readouterr().err
    assert made.notes == (sentence,)


@pytest.mark.parametrize("absent", ["classes.csv", "provenance.json", "all", "photographs"])
def test_no_table_without_results(
    real: Run, make_classified: Classified, make_photographs: Callable[..., None], absent: str
) -> None:
    make_photographs(real, GRAY)
    for name in (COLOUR, GRAY):
        make_classified(real, name, SMALL, NAMES)
    if absent == "photographs":
        shutil.rmtree(real.patches(COLOUR))
    else:
        for path in list((real.results / COLOUR).iterdir()):
            if absent in {"all", path.name}:
                path.unlink()
    with pytest.raises(UserError, match=r"found none|isn't there"):
        table3.write(real, Origin())
    assert not real.tables.exists()
