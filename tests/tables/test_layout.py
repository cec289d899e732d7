"""One writer for CSV, Markdown and LaTeX."""

from pathlib import Path

import pandas as pd

from paper_repro.base.files import read_json
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import open_run
from paper_repro.tables.layout import Block, escape, latex, markdown, store

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


def test_store_writes_all_four_and_says_what_is_simulated(tmp_path: Path) -> None:
    run = open_run("sample", tmp_path)
    made = Provenance("table9", "tables", "sample", simulated=True, notes=("Made with random weights.",))
    paths = store(run, 9, "Caption.", pd.DataFrame({"a": [1]}), [BLOCK], made, ["[1] Why."])
    assert paths == [tmp_path / f"tables/sample/table9.{suffix}" for suffix in ("csv", "md", "tex")]
    for path in paths[1:]:
        text = path.read_text()
        assert "simulated images" in text
        assert "Made with random weights." in text
        assert "[1] Why." in text
    record = read_json(run.tables / "table9.json")
    assert record is not None
    assert record["simulated"] is True
    assert record["notes"] == ["Made with random weights."]
    assert {path.name for path in run.tables.iterdir()} == {f"table9.{s}" for s in ("csv", "md", "tex", "json")}
