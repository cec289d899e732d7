"""Archive files of clouds whose life time and rotation are known, as images of Akatsuki UVI.

Round regions of `RADIUS_DEG` cover one another like fallen leaves (the dead leaves of Matheron 1968), at random places
and times, in a frame that turns westward once round in `rotation_h`. A place is covered on average every `life_h` hours
(a Poisson process), as a cell of `moving_clouds` is renewed; but the border of a region goes with it, while those of
cells would be seen for ever. Each region has a class, drawn from the climatology at its middle, and shows its texture:
smooth, broken into bright and dark, or bright veins, drawn anew for each region. So what is seen of a place tells
nothing of what was there before.
"""

from dataclasses import dataclass
from pathlib import Path

import numba
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from paper_repro.base.files import write_csv
from paper_repro.base.progress import Progress
from paper_repro.simulated.venus_archive import TRUTH, Shot, record, take, uvi_shot, uvi_view
from paper_repro.simulated.venus_camera import unit
from paper_repro.simulated.venus_fields import GRADIENTS, RADIUS, fractal, noise, points_of
from paper_repro.simulated.venus_products import iso
from tests.evolution.moving_clouds import START, Clouds, classes

Array = NDArray[np.float64]
Integers = NDArray[np.int64]
CLASSES = 3
RADIUS_DEG = 25.0  # of a region; some 2,600 km
BEFORE = 20.0  # life times before the start that regions are drawn for: of what is then bare, e^-20, the first is seen
CONTRAST = 0.1
SMOOTH_KM, BROKEN_KM = 2000.0, 450.0  # longest wavelength, and that of the others
EDGE, VEIN = 0.05, 0.12  # of the noise: how steep edges are, and how wide veins
SIDE, DISTANCE_KM = 176, 3.6e5  # of an image in px, and of the spacecraft from Venus' centre: 72 km a pixel
APART = 64  # seeds of two regions: more than the octaves of one


@dataclass(frozen=True, eq=False)
class MovingField:
    """Regions one after the other: middle [R, 3] (unit vectors of the turning frame), when and class [R].

    when, and the `hours` of the methods: since the epoch of `venus_camera.View.hours`.
    """

    clouds: Clouds
    middle: Array
    when: Array
    label: Integers

    def region(self, longitude: ArrayLike, latitude: ArrayLike, hours: float) -> Integers:
        """Number of the region that is seen at points [N] (degrees)."""
        return self._topmost(self._turned(longitude, latitude, hours), hours)

    def brightness(self, longitude: ArrayLike, latitude: ArrayLike, subsolar: float, hours: float,
                   pixel_km: ArrayLike) -> Array:
        """Relative brightness [N]; arguments as of `venus_fields.Field.brightness` (nothing stays with the Sun)."""
        places = self._turned(longitude, latitude, hours)
        number = self._topmost(places, hours)
        pixels = np.broadcast_to(np.asarray(pixel_km, dtype=np.float64), number.shape)
        return textures(places, pixels, number, self.label[number], GRADIENTS)

    def truth(self, longitude: ArrayLike, latitude: ArrayLike, hours: float, scale_km: float) -> tuple[Integers, Array]:
        """Class [N] that most of each patch about points [N] (degrees) shows, and the share of its largest region.

        Of 5 x 5 points of the patch.
        """
        seen = np.array([self.region(np.degrees(x), np.degrees(y), hours)
                         for x, y in points_of(longitude, latitude, scale_km)])
        shares = np.stack([(self.label[seen] == c).mean(axis=0) for c in range(CLASSES)])
        return shares.argmax(axis=0), np.max([(seen == each).mean(axis=0) for each in seen], axis=0)

    def _topmost(self, places: Array, hours: float) -> Integers:
        last = int(np.searchsorted(self.when, hours, side="right"))
        return topmost(places, self.middle[:last], np.cos(np.radians(RADIUS_DEG)))

    def _turned(self, longitude: ArrayLike, latitude: ArrayLike, hours: float) -> Array:
        """Unit vectors [N, 3] in the turning frame."""
        east = np.asarray(longitude) + 360 * (hours / self.clouds.rotation_h % 1)
        return np.ascontiguousarray(unit(east, np.asarray(latitude)).T)


@numba.njit(cache=True)
def topmost(places: Array, middle: Array, nearest: float) -> Integers:
    """Number [N] of the last region that covers each place: whose middle lies within a distance of cosine `nearest`."""
    out = np.zeros(len(places), np.int64)
    for n in range(len(places)):
        x, y, z = places[n]
        for region in range(len(middle) - 1, 0, -1):
            if x * middle[region, 0] + y * middle[region, 1] + z * middle[region, 2] >= nearest:
                out[n] = region
                break
    return out


@numba.njit(cache=True)
def textures(places: Array, pixels: Array, number: Integers, label: Integers, gradients: Array) -> Array:
    """Relative brightness [N] at unit vectors of the turning frame [N, 3], of the regions and classes seen there."""
    out = np.empty(len(places))
    for n in range(len(places)):
        x, y, z = places[n]
        seed = APART * number[n]
        if label[n] == 0:
            value = fractal(x, y, z, SMOOTH_KM, 1.1, pixels[n], seed, False, gradients)
        else:
            f = RADIUS / BROKEN_KM
            value = noise(x * f, y * f, z * f, seed, gradients)
            value = np.tanh(value / EDGE) if label[n] == 1 else 2 * np.exp(-(value / VEIN) ** 2) - 1
        out[n] = 1 + CONTRAST * min(1.0, max(-1.0, value))
    return out


def field_of(clouds: Clouds, start_h: float, days: float, rng: np.random.Generator) -> MovingField:
    """Draw the regions of `days` days from `start_h` on, in hours since the epoch."""
    part = (1 - np.cos(np.radians(RADIUS_DEG))) / 2  # of the sphere, that a region covers
    duration = BEFORE * clouds.life_h + 24 * days
    count = int(rng.poisson(duration / (clouds.life_h * part)))
    sines, east = rng.uniform(-1, 1, count), rng.uniform(0, 360, count)
    north = np.degrees(np.arcsin(sines))
    return MovingField(clouds, np.ascontiguousarray(unit(east, north).T),
                       np.sort(start_h - BEFORE * clouds.life_h + rng.uniform(0, duration, count)),
                       classes(clouds, north, rng))


def make(raw: Path, clouds: Clouds, days: float, every_h: float, seed: int) -> MovingField:
    """Write an image of the day side and its geometry every `every_h` hours for `days` days, as `venus_archive.make`.

    The spacecraft stands above noon within 8 degrees of the equator. Headers say that the files are simulated. Of each
    `seed` another sky, which is returned.
    """
    shots = [shot(every_h * number) for number in range(int(24 * days / every_h))]
    field = field_of(clouds, shots[0].view.hours, days, np.random.default_rng(seed))
    progress, truth = Progress("moving clouds", len(shots), "images"), []
    for each in shots:
        truth.append(record(each, take(raw, each, field, seed)))
        progress.step()
    write_csv(raw / TRUTH[0], pd.DataFrame(truth))
    return field


def shot(hours: float) -> Shot:
    """The whole disc, from a place that moves about from image to image: patches needn't lie on the same places."""
    time = iso(START, 3600 * hours)
    east, north = np.random.default_rng(round(3600 * hours)).uniform(-8, 8, 2)
    centre = (float(12 - east / 15), float(north))
    return uvi_shot("disc", uvi_view(time, *centre, DISTANCE_KM, 1, (SIDE, SIDE), None),
                    ((1024 - SIDE) // 2, (1024 - SIDE) // 2), 1)
