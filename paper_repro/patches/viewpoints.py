"""Sect. 3.1.2: the points centred on (1, 0, 0), and the grid of viewpoints (Eq. 4) within the data's bounds.

Frames: "planet" has x towards longitude 0 and z north; "centred" has the median of the points on (1, 0, 0).
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from paper_repro.observations.observation import VENUS, Planet
from paper_repro.patches.kernels import Reals, turn
from paper_repro.patches.preprocess import Points

MARGIN = 1.01  # viewpoints may lie this much farther out than the points do
Range = tuple[float, float]


@dataclass(frozen=True)
class Frame:
    """The centred frame: centred = matrix @ planet; `points` is [4, N] (centred x, y, z and the value)."""

    matrix: Reals
    points: Reals
    y_range: Range
    z_range: Range


@dataclass(frozen=True)
class Viewpoints:
    """Patch centres in the centred frame: azimuth phi and polar angle theta [M] in radians, unit vectors [M, 3]."""

    phi: Reals
    theta: Reals
    vectors: Reals

    def __len__(self) -> int:
        return len(self.phi)


def centring(points: Points) -> Reals:
    """Rotation about z, then about y, that turns the normalised median of x, y, z onto (1, 0, 0): [3, 3]."""
    middle = np.array([median(points.x), median(points.y), median(points.z)])
    x, y, z = middle / np.linalg.norm(middle)
    level = math.hypot(x, y)
    phi = math.atan2(y, x)
    about_z = np.array([[math.cos(phi), math.sin(phi), 0.0], [-math.sin(phi), math.cos(phi), 0.0], [0.0, 0.0, 1.0]])
    about_y = np.array([[level, 0.0, z], [0.0, 1.0, 0.0], [-z, 0.0, level]])
    matrix: Reals = about_y @ about_z
    return matrix


def median(values: Reals) -> float:
    """Give numpy's median by one partition instead of two."""
    middle = values.size // 2
    parted = np.partition(values, middle)
    upper = float(parted[middle])
    return upper if values.size % 2 else (float(parted[:middle].max()) + upper) / 2


def centred(points: Points, matrix: Reals) -> Frame:
    """Turn all points into the centred frame, once for all viewpoints and scales."""
    turned = np.empty((4, points.kept))
    turn(points.x, points.y, points.z, matrix, turned)
    turned[3] = points.value
    y, z = turned[1], turned[2]
    return Frame(matrix, turned, (float(y.min()), float(y.max())), (float(z.min()), float(z.max())))


def grid(scale_km: float, y_range: Range, z_range: Range, *, planet: Planet = VENUS) -> Viewpoints:
    """Viewpoints a step of Eq. 4 apart that look at the near side within 1.01 x the ranges of the points.

    theta rises from (pi/2 mod d) to pi, and for each theta phi from pi + (pi mod d) round the circle, so one viewpoint
    lies on (1, 0, 0). Only rows and columns that can reach into the ranges are computed.
    """
    step = 2 * math.asin(scale_km / (2 * planet.radius_km))
    y_low, y_high = (MARGIN * bound for bound in y_range)
    z_low, z_high = (MARGIN * bound for bound in z_range)
    first_theta, first_phi = (math.pi / 2) % step, math.pi + math.pi % step
    theta = axis(first_theta, step, math.acos(clipped(z_high)), math.acos(clipped(z_low)), math.pi)
    phis, thetas = [np.empty(0)], [np.empty(0)]
    for angle in theta:
        level = math.sin(angle)
        left, right = (math.asin(clipped(bound / level)) if level > 0 else math.copysign(math.pi / 2, bound)
                       for bound in (y_low, y_high))
        phi = axis(first_phi, step, 2 * math.pi + left, 2 * math.pi + right, first_phi + 2 * math.pi)
        phis.append(phi)
        thetas.append(np.full(phi.size, angle))
    phi, theta = np.concatenate(phis), np.concatenate(thetas)
    vectors = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=1)
    x, y, z = vectors.T
    near = (x >= 0) & (y >= y_low) & (y <= y_high) & (z >= z_low) & (z <= z_high)
    return Viewpoints(phi[near], theta[near], vectors[near])


def axis(first: float, step: float, low: float, high: float, end: float) -> Reals:
    """Those of first, first + step, ... < end that lie in [low, high], and one more on each side if there is one."""
    start = max(math.floor((low - first) / step), 0)
    angles: Reals = first + step * np.arange(start, math.ceil((high - first) / step) + 1, dtype=np.float64)
    return angles[angles < end]


def clipped(value: float) -> float:
    """Limit to [-1, 1]."""
    return min(max(value, -1.0), 1.0)


def trace_back(vectors: Reals, matrix: Reals) -> tuple[Reals, Reals]:
    """Longitude in [-180, 180) and latitude in degrees of centred unit vectors [M, 3]."""
    x, y, z = (vectors @ matrix).T  # the inverse of a rotation is its transpose
    longitude: Reals = np.degrees(np.arctan2(y, x))
    longitude[longitude >= 180] -= 360
    return longitude, np.degrees(np.arctan2(z, np.hypot(x, y)))


def local_time_h(longitude_deg: ArrayLike, subsolar_longitude_deg: float, planet: Planet = VENUS) -> Reals:
    """Local time in hours [0, 24): 12 under the Sun; later towards the west on a planet that turns backwards."""
    longitude: NDArray[np.float64] = np.asarray(longitude_deg, dtype=np.float64)
    west = subsolar_longitude_deg - longitude
    hours: Reals = ((west if planet.retrograde else -west) + 180) % 360 / 15
    return np.where(hours >= 24, 0.0, hours)  # % 360 of a tiny negative number rounds to 360
