"""The true clouds of the simulated Venus: brightness and type at any longitude, latitude, time and scale.

Everything is noise evaluated at a point of the sphere (gradient noise on a hashed lattice, so nothing is stored and no
scale is preferred), in a frame that turns westward with the clouds' four-day super-rotation. Over a smooth background:
- mottled: bright cells between dark lanes, in the afternoon wake (12-16 h, low latitudes), which stays with the Sun,
  and in patches of about 100 km north of 50 degrees;
- streak: noise sheared along spirals of constant tilt at mid latitudes;
- wave: north of 52 degrees, trains of gravity waves of 5-12 km wavelength, some 50 km in extent;
- featureless: elsewhere.
What is finer than two pixels fades out, so that no image is undersampled; of smaller patches pixels see the mean.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import ArrayLike, NDArray

from paper_repro import paper

Array = NDArray[np.float64]
TYPES = ("featureless", "mottled", "streak", "wave")
ROTATION_H = 96.0  # super-rotation: about four days once round (Sect. 4.2)
SHEAR = 3.0  # streaks follow spirals tilted by atan(2 / SHEAR) / 2 = 17 degrees against the parallels
NARROWED = (SHEAR + math.sqrt(SHEAR**2 + 4)) / 2  # by which the shear makes streaks narrower (its singular value)
PATCH_KM, PATCH_EDGE_KM = 160.0, 40.0  # wavelength of the patches in the north, and of their borders
TRAIN_CELL_KM = 80.0
WAVE_SCALE_KM = 100.0  # larger patches don't resolve the waves
RADIUS = paper.VENUS_RADIUS_KM

_angles = np.random.default_rng(1).normal(size=(256, 3))
GRADIENTS = _angles / np.linalg.norm(_angles, axis=1, keepdims=True)


@dataclass(frozen=True)
class Spot:
    """A bright Gaussian at a longitude and latitude of the body-fixed frame (degrees), `sigma_km` wide."""

    longitude: float
    latitude: float
    sigma_km: float
    amplitude: float = 0.5


@dataclass(frozen=True)
class Field:
    """The clouds of one seed, `north_deg` north of where they usually are; clouds=False leaves the `spots` alone."""

    seed: int
    clouds: bool = True
    spots: Sequence[Spot] = ()
    north_deg: float = 0.0

    def brightness(self, longitude: ArrayLike, latitude: ArrayLike, subsolar: float, hours: float,
                   pixel_km: ArrayLike) -> Array:
        """Relative brightness (about 1) at points [N] in degrees east and north, as pixels of `pixel_km` see it.

        subsolar: longitude in degrees; hours: time since the epoch of the cloud frame; pixel_km: one, or one a point.
        """
        lon, lat = (np.radians(np.asarray(a, dtype=np.float64)) for a in (longitude, latitude))
        value = np.ones(lon.shape)
        if self.clouds:
            pixels = np.broadcast_to(np.asarray(pixel_km, dtype=np.float64), lon.shape)
            value = brightness(lon, lat - np.radians(self.north_deg), np.radians(subsolar), drift(hours), pixels,
                               self.seed, GRADIENTS)
        for spot in self.spots:
            a, b = np.radians([spot.longitude, spot.latitude])
            half = np.sin((lat - b) / 2) ** 2 + np.cos(lat) * np.cos(b) * np.sin((lon - a) / 2) ** 2
            value += spot.amplitude * np.exp(-4 * half * RADIUS**2 / (2 * spot.sigma_km**2))
        return value

    def shares(self, longitude: ArrayLike, latitude: ArrayLike, subsolar: float, hours: float,
               scale_km: float) -> Array:
        """Share of each of TYPES [N, 4], 0 to 1, in patches of `scale_km` centred on the points [N] (degrees).

        Waves are counted up to WAVE_SCALE_KM. The mean over 5 x 5 points of the patch.
        """
        total, points = np.zeros((np.size(longitude), 3)), points_of(longitude, latitude, scale_km)
        for x, y in points if self.clouds else []:
            total += types(x, y - np.radians(self.north_deg), np.radians(subsolar), drift(hours), self.seed,
                           GRADIENTS) / len(points)
        if scale_km > WAVE_SCALE_KM:
            total[:, 2] = 0
        return np.column_stack([1 - total.max(axis=1), total])

    def feature_type(self, longitude: ArrayLike, latitude: ArrayLike, subsolar: float, hours: float,
                     scale_km: float) -> NDArray[np.str_]:
        """Name of the type with the largest share (see `shares`) in each patch [N]."""
        return np.array(TYPES)[self.shares(longitude, latitude, subsolar, hours, scale_km).argmax(axis=1)]


def points_of(longitude: ArrayLike, latitude: ArrayLike, scale_km: float) -> list[tuple[Array, Array]]:
    """Longitude and latitude [N] in radians of 5 x 5 points, one by one, of patches centred on points [N] (degrees)."""
    lon, lat = np.atleast_1d(np.radians(longitude)), np.atleast_1d(np.radians(latitude))
    steps = np.linspace(-0.4, 0.4, 5) * scale_km / RADIUS
    rows = [np.clip(lat + north, -np.pi / 2, np.pi / 2) for north in steps]
    return [(lon + east / np.maximum(np.cos(y), 0.02), y) for y in rows for east in steps]


def drift(hours: float) -> float:
    """Angle that brings a body-fixed longitude to the cloud frame (radians): clouds move west, the way Venus turns."""
    return 2 * np.pi * (hours / ROTATION_H % 1.0)


@numba.njit(cache=True)
def mix(a: int, b: int, c: int, seed: int) -> int:
    """Hash four integers to 31 bits."""
    h = (a * 73856093) ^ (b * 19349663) ^ (c * 83492791) ^ (seed * 668265263 + 374761393)
    h &= 0x7FFFFFFF
    h = ((h ^ (h >> 15)) * 739982445) & 0x7FFFFFFF
    h = ((h ^ (h >> 12)) * 695872825) & 0x7FFFFFFF
    return h ^ (h >> 15)


@numba.njit(cache=True)
def noise(x: float, y: float, z: float, seed: int, gradients: Array) -> float:
    """Gradient noise (Perlin 2002) of unit wavelength: mean 0, within about +-0.9."""
    i, j, k = int(np.floor(x)), int(np.floor(y)), int(np.floor(z))
    fx, fy, fz = x - i, y - j, z - k
    sx = fx * fx * fx * (fx * (6 * fx - 15) + 10)
    sy = fy * fy * fy * (fy * (6 * fy - 15) + 10)
    sz = fz * fz * fz * (fz * (6 * fz - 15) + 10)
    total = 0.0
    for a in range(2):
        for b in range(2):
            for c in range(2):
                g = gradients[(mix(i + a, j + b, k + c, seed) >> 7) & 255]
                weight = (sx if a else 1 - sx) * (sy if b else 1 - sy) * (sz if c else 1 - sz)
                total += weight * (g[0] * (fx - a) + g[1] * (fy - b) + g[2] * (fz - c))
    return total


@numba.njit(cache=True)
def seen(wavelength: float, pixel_km: float) -> float:
    """Share of a structure that pixels show: nothing of one of two pixels' wavelength, all of one of four."""
    return 1.0 if wavelength >= 4 * pixel_km else max(0.0, wavelength / (2 * pixel_km) - 1)


@numba.njit(cache=True)
def fractal(x: float, y: float, z: float, longest_km: float, exponent: float, pixel_km: float, seed: int,
            billow: bool, gradients: Array) -> float:
    """Sum of noise over octaves down to two pixels: amplitude ~ wavelength^exponent; billow: of its absolute value.

    x, y, z: unit vector. The shortest octave fades in, so that a change of scale makes no step.
    """
    total, wavelength, octave = 0.0, longest_km, 0
    while wavelength > 2 * pixel_km:
        f = RADIUS / wavelength
        n = noise(x * f + 0.37 * octave, y * f + 0.71 * octave, z * f + 0.13 * octave, seed + octave, gradients)
        amplitude = seen(wavelength, pixel_km) * (wavelength / longest_km) ** exponent
        total += amplitude * (4 * abs(n) - 0.8 if billow else 2 * n)
        wavelength /= 2
        octave += 1
    return total


@numba.njit(cache=True)
def ramp(low: float, high: float, x: float) -> float:
    """Smooth step from 0 at `low` to 1 at `high`."""
    t = min(1.0, max(0.0, (x - low) / (high - low)))
    return t * t * (3 - 2 * t)


@numba.njit(cache=True)
def regions(x: float, y: float, z: float, hour: float, pixel_km: float, seed: int,
            gradients: Array) -> tuple[float, float, float]:
    """Shares of wake, northern mottling and streaks at a unit vector of the cloud frame and a local time in hours."""
    lat = np.degrees(np.arcsin(min(1.0, max(-1.0, z))))
    f, g = RADIUS / 3500, RADIUS / PATCH_KM
    edge = 32 * noise(x * f, y * f, z * f, seed + 101, gradients)
    patchy = noise(x * g, y * g, z * g, seed + 102, gradients)
    wake = ramp(11.0, 13.0, hour + edge / 10) * (1 - ramp(15.6, 17.0, hour)) * (1 - ramp(24, 42, abs(lat) + edge))
    cap = ramp(44, 54, lat)
    belt = ramp(26, 40, abs(lat) + edge) * (1 - ramp(76, 84, abs(lat)))
    # 0.28 and 0.65 are the means of the ramps over the noise
    sharp = seen(PATCH_EDGE_KM, pixel_km)
    mottled = cap * (0.28 + sharp * (ramp(0.08, 0.16, patchy) - 0.28)) * (1 - wake)
    unstreaked = 0.65 + sharp * (ramp(-0.12, -0.04, patchy) - 0.65)
    return wake, mottled, belt * (1 - cap * unstreaked) * (1 - wake - mottled)


@numba.njit(cache=True)
def waves(x: float, y: float, z: float, seed: int) -> tuple[float, float]:
    """Gravity waves at a unit vector of the cloud frame: (displacement -1 to 1, envelope 0 to 1).

    Trains live in the cells of a plane map of the northern cap (Lambert's equal-area projection): at most one a cell.
    """
    if z < 0.788:  # 52 degrees
        return 0.0, 0.0
    scale = RADIUS * np.sqrt(2 / (1 + z)) / TRAIN_CELL_KM
    px, py = x * scale, y * scale
    ci, cj = int(np.floor(px)), int(np.floor(py))
    value, envelope = 0.0, 0.0
    for i in range(ci - 1, ci + 2):
        for j in range(cj - 1, cj + 2):
            h = mix(i, j, 0, seed + 201)
            if h % 100 < 80:  # share of cells with a train
                u = mix(i, j, 1, seed + 201) / 2147483648.0
                v = mix(i, j, 2, seed + 201) / 2147483648.0
                w = mix(i, j, 3, seed + 201) / 2147483648.0
                dx = (px - i - 0.2 - 0.6 * u) * TRAIN_CELL_KM
                dy = (py - j - 0.2 - 0.6 * v) * TRAIN_CELL_KM
                angle, wavelength = np.pi * u + v, 5 + 7 * w
                along = dx * np.cos(angle) + dy * np.sin(angle)
                across = dy * np.cos(angle) - dx * np.sin(angle)
                r = (along / 32) ** 2 + (across / 24) ** 2  # half-lengths of the train in km
                e = np.exp(-r * r)
                value += e * np.cos(2 * np.pi * (along / wavelength + v))
                envelope = max(envelope, e)
    north = ramp(0.788, 0.82, z)
    return north * value, north * envelope


@numba.njit(cache=True)
def cloud_frame(lon: float, lat: float, subsolar: float, turn: float) -> tuple[float, float, float, float]:
    """Unit vector in the cloud frame and local time in hours, of a body-fixed point (radians)."""
    hour = (subsolar - lon + np.pi) % (2 * np.pi) * 12 / np.pi
    a = lon + turn
    return np.cos(lat) * np.cos(a), np.cos(lat) * np.sin(a), np.sin(lat), hour


@numba.njit(cache=True)
def types(lon: Array, lat: Array, subsolar: float, turn: float, seed: int, gradients: Array) -> Array:
    """Shares of mottled, streak and wave [N, 3] at points [N] (radians)."""
    out = np.empty((lon.size, 3))
    for n in range(lon.size):
        x, y, z, hour = cloud_frame(lon[n], lat[n], subsolar, turn)
        wake, patch, streak = regions(x, y, z, hour, 0.0, seed, gradients)
        train = waves(x, y, z, seed)[1]
        out[n, 0], out[n, 1], out[n, 2] = wake + (1 - train) * patch, (1 - train) * streak, train
    return out


@numba.njit(cache=True)
def brightness(lon: Array, lat: Array, subsolar: float, turn: float, pixels: Array, seed: int,
               gradients: Array) -> Array:
    """Relative brightness of the clouds [N] at points [N] (radians), as pixels [N] (km) see it."""
    out = np.empty(lon.size)
    for n in range(lon.size):
        pixel_km = pixels[n]
        x, y, z, hour = cloud_frame(lon[n], lat[n], subsolar, turn)
        wake, patch, streak = regions(x, y, z, hour, pixel_km, seed, gradients)
        displacement, train = waves(x, y, z, seed)
        train *= seen(TRAIN_CELL_KM / 2, pixel_km)
        patch, streak = (1 - train) * patch, (1 - train) * streak  # trains stand out of what is around them
        value = 0.04 * fractal(x, y, z, 5000.0, 1.1, pixel_km, seed + 301, False, gradients)
        if wake > 0:
            value += 0.16 * wake * fractal(x, y, z, 1800.0, 0.45, pixel_km, seed + 401, True, gradients)
        if patch > 0:
            value += 0.05 * patch * fractal(x, y, z, 40.0, 0.45, pixel_km, seed + 401, True, gradients)
        if streak > 0:
            turned = SHEAR * np.arcsinh(abs(z) / np.sqrt(max(1e-6, 1 - z * z)))
            c, s = np.cos(turned), np.sin(turned)
            value += 0.11 * streak * fractal(c * x - s * y, s * x + c * y, z, 2400.0, 0.5, NARROWED * pixel_km,
                                             seed + 501, False, gradients)
        value += 0.035 * seen(8.0, pixel_km) * displacement
        out[n] = 1 + min(0.6, max(-0.6, value))
    return out
