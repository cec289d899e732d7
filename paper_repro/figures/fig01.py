"""Fig. 1. Examples of raw satellite images in the ultraviolet (365 nm): (a) Venus Express VMC, (b) Akatsuki UVI.

Four of each, spread evenly over the archive's files in the order of their names; each image from the
0.2 % to the 99.8 % quantile of its pixels on the planet. Space, and missing pixels, are black.
To notice: VMC's round field of view; UVI's frames of several shapes, whole discs and close-ups. Images that reach far
from the Sun's zenith darken away from it: before any normalisation, illumination outshines the clouds.
"""

import string
import sys
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.instruments import entry
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels, style
from paper_repro.figures.examples import Example
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation

COUNT = 4
ROW_MM = 11.0  # above a row: the instrument, and the names of its files


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig01`, the instruments that the run has files of. Raises UserError where it has none at all."""
    titles = {instrument: f"({letter}) {entry(instrument).title}"
              for letter, instrument in zip(string.ascii_lowercase, paper.RAW_IMAGES, strict=False)}
    rows = {title: _found(run, instrument, title) for instrument, title in titles.items()}
    rows = {title: shown for title, shown in rows.items() if shown}
    if not rows:
        folders = ", ".join(str(run.archive(instrument)) for instrument in titles)
        raise UserError(f"{folders}: expected raw images of Venus in one of them, found none; run "
                        f"`{hints.command('run', 'patches')}`, or name the folders.")
    with style.paper_style():
        files = style.save(chart(rows), run, "fig01", origin)
    notes = [f"Drawn from {each.name}." for shown in rows.values() for each in shown]
    return Made(files=tuple(files), notes=tuple(notes))


def _found(run: Run, instrument: str, title: str) -> list[Example]:
    folder = run.archive(instrument)
    shown = examples.several(run, instrument, COUNT) if folder.is_dir() else []
    if not shown:
        print(f"Fig. 1: part {title} is missing, {folder} has no usable image.", file=sys.stderr)
    return shown


def chart(rows: Mapping[str, Sequence[Example]]) -> Figure:
    """A row of images for each instrument, its name above, each file's name above its image."""
    figure, axes = panels.sheet(COUNT, COUNT * len(rows), above_mm=[ROW_MM] * len(rows))
    height_mm = figure.get_figheight() / style.MM
    for row, (title, shown) in enumerate(rows.items()):
        for column in range(COUNT):
            place = axes[row * COUNT + column]
            place.set_axis_off()
            if column < len(shown):
                raw(place, shown[column].observation)
                place.set_title(style.label(shown[column].pair.image.stem, 40), pad=2.5, fontsize=6)
        corner = axes[row * COUNT].get_position(original=True)
        figure.text(corner.x0, corner.y1 + (ROW_MM - 2.5) / height_mm, title, va="top", fontsize=8, weight="bold")
    return figure


def raw(axes: Axes, observation: Observation) -> tuple[float, float]:
    """Show an image as the archive has it; returns its limits of black and white."""
    limits = panels.stretch(observation.image[~observation.invalid], 0.2)
    image = np.nan_to_num(observation.image, nan=limits[0])
    axes.imshow(panels.clip(image, limits), cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest",
                origin=registry.get(observation.instrument).origin)
    return limits
