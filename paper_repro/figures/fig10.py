"""Fig. 10. Flattening and standardisation of a patch (Sect. 3.1.5): Akatsuki UVI, 3000 km, 128 x 128 px.

The patch as it is stored; its Gaussian blur (sigma_f = 16 px or 375 km, kernel 97 px); their difference; the difference
standardised: mean 0, standard deviation c_s = 0.33, clipped to [-1, 1].
To notice: the large-scale gradient is in the blur and gone from the last two panels; small clouds stand out as much in
its dark parts as in its bright ones.
"""

import math
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels
from paper_repro.figures.examples import Example
from paper_repro.patches.flatten import blur_matrix, to_bytes
from paper_repro.patches.project import interpolate

Reals = NDArray[np.float64]


class Steps(NamedTuple):
    """A patch [r, r] in units of [0, 1], its blur, their difference, and that standardised and clipped."""

    patch: Reals
    blurred: Reals
    difference: Reals
    standardised: Reals


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig10`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig10", _chart_of)


def _chart_of(example: Example) -> Figure:
    shown = examples.accepted(examples.projections_of(example.observation))
    return chart(steps(to_bytes(interpolate(shown.window, shown.half, paper.TABLE4))), example.name)


def steps(stored: NDArray[np.uint8]) -> Steps:
    """What `flatten` does to one stored patch uint8 [r, r], step by step."""
    settings = paper.TABLE4
    patch = stored / 255.0
    blur = blur_matrix(len(patch), settings.flatten_sigma_px, settings.flatten_kernel_px)
    blurred = blur @ patch @ blur.T
    difference = patch - blurred
    deviation = float(difference.std(ddof=1))
    scaled = (difference - difference.mean()) * (settings.contrast / deviation if deviation > 0 else 0.0)
    return Steps(patch, blurred, difference, np.clip(scaled, -1, 1))


def chart(made: Steps, name: str) -> Figure:
    """A panel for each step, its scale of gray below it."""
    figure, axes = panels.sheet(4, 4, head=name, below_mm=[panels.BAR_MM])
    settings = paper.TABLE4
    km = settings.flatten_sigma_px * examples.SCALE_KM / settings.resolution_px
    reach = math.ceil(10 * float(np.abs(made.difference).max())) / 10 or 1.0
    shown = (
        ("(a) Patch", made.patch, (0.0, 1.0)),
        (f"(b) Blurred, σ$_f$ = {settings.flatten_sigma_px} px = {km:.0f} km", made.blurred, (0.0, 1.0)),
        ("(c) Flattened: (a) − (b)", made.difference, (-reach, reach)),
        (f"(d) Standardised, c$_s$ = {settings.contrast:g}", made.standardised, (-1.0, 1.0)),
    )
    for place, (title, values, limits) in zip(axes, shown, strict=True):
        drawn = place.imshow(values, cmap="gray", vmin=limits[0], vmax=limits[1], interpolation="nearest")
        place.set_title(title, pad=2.5, fontsize=7)
        panels.bar(place, drawn, f"standard deviation {values.std(ddof=1):.2f}",
                   ticks=[limits[0], sum(limits) / 2, limits[1]])
    return figure
