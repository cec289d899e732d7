"""The figures in the paper's order, scaled down and pressed so that the page keeps its size."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, NoReturn

from PIL import Image

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.figures.style import NOTHING_DRAWN
from paper_repro.report.commands import command
from paper_repro.report.thumbnails import webp

NAMES = (*(f"fig{number:02d}" for number in range(1, 17)), "losses", "accuracies", "trends", "latitudes",
         "hovmoeller", "transitions")
# Width at most, in px, and quality, tried one after another until the page is small enough.
STEPS = ((1500, 78), (1100, 70), (800, 65), (500, 55))
FILE = re.compile(r"[A-Za-z0-9_-]+\.(png|pdf)")  # the names that a caption may list: they lead to no other folder


@dataclass(frozen=True)
class Figure:
    """A figure's caption, what is said about its input, and its pictures; nothing of it where it wasn't drawn.

    refused: why it isn't shown whatever is there, or "".
    """

    name: str
    title: str
    caption: tuple[str, ...]
    pictures: tuple[Path, ...]
    simulated: bool
    notes: tuple[str, ...]
    refused: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture on the page. uri: "" where the page has no room for it; width, height: of what the uri holds, in px."""

    file: str
    alt: str
    uri: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True)
class Article:
    """A figure on the page. missing: why there is none, or ""."""

    template: ClassVar[str] = "figure.html"
    name: str
    title: str
    missing: str
    simulated: bool
    caption: tuple[str, ...]
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]


def open_all(run: Run, left_out: Mapping[str, str]) -> list[Figure]:
    """All figures that the run may have, from their .txt (caption and files) and the record beside it.

    left_out: those that aren't shown whatever is there, and why.
    Raises UserError for a .txt that lists anything but files of its own folder, or has no caption.
    """
    return [_open(run, name, left_out.get(name, "")) for name in NAMES]


def _open(run: Run, name: str, refused: str) -> Figure:
    path = run.figures / f"{name}.txt"
    title = name.replace("fig", "Figure ").replace("Figure 0", "Figure ") if name.startswith("fig") else name.title()
    record = read_json(path.with_suffix(".json"))
    if refused:
        return Figure(name, title, (), (), False, (), refused)
    if record is None or not path.is_file():  # without a record nothing says what the figure rests on
        return Figure(name, title, (), (), False, ())
    written = record.get("outputs") or {}
    *parts, listed = path.read_text(encoding="utf-8", errors="replace").strip().split("\n\n")
    pictures = () if listed == NOTHING_DRAWN else tuple(
        file for file in (_listed(path, line, written) for line in listed.splitlines()) if file.suffix == ".png")
    simulated, notes = bool(record["simulated"]), tuple(record["notes"])
    if pictures and parts and (simulated or notes):
        parts.pop()  # says the same as the record
    if pictures and not parts:
        _refuse(path, "expected a caption above the names of the figure's files, found none")
    return Figure(name, title, tuple(" ".join(part.split()) for part in parts), pictures, simulated, notes)


def _listed(caption: Path, name: str, written: Collection[str]) -> Path:
    """The file of this name beside a caption, one of those `written` with it."""
    path = caption.parent / name
    if not FILE.fullmatch(name):
        _refuse(caption, f"expected the names of .png and .pdf files of its folder, found {name!r}")
    if name not in written:
        _refuse(caption, f"expected the names of files that its record tells of, found {name!r}")
    if not path.is_file() or path.resolve().parent != caption.parent.resolve():
        _refuse(caption, f"expected {name} to be a file of its folder, found none")
    return path


def _refuse(caption: Path, why: str) -> NoReturn:
    raise UserError(f"{caption}: {why}; delete it and draw the figure again with "
                    f"`{hints.command('run', caption.stem)}`.")


def articles(run: Run, figures: list[Figure], step: tuple[int, int] | None) -> dict[str, Article]:
    """The figures by their names, their pictures at one of `STEPS`; None: without their pictures.

    Raises UserError for a picture that can't be read.
    """
    return {figure.name: _article(run, figure, step) for figure in figures}


def _article(run: Run, figure: Figure, step: tuple[int, int] | None) -> Article:
    missing = f"Not shown: {figure.refused}." if figure.refused else ""
    if not (missing or figure.pictures):
        why = figure.caption[0] if figure.caption else ""
        missing = f"Not drawn in this run; `{command(run, figure.name)}` draws what there is. {why}"
    return Article(figure.name, figure.title, missing.strip(), figure.simulated, figure.caption,
                   tuple(_picture(figure, path, step) for path in figure.pictures), figure.notes)


def _picture(figure: Figure, path: Path, step: tuple[int, int] | None) -> Picture:
    part = path.stem.removeprefix(figure.name)
    alt = (f"{figure.title}{f' ({part})' if part else ''}: {figure.caption[0]}"
           f"{' Simulated input.' * figure.simulated}")
    return Picture(path.name, alt, *press(path, *step)) if step else Picture(path.name, alt)


def press(path: Path, most: int, quality: int) -> tuple[str, int, int]:
    """A picture as a data URI, no wider than `most` px; with its width and height."""
    try:
        with Image.open(path) as opened:
            image = opened.convert("RGB")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for a damaged file
        raise UserError(f"{path}: expected a picture, found a file that can't be read ({error}); delete it and draw "
                        "the figure again.") from error
    if image.width > most:
        image = image.resize((most, round(image.height * most / image.width)), Image.Resampling.LANCZOS)
    return webp(image, quality), image.width, image.height
