"""One writer for CSV, Markdown and LaTeX."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from paper_repro.base.files import csv_text as by_pandas
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import open_run
from paper_repro.tables.layout import Block, as_rows, csv_text, escape, latex, markdown, store

BLOCK = Block(["Name", "Share [%]"], "lr", [["a_b & c", "84.9(19)"], ["x|y", "007"], ["z", ""]], title="(a) 100 %")


def test_markdown_keeps_text_as_it_is_and_escapes_the_bar() -> None:
    lines = markdown(9, "Caption.", [BLOCK], ["One.", "Two."]).splitlines()
    assert lines[0] == "**Table 9. Caption.**"
    assert "(a) 100 %" in lines
    grid = [line for line in lines if line.startswith("|")]
    assert len(grid) == 2 + 3
    assert [cell.strip() for cell in grid[3].replace("\\|", "/").split("|")] == ["", "x/y", "007", ""]
    assert grid[1].replace("-", "") == "|:|:|" or grid[1].endswith(":|")  # the numbers stand right
    assert lines[-2:] == ["- One.", "- Two."]
    assert markdown(9, "Caption.", [BLOCK], []).endswith("|\n")


def test_latex_is_balanced_and_escaped() -> None:
    text = latex(9, "At 100 %.", [BLOCK, BLOCK], ["Note_1."])
    for name in ("table*", "tabular"):
        assert text.count(f"\\begin{{{name}}}") == text.count(f"\\end{{{name}}}") > 0
    assert "\\caption{At 100 \\%.}" in text
    assert "\\label{tab:table9}" in text
    assert "\\setcounter{table}{8}" in text
    assert "a\\_b \\& c" in text
    assert "Note\\_1." in text
    assert text.count("{") == text.count("}")
    assert escape("50 % of $x_1$") == "50 \\% of \\$x\\_1\\$"


def test_store_writes_all_three_and_says_what_is_simulated(tmp_path: Path) -> None:
    run, origin = open_run("sample", tmp_path), Origin(True, ("Made with random weights.",))
    made = store(run, 9, "Caption.", ["a"], [[1]], [BLOCK], origin, ["[1] Why."], ["Part (b) is missing."])
    paths = [tmp_path / f"tables/sample/table9.{suffix}" for suffix in ("csv", "md", "tex")]
    assert made == Made(files=tuple(paths), notes=("Part (b) is missing.",))
    assert paths[0].read_text() == "a\n1\n"
    said = ["[1] Why.", "Made from simulated images.", "Made with random weights.", "Part (b) is missing."]
    assert paths[1].read_text().splitlines()[-4:] == [f"- {sentence}" for sentence in said]
    assert paths[2].read_text().splitlines()[-5:-1] == [f"{sentence}\\par" for sentence in said]
    assert {path.name for path in run.tables.iterdir()} == {path.name for path in paths}


def test_nothing_is_said_of_real_images(tmp_path: Path) -> None:
    made = store(open_run("sample", tmp_path), "own", "Caption.", ["a"], [[1]], [BLOCK], Origin())
    assert [path.name for path in made.files] == ["own.csv", "own.md", "own.tex"]
    assert made.files[1].read_text().endswith("|\n")


@pytest.mark.parametrize("values", [
    [0.1, 1 / 3, -2e-300, 1e16, 123456789.123456789, 5e-324, 1e22, float("nan"), 0.0, -0.0, 2.0],
    [1, 0, -7, 10**18],
    ["plain", "a,b", 'say "x"', "two\nlines", "", " spaced ", "ρ_p,min", "a;b", "#", "'"],
    [None, "text", 3, 2.5, float("nan")],
    [True, False],
], ids=["floats", "integers", "text", "mixed", "truth"])
def test_csv_has_the_bytes_that_pandas_writes(values: list[object]) -> None:
    table = pd.DataFrame({"n, 1": range(len(values)), "value": values}, dtype=object)
    own = csv_text(["n, 1", "value"], table.to_dict("split")["data"])
    assert own == by_pandas(table) == by_pandas(table.infer_objects())
    assert csv_text(["value"], [[value] for value in values]) == by_pandas(table[["value"]])


def test_csv_takes_numbers_of_numpy() -> None:
    assert csv_text(["a", "b"], [[np.float64(0.1), np.int64(3)], [np.float64("nan"), None]]) == "a,b\n0.1,3\n,\n"


def test_rows_are_in_the_order_of_the_columns() -> None:
    assert as_rows(["b", "a"], [{"a": 1, "b": 2, "c": 3}, {"a": 4}]) == [[2, 1], [None, 4]]


@pytest.mark.parametrize("module", ["layout", "table2", "table4"])
def test_tables_of_settings_are_written_without_heavy_libraries(module: str) -> None:
    code = (f"import sys, paper_repro.tables.{module}\n"
            "print([name for name in ('numpy', 'pandas', 'matplotlib', 'torch', 'scipy') if name in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
