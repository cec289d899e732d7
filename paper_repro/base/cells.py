"""Names from outside in cells of tables: a spreadsheet would run some, and Markdown takes signs in them for its own."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

# What begins a formula, and a sign that stands before one; quotes before it may be those of `guarded`.
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
_HARMLESS = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]", re.ASCII)  # numbers stay numbers
_SIGNS = re.compile(r"[\\`*|<>]|\](?=[(\[])|&(?=#?\w+;)")  # brackets and ampersands alone mean nothing


def guarded(text: str) -> str:
    """A text as it stands in a CSV file: with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _FORMULA.match(text) and not _HARMLESS.fullmatch(text) else text


def guarded_cell(value: object) -> object:
    """A cell as it stands in a CSV file: texts `guarded`, anything else as it is."""
    return guarded(value) if isinstance(value, str) else value


def plain(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def guarded_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """A table whose texts and names of columns are `guarded`; the same one where nothing is to be changed."""
    return _changed(table, guarded_cell)


def plain_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table that `guarded_table` was given."""
    return _changed(table, lambda cell: plain(cell) if isinstance(cell, str) else cell)


def _changed(table: "pd.DataFrame", change: Callable[[object], object]) -> "pd.DataFrame":
    fresh = {}
    for name, column in table.items():
        if column.dtype.kind == "O" or str(column.dtype) == "str":
            values = list(map(change, column))
            if any(value != old for value, old in zip(values, column, strict=True) if isinstance(old, str)):
                fresh[name] = column.__class__(values, column.index, column.dtype)
    names = {name: other for name in table.columns if (other := change(name)) != name}
    if not fresh and not names:
        return table
    table = table.copy()
    for name, column in fresh.items():
        table[name] = column
    return table.rename(columns=names)


def markdown(text: str) -> str:
    """A text as a cell of a table in Markdown, in one line, its signs shown as they are."""
    return _SIGNS.sub(r"\\\g<0>", " ".join(text.split()))
