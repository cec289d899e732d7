"""What the figures share: sizes, fonts, one marker and colour per class everywhere, and how a figure is saved.

Sizes are those of the printed journal: nothing is scaled, so a font of 7 points is read at 7 points.
"""

import contextlib
import dataclasses
import importlib
import inspect
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure
from matplotlib.font_manager import findfont, get_font
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.files import write_bytes, write_text
from paper_repro.base.names import one_line
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run

COLUMN_MM, FULL_MM = 90.0, 190.0  # widths of one column and of both in the journal
MM = 1 / 25.4  # inch
DPI = 300
SUFFIXES = (".png", ".pdf")
STAMP_MM = 4.5  # strip at the foot of a figure, left free for what must be said about its input
NOTHING_DRAWN = "No figure: this run has nothing to draw here."  # in a caption, in place of the figure's files
STAMPS = ("random weights", "stand-in weights")

# Okabe & Ito (2008): colours told apart with any colour vision; without their yellow, which is faint on white paper.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
BLUE, VERMILION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
SPARE_COLOURS = (BLUE, ORANGE, SKY, BLACK, VERMILION, PURPLE, GREEN)  # the first four differ most for everyone
SPARE_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h")

# Nothing is left to a matplotlibrc on the user's computer: these on top of matplotlib's own defaults.
RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib
    "font.size": 7.0,
    "axes.titlesize": 8.0,
    "axes.labelsize": 7.0,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "legend.fontsize": 7.0,
    "figure.titlesize": 8.0,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "lines.linewidth": 1.0,
    "legend.frameon": False,
    "pdf.fonttype": 42,
    "figure.dpi": float(DPI),
    "savefig.dpi": "figure",
}


@dataclass(frozen=True)
class Mark:
    """How a class is drawn."""

    colour: str
    marker: str


# Classes that the paper finds hard to tell apart (Table 3) have colours that are far apart for everyone.
CLASS_MARKS = {
    "Clear sky": Mark(BLUE, "o"),
    "Patterned": Mark(ORANGE, "s"),
    "Veil": Mark(PURPLE, "D"),
    "Thin white": Mark(SKY, "^"),
    "Thick white": Mark(VERMILION, "v"),
    "Thick dark": Mark(BLACK, "X"),
}
assert tuple(CLASS_MARKS) == paper.CLASS_NAMES


def class_names(k: int) -> tuple[str, ...]:
    """`Class 0`, `Class 1`, ... for k classes."""
    return tuple(f"Class {number}" for number in range(k))


def named(labels: NDArray[np.int64]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Labels [N] as indices into names, and the names: noise, if there is any, is a class of its own, the last."""
    names = class_names(int(labels.max()) + 1)
    if not (noise := labels < 0).any():
        return labels, names
    return np.where(noise, len(names), labels), (*names, "Noise")


def marks(classes: Sequence[str]) -> dict[str, Mark]:
    """The mark of each class: fixed for the benchmark's, else the next one free in the order given.

    All differ for up to 77 classes; beyond that they repeat.
    """
    pairs = (Mark(*pair) for pair in zip(itertools.cycle(SPARE_COLOURS), itertools.cycle(SPARE_MARKERS), strict=False))
    taken = {CLASS_MARKS[name] for name in classes if name in CLASS_MARKS}
    free = (mark for mark in pairs if mark not in taken)
    return {name: CLASS_MARKS[name] if name in CLASS_MARKS else next(free) for name in classes}


def label(name: str, longest: int = 40) -> str:
    """A name of the user's as it can be drawn: one line of at most about `longest` characters, none of it mathematics.

    Marks of direction and other characters that have no look are left out, those that the font lacks stand by their
    number, a blank at an end is shown by quotation marks.
    """
    text = "".join(map(_drawable, one_line(name)))
    if len(text) > longest:
        text = f"{text[:longest - 8]}…{text[-7:]}"
    text = f'"{text}"' if text.strip() != text or not text else text
    return text.replace("$", "\\$")


def _drawable(character: str) -> str:
    known = get_font(findfont(RC["font.family"])).get_char_index(ord(character))
    return character if known else f"\\u{ord(character):04x}"


@contextlib.contextmanager
def paper_style() -> Iterator[None]:
    """Within the block matplotlib has its own defaults and `RC`, whatever the user has set."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(RC)
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of the printed size; its lowest `STAMP_MM` belong to `save`."""
    return Figure(figsize=(width_mm * MM, height_mm * MM))


def stamp(origin: Origin) -> str:
    """What a figure says about its input; "" where there is nothing to say."""
    parts = ["SIMULATED INPUT"] if origin.simulated else []
    parts += [words for words in STAMPS if any(words in note.lower() for note in origin.notes)]
    return "  ·  ".join(parts)


def mark(figure: Figure, text: str) -> None:
    """Write a stamp at the figure's foot; nothing where it is ""."""
    if text:
        frame = {"boxstyle": "round,pad=0.25", "facecolor": "white", "edgecolor": VERMILION, "linewidth": 0.6}
        y = STAMP_MM / 2 * MM / figure.get_figheight()
        figure.text(0.5, y, text, ha="center", va="center", fontsize=6.5, color="#8A3B00", bbox=frame)


def save(figure: Figure, run: Run, name: str, origin: Origin) -> list[Path]:
    """Stamp the figure and write `<name>.png` (300 dpi) and `<name>.pdf`; returns both.

    Same figure, same bytes: no times and no user names in the files.
    """
    mark(figure, stamp(origin))
    empty = {".png": {"Software": None}, ".pdf": {"Creator": None, "Producer": None, "CreationDate": None}}
    files = [run.figures / f"{name}{suffix}" for suffix in SUFFIXES]
    for path in files:
        buffer = io.BytesIO()
        figure.savefig(buffer, format=path.suffix[1:], dpi=DPI, metadata=empty[path.suffix])
        write_bytes(path, buffer.getvalue())
    return files


def draw_figure(run: Run, name: str, origin: Origin) -> Made:
    """Draw the figure of the module `name` (`fig12`): its panels, and its caption `<name>.txt`.

    Raises UserError where the figure's module does.
    """
    module = importlib.import_module(f"paper_repro.figures.{name}")
    made: Made = module.draw(run, origin)
    said = Origin(origin.simulated, (*origin.notes, *made.notes)) if made.files else Origin()
    caption = write_caption(run, name, module.__doc__ or "", made.files, said)
    return dataclasses.replace(made, files=(*made.files, caption))


def write_caption(run: Run, name: str, caption: str, paths: Sequence[Path], said: Origin) -> Path:
    """Write `<name>.txt`: the caption, what must be said of the figure, and the names of its files."""
    sentences = (["Made from simulated images."] if said.simulated else []) + list(dict.fromkeys(said.notes))
    listed = "\n".join(path.name for path in paths) or NOTHING_DRAWN
    target = run.figures / f"{name}.txt"
    parts = (inspect.cleandoc(caption), "\n".join(sentences), listed)
    write_text(target, "\n\n".join(part for part in parts if part) + "\n")
    return target
