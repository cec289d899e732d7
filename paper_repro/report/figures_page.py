"""The figures in the paper's order, scaled down and pressed so that the page keeps its size."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from paper_repro.base.files import read_json
from paper_repro.base.run import Run
from paper_repro.report.markup import details, escape, items, paragraph
from paper_repro.report.thumbnails import webp

NAMES = (*(f"fig{number:02d}" for number in range(1, 17)), "losses", "accuracies")
# Width at most, in px, and quality: the first at which all figures fit. After the last only captions are left.
STEPS = ((1500, 78), (1100, 70), (800, 65), (500, 55))


@dataclass(frozen=True)
class Figure:
    """A figure's caption, what is said about its input, and its pictures; nothing of it where it wasn't drawn."""

    name: str
    title: str
    caption: tuple[str, ...]
    pictures: tuple[Path, ...]
    simulated: bool
    notes: tuple[str, ...]


def open_all(run: Run) -> list[Figure]:
    """All figures that the run may have, from their .txt (caption and files) and .json."""
    return [_open(run, name) for name in NAMES]


def _open(run: Run, name: str) -> Figure:
    path = run.figures / f"{name}.txt"
    title = name.replace("fig", "Figure ").replace("Figure 0", "Figure ") if name.startswith("fig") else name.title()
    if not path.is_file():
        return Figure(name, title, (), (), False, ())
    *parts, listed = path.read_text(encoding="utf-8").strip().split("\n\n")
    pictures = tuple(run.figures / file for file in listed.splitlines() if file.endswith(".png"))
    pictures = tuple(picture for picture in pictures if picture.is_file())
    records = [read_json(picture.with_suffix(".json")) or {} for picture in pictures]
    simulated = any(record.get("simulated") for record in records)
    notes = tuple(dict.fromkeys(str(note) for record in records for note in record.get("notes", ())))
    if parts and (simulated or notes):
        parts.pop()  # says the same as the records
    return Figure(name, title, tuple(" ".join(part.split()) for part in parts), pictures, simulated, notes)


def articles(run: Run, figures: list[Figure], most: int) -> dict[str, str]:
    """The figures by their names within `most` bytes of pictures, as large as they may be."""
    for width, quality in STEPS:
        pressed = {path: press(path, width, quality) for one in figures for path in one.pictures}
        if sum(len(text) for text in pressed.values()) <= most:
            return {one.name: _figure(run, one, pressed) for one in figures}
    return without_pictures(run, figures)


def without_pictures(run: Run, figures: list[Figure]) -> dict[str, str]:
    """The figures' captions alone."""
    return {one.name: _figure(run, one, {}) for one in figures}


def press(path: Path, width: int, quality: int) -> str:
    """A picture as a data URI, no wider than `width` px."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    if image.width > width:
        image = image.resize((width, round(image.height * width / image.width)), Image.Resampling.LANCZOS)
    return webp(image, quality)


def _figure(run: Run, one: Figure, pressed: dict[Path, str]) -> str:
    head = f'<article id="{one.name}"><h4>{escape(one.title)}</h4>'
    if not one.pictures:
        why = one.caption[0] if one.caption else ""
        said = f"Not drawn in this run; make {one.name} PROFILE={run.profile.name} draws what there is. {why}".strip()
        return head + paragraph(said, "missing") + "</article>"
    mark = '<p class="mark">Simulated input</p>' if one.simulated else ""
    images = []
    for path in one.pictures:
        part = path.stem.removeprefix(one.name)
        alt = f"{one.title}{f' ({part})' if part else ''}: {one.caption[0]}{' Simulated input.' * one.simulated}"
        images.append(f'<img src="{pressed[path]}" alt="{escape(alt)}" loading="lazy">' if path in pressed else
                      paragraph(f"{path.name} is too large for this page; see the figures' folder.", "missing"))
    more = "".join(map(paragraph, one.caption[1:]))
    folded = details(f"About the input ({len(one.notes)} notes)", items(one.notes)) if one.notes else ""
    return (f'{head}{mark}<figure><div class="pictures">{"".join(images)}</div><figcaption>'
            f"<p><strong>{escape(one.caption[0])}</strong></p>{more}</figcaption></figure>{folded}</article>")
