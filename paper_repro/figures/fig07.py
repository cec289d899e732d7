"""Fig. 7. Points of a pre-processed Akatsuki UVI image on the sphere, and the viewpoints chosen (Sect. 3.1.2).

The points are shifted so that their median lies on the x-axis, on (1, 0, 0). Red: viewpoints (centres of patches) of
3000 km; dashed: the bounds of the points and 1 % more, outside of which no viewpoint is used. (a) Seen along the
x-axis, (b) obliquely. Brightness: the normalised image. Units: Venus' radius.
To notice: one viewpoint lies exactly on the x-axis (ringed); corners of the bounds hold viewpoints without points near
them, which the density checks drop.
"""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle
from numpy.typing import NDArray

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels, style
from paper_repro.figures.examples import Example
from paper_repro.patches.viewpoints import MARGIN, Frame

Reals = NDArray[np.float64]
OBLIQUE = (32.0, 22.0)  # degrees east and north of the x-axis, from where (b) is seen


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig07`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig07", _chart_of)


def _chart_of(example: Example) -> Figure:
    _, frame, viewpoints = examples.frame_of(example.observation)
    return chart(frame, viewpoints.vectors, example.name)


def chart(frame: Frame, vectors: Reals, name: str) -> Figure:
    """Both views; `vectors` [M, 3] are the viewpoints."""
    figure, axes = panels.sheet(2, 2, head=name, axes_mm=9.0)
    low, high = (np.array([MARGIN * bounds[end] for bounds in (frame.y_range, frame.z_range)]) for end in (0, 1))
    y, z = np.array([[low[0], high[0], high[0], low[0], low[0]], [low[1], low[1], high[1], high[1], low[1]]])
    for place, (east, north), title in zip(axes, ((0.0, 0.0), OBLIQUE), ("(a) along the x-axis", "(b) obliquely"),
                                           strict=True):
        turn = seen_from(east, north)
        _points(place, turn, frame)
        across, up, depth = turn @ vectors.T
        facing = depth >= 0
        place.scatter(across[facing], up[facing], s=9, color=style.VERMILION, edgecolors="white", linewidths=0.3,
                      zorder=3, label=f"{len(vectors)} viewpoints, {examples.SCALE_KM:g} km")
        middle = np.argmax(vectors[:, 0])
        place.scatter(across[middle], up[middle], s=45, facecolors="none", edgecolors=style.VERMILION, linewidths=1,
                      zorder=3)
        if not east and not north:
            place.plot(y, z, "--", color=style.BLUE, linewidth=0.8, label="bounds of the points")
        place.add_patch(Circle((0, 0), 1, fill=False, edgecolor="#888888", linewidth=0.6))
        place.set(xlim=(-1.12, 1.12), ylim=(-1.12, 1.12), xticks=[-1, 0, 1], yticks=[-1, 0, 1], aspect="equal",
                  xlabel="y" if not east else "", ylabel="z" if not east else "")
        place.set_title(title, pad=2.5)
        if east:
            _arrows(place, turn)
    # below the panel that has no label there: inside it would lie on points
    axes[1].legend(*axes[0].get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, -0.06), ncols=2)
    return figure


def seen_from(east: float, north: float) -> Reals:
    """Rotation [3, 3] from the centred frame to (right, up, towards the eye), the eye being above that place."""
    a, b = np.radians([east, north])
    towards = np.array([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    return np.stack([right, np.cross(towards, right), towards])


def _points(axes: Axes, turn: Reals, frame: Frame) -> None:
    across, up, depth = turn @ frame.points[:3]
    facing = depth >= 0
    low, high = panels.stretch(frame.points[3])
    axes.scatter(across[facing], up[facing], c=frame.points[3][facing], cmap="gray", vmin=low, vmax=high, s=0.25,
                 linewidths=0, rasterized=True)


def _arrows(axes: Axes, turn: Reals) -> None:
    """The three axes of the centred frame, as far as they stand out of the sphere."""
    for vector, label in zip(turn.T, "xyz", strict=True):
        tail, tip = vector[:2], 1.12 * vector[:2]
        if vector[2] < -0.05:
            continue
        axes.annotate("", tip, tail, arrowprops={"arrowstyle": "-|>", "linewidth": 0.8, "mutation_scale": 6,
                                                 "color": style.BLUE, "shrinkA": 0, "shrinkB": 0}, zorder=4)
        axes.text(1.12 * vector[0] + 0.05, 1.12 * vector[1] - 0.05, label, color=style.BLUE, fontsize=8, ha="center",
                  va="center", zorder=4)
