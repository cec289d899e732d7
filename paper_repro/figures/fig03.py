"""Fig. 3. Example of a raw Akatsuki UVI image and the geometry of its pixels.

Latitude, longitude (positive to the east), phase, incidence, emission and azimuthal angle as the archive's geometry
file (l3bx) has them; local time from longitude and the sub-solar longitude, as it is computed for patches.
To notice: no geometry off the disc; emission rises from the middle of the disc to 90 degrees at its limb, incidence
from the sub-solar point to 90 degrees at the terminator; the phase angle hardly varies over a distant disc; local time
runs against longitude: Venus turns backwards.
"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.figures import examples, fig01, panels
from paper_repro.figures.examples import Example
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation
from paper_repro.patches.viewpoints import local_time_h

Plane = NDArray[np.float32] | NDArray[np.float64]
UNUSED = ("phase angle", "azimuthal angle")  # planes of the file that an Observation doesn't carry


class Shown(NamedTuple):
    """A plane [H, W], its colours, unit, the ends of its scale and the step between ticks."""

    title: str
    plane: Plane
    colours: str
    unit: str
    low: float
    high: float
    step: float


def draw(run: Run, origin: Origin) -> Made:
    """Draw `fig03`. Raises UserError where the run has no usable UVI image."""
    return examples.draw(run, origin, "fig03", _chart_of)


def _chart_of(example: Example) -> Figure:
    plane = registry.get(example.observation.instrument).plane
    unused = {name: plane(example.pair, name) for name in UNUSED}
    return chart(example.observation, unused, example.name)


def chart(observation: Observation, unused: Mapping[str, Plane], name: str) -> Figure:
    """Eight panels: the image, then a plane of geometry each with its bar; `unused`: the planes of UNUSED by name."""
    height, width = observation.image.shape
    figure, axes = panels.sheet(4, 8, head=name, aspect=height / width, below_mm=[panels.BAR_MM] * 2)
    low, high = fig01.raw(axes[0], observation)
    axes[0].set_title("Raw image", pad=2.5)
    panels.bar(axes[0], axes[0].images[0], "radiance", ticks=[low, high])
    axes[0].get_figure(root=True).axes[-1].set_xticklabels(["low", "high"])  # type: ignore[union-attr]
    on_planet = np.isfinite(observation.emission)
    local_time = local_time_h(observation.longitude, observation.subsolar_longitude, observation.planet)
    origin = registry.get(observation.instrument).origin
    phase, azimuth = (unused[name] for name in UNUSED)
    shown = (
        Shown("Latitude", observation.latitude, "PuOr_r", "degrees", -90, 90, 45),
        Shown("Longitude", observation.longitude, "twilight", "degrees east", -180, 180, 90),
        Shown("Local time", local_time, "twilight_shifted", "hours", 0, 24, 6),
        _angle("Phase angle", np.where(on_planet, phase, np.nan)),
        _angle("Incidence angle", np.where(on_planet, observation.incidence, np.nan)),
        _angle("Emission angle", np.where(on_planet, observation.emission, np.nan)),
        _angle("Azimuthal angle", np.where(on_planet, azimuth, np.nan)),
    )
    for place, each in zip(axes[1:], shown, strict=True):
        drawn = place.imshow(np.where(on_planet, each.plane, np.nan), cmap=each.colours, vmin=each.low, vmax=each.high,
                             interpolation="nearest", origin=origin)
        place.set_title(each.title, pad=2.5)
        panels.bar(place, drawn, each.unit, ticks=np.arange(each.low, each.high + 1, each.step).tolist())
    return figure


def _angle(title: str, plane: Plane) -> Shown:
    """An angle of 0 to 90 degrees, or as many more, in steps of 30, as it has; whole turns end where they begin."""
    least, most = (float(end) for end in (np.nanmin(plane, initial=90), np.nanmax(plane, initial=0)))
    if least < 0 or most > 180:
        first = -180 if least < 0 else 0
        return Shown(title, plane, "twilight", "degrees", first, first + 360, 90)
    most = max(90, 30 * math.ceil(most / 30))
    return Shown(title, plane, "cividis_r", "degrees", 0, most, 30)
