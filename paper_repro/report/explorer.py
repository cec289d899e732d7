"""What the explorer shows: each set on its t-SNE map, with every patch's place, class, source and thumbnail."""

import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.hashes import digest
from paper_repro.base.run import FLAT, PHOTO_SETS, Run
from paper_repro.figures.style import marks
from paper_repro.patches.dataset import PatchSet, open_set
from paper_repro.report import thumbnails
from paper_repro.report.commands import command

TITLES = {"photos-colour": "Photographs, colour", "photos-gray": "Photographs, gray"}
NUMBERS = {"lat": ("latitude_deg", 2), "lon": ("longitude_deg", 2), "hour": ("local_time_h", 2)}


@dataclass(frozen=True)
class Mapped:
    """A set with a map: its patches, `xy` [N, 2], index of each one's class, what it was found to be, what made it."""

    name: str
    patches: PatchSet
    xy: NDArray[np.float64]
    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    found: tuple[str, ...]
    origin: dict[str, Any]


@dataclass(frozen=True)
class Explorer:
    """The explorer on the page: what its script reads, how many images have a thumbnail, why sets are missing.

    side, across: side of a thumbnail in px, and how many stand beside each other on a sheet.
    """

    sets: list[dict[str, Any]]
    pictured: int
    total: int
    missing: list[str]
    side: int = thumbnails.SIDE
    across: int = thumbnails.ACROSS


def open_all(run: Run) -> tuple[list[Mapped], list[str]]:
    """The sets that have a map of the patches that are there, and a sentence for each that has none."""
    opened, missing = [], []
    for name in (*run.photo_sets, *run.flat_sets):
        one = _open(run, name)
        if isinstance(one, str):
            missing.append(f"{name}: {one}")
        else:
            opened.append(one)
    return opened, missing


def _open(run: Run, name: str) -> Mapped | str:
    results = run.results / name
    origin = read_json(results / "provenance.json")
    if origin is None or not (results / "tsne2.csv").is_file() or not (results / "classes.csv").is_file():
        step = "venus" if name.endswith(FLAT) else "benchmark"
        return f"not classified in this run; `{command(run, step)}` does it"
    try:
        patches = open_set(run.patches(name))
    except UserError:
        return f"its patches are not there or not whole; `{command(run, 'patches')}` makes them"
    if origin["inputs"].get(f"patches {name}") != digest(patches.provenance["outputs"]):
        return "its map was made of other patches than are there"
    text = {"label": str, "matched": str}
    classes = read_csv(results / "classes.csv", dtype=text, keep_default_na=False)
    places = read_csv(results / "tsne2.csv")
    if list(places["id"]) != list(patches.table["id"]) or list(classes["id"]) != list(patches.table["id"]):
        return "its map doesn't list the patches that are there"
    xy = places[["x", "y"]].to_numpy(np.float64)
    labels = patches.labels
    if labels is not None:
        return Mapped(name, patches, xy, patches.classes, labels, tuple(classes["matched"]), origin)
    numbers = classes["class"].to_numpy(np.int64)
    names = tuple(f"Class {number}" for number in range(int(numbers.max()) + 1))
    return Mapped(name, patches, xy, names, numbers, (), origin)


def page(run: Run, opened: list[Mapped], missing: list[str]) -> Explorer:
    """The sets for the page, with the thumbnails that it has room for."""
    chosen = thumbnails.choose({one.name: len(one.patches) for one in opened})
    return Explorer([as_data(run, one, chosen[one.name]) for one in opened], sum(map(len, chosen.values())),
                    sum(len(one.patches) for one in opened), missing)


def as_data(run: Run, one: Mapped, chosen: NDArray[np.int64]) -> dict[str, Any]:
    """A set for the page: columns of numbers; thumb is the place on the sheets, -1 without one."""
    table, thumb = one.patches.table, np.full(len(one.patches), -1)
    thumb[chosen] = np.arange(len(chosen))
    sources = list(dict.fromkeys(table["source"]))
    number = {source: index for index, source in enumerate(sources)}
    encoder = paper.ENCODER_NAMES[one.origin["settings"]["encoder"]]
    photographs = one.name in PHOTO_SETS
    columns: dict[str, list[float | None]] = {
        key: [None if math.isnan(value) else round(float(value), digits) for value in table[column]]
        for key, (column, digits) in NUMBERS.items() if column in table}
    return {
        "name": one.name, "title": TITLES.get(one.name, one.name.removesuffix(FLAT) + ", Venus"),
        "kind": "true class" if photographs else "class", "simulated": bool(one.origin["simulated"]),
        "note": f"{len(table)} images, encoder {encoder}. " + " ".join(one.origin["notes"]),
        "classes": list(one.classes), "marks": [[look.colour, look.marker] for look in marks(one.classes).values()],
        "class": one.labels.tolist(), "found": list(one.found),
        "x": np.round(one.xy[:, 0], 4).tolist(), "y": np.round(one.xy[:, 1], 4).tolist(),
        "id": table["id"].tolist(), "time": table["time_utc"].tolist() if "time_utc" in table else [],
        "sources": sources, "source": [number[source] for source in table["source"]],
        "links": [link(run, one.name, source) for source in sources], **columns,
        "thumb": thumb.tolist(), "sheets": thumbnails.sheets(one.patches.images, chosen),
    }


def link(run: Run, name: str, source: str) -> str | None:
    """Address of a patch's source file relative to the report; None where it isn't below the output folder."""
    root: Path | None = run.photographs
    if name not in PHOTO_SETS:
        root = run.archive(name.partition("-")[0])
    if root is None:
        return None
    path, out = (root / source).resolve(), run.out.resolve()
    if not path.is_file() or not path.is_relative_to(out):
        return None
    return quote(Path(os.path.relpath(path, run.report.resolve())).as_posix())
