"""Panels of classified images: thumbnails and classes side by side on the same axes, and examples of each class."""

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.path import Path
from matplotlib.transforms import Affine2D
from numpy.typing import NDArray
from PIL import Image

from paper_repro.figures import maps
from paper_repro.figures.style import DPI, FULL_MM, MM, STAMP_MM, Mark, marks, new_figure

EDGE_MM, TITLES_MM, LEGEND_MM, AXES_MM = 2.0, 9.5, 5.0, 11.0
THUMB_MM = (4.0, 7.0)  # sides of thumbnails of many and of few images
MARKER = (2.0, 11.0)  # areas of markers of many and of few images, in square points
FRAME = 110  # gray of a thumbnail's frame, or white clouds would have no edge on white paper
EXAMPLES = 8  # images shown of a class (Figs 14b-16b)
LABEL_MM, GAP_MM, HEAD_MM = 19.0, 1.2, 6.0
ROWS = 11  # of examples above each other: more would not fit a page


def pair(titles: tuple[str, str], suptitle: str, names: Sequence[str] = (), *, axes_mm: float = 0.0,
         aspect: float = 1.0) -> tuple[Figure, Axes, Axes]:
    """Two equal panels over both columns, each `aspect` times as high as wide, with the classes' legend below.

    axes_mm: room for ticks and labels left of and below each panel; without it there are no ticks.
    """
    wide = (FULL_MM - 3 * EDGE_MM - 2 * axes_mm) / 2
    high = aspect * wide
    columns = max(1, min(len(names), 7))
    legend_mm = LEGEND_MM * math.ceil(len(names) / columns)
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
    if names:
        styles = marks(names)
        figure.legend(handles=[_dot(styles[name], label=name) for name in names], loc="center", ncols=columns,
                      handletextpad=0.1, columnspacing=1.5, borderpad=0,
                      bbox_to_anchor=(0.5, (STAMP_MM + legend_mm / 2) / height_mm))
    return figure, panels[0], panels[1]


def tsne(images: NDArray[np.uint8], xy: NDArray[np.float64], labels: NDArray[np.int64], names: Sequence[str],
         title: str = "") -> Figure:
    """Images [N, S, S] or [N, S, S, 3] on a map xy [N, 2], thinned so that none hides another, and the classes of all.

    labels: index into `names` of each image [N].
    """
    figure, left, right = pair(("", "Classes"), title, names)
    (x0, x1), (y0, y1) = maps.limits(xy)
    for axes in (left, right):
        axes.set(xlim=(x0, x1), ylim=(y0, y1))
    left.set_title(f"{thumbnails(left, xy, images)} of {len(xy)} images, none over another", pad=3)
    mark(right, xy, labels, names)
    return figure


def mark(axes: Axes, xy: NDArray[np.float64], labels: NDArray[np.int64], names: Sequence[str]) -> None:
    """Each image as the marker of its class, small where there are many; no class's markers cover more paper.

    Rasterised: a PDF of 10,000 markers would be slow to open.
    """
    maps.draw_labels(axes, xy, [names[label] for label in labels], names)
    drawn = axes.collections[-1]
    assert isinstance(drawn, PathCollection)
    area, shapes = float(np.clip(20_000 / len(xy), *MARKER)), drawn.get_paths()
    unit = {key: _area(shape) for key, shape in {id(shape): shape for shape in shapes}.items()}
    drawn.set(rasterized=True, sizes=[area / unit[id(shape)] for shape in shapes],
              linewidths=0.2 * math.sqrt(area / MARKER[1]))


def _area(shape: Path) -> float:
    """Area of a marker whose size is one square point: 1 of a square, a half of a triangle."""
    # A hundred times as large, or a circle would be a polygon of few corners.
    (corners,) = shape.transformed(Affine2D().scale(100)).to_polygons()
    x, y = np.asarray(corners).T
    return abs(float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1]))) / 2 / 100**2


def thumbnails(axes: Axes, xy: NDArray[np.float64], images: NDArray[np.uint8]) -> int:
    """Images as thumbnails at their places on axes with limits, thinned so that none hides another; how many.

    They are one picture of the panel at the printed size, however many and large the images are.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    box = axes.get_position()
    width, height = round(box.width * figure.get_figwidth() * DPI), round(box.height * figure.get_figheight() * DPI)
    least, most = (round(side * MM * DPI) for side in THUMB_MM)
    thumb = int(np.clip(0.5 * width / math.sqrt(len(xy)), least, most))
    (x0, x1), (y0, y1) = axes.get_xlim(), axes.get_ylim()
    share = (xy - (x0, y0)) / (x1 - x0, y1 - y0)
    corners = np.rint(share * (1, -1) * (width, height) + (0, height) - thumb / 2).astype(np.int64)
    corners = np.clip(corners, 0, (width - thumb, height - thumb))
    canvas = np.full((height, width, 3), 255, dtype=np.uint8)
    chosen = thin(corners, thumb)
    side = thumb - 1  # a row and a column of white between two
    for index in chosen:
        small = Image.fromarray(images[index]).convert("RGB").resize((side, side), Image.Resampling.BOX)
        tile = np.array(small)
        tile[[0, -1], :] = tile[:, [0, -1]] = FRAME
        x, y = corners[index]
        canvas[y:y + side, x:x + side] = tile
    axes.imshow(canvas, extent=(x0, x1, y0, y1), interpolation="nearest", aspect="auto")
    return len(chosen)


def thin(corners: NDArray[np.int64], side: int, seed: int = 0) -> NDArray[np.int64]:
    """Indices, sorted, of squares of `side` px at `corners` [N, 2] of which none lies over another.

    Taken one after the other in seeded order where there is room left, so that no more would fit. Each is compared with
    those in its and the eight cells around it alone.
    """
    cells: dict[tuple[int, int], list[tuple[int, int]]] = {}
    taken = []
    for index in np.random.default_rng(seed).permutation(len(corners)).tolist():
        x, y = corners[index].tolist()
        column, row = x // side, y // side
        near = (place for a in (-1, 0, 1) for b in (-1, 0, 1) for place in cells.get((column + a, row + b), ()))
        if all(abs(x - other[0]) >= side or abs(y - other[1]) >= side for other in near):
            cells.setdefault((column, row), []).append((x, y))
            taken.append(index)
    return np.sort(np.array(taken, dtype=np.int64))


def examples(images: NDArray[np.uint8], labels: NDArray[np.int64], names: Sequence[str], title: str = "",
             seed: int = 0) -> Figure:
    """Eight random images of each class, a row for each class; fewer where the class is smaller.

    images: [N, S, S] or [N, S, S, 3]; labels: index into `names` of each [N]. More classes than fit a page above each
    other stand in two columns.
    """
    blocks = 1 if len(names) <= ROWS else 2
    rows = math.ceil(len(names) / blocks)
    block_mm = (FULL_MM - 2 * EDGE_MM) / blocks
    size = (block_mm - LABEL_MM) / EXAMPLES
    height_mm = HEAD_MM + rows * size + STAMP_MM
    figure = new_figure(FULL_MM, height_mm)
    figure.text(0.5, 1 - 1.2 / height_mm, title, ha="center", va="top", fontsize=8, weight="bold")
    styles = marks(names)
    for number, name in enumerate(names):
        members = np.flatnonzero(labels == number)
        drawn = np.random.default_rng([seed, number]).permutation(members)[:EXAMPLES]
        block, row = divmod(number, rows)
        start, bottom = EDGE_MM + block * block_mm, height_mm - HEAD_MM - (row + 1) * size + GAP_MM
        middle = bottom + (size - GAP_MM) / 2
        figure.add_artist(_dot(styles[name], (start + 1.7) / FULL_MM, middle / height_mm))
        figure.text((start + 3.6) / FULL_MM, middle / height_mm, f"{name}\n(n = {len(members)})", ha="left",
                    va="center")
        for place, index in enumerate(drawn):
            left = start + LABEL_MM + place * size
            axes = figure.add_axes((left / FULL_MM, bottom / height_mm, (size - GAP_MM) / FULL_MM,
                                    (size - GAP_MM) / height_mm), xticks=[], yticks=[])
            axes.imshow(images[index], cmap="gray", vmin=0, vmax=255)
            axes.spines[:].set(edgecolor=styles[name].colour, linewidth=0.9)
    return figure


def _dot(look: Mark, x: float | None = None, y: float | None = None, label: str = "") -> Line2D:
    """A class's marker at a place of a figure, or for a legend."""
    return Line2D([] if x is None else [x], [] if y is None else [y], linestyle="none", marker=look.marker,
                  color=look.colour, markersize=4.5, markeredgewidth=0, label=label)
