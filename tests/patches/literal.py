"""Sect. 3.1 word by word and slowly: what the fast code must equal.

Every point is rotated for every viewpoint, the grid is built right round the sphere, scipy interpolates. Nothing of
paper_repro.patches is used, so that no mistake is made twice.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import griddata
from scipy.ndimage import median_filter

from paper_repro.observations.observation import Observation
from paper_repro.paper import VENUS_RADIUS_KM, Table4

Floats = NDArray[np.float64]


class LiteralUnusableError(Exception):
    """The Minnaert fit cannot be made."""


@dataclass(frozen=True)
class LiteralStages:
    valid: NDArray[np.bool_]
    lit: NDArray[np.bool_]
    k: float
    log_i0: float
    normalised: Floats  # raw values where not lit
    difference: Floats
    outlier: NDArray[np.bool_]


@dataclass(frozen=True)
class LiteralPatch:
    viewpoint: int
    image: NDArray[np.uint8]
    longitude_deg: float
    latitude_deg: float
    local_time_h: float
    density: float
    density_min_bin: float
    value_min: float
    value_max: float
    y: Floats  # the window's points, to look at ties
    z: Floats
    half: float


@dataclass(frozen=True)
class LiteralPatches:
    k: float
    phi: Floats
    theta: Floats
    vectors: Floats
    patches: list[LiteralPatch]
    rejected: dict[str, int]


def regression(mu: Floats, mu0: Floats, intensity: Floats) -> tuple[float, float]:
    """Eq. 2: slope k and intercept log(I_0) by ordinary least squares; NaN where there is no fit."""
    usable = (mu * mu0 > 0) & (mu * intensity > 0)
    if not usable.any():
        return np.nan, np.nan
    x = np.log(mu[usable] * mu0[usable])
    y = np.log(mu[usable] * intensity[usable])
    if np.all(x == x[0]):
        return np.nan, np.nan
    k = np.sum((x - np.mean(x)) * (y - np.mean(y))) / np.sum((x - np.mean(x)) ** 2)
    return float(k), float(np.mean(y) - k * np.mean(x))


def stages(observation: Observation, settings: Table4) -> LiteralStages:
    """Sect. 3.1.1."""
    image = observation.image.astype(np.float64)
    incidence = observation.incidence.astype(np.float64)
    emission = observation.emission.astype(np.float64)
    valid = ~observation.invalid
    alpha = settings.angle_threshold_deg
    lit = valid.copy()
    lit[valid] &= (incidence[valid] <= alpha) & (emission[valid] <= alpha)
    if not lit.any():
        raise LiteralUnusableError("no valid pixel")
    mu = np.cos(np.deg2rad(emission[lit]))
    mu0 = np.cos(np.deg2rad(incidence[lit]))
    k, log_i0 = regression(mu, mu0, image[lit])
    normalised = image.copy()  # what is masked keeps its raw value and takes part in the median
    if not np.isnan(k):
        normalised[lit] = image[lit] / (mu ** (k - 1) * mu0**k)  # Eq. 3
    difference = median_filter(normalised, size=3, mode="reflect") - normalised
    outlier = lit & (np.abs(difference) > settings.outlier_sigmas * np.std(difference[lit]))
    return LiteralStages(valid, lit, k, log_i0, normalised, difference, outlier)


def about_z(angle: float) -> Floats:
    return np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])


def about_y(angle: float) -> Floats:
    return np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])


def onto_x(vector: Floats) -> Floats:
    """The rotation about z, then about y, that turns a unit vector onto (1, 0, 0) and keeps north up."""
    turned = about_z(-np.arctan2(vector[1], vector[0])) @ vector
    return about_y(np.arctan2(turned[2], turned[0])) @ about_z(-np.arctan2(vector[1], vector[0]))


def sphere(observation: Observation, kept: NDArray[np.bool_]) -> Floats:
    """Unit vectors [3, N] of the kept pixels."""
    longitude = np.deg2rad(observation.longitude[kept].astype(np.float64))
    latitude = np.deg2rad(observation.latitude[kept].astype(np.float64))
    return np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])


def centring(points: Floats) -> Floats:
    median = np.median(points, axis=1)
    return onto_x(median / np.linalg.norm(median))


def whole_grid(scale_km: float) -> tuple[Floats, Floats]:
    """Eq. 4 right round the sphere: (phi, theta), theta (the angle from +z) in the outer loop."""
    step = 2 * np.arcsin(scale_km / (2 * VENUS_RADIUS_KM))
    start = np.pi + np.pi % step
    phis = start + step * np.arange(int(2 * np.pi / step) + 2)
    thetas = np.pi / 2 % step + step * np.arange(int(np.pi / step) + 2)
    theta, phi = np.meshgrid(thetas[thetas <= np.pi], phis[phis < start + 2 * np.pi], indexing="ij")
    return phi.ravel(), theta.ravel()


def viewpoints(scale_km: float, centred: Floats) -> tuple[Floats, Floats, Floats]:
    """The grid after the pre-selection: phi [M], theta [M], vectors [M, 3]."""
    phi, theta = whole_grid(scale_km)
    vectors = np.array([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)]).T
    _, y, z = centred
    keep = vectors[:, 0] >= 0
    keep &= (vectors[:, 1] >= 1.01 * y.min()) & (vectors[:, 1] <= 1.01 * y.max())
    keep &= (vectors[:, 2] >= 1.01 * z.min()) & (vectors[:, 2] <= 1.01 * z.max())
    return phi[keep], theta[keep], vectors[keep]


def interpolate(y: Floats, z: Floats, value: Floats, half: float, settings: Table4) -> Floats:
    """Sect. 3.1.4: [r_p, r_p], first row northernmost (+z), first column westernmost (-y)."""
    positions = np.linspace(-half, half, settings.resolution_px)
    columns, rows = np.meshgrid(positions, positions[::-1])
    found: Floats = griddata((y, z), value, (columns, rows), method=settings.interpolation)
    return found


def stored(patch: Floats) -> NDArray[np.uint8]:
    low, high = patch.min(), patch.max()
    if low == high:
        return np.zeros(patch.shape, np.uint8)
    return ((patch - low) / (high - low) * 255).astype(np.uint8)


def patches(observation: Observation, scale_km: float, settings: Table4) -> LiteralPatches | None:
    """Sect. 3.1.1 to 3.1.4 for one scale; None if the image is too coarse for it."""
    r_p, n_bin = settings.resolution_px, settings.density_bins
    if not observation.resolution_m_px < 1.5 * 1000 * scale_km / r_p:
        return None
    done = stages(observation, settings)
    kept = done.lit & ~done.outlier
    value = done.normalised[kept]
    points = sphere(observation, kept)
    matrix = centring(points)
    centred = matrix @ points
    phi, theta, vectors = viewpoints(scale_km, centred)
    half = 0.5 * scale_km / VENUS_RADIUS_KM
    made = []
    rejected = {"global density": 0, "local density": 0, "empty pixel": 0}
    for i in range(len(phi)):
        rotated = about_y(np.pi / 2 - theta[i]) @ about_z(-phi[i]) @ centred
        x, y, z = rotated
        inside = (x >= 0) & (np.abs(y) <= 1.5 * half) & (np.abs(z) <= 1.5 * half)
        y, z = y[inside], z[inside]
        if inside.sum() < settings.min_density * r_p**2 * 1.5**2:
            rejected["global density"] += 1
            continue
        counts, _, _ = np.histogram2d(y, z, bins=n_bin, range=[[-half, half], [-half, half]])
        if (counts < settings.min_bin_density * (r_p / n_bin) ** 2).any():
            rejected["local density"] += 1
            continue
        patch = interpolate(y, z, value[inside], half, settings)
        if np.isnan(patch).any():
            rejected["empty pixel"] += 1
            continue
        back = np.linalg.inv(matrix) @ vectors[i]
        longitude = (np.rad2deg(np.arctan2(back[1], back[0])) + 180) % 360 - 180
        made.append(
            LiteralPatch(
                i,
                stored(patch),
                longitude,
                float(np.rad2deg(np.arctan2(back[2], np.hypot(back[0], back[1])))),  # arcsin is coarse at the poles
                (observation.subsolar_longitude - longitude + 180) % 360 / 15,
                inside.sum() / (1.5**2 * r_p**2),
                counts.min() / (r_p / n_bin) ** 2,
                patch.min(),
                patch.max(),
                y,
                z,
                half,
            )
        )
    return LiteralPatches(done.k, phi, theta, vectors, made, rejected)


def reflected(index: int, size: int) -> int:
    """Torch's reflected border: the edge itself is not repeated (c b | a b c | b a)."""
    while not 0 <= index < size:
        index = -index if index < 0 else 2 * (size - 1) - index
    return index


def flatten(image: NDArray[np.uint8], settings: Table4) -> NDArray[np.uint8]:
    """Sect. 3.1.5 of one patch in float64: every weight of the kernel is summed up by itself."""
    patch = image / 255.0
    size, half = patch.shape[0], settings.flatten_kernel_px // 2
    offsets = np.arange(-half, half + 1)
    weights = np.exp(-(offsets**2) / (2.0 * settings.flatten_sigma_px**2))
    weights /= weights.sum()
    blur = np.zeros((size, size))
    for i, row in enumerate(weights):  # the kernel's rows and columns: 97 x 97 shifted copies
        rows = patch[[reflected(r + int(offsets[i]), size) for r in range(size)]]
        for j, column in enumerate(weights):
            blur += row * column * rows[:, [reflected(c + int(offsets[j]), size) for c in range(size)]]
    flat = patch - blur
    if image.min() == image.max():
        return np.zeros(image.shape, np.uint8)  # 0/0 otherwise, and rounding noise is no feature
    flat = (flat - flat.mean()) / flat.std(ddof=1) * settings.contrast
    return stored(np.clip(flat, -1, 1))
