"""docs/inputs.md: every line of its tables names tests that are there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "inputs.md"


def rows() -> list[list[str]]:
    """Cells of all rows of tables but their heads."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines
            if line.startswith("| ") and not line.startswith(("| Input ", "| ---"))]


def test_each_line_names_tests_that_exist() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")]
    there = set(re.findall(r"^def (test_\w+)\(", "\n".join(texts), re.M))
    assert len(rows()) > 30
    for cells in rows():
        assert len(cells) == 4, cells
        names = re.findall(r"`(test_\w+)`", cells[3])
        assert names, cells
        assert set(names) <= there, cells


def test_each_line_says_what_is_read_or_refused() -> None:
    for cells in rows():
        assert cells[0]
        assert cells[1] or cells[2], cells
