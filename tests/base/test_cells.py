"""Names from outside in tables: spreadsheets run none of them, they read back unchanged, numbers stay numbers."""

import ast
from pathlib import Path

import hypothesis
import hypothesis.strategies as st
import pandas as pd
import pytest

from paper_repro.base import cells
from paper_repro.base.code import PACKAGE
from paper_repro.base.files import csv_rows, csv_text, read_csv, write_csv
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.tables.layout import Block, markdown
from paper_repro.tables.layout import csv_text as table_text

FORMULAS = ['=HYPERLINK("http://x","y")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=", "'=1", "''-x", "--",
            "-a"]
PLAIN = ["-1.5", "+3", "-.5e-3", "1", "", "-", "a=1", "'a", "'", "Null & void", "-1.5e+07"]


@pytest.mark.attack("table-formulas")
@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert cells.guarded(text) == f"'{text}"
    assert cells.plain(cells.guarded(text)) == text


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_harmless_texts_stay_as_they_are(text: str) -> None:
    assert cells.guarded(text) == text
    assert cells.plain(text) == text


@hypothesis.given(st.text(st.sampled_from("'=+-@\t\r\n1.ea"), max_size=6))
def test_every_text_comes_back_and_none_begins_a_formula(text: str) -> None:
    written = cells.guarded(text)
    assert cells.plain(written) == text
    try:
        float(written)
    except ValueError:
        assert written[:1] not in "=@\t\r\n+-" or written in "+-"


@pytest.mark.attack("table-formulas")
def test_a_table_comes_back_with_its_names_and_numbers(tmp_path: Path) -> None:
    table = pd.DataFrame({"id": [1, 2, 3], "=x": [-1.5, float("nan"), 2], "name": ["=1+1", "'=1", "-1.5"]})
    write_csv(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_text() == "id,'=x,name\n1,-1.5,'=1+1\n2,,''=1\n3,2.0,-1.5\n"
    pd.testing.assert_frame_equal(read_csv(tmp_path / "a.csv"), table)
    with (tmp_path / "a.csv").open(newline="") as handle:
        assert [row["name"] for row in csv_rows(handle)] == ["=1+1", "'=1", "-1.5"]
    assert table_text(["=x", "y"], [["@a", -1.5], [None, "-2"]]) == "'=x,y\n'@a,-1.5\n,-2\n"
    assert table["name"].tolist() == ["=1+1", "'=1", "-1.5"]


def test_a_table_without_such_texts_has_the_bytes_that_pandas_writes() -> None:
    table = pd.DataFrame({"a": [0.1, -2.0], "b": ["x", "-"], "c": ["", "y"]})
    assert csv_text(table) == table.to_csv(index=False, lineterminator="\n")


@pytest.mark.attack("table-formulas")
def test_the_ledger_guards_names_too(tmp_path: Path) -> None:
    entry = Entry("http://a/=b", "=cmd|' /C calc'!A0.fit", 3, "0" * 64, "size", "2024-01-01T00:00:00Z", 5)
    Ledger(tmp_path).add(entry)
    assert "\n=cmd" not in (tmp_path / "ledger.csv").read_text().replace(",", "\n")
    assert Ledger(tmp_path).entries() == [entry]


@pytest.mark.attack("table-formulas")
def test_every_table_is_written_and_read_by_these_functions() -> None:
    allowed = {"base/files.py", "base/lines.py", "tables/layout.py"}
    for path in PACKAGE.rglob("*.py"):
        called = {node.func.attr for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
                  if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)}
        used = called & {"to_csv", "read_csv", "DictReader", "DictWriter", "reader", "writer", "writerow", "writerows"}
        assert not used or path.relative_to(PACKAGE).as_posix() in allowed, (path, used)


@pytest.mark.attack("table-markdown")
@pytest.mark.parametrize(("text", "written"), [
    ("a|b", r"a\|b"), ("a`b`c", r"a\`b\`c"), ("<b>x</b>", r"\<b\>x\</b\>"), ("*a*", r"\*a\*"), ("\\", "\\\\"),
    ("![x](http://a/b.png)", r"![x\](http://a/b.png)"), ("[x][y]", r"[x\][y]"), ("&lt;", r"\&lt;"),
    ("a\\|b", r"a\\\|b"),
    ("a\n| b |\r\nc", r"a \| b \| c"), ("Null & void [%]", "Null & void [%]"), ("97.1 +/- 0.2", "97.1 +/- 0.2"),
])
def test_signs_of_markdown_are_shown_as_they_are(text: str, written: str) -> None:
    assert cells.markdown(text) == written
    block = Block(["class", text], "lr", [[text, "1"]])
    assert sum(written in line for line in markdown(None, "A table", [block], []).splitlines()) == 2
