"""Fig. 11. Architecture of the modified ResNet-18 used as the base model of every encoder.

Data flows from the image on the left to the 512 features; ResNet's own classifier is removed. Below each stage: the
name of its module, what it does, and the shape that comes out of it (maps x height x width). Heights of the boxes go
with the square root of their side in pixels or of their length, widths with the number of maps.
Blue: convolutions. Orange: pooling. Green: the features. Purple, dashed: SimCLR's projection head, for training only.
To notice: each stage trades resolution for maps, until 7 x 7 places with 512 maps each are averaged to the features.
Drawn from the model itself: every shape is what an image of 224 x 224 px gives on its way through it.
"""

import math

from matplotlib.axes import Axes
from matplotlib.patches import Polygon

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import style
from paper_repro.figures.architecture import Stage, stages

COLOURS = {
    "image": "#D9D9D9",
    "convolution": style.SKY,
    "pooling": style.ORANGE,
    "vector": style.GREEN,
    "linear": style.PURPLE,
}
HEIGHT_MM, TALLEST_MM, TEXT_MM = 71.0, 30.0, 21.5
SLANT = 0.22  # depth of a box seen from the side, as a share of its height


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig11`."""
    with style.paper_style():
        figure = style.new_figure(style.FULL_MM, HEIGHT_MM)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, style.FULL_MM), ylim=(0, HEIGHT_MM))  # one unit is one millimetre
        axes.set_axis_off()
        _draw_stages(axes, stages())
        return Made(files=tuple(style.save(figure, run, "fig11", origin)))


def _draw_stages(axes: Axes, found: list[Stage]) -> None:
    slot = style.FULL_MM / len(found)
    middle = TEXT_MM + TALLEST_MM * (1 + SLANT) / 2 + 2
    right_edge = None
    for index, stage in enumerate(found):
        x = (index + 0.5) * slot
        height, width = _size(stage)
        depth = height * SLANT if len(stage.shape) == 3 else 0.0
        left, bottom = x - (width + depth / 2) / 2, middle - (height + depth) / 2
        if right_edge is not None:
            arrow = {"arrowstyle": "-|>", "linewidth": 0.7, "shrinkA": 0, "shrinkB": 0, "mutation_scale": 6}
            axes.annotate("", (left - 0.6, middle), (right_edge + 0.6, middle), arrowprops=arrow)
        _box(axes, left, bottom, width, height, depth, stage)
        right_edge = left + width + depth / 2
        shape = "×".join(map(str, stage.shape))
        axes.text(x, TEXT_MM - 1, stage.name, ha="center", va="top", fontsize=7, weight="bold")
        axes.text(x, TEXT_MM - 4.2, shape, ha="center", va="top", fontsize=6.5)
        axes.text(x, TEXT_MM - 7.6, "\n".join(stage.words), ha="center", va="top", fontsize=6, linespacing=1.15,
                  color="#444444")
    for head in (False, True):
        span = [index for index, stage in enumerate(found) if stage.head == head]
        words = "projection head (training of SimCLR only)" if head else "encoder: ResNet-18 without its classifier"
        x0, x1, y = span[0] * slot + 1.5, (span[-1] + 1) * slot - 1.5, HEIGHT_MM - 7.5
        axes.plot([x0, x0, x1, x1], [y - 1.2, y, y, y - 1.2], color="black", linewidth=0.6)
        axes.text((x0 + x1) / 2, y + 0.8, words.replace(" (", "\n(") if head else words, ha="center", va="bottom",
                  fontsize=6.5, linespacing=1.1)


def _size(stage: Stage) -> tuple[float, float]:
    """Height and width of a box in mm: by the root of its side (of 224 px) or of its length, and by its maps."""
    if len(stage.shape) == 1:
        return TALLEST_MM * math.sqrt(stage.shape[0] / 512) * 0.8, 1.6
    maps, side, _ = stage.shape
    return TALLEST_MM * math.sqrt(side / 224), 0.8 + 6 * maps / 512


def _box(axes: Axes, left: float, bottom: float, width: float, height: float, depth: float, stage: Stage) -> None:
    """A box seen from the side: front, top and right faces; dashed where it belongs to the head."""
    right, top, back = left + width, bottom + height, depth / 2
    front = [(left, bottom), (right, bottom), (right, top), (left, top)]
    lid = [(left, top), (right, top), (right + back, top + depth), (left + back, top + depth)]
    flank = [(right, bottom), (right + back, bottom + depth), (right + back, top + depth), (right, top)]
    for face, shade in ((front, 1.0), (lid, 0.45), (flank, 0.7)) if depth else ((front, 1.0),):
        axes.add_patch(Polygon(face, facecolor="white", edgecolor="none"))
        axes.add_patch(Polygon(face, facecolor=COLOURS[stage.kind], alpha=shade, edgecolor="none"))
        axes.add_patch(Polygon(face, fill=False, edgecolor="black", linewidth=0.5, joinstyle="round",
                               linestyle="--" if stage.head else "-"))
