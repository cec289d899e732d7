"""A view of the simulated Venus: which point of the cloud sphere each pixel sees, how it is lit, and its radiance.

Light follows Minnaert's law, Eq. 1 of the paper: I = I0 mu0^k mu^(k-1), times the clouds' relative brightness.
"""

import functools
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

import erfa  # comes with astropy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from paper_repro import paper

Array = NDArray[np.float64]
EPOCH = "2006-04-11T00:00:00.000"  # where the cloud frame's longitude equals the body-fixed one
Light = Literal["sun", "night", "heat"]
DAY = 1000.0  # how much brighter than the night side the day side is, about
SIDE_ON = 0.03  # mu is held above this, where Minnaert's law runs away at the limb


@dataclass(frozen=True)
class View:
    """A camera above the sub-spacecraft point (degrees), `distance_km` from Venus' centre, looking at the aim point.

    ifov: radians a pixel; shape: (rows, columns); boresight: (row, column) of the aim point; radius_km: of the sphere
    the archive computes geometry on; north_up: rows run southward (VMC) or northward (UVI, whose first row is the
    bottom); roll: degrees the camera is turned about its axis.
    """

    time_utc: str
    longitude: float
    latitude: float
    distance_km: float
    ifov: float
    shape: tuple[int, int]
    boresight: tuple[float, float]
    radius_km: float
    aim: tuple[float, float] | None = None
    roll: float = 0.0
    north_up: bool = False

    @property
    def sun(self) -> tuple[float, float]:
        """Sub-solar (longitude [0, 360), latitude) in degrees."""
        return subsolar(self.time_utc)

    @property
    def hours(self) -> float:
        """Time since EPOCH in hours."""
        return (datetime.fromisoformat(self.time_utc) - datetime.fromisoformat(EPOCH)).total_seconds() / 3600

    @property
    def pixel_km(self) -> float:
        """Size of a pixel on the clouds at the sub-spacecraft point."""
        return self.ifov * (self.distance_km - self.radius_km)


@dataclass(frozen=True)
class Planes:
    """What each pixel sees, float64 [H, W]; degrees (longitude 0 to 360), local time in hours; NaN off the disc."""

    latitude: Array
    longitude: Array
    local_time: Array
    phase: Array
    incidence: Array
    emission: Array
    azimuth: Array


class CloudField(Protocol):
    """Clouds that a camera can look at, as `venus_fields.Field`."""

    def brightness(self, longitude: ArrayLike, latitude: ArrayLike, subsolar: float, hours: float,
                   pixel_km: ArrayLike) -> Array:
        """Relative brightness [N]; see `venus_fields.Field.brightness`."""
        ...


@functools.lru_cache(maxsize=4096)
def subsolar(time_utc: str) -> tuple[float, float]:
    """Sub-solar longitude [0, 360) and latitude of Venus in degrees at an ISO time in UTC.

    From ERFA's planetary theory (Simon et al. 1994), stellar aberration and the IAU rotation: the archive's own truth,
    independent of what the readers compute.
    """
    when = datetime.fromisoformat(time_utc)
    seconds = when.second + when.microsecond / 1e6
    utc = erfa.dtf2d("UTC", when.year, when.month, when.day, when.hour, when.minute, seconds)
    tt = erfa.taitt(*erfa.utctai(*utc))
    orbit = erfa.plan94(*tt, 2)
    light = orbit["v"] / 173.1446326742403  # au a day
    sun = -orbit["p"] / np.linalg.norm(orbit["p"]) + light
    days = (tt[0] - 2451545.0) + tt[1]
    ra, dec, w = np.radians([272.76, 67.16, 160.20 - 1.4813688 * days])
    body = erfa.rz(w, erfa.rx(np.pi / 2 - dec, erfa.rz(np.pi / 2 + ra, np.eye(3)))) @ sun
    latitude = np.degrees(np.arcsin(body[2] / np.linalg.norm(body)))
    return float(np.degrees(np.arctan2(body[1], body[0])) % 360), float(latitude)


def unit(longitude: float | Array, latitude: float | Array) -> Array:
    """Unit vectors [3, ...] of longitudes and latitudes [...] in degrees."""
    a, b = np.radians(longitude), np.radians(latitude)
    return np.array([np.cos(b) * np.cos(a), np.cos(b) * np.sin(a), np.sin(b)])


def geometry(view: View) -> Planes:
    """Intersect each pixel's line of sight with the cloud sphere."""
    position = view.distance_km * unit(view.longitude, view.latitude)
    aim = view.radius_km * unit(*(view.aim or (view.longitude, view.latitude)))
    forward = (aim - position) / np.linalg.norm(aim - position)
    right = np.cross(forward, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    roll = np.radians(view.roll)
    right, up = np.cos(roll) * right + np.sin(roll) * up, np.cos(roll) * up - np.sin(roll) * right
    rows = (np.arange(view.shape[0]) - view.boresight[0]) * view.ifov * (-1 if view.north_up else 1)
    columns = (np.arange(view.shape[1]) - view.boresight[1]) * view.ifov
    sight = forward + columns[None, :, None] * right + rows[:, None, None] * up
    sight /= np.linalg.norm(sight, axis=-1, keepdims=True)

    towards = sight @ position
    discriminant = towards**2 - (view.distance_km**2 - view.radius_km**2)
    discriminant[discriminant < 0] = np.nan
    distance = -towards - np.sqrt(discriminant)
    normal = (position + distance[..., None] * sight) / view.radius_km
    sun_longitude, sun_latitude = view.sun
    sun = unit(sun_longitude, sun_latitude)
    mu0, mu, cos_phase = normal @ sun, -np.einsum("ijk,ijk->ij", normal, sight), -(sight @ sun)
    # azimuth between the planes of incidence and emission, from the spherical triangle
    sines = np.sqrt(np.maximum((1 - mu0**2) * (1 - mu**2), 1e-30))
    longitude = np.degrees(np.arctan2(normal[..., 1], normal[..., 0])) % 360
    return Planes(
        latitude=arc(np.arcsin, normal[..., 2]), longitude=longitude,
        local_time=((sun_longitude - longitude + 180) % 360) / 15, phase=arc(np.arccos, cos_phase),
        incidence=arc(np.arccos, mu0), emission=arc(np.arccos, mu),
        azimuth=arc(np.arccos, (cos_phase - mu * mu0) / sines),
    )


def arc(function: np.ufunc, value: Array) -> Array:
    """Inverse sine or cosine in degrees; rounding beyond [-1, 1] is forgiven, NaN stays."""
    return np.degrees(function(np.clip(value, -1, 1)))


def render(view: View, field: CloudField, k: float, level: float, noise: tuple[float, float],
           rng: np.random.Generator, light: Light = "sun") -> tuple[Array, Planes]:
    """Radiance [H, W] in the unit of `level` (I0, the radiance at mu = mu0 = 1), and the geometry it was made with.

    k: Minnaert's exponent; noise: standard deviations (relative to the signal, absolute). Sky is 0 plus noise. light:
    "sun", Minnaert's law; "heat", the clouds shine by themselves, I = I0 mu^(k-1), day and night; "night", likewise,
    beside a day side that outshines them.
    """
    planes = geometry(view)
    image = np.zeros(view.shape)
    seen = np.isfinite(planes.emission)
    mu0 = np.cos(np.radians(planes.incidence[seen]))
    mu = np.maximum(np.cos(np.radians(planes.emission[seen])), SIDE_ON)
    distance = np.sqrt(view.distance_km**2 - view.radius_km**2 * (1 - mu**2)) - view.radius_km * mu
    # side of a square as large as what a pixel sees there, on the sphere that the clouds' sizes are given on
    footprint = view.ifov * distance / np.sqrt(mu) * (paper.VENUS_RADIUS_KM / view.radius_km)
    lit = mu0 > 0 if light == "sun" else np.ones(mu0.shape, np.bool_)
    radiance = np.zeros(lit.shape)
    clouds = field.brightness(planes.longitude[seen][lit], planes.latitude[seen][lit], view.sun[0], view.hours,
                              footprint[lit])
    radiance[lit] = level * clouds * (mu0[lit] ** k if light == "sun" else 1) * mu[lit] ** (k - 1)
    if light == "night":
        radiance += DAY * level * np.maximum(mu0, 0)
    image[seen] = radiance
    draws = rng.standard_normal((2, *view.shape))
    return image * (1 + noise[0] * draws[0]) + noise[1] * draws[1], planes


def disc_window(view: View, margin: int) -> int:
    """Smallest multiple of 16 px that holds the disc of a view straight down, with a margin on each side."""
    half = np.tan(np.arcsin(view.radius_km / view.distance_km)) / view.ifov + margin
    return int(np.ceil(2 * half / 16) * 16)
