"""Fig. 3. Example of a raw Akatsuki UVI image and the geometry of its pixels.

Latitude, longitude (positive to the east), incidence and emission angle as the archive's geometry file (l3bx) has
them; local time from longitude and the sub-solar longitude. The file's phase and azimuthal angles are not used.
To notice: no geometry off the disc; emission rises from the middle of the disc to 90 degrees at its limb, incidence
from the sub-solar point to 90 degrees at the terminator; local time runs against longitude: Venus turns backwards.
"""

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from paper_repro.figures import examples, fig01, panels, style
from paper_repro.observations.observation import Observation
from paper_repro.patches.viewpoints import local_time_h
from paper_repro.profiles.run import Run

Plane = NDArray[np.float32] | NDArray[np.float64]


def draw(run: Run) -> list[Path]:
    """Draw `fig03`; returns its PNG and PDF files. Raises UserError where the run has no usable UVI image."""
    example = examples.single(run, "uvi")
    provenance = examples.provenance(run, "fig03", [example])
    made = style.is_current(run, "fig03", provenance)
    if made:
        return made
    with style.paper_style():
        return style.save(chart(example.observation, example.name), run, "fig03", provenance)


def chart(observation: Observation, name: str) -> Figure:
    """Six panels: the image, then a plane of geometry each with its bar."""
    height, width = observation.image.shape
    figure, axes = panels.sheet(3, 6, head=name, aspect=height / width, below_mm=[panels.BAR_MM] * 2)
    low, high = fig01.raw(axes[0], observation)
    axes[0].set_title("Raw image", pad=2.5)
    panels.bar(axes[0], axes[0].images[0], "radiance", ticks=[low, high])
    axes[0].get_figure(root=True).axes[-1].set_xticklabels(["low", "high"])  # type: ignore[union-attr]
    local_time = local_time_h(observation.longitude, observation.subsolar_longitude)
    night = bool(np.nanmax(np.where(np.isfinite(observation.emission), observation.incidence, np.nan)) > 90)
    planes: tuple[tuple[str, Plane, str, tuple[int, int], str, int], ...] = (
        ("Latitude", observation.latitude, "PuOr_r", (-90, 90), "degrees", 45),
        ("Longitude", observation.longitude, "twilight_shifted", (-180, 180), "degrees east", 90),
        ("Local time", local_time, "twilight", (0, 24), "hours", 6),
        ("Incidence angle", observation.incidence, "cividis_r", (0, 180 if night else 90), "degrees",
         45 if night else 15),
        ("Emission angle", observation.emission, "cividis_r", (0, 90), "degrees", 15),
    )
    for place, (title, plane, colours, limits, unit, step) in zip(axes[1:], planes, strict=True):
        shown = np.where(np.isfinite(observation.emission), plane, np.nan)
        drawn = place.imshow(shown, cmap=colours, vmin=limits[0], vmax=limits[1], interpolation="nearest",
                             origin=examples.ORIGIN[observation.instrument])
        place.set_title(title, pad=2.5)
        panels.bar(place, drawn, unit, ticks=np.arange(limits[0], limits[1] + 1, step).tolist())
    return figure
