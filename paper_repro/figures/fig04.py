"""Fig. 4. Minnaert fit of an Akatsuki UVI image: log(mu I) against log(mu mu0) of each pixel (Eq. 2; Sect. 3.1.1).

mu, mu0: cosines of emission and incidence; I: radiance. Only valid pixels within 75 degrees of both. The line is the
least-squares fit, its slope the limb-darkening coefficient k (0.752 in the paper's image). A point is as bright as its
pixel.
To notice: one straight line serves the whole disc; the scatter about it is what the clouds add to the geometry.
"""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, panels, style
from paper_repro.figures.examples import Example
from paper_repro.observations.observation import Observation
from paper_repro.patches.preprocess import Stages, stages

Reals = NDArray[np.float64]
HEIGHT_MM = 96.0


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig04`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig04", _chart_of)


def _chart_of(example: Example) -> Figure:
    found = stages(example.observation, paper.TABLE4)
    return chart(*terms(example.observation, found), found.k, found.log_i0, example.name)


def terms(observation: Observation, found: Stages) -> tuple[Reals, Reals, Reals]:
    """log(mu mu0), log(mu I) and I of the pixels that the fit uses, [N] each."""
    radiance = observation.image[found.lit].astype(np.float64)
    mu, mu0 = (np.cos(np.radians(plane[found.lit].astype(np.float64)))
               for plane in (observation.emission, observation.incidence))
    used = (mu * mu0 > 0) & (mu * radiance > 0)
    return np.log((mu * mu0)[used]), np.log((mu * radiance)[used]), radiance[used]


def chart(abscissa: Reals, ordinate: Reals, radiance: Reals, k: float, log_i0: float, name: str) -> Figure:
    """The scatter and the line; the points in random order, so that no part of the image hides another."""
    figure = style.new_figure(style.FULL_MM, HEIGHT_MM)
    foot = style.STAMP_MM + 11
    axes = figure.add_axes((13 / style.FULL_MM, foot / HEIGHT_MM, (style.FULL_MM - 36) / style.FULL_MM,
                            (HEIGHT_MM - foot - 5) / HEIGHT_MM))
    order = np.random.default_rng(0).permutation(len(abscissa))
    low, high = panels.stretch(radiance, 0.2)
    drawn = axes.scatter(abscissa[order], ordinate[order], c=radiance[order], cmap="gray", vmin=low, vmax=high, s=0.6,
                         linewidths=0, rasterized=True)
    ends = np.array([abscissa.min(), abscissa.max()])
    axes.plot(ends, log_i0 + k * ends, color=style.VERMILION, linewidth=1.5, label=f"linear fit: slope k = {k:.3f}")
    low_y, high_y = np.percentile(ordinate, [0.02, 99.98])
    room = 0.08 * (high_y - low_y)
    axes.set(xlabel="log(μ μ$_0$)", ylabel="log(μ I)", facecolor=panels.REMOVED, ylim=(low_y - room, high_y + room))
    axes.set_title(style.label(name, 60), fontsize=7, color="#444444", pad=3)
    axes.legend(loc="upper left", frameon=True, framealpha=1, edgecolor="none", fontsize=8)
    place = figure.add_axes((1 - 20 / style.FULL_MM, foot / HEIGHT_MM, 3 / style.FULL_MM,
                             (HEIGHT_MM - foot - 5) / HEIGHT_MM))
    scale = figure.colorbar(drawn, cax=place, ticks=[low, high])
    scale.ax.set_yticklabels(["low", "high"])
    scale.set_label("radiance I", labelpad=-8)
    return figure
