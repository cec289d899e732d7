"""What the tables share: one writer for CSV, Markdown and LaTeX."""

import csv
import dataclasses
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from tabulate import LATEX_ESCAPE_RULES, tabulate

from paper_repro.base import cells
from paper_repro.base.files import line_feeds, write_text
from paper_repro.base.names import one_line
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run

Row = Sequence[object]
SIMULATED = "Made from simulated images."
NOT_USED = "not used"  # in place of a parameter's value, by a run that has no use for it


@dataclass(frozen=True)
class Block:
    """One grid of a table: its columns' names and its rows, all text.

    align: a letter for each column, l or r; title: stands above the grid where it isn't "".
    """

    columns: Sequence[str]
    align: str
    rows: Sequence[Sequence[str]]
    title: str = ""

    def grid(self, style: str) -> str:
        """The grid in one of tabulate's styles; cells stay the text that they are, each in one line."""
        columns, rows = list(map(one_line, self.columns)), [list(map(one_line, row)) for row in self.rows]
        sides = ["left" if letter == "l" else "right" for letter in self.align]
        return tabulate(rows, headers=columns, tablefmt=style, disable_numparse=True, colalign=sides)


def markdown(number: int | None, caption: str, blocks: Sequence[Block], notes: Sequence[str]) -> str:
    """The table in GitHub's Markdown: caption, each block, then a line per note. number: None for one of our own."""
    parts = [f"**Table {number}. {caption}**" if number else f"**{caption}**"]
    for block in blocks:
        columns, *rows = [list(map(cells.markdown, row)) for row in (block.columns, *block.rows)]
        shown = dataclasses.replace(block, columns=columns, rows=rows)
        parts += [*([block.title] if block.title else []), shown.grid("pipe")]
    if notes:
        parts.append("\n".join(f"- {note}" for note in notes))
    return "\n\n".join(parts) + "\n"


def latex(number: int | None, caption: str, blocks: Sequence[Block], notes: Sequence[str]) -> str:
    """The table in LaTeX, to be input where the package booktabs is loaded: caption, each block, then the notes."""
    lines = [
        "\\begin{table*}",
        "\\centering\\scriptsize",
        *([f"\\setcounter{{table}}{{{number - 1}}}"] if number else []),
        f"\\caption{{{escape(caption)}}}",
        *([f"\\label{{tab:table{number}}}"] if number else []),
    ]
    for block in blocks:
        title = [f"{escape(block.title)}\\par\\smallskip"] if block.title else []
        lines += [*title, block.grid("latex_booktabs"), "\\par\\medskip"]
    lines += [f"{escape(note)}\\par" for note in notes]
    return "\n".join([*lines, "\\end{table*}"]) + "\n"


def escape(text: str) -> str:
    """Text with the characters that mean something to LaTeX escaped, as tabulate does it in cells."""
    return "".join(LATEX_ESCAPE_RULES.get(character, character) for character in text)


def store(run: Run, number: int | str, caption: str, columns: Sequence[str], rows: Iterable[Row],
          blocks: Sequence[Block], origin: Origin, footnotes: Sequence[str] = (), notes: Sequence[str] = ()
          ) -> Made:
    """Write `table<number>.csv` (from `columns` and `rows`), `.md` and `.tex` (from `blocks`).

    A table of our own has a name instead of a number, which is that of its files. Under the table stand `footnotes`,
    what must be said of its input, and `notes`, which go into its record too.
    """
    said = [*footnotes, *([SIMULATED] if origin.simulated else []), *origin.notes, *notes]
    base = run.tables / (number if isinstance(number, str) else f"table{number}")
    shown = None if isinstance(number, str) else number
    texts = {".csv": csv_text(columns, rows), ".md": markdown(shown, caption, blocks, said),
             ".tex": latex(shown, caption, blocks, said)}
    files = {base.with_suffix(suffix): text for suffix, text in texts.items()}
    for path, text in files.items():
        write_text(path, text)
    return Made(files=tuple(files), notes=tuple(notes))


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as CSV: floats as the shortest text that reads back the same, None and NaN as nothing, texts guarded."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([list(map(_cell, row)) for row in [columns, *rows]])
    return line_feeds(text.getvalue())


def _cell(value: object) -> object:
    return None if value != value else cells.guarded_cell(value)  # noqa: PLR0124  # NaN


def as_rows(columns: Sequence[str], lines: Iterable[Mapping[str, object]]) -> list[list[object]]:
    """Lines by column as rows; None where a line lacks a column."""
    return [[line.get(column) for column in columns] for line in lines]
