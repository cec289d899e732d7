"""The t-SNE map of a classified set of photographs, and the ways that Figs 12 and 13 draw it."""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import IdentityTransform
from numpy.typing import NDArray
from PIL import Image

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering.assignment import Assignment, open_assignment
from paper_repro.figures.style import DPI, FULL_MM, MM, STAMP_MM, label, marks, new_figure
from paper_repro.patches.dataset import PatchSet, open_set

PARTS = {COLOUR: ("a", "full colour"), GRAY: ("b", "gray")}
EDGE_MM, TITLES_MM, LEGEND_ROW_MM = 2.0, 9.5, 5.0
PANEL_MM = (FULL_MM - 3 * EDGE_MM) / 2


@dataclass(frozen=True)
class Map:
    """One set on its map: `xy` [N, 2] as t-SNE gave it, N photographs, what they were classified as, the encoder."""

    name: str
    photographs: PatchSet
    assignment: Assignment
    xy: NDArray[np.float64]
    encoder: str

    @property
    def letter(self) -> str:
        """The part's letter in the paper: a colour, b gray."""
        return PARTS[self.name][0]

    @property
    def title(self) -> str:
        """`(a) full colour dataset, encoder SimCLR`."""
        encoder = paper.ENCODER_NAMES[self.encoder]
        return f"({self.letter}) {PARTS[self.name][1]} dataset, encoder {encoder}"


def open_maps(run: Run, figure: str) -> list[Map]:
    """The maps of the sets that this run has, colour first; says which one is missing.

    Raises UserError where one isn't there or was not classified.
    """
    for name in PARTS:
        if name not in run.photo_sets:
            print(f"{figure}: part ({PARTS[name][0]}) is missing, this run has no {PARTS[name][1]} photographs.",
                  file=sys.stderr)
    return [_open(run, name) for name in run.photo_sets]


def _open(run: Run, name: str) -> Map:
    folder, photographs = run.results / name, open_set(run.patches(name))
    record, path = read_json(folder / "provenance.json"), folder / "tsne2.csv"
    if record is None or not path.is_file():
        raise UserError(f"{folder}: expected a finished classification with tsne2.csv and provenance.json, at least "
                        f"one isn't there; run `{hints.command('run', 'benchmark')}`.")
    assignment, table = open_assignment(folder), read_csv(path)
    if not (assignment.table["id"].equals(table["id"]) and photographs.table["id"].equals(table["id"])):
        raise UserError(f"{path}: expected the ids of {run.patches(name)} in their order, found others; "
                        f"run `{hints.command('run', 'benchmark')}`.")
    return Map(name, photographs, assignment, table[["x", "y"]].to_numpy(), str(record["settings"]["encoder"]))


def two_panels(data: Map, titles: tuple[str, str], suptitle: str) -> tuple[Figure, Axes, Axes]:
    """A figure over both columns: two square panels with one scale, the classes' legend below them."""
    classes = data.assignment.classes
    shown = {name: label(name) for name in classes}
    columns = max(1, min(len(classes), int(FULL_MM / (8 + 1.5 * max(map(len, shown.values()))))))
    legend_mm = LEGEND_ROW_MM * math.ceil(len(classes) / columns)
    height_mm = TITLES_MM + PANEL_MM + legend_mm + STAMP_MM
    figure = new_figure(FULL_MM, height_mm)
    figure.text(0.5, 1 - 1.2 / height_mm, suptitle, ha="center", va="top", fontsize=8, weight="bold")
    panels = []
    for index, title in enumerate(titles):
        left_mm = EDGE_MM + index * (PANEL_MM + EDGE_MM)
        axes = figure.add_axes((left_mm / FULL_MM, (STAMP_MM + legend_mm) / height_mm, PANEL_MM / FULL_MM,
                                PANEL_MM / height_mm))
        (x0, x1), (y0, y1) = limits(data.xy)
        axes.set(xticks=[], yticks=[], xlim=(x0, x1), ylim=(y0, y1))
        axes.set_title(title, pad=3)
        panels.append(axes)
    styles = marks(classes)
    handles = [Line2D([], [], linestyle="none", marker=styles[name].marker, color=styles[name].colour, markersize=4.5,
                      markeredgewidth=0, label=shown[name]) for name in classes]
    figure.legend(handles=handles, loc="center", ncols=columns, handletextpad=0.1, columnspacing=1.5, borderpad=0,
                  bbox_to_anchor=(0.5, (STAMP_MM + legend_mm / 2) / height_mm))
    return figure, panels[0], panels[1]


def limits(xy: NDArray[np.float64]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits of a square that holds all points and 4 % more on each side: ((x0, x1), (y0, y1))."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    centre, half = (low + high) / 2, max(float((high - low).max()) / 2 * 1.08, 1e-9)
    (x, y) = centre.tolist()
    return (x - half, x + half), (y - half, y + half)


def draw_labels(axes: Axes, xy: NDArray[np.float64], labels: Sequence[str], classes: Sequence[str]) -> None:
    """Each photograph as its class's marker; in random order, so that no class lies on top of all others."""
    styles = marks(classes)
    paths = {name: MarkerStyle(styles[name].marker) for name in classes}
    shapes = {name: style.get_path().transformed(style.get_transform()) for name, style in paths.items()}
    order = _order(len(xy))
    names = [labels[index] for index in order]
    area = min(14.0, max(6.5, 9000 / len(xy)))  # square points
    collection = PathCollection(
        [shapes[name] for name in names], sizes=[area], offsets=xy[order], offset_transform=axes.transData,
        facecolors=[styles[name].colour for name in names], edgecolors="white", linewidths=0.2,
    )
    collection.set_transform(IdentityTransform())
    axes.add_collection(collection, autolim=False)


def draw_images(axes: Axes, xy: NDArray[np.float64], images: NDArray[np.uint8]) -> None:
    """The photographs themselves as thumbnails at their places, put together as one picture of the panel."""
    side = round(PANEL_MM * MM * DPI)
    (x0, x1), (y0, y1) = limits(xy)
    picture = paste(images, (xy - (x0, y0)) / (x1 - x0), side)
    axes.imshow(picture, extent=(x0, x1, y0, y1), interpolation="nearest", aspect="auto")


def paste(images: NDArray[np.uint8], places: NDArray[np.float64], side: int) -> NDArray[np.uint8]:
    """Thumbnails of `images` on white [side, side, 3]; `places` [N, 2] in [0, 1], y upwards, are their centres."""
    thumb = int(np.clip(0.9 * side / math.sqrt(len(images)), 12, side // 14))
    canvas = np.full((side, side, 3), 255, dtype=np.uint8)
    corners = np.rint(places * (1, -1) * side + (0, side) - thumb / 2).astype(int)
    corners = np.clip(corners, 0, side - thumb)
    for index in _order(len(images)):
        small = Image.fromarray(images[index]).convert("RGB").resize((thumb, thumb), Image.Resampling.BOX)
        tile = np.array(small)
        # A thin frame, or white clouds would run into each other.
        tile[[0, -1], :] = tile[:, [0, -1]] = 110
        x, y = corners[index]
        canvas[y:y + thumb, x:x + thumb] = tile
    return canvas


def _order(count: int) -> NDArray[np.int64]:
    return np.random.default_rng(0).permutation(count)
