"""Pieces of HTML. Every text passes through `escape`; nothing else writes angle brackets around data."""

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NUMBER = re.compile(r"[-+−]?[\d.,]+(\(\d+(\.\d+)?\))?( ?[%°]| px)?")
VERDICT = "is a verdict"  # a cell that is shown as a sign and a word
MARKS = {"reproduced": "✓", "differs": "≠", "ran, not comparable": "~", "not run": "–", "as specified": "="}


@dataclass(frozen=True)
class Cell:
    """A cell of a table. kind: class of the style sheet (v: a value), or VERDICT; note: a small line below."""

    text: str
    kind: str = ""
    note: str = ""


def escape(value: object) -> str:
    """Text for an element or a quoted attribute."""
    return html.escape(str(value), quote=True)


def paragraph(text: str, kind: str = "") -> str:
    """A paragraph of text."""
    return f'<p class="{escape(kind)}">{escape(text)}</p>' if kind else f"<p>{escape(text)}</p>"


def items(texts: Sequence[object]) -> str:
    """A list of sentences; "" for none."""
    return f'<ul class="notes">{"".join(f"<li>{escape(text)}</li>" for text in texts)}</ul>' if texts else ""


def section(name: str, title: str, *parts: str) -> str:
    """A section that the table of contents can point to."""
    return f'<section id="{escape(name)}"><h2>{escape(title)}</h2>{"".join(parts)}</section>'


def details(summary: str, content: str, opened: bool = False) -> str:
    """What can be folded away."""
    return f"<details{' open' if opened else ''}><summary>{escape(summary)}</summary>{content}</details>"


def table(caption: str, heads: Sequence[str], rows: Sequence[Sequence[str | Cell]], kind: str = "") -> str:
    """A table that scrolls sideways where it is too wide; the first cell of a row names it."""
    cells = [[cell if isinstance(cell, Cell) else Cell(cell) for cell in row] for row in rows]
    numbers = [_are_values([row[place] for row in cells]) for place in range(len(heads))]
    head = "".join(f'<th scope="col"{" class=n" * right}>{escape(text)}</th>'
                   for text, right in zip(heads, numbers, strict=True))
    body = "".join(f"<tr>{''.join(map(_cell, row, range(len(row))))}</tr>" for row in cells)
    # The caption stands outside, or it would scroll with the table.
    return (f'<div class="table"><p class="caption">{escape(caption)}</p><div class="wide" tabindex="0" role="group" '
            f'aria-label="{escape(caption)}"><table class="{escape(kind)}" aria-label="{escape(caption)}">'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div></div>")


def kind(verdict: str) -> str:
    """A verdict as a class of the style sheet."""
    return verdict.replace(",", "").replace(" ", "-")


def verdict(name: str) -> str:
    """A verdict as a sign and a word: it is read without colours."""
    return f'<span class="verdict {escape(kind(name))}">{MARKS[name]} {escape(name)}</span>'


def data(name: str, value: Any) -> str:
    """JSON in an element that is never run; `<` is escaped, so that no text can end the element."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    return f'<script type="application/json" id="{escape(name)}">{text}</script>'


def _are_values(cells: Sequence[Cell]) -> bool:
    found = ["v" in cell.kind.split() or bool(NUMBER.fullmatch(cell.text)) for cell in cells if cell.text]
    return 2 * sum(found) > len(found)


def _cell(cell: Cell, place: int) -> str:
    kinds = " ".join(filter(None, ("" if cell.kind == VERDICT else cell.kind,
                                   "n" if NUMBER.fullmatch(cell.text) else "")))
    name, scope = ("td", "") if place else ("th", ' scope="row"')
    named = f' class="{escape(kinds)}"' if kinds else ""
    text = verdict(cell.text) if cell.kind == VERDICT else escape(cell.text)
    note = f"<small>{escape(cell.note)}</small>" if cell.note else ""
    return f"<{name}{scope}{named}>{text}{note}</{name}>"
