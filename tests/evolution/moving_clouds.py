"""Classes of clouds in place and time whose life time and rotation are known: truth for the statistics of docs/time.md.

The planet is divided into cells that turn with the clouds, westward, once round in `rotation_h`. Each cell keeps its
class until it is renewed, which happens at random on average every `life_h` hours (a Poisson process); the new class is
drawn from the climatology, so it may be the old one. A cell seen twice, tau hours apart, thus has one class with the
probability exp(-tau / life_h) + (1 - exp(-tau / life_h)) sum_c p_c^2. A camera that sees the day side from 8 to 16 h
takes an image every `every_h` hours, cut into patches on a grid of latitude and local time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.simulated.venus_camera import subsolar
from paper_repro.simulated.venus_fields import ROTATION_H

Array = NDArray[np.float64]
START = "2016-01-01T00:00:00.000"
CELL_DEG = 20.0  # side of a cell; some 2100 km


@dataclass(frozen=True)
class Clouds:
    """What the clouds do. equator, pole: shares of the classes there, linear in between (climatology).

    life_h: mean time until a cell is renewed; confused: share of patches whose class is drawn at random instead.
    """

    life_h: float
    equator: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    pole: tuple[float, ...] = (0.4, 0.3, 0.2, 0.1)
    rotation_h: float = ROTATION_H
    confused: float = 0.0


def observe(clouds: Clouds, days: float, every_h: float, seed: int, step_deg: float = 20.0, start: str = START
            ) -> pd.DataFrame:
    """Images of `days` days as a table: id, source, time_utc, longitude_deg, latitude_deg, local_time_h, class.

    step_deg: between patches in latitude (60 south to 60 north) and longitude. Of each `seed` another sky.
    """
    rng = np.random.default_rng(seed)
    hours = np.arange(0.0, 24 * days, every_h)
    north, east = (axis.ravel() for axis in np.meshgrid(np.arange(-60, 60.1, step_deg), np.arange(-60, 60.1, step_deg)))
    # a grid that moves about from image to image: patches needn't lie on cells
    north = (north + rng.uniform(-0.5, 0.5, (len(hours), 1)) * step_deg).ravel()
    local = (12 + (east + rng.uniform(-0.5, 0.5, (len(hours), 1)) * step_deg) / 15).ravel()
    times = [(datetime.fromisoformat(start) + timedelta(hours=float(hour))).isoformat(timespec="milliseconds")
             for hour in hours]
    each = len(north) // len(hours)
    sun = np.repeat([subsolar(time)[0] for time in times], each)
    longitude = (sun - (local - 12) * 15 + 180) % 360 - 180
    label = sky(clouds, longitude, north, np.repeat(hours, each), rng)
    at_random = rng.random(len(label)) < clouds.confused
    label[at_random] = rng.integers(0, len(clouds.equator), int(at_random.sum()))
    return pd.DataFrame({"id": np.arange(len(label)), "source": np.repeat([f"{time}.fit" for time in times], each),
                         "time_utc": np.repeat(times, each), "longitude_deg": longitude, "latitude_deg": north,
                         "local_time_h": local, "class": label})


def sky(clouds: Clouds, longitude: Array, latitude: Array, hours: Array, rng: np.random.Generator
        ) -> NDArray[np.int64]:
    """Class [N] of one sky, drawn from `rng`, at places (degrees) and times (hours) [N]."""
    row = np.floor((latitude + 90) / CELL_DEG).clip(0, 180 // CELL_DEG - 1)
    columns = np.maximum(1, np.rint(360 * np.cos(np.radians((row + 0.5) * CELL_DEG - 90)) / CELL_DEG))
    turned = (longitude + 360 * hours / clouds.rotation_h) % 360
    cell = row * 1000 + np.minimum(np.floor(turned * columns / 360), columns - 1)
    every, cell = np.unique(cell, return_inverse=True)
    # the renewals of all cells one after the other: of each its first class, from the start on, and the later ones
    duration = hours.max() + 1
    count = rng.poisson(duration / clouds.life_h, len(every))
    owner = np.concatenate([np.arange(len(every)), np.repeat(np.arange(len(every)), count)])
    when = np.concatenate([np.zeros(len(every)), rng.uniform(0, duration, count.sum())])
    order = np.lexsort((when, owner))
    owner, when = owner[order], when[order]
    drawn = classes(clouds, (every[owner] // 1000 + 0.5) * CELL_DEG - 90, rng)
    return drawn[np.searchsorted(owner * duration + when, cell * duration + hours, side="right") - 1]


def classes(clouds: Clouds, latitude: Array, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw classes [N] from the climatology at latitudes [N] (degrees)."""
    polar = np.abs(latitude)[:, None] / 90
    shares = (1 - polar) * np.array(clouds.equator) + polar * np.array(clouds.pole)
    drawn: NDArray[np.int64] = (rng.random(len(latitude))[:, None] > shares.cumsum(axis=1)[:, :-1]).sum(axis=1)
    return drawn
