"""What the tables share: one writer for CSV, Markdown and LaTeX."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tabulate import LATEX_ESCAPE_RULES, tabulate

from paper_repro.base.files import csv_text, sha256_text, write_text
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import Run


@dataclass(frozen=True)
class Block:
    """One grid of a table: its columns' names and its rows, all text.

    align: a letter a column, l or r; title: stands above the grid where it isn't "".
    """

    columns: Sequence[str]
    align: str
    rows: Sequence[Sequence[str]]
    title: str = ""

    def grid(self, style: str) -> str:
        """The grid in one of tabulate's styles; cells stay the text that they are."""
        sides = ["left" if letter == "l" else "right" for letter in self.align]
        return tabulate(self.rows, headers=self.columns, tablefmt=style, disable_numparse=True, colalign=sides)


def markdown(number: int | None, caption: str, blocks: Sequence[Block], notes: Sequence[str]) -> str:
    """The table in GitHub's Markdown: caption, each block, then one line a note. number: None for one of our own."""
    parts = [f"**Table {number}. {caption}**" if number else f"**{caption}**"]
    for block in blocks:
        rows = [[cell.replace("|", "\\|") for cell in row] for row in block.rows]
        parts += [*([block.title] if block.title else []), dataclasses.replace(block, rows=rows).grid("pipe")]
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


def store(run: Run, number: int | str, caption: str, data: pd.DataFrame, blocks: Sequence[Block],
          provenance: Provenance, footnotes: Sequence[str] = ()) -> list[Path]:
    """Write `table<number>.csv` (from `data`), `.md` and `.tex` (from `blocks`), and the `.json` beside.

    A table that the paper hasn't has a name instead of a number, which is that of its files.
    Under the table stand `footnotes` and the provenance's notes. Always written: a table costs nothing.
    Returns the three files.
    """
    simulated = ["Of a run on simulated images."] if provenance.simulated else []
    notes = [*footnotes, *simulated, *provenance.notes]
    base = run.tables / (number if isinstance(number, str) else f"table{number}")
    shown = None if isinstance(number, str) else number
    files = [base.with_suffix(suffix) for suffix in (".md", ".tex", ".csv")]
    write_text(files[0], markdown(shown, caption, blocks, notes))
    write_text(files[1], latex(shown, caption, blocks, notes))
    # The CSV comes last, as it is what make looks at; its hash is known before.
    text = csv_text(data)
    provenance.write(base.with_suffix(".json"), {"outputs": {files[2].name: sha256_text(text)}})
    write_text(files[2], text)
    return [files[2], files[0], files[1]]

