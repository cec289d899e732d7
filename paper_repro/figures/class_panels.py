"""Panels of classified patches: thumbnails and classes side by side on two axes, and examples of each class."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from PIL import Image

from paper_repro.figures import maps
from paper_repro.figures.style import DPI, FULL_MM, MM, STAMP_MM, marks, new_figure

EDGE_MM, TITLES_MM, LEGEND_MM, AXES_MM = 2.0, 9.5, 5.0, 8.5
THUMB_MM = 4.6
EXAMPLES = 8  # patches shown of a class (Figs 14b-16b)


def names(k: int) -> tuple[str, ...]:
    """`Class 0`, `Class 1`, ... for k classes."""
    return tuple(f"Class {number}" for number in range(k))


def pair(titles: tuple[str, str], suptitle: str, classes: Sequence[str] = (), *, axes_mm: float = 0.0,
         aspect: float = 1.0) -> tuple[Figure, Axes, Axes]:
    """Two equal panels over both columns, each `aspect` times as high as wide, with the classes' legend below.

    axes_mm: room for ticks and labels left of and below each panel; without it there are no ticks.
    """
    wide = (FULL_MM - 3 * EDGE_MM - 2 * axes_mm) / 2
    high = aspect * wide
    columns = max(1, min(len(classes), 7))
    legend_mm = LEGEND_MM * math.ceil(len(classes) / columns) if classes else 0.0
    height_mm = TITLES_MM + high + axes_mm + legend_mm + STAMP_MM
    figure = new_figure(FULL_MM, height_mm)
    figure.text(0.5, 1 - 1.2 / height_mm, suptitle, ha="center", va="top", fontsize=8, weight="bold")
    panels = []
    for index, title in enumerate(titles):
        left = EDGE_MM + axes_mm + index * (wide + EDGE_MM + axes_mm)
        axes = figure.add_axes((left / FULL_MM, (STAMP_MM + legend_mm + axes_mm) / height_mm, wide / FULL_MM,
                                high / height_mm))
        axes.set_title(title, pad=3)
        if not axes_mm:
            axes.set(xticks=[], yticks=[])
        panels.append(axes)
    styles = marks(classes)
    handles = [Line2D([], [], linestyle="none", marker=styles[name].marker, color=styles[name].colour, markersize=4.5,
                      markeredgewidth=0, label=name) for name in classes]
    if handles:
        figure.legend(handles=handles, loc="center", ncols=columns, handletextpad=0.1, columnspacing=1.5, borderpad=0,
                      bbox_to_anchor=(0.5, (STAMP_MM + legend_mm / 2) / height_mm))
    return figure, panels[0], panels[1]


def tsne(images: NDArray[np.uint8], xy: NDArray[np.float64], labels: NDArray[np.int64], classes: Sequence[str],
         title: str = "") -> Figure:
    """The images [N, ...] themselves on a map xy [N, 2], and beside it their classes."""
    figure, left, right = pair(("Images", "Classes"), title, classes)
    (x0, x1), (y0, y1) = maps.limits(xy)
    for axes in (left, right):
        axes.set(xlim=(x0, x1), ylim=(y0, y1))
    maps.draw_images(left, xy, images)
    mark(right, xy, labels, classes)
    return figure


def mark(axes: Axes, xy: NDArray[np.float64], labels: NDArray[np.int64], classes: Sequence[str]) -> None:
    """Each patch as the marker of its class, rasterised: a PDF of 10,000 markers would be slow to open."""
    maps.draw_labels(axes, xy, [classes[label] for label in labels], classes)
    axes.collections[-1].set_rasterized(True)


def thumbnails(axes: Axes, xy: NDArray[np.float64], images: NDArray[np.uint8]) -> int:
    """Patches as thumbnails at their places on axes with limits, thinned so that none hides another; how many."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    box = axes.get_position()
    width, height = round(box.width * figure.get_figwidth() * DPI), round(box.height * figure.get_figheight() * DPI)
    thumb = round(THUMB_MM * MM * DPI)
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    share = (xy - (x0, y0)) / (x1 - x0, y1 - y0)
    corners = np.rint(share * (1, -1) * (width, height) + (0, height) - thumb / 2).astype(np.int64)
    corners = np.clip(corners, 0, (width - thumb, height - thumb))
    canvas = np.full((height, width, 3), 255, dtype=np.uint8)
    shown = thin(corners, thumb)
    for index in shown:
        small = Image.fromarray(images[index]).convert("RGB").resize((thumb - 1, thumb - 1), Image.Resampling.BOX)
        x, y = corners[index]
        canvas[y:y + thumb - 1, x:x + thumb - 1] = np.asarray(small)
    axes.imshow(canvas, extent=(x0, x1, y0, y1), interpolation="nearest", aspect="auto")
    return len(shown)


def thin(corners: NDArray[np.int64], side: int, seed: int = 0) -> NDArray[np.int64]:
    """Indices of as many squares of `side` px at `corners` [N, 2] as fit beside each other, taken in seeded order."""
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    shown = []
    for index in np.random.default_rng(seed).permutation(len(corners)).tolist():
        x, y = corners[index].tolist()
        column, row = x // side, y // side
        near = (place for a in (-1, 0, 1) for b in (-1, 0, 1) for place in cells.get((column + a, row + b), ()))
        if all(abs(x - other[0]) >= side or abs(y - other[1]) >= side for other in near):
            cells.setdefault((column, row), []).append((x, y))
            shown.append(index)
    return np.sort(np.array(shown, dtype=np.int64))


def examples(images: NDArray[np.uint8], labels: NDArray[np.int64], classes: Sequence[str], title: str = "",
             seed: int = 0) -> Figure:
    """Eight random images of each class, a row a class; fewer where the class is smaller."""
    label_mm, gap_mm = 19.0, 1.2
    size = (FULL_MM - 2 * EDGE_MM - label_mm) / EXAMPLES
    height_mm = 6.0 + len(classes) * size + STAMP_MM
    figure = new_figure(FULL_MM, height_mm)
    figure.text(0.5, 1 - 1.2 / height_mm, title, ha="center", va="top", fontsize=8, weight="bold")
    styles = marks(classes)
    for number, name in enumerate(classes):
        members = np.flatnonzero(labels == number)
        drawn = np.random.default_rng([seed, number]).permutation(members)[:EXAMPLES]
        bottom = height_mm - 6.0 - (number + 1) * size
        middle = (bottom + size / 2) / height_mm
        figure.text((EDGE_MM + label_mm / 2) / FULL_MM, middle, f"{name}\nn = {len(members)}", ha="center", va="center")
        figure.add_artist(Line2D([(EDGE_MM + label_mm / 2) / FULL_MM], [middle + 6.5 / height_mm], linestyle="none",
                                 marker=styles[name].marker, color=styles[name].colour, markersize=5,
                                 markeredgewidth=0))
        for place, index in enumerate(drawn):
            left = EDGE_MM + label_mm + place * size
            axes = figure.add_axes((left / FULL_MM, bottom / height_mm, (size - gap_mm) / FULL_MM,
                                    (size - gap_mm) / height_mm))
            axes.imshow(images[index], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
            axes.set(xticks=[], yticks=[])
            for spine in axes.spines.values():
                spine.set(edgecolor=styles[name].colour, linewidth=0.9)
    return figure
