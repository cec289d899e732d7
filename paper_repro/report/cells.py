"""Tables as plain data for the templates: their cells, and which of them hold numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

NUMBER = re.compile(r"[-+−]?[\d.,]+(\(\d+(\.\d+)?\))?( ?[%°]| px)?")
VERDICT = "is a verdict"  # a cell that is shown as a sign and a word
MARKS = {"as specified": "=", "reproduced": "✓", "differs": "≠", "replicated": "≈", "not replicated": "≉",
         "ran, not comparable": "~", "not run": "–"}


@dataclass(frozen=True)
class Cell:
    """A cell of a table. kind: class of the style sheet (v: a value), or VERDICT; note: a small line below."""

    text: str
    kind: str = ""
    note: str = ""

    @property
    def is_verdict(self) -> bool:
        """Whether it is shown as a sign and a word."""
        return self.kind == VERDICT

    @property
    def is_number(self) -> bool:
        """Whether it holds nothing but a number, with its unit or error."""
        return bool(NUMBER.fullmatch(self.text))

    @property
    def is_value(self) -> bool:
        """Whether it stands for a number, or says why there is none."""
        return "v" in self.kind.split() or self.is_number

    @property
    def classes(self) -> str:
        """Its classes of the style sheet, n for a number among them."""
        return " ".join(filter(None, ("" if self.is_verdict else self.kind, "n" if self.is_number else "")))


@dataclass(frozen=True)
class Column:
    """The heading of a column; numeric: whether most of its cells are values."""

    heading: str
    numeric: bool


@dataclass(frozen=True)
class Table:
    """A table with its caption; the first cell of a row names it. kind: class of the style sheet."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: str


def table(caption: str, headings: Sequence[str], rows: Sequence[Sequence[str | Cell]], kind: str = "") -> Table:
    """A table of cells, or of texts where nothing is said about how they look. All rows are as long as `headings`."""
    cells = [tuple(cell if isinstance(cell, Cell) else Cell(cell) for cell in row) for row in rows]
    columns = zip(*cells, strict=True) if cells else [()] * len(headings)
    return Table(caption, tuple(Column(heading, _are_values(column))
                                for heading, column in zip(headings, columns, strict=True)), tuple(cells), kind)


def _are_values(cells: Sequence[Cell]) -> bool:
    filled = [cell.is_value for cell in cells if cell.text]
    return 2 * sum(filled) > len(filled)
