"""Patches of the simulated Venus drawn straight from its true clouds, with one property of them turned at a time.

Files, angles, Minnaert's law and the projection, which lie between clouds and patch in an archive, are left out: here
they would add nothing but time. What decides a patch is as in the northern close-ups of `venus_archive`: the clouds of
`venus_fields`, the camera's pixels and noise, and patches of 25 km, where trains of waves are resolved.
"""

from collections.abc import Iterator

import numba
import numpy as np
from numpy.typing import NDArray

from paper_repro.base.turned import Turned
from paper_repro.simulated import venus_archive as archive
from paper_repro.simulated.venus_fields import RADIUS, TYPES, Array, Field, seen, waves

SCALE_KM = 25.0
ALTITUDE_KM = 409.0  # of the camera above the solid planet, in the middle of the archive's close-ups
PIXEL_KM = archive.VMC_IFOV * (ALTITUDE_KM + RADIUS - archive.VMC_RADIUS) * RADIUS / archive.VMC_RADIUS
PIXELS = round(SCALE_KM / PIXEL_KM)  # of the camera, along a patch's side
LIT = 0.5**0.775  # share of the full signal at 60 degrees of incidence, by the archive's mean k
NOISE = float(np.hypot(archive.VMC_NOISE[0], archive.VMC_NOISE[1] / (archive.VMC_LEVEL * LIT)))
LATITUDES, HOURS = (56.0, 72.0), (8.0, 11.0)  # where every type is found; before the wake of the afternoon
PURE = 0.8  # share of a place's area that shows the type it is taken for
BORDER = 0.2  # width of the border between two blended types, in patch sides
LOST = 0.1  # width of the band of lost pixels, in patch sides: about what Table 4's local density lets pass
CANDIDATES = 4096
WAVE = TYPES.index("wave")
POSITIONS = (np.arange(PIXELS) + 0.5) / PIXELS - 0.5  # in patch sides


def draw(turned: Turned) -> Iterator[tuple[Array, NDArray[np.bool_]]]:
    """Values, about 1, and lost pixels of each patch: [P, P] in the camera's pixels, row 0 in the north."""
    field = Field(turned.seed)
    where = places(field, -(-turned.patches // len(TYPES)) * len(TYPES))
    strength = amplitude(field, where[: turned.patches][WAVE :: len(TYPES)], turned.contrast)
    for number in range(turned.patches):
        rng = np.random.default_rng([turned.seed, number])
        border, gradient, band = rng.uniform(0, 2 * np.pi, 3)
        centre = rng.uniform(-0.4, 0.4)
        values = clouds(field, where[number], strength)
        if turned.blending:
            share, other = cover(border, turned.blending), clouds(field, where[partner(number)], strength)
            values = (1 - share) * values + share * (other - other.mean() + values.mean())  # no step in brightness
        values *= 1 + turned.limb_darkening * across(gradient)
        values += NOISE * rng.standard_normal(values.shape)
        yield values, has_hole(number, turned.holes) & (np.abs(across(band) - centre) < LOST / 2)


def places(field: Field, count: int) -> Array:
    """Longitude and latitude [N, 2] in degrees of the centres of patches of every type in turn (`Turned.kinds`)."""
    rng, (low, high) = np.random.default_rng([field.seed, 0, 0]), np.sin(np.radians(LATITUDES))
    found: list[list[Array]] = [[] for _ in TYPES]
    while min(map(len, found)) * len(TYPES) < count:
        sines = rng.uniform(low, high, CANDIDATES)
        points = np.column_stack([(12 - rng.uniform(*HOURS, CANDIDATES)) * 15, np.degrees(np.arcsin(sines))])
        shares = field.shares(points[:, 0], points[:, 1], 0.0, 0.0, SCALE_KM)
        for kind, these in enumerate(found):
            these += list(points[shares[:, kind] >= PURE])
    return np.array([found[number % len(TYPES)][number // len(TYPES)] for number in range(count)])


def partner(number: int) -> int:
    """The patch of another type that patch `number` is blended with."""
    group, kind = divmod(number, len(TYPES))
    return group * len(TYPES) + (kind + 1 + group % (len(TYPES) - 1)) % len(TYPES)


def has_hole(number: int, share: float) -> bool:
    """Whether patch `number` has a band of lost pixels: that share of them, and of every type."""
    group = number // len(TYPES)
    return int((group + 1) * share + 1e-9) > int(group * share + 1e-9)


def clouds(field: Field, place: Array, strength: float) -> Array:
    """Brightness [P, P] of the clouds about a place, their waves `strength` times as strong as the field's."""
    longitude, latitude = around(place)
    value = field.brightness(longitude, latitude, 0.0, 0.0, PIXEL_KM) + (strength - 1) * crests(field, place)
    return value.reshape(PIXELS, PIXELS)


def crests(field: Field, place: Array) -> Array:
    """What waves add to the field's brightness about a place: [P * P]."""
    longitude, latitude = np.radians(around(place))
    return 0.035 * seen(8.0, PIXEL_KM) * displacement(longitude, latitude, field.seed)  # as `venus_fields.brightness`


def amplitude(field: Field, where: Array, contrast: float) -> float:
    """How many times as strong waves must be for their root mean square over places [N, 2] to be `contrast` noises."""
    squares = [np.mean(crests(field, place) ** 2) for place in where]
    return contrast * NOISE / float(np.sqrt(np.mean(squares)))


def around(place: Array) -> Array:
    """Longitudes and latitudes [2, P * P] in degrees of a patch's pixels, row 0 in the north."""
    step = np.degrees(SCALE_KM / RADIUS)
    latitude = np.repeat(place[1] - step * POSITIONS, PIXELS)
    return np.stack([place[0] + step * np.tile(POSITIONS, PIXELS) / np.cos(np.radians(latitude)), latitude])


@numba.njit(cache=True)
def displacement(longitude: Array, latitude: Array, seed: int) -> Array:
    """`venus_fields.waves` at points [N] (radians) at the epoch of the clouds' frame."""
    out = np.empty(longitude.size)
    for n in range(longitude.size):
        c = np.cos(latitude[n])
        out[n] = waves(c * np.cos(longitude[n]), c * np.sin(longitude[n]), np.sin(latitude[n]), seed)[0]
    return out


def across(angle: float) -> Array:
    """Place of each pixel [P, P] along a direction, in patch sides from the centre."""
    along: Array = np.cos(angle) * POSITIONS + np.sin(angle) * POSITIONS[:, None]
    return along


def cover(angle: float, share: float) -> Array:
    """Weight [P, P], 0 to 1, of what covers a patch from one side, its mean being `share`; the border is smooth."""
    along = across(angle)
    low, high = -1.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        weight = np.clip((middle - along) / BORDER + 0.5, 0, 1)
        low, high = (middle, high) if weight.mean() < share else (low, middle)
    return weight
