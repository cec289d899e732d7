"""The patches of an observation seen with the camera turned about its axis: on the sphere, so that no corner is empty.

The window about a viewpoint (Sect. 3.1.3) reaches 1.5 half patches out, a turned patch 1.42.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.observations.observation import Observation
from paper_repro.patches.flatten import flatten, to_bytes
from paper_repro.patches.kernels import Reals
from paper_repro.patches.part import Task, kept, read
from paper_repro.patches.preprocess import preprocess
from paper_repro.patches.project import WINDOW, Projector, interpolate, interpolated, sparse
from paper_repro.patches.viewpoints import centred, centring, grid


@dataclass(frozen=True)
class Turning:
    """An observation, the scale, and the angles (deg, clockwise) at which patches of that scale are wanted.

    patches: how many of them the set has; rows: those wanted, ascending, counted from 0 in the order of the set.
    """

    task: Task
    scale_km: float
    patches: int
    rows: tuple[int, ...]
    angles_deg: tuple[float, ...]


def turn_part(turning: Turning) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The turned patches of one observation, flattened, and which are whole; see `turned`."""
    task = turning.task
    with threadpool_limits(1):
        images, whole = turned(read(task), turning)
        side = task.settings.resolution_px
        flat = flatten(images.reshape(-1, side, side), task.settings)
        return flat.reshape(images.shape), whole


def turned(observation: Observation, turning: Turning) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """Patches uint8 [len(rows), len(angles), r, r], and which have data enough at every angle [len(rows)].

    A patch turned by 90 degrees is that of 0 degrees turned clockwise. Enough: each turned window passes the density
    checks of Sect. 3.1.3. Raises Unusable, and ValueError where the observation doesn't give as many patches as the set
    has of it.
    """
    task, scale_km, settings = turning.task, turning.scale_km, turning.task.settings
    points = preprocess(observation, settings)
    frame = centred(points, centring(points))
    projector = Projector(frame, scale_km, observation.planet)
    side, places = settings.resolution_px, {row: place for place, row in enumerate(turning.rows)}
    made = np.zeros((len(places), len(turning.angles_deg), side, side), np.uint8)
    whole = np.ones(len(places), np.bool_)
    row = 0
    for vector in grid(scale_km, frame.y_range, frame.z_range, planet=observation.planet).vectors:
        found = projector.window(vector, WINDOW**2 * settings.min_density * side**2)
        if found is None or sparse(found, projector.half, settings)[0]:
            continue
        patch, drawn_out = interpolated(found, projector.half, settings)
        if np.isnan(patch).any() or not kept(task, np.array([drawn_out]))[0]:
            continue
        if row in places:
            place = places[row]
            for n, angle in enumerate(turning.angles_deg):
                window = _turned(found, np.radians(angle), projector.limit)
                if sparse(window, projector.half, settings)[0]:
                    whole[place] = False
                    break
                made[place, n] = to_bytes(np.nan_to_num(interpolate(window, projector.half, settings)))
        row += 1
    if row != turning.patches:
        raise ValueError(f"{observation.source}: {row} patches of {scale_km} km, expected the {turning.patches} of its "
                         "set")
    return made, whole


def _turned(window: Reals, angle: float, limit: float) -> Reals:
    """A window [3, N] in a frame turned by an angle; what is beyond the limits there is left out."""
    y, z, value = window
    # the picture has -y on its left and +z on top
    turned_y, turned_z = np.cos(angle) * y + np.sin(angle) * z, np.cos(angle) * z - np.sin(angle) * y
    inside = (np.abs(turned_y) <= limit) & (np.abs(turned_z) <= limit)
    return np.ascontiguousarray(np.stack([turned_y, turned_z, value])[:, inside])
