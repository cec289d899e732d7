"""Seeded small observations, built in memory: discs and close-ups of a clouded sphere, with faults."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from paper_repro.observations.observation import Observation, wrap
from paper_repro.paper import TABLE4, VENUS_RADIUS_KM, Table4

Floats = NDArray[np.float64]
# brightness factor of the clouds at unit vectors [3, H, W] (planetocentric)
Clouds = Callable[[Floats], Floats]


def small(resolution_px: int = 32, interpolation: Literal["nearest", "linear", "cubic"] = "nearest") -> Table4:
    """Table 4 with fewer pixels a patch, so that the literal version is quick."""
    return replace(TABLE4, resolution_px=resolution_px, interpolation=interpolation)


def unit(longitude_deg: float, latitude_deg: float) -> Floats:
    longitude, latitude = np.deg2rad(longitude_deg), np.deg2rad(latitude_deg)
    return np.array([np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)])


def smooth_clouds(rng: np.random.Generator, wavelength_km: float, contrast: float) -> Clouds:
    """A sum of plane waves through space, of random direction and phase."""
    waves = rng.normal(size=(12, 3))
    waves *= (2 * np.pi * VENUS_RADIUS_KM / wavelength_km * rng.uniform(0.3, 1, 12) / np.linalg.norm(waves, axis=1))[
        :, None
    ]
    phases = rng.uniform(0, 2 * np.pi, 12)

    def clouds(points: Floats) -> Floats:
        total = np.zeros(points.shape[1:])
        for wave, phase in zip(waves, phases, strict=True):
            total += np.cos(np.tensordot(wave, points, 1) + phase)
        return 1 + contrast * total / np.sqrt(6)

    return clouds


def featureless(points: Floats) -> Floats:
    return np.ones(points.shape[1:])


@dataclass(frozen=True)
class Scene:
    """Where the camera and the Sun stand, and what is wrong with the detector."""

    size: int = 128
    km_px: float = 105.0
    observer: tuple[float, float] = (0.0, 0.0)  # longitude, latitude (deg) in the middle of the frame
    tilt_deg: float = 0.0  # the line of sight is inclined by this to the normal there
    sun: tuple[float, float] = (20.0, 5.0)
    roll_deg: float = 0.0
    k: float = 0.75
    i0: float = 100.0
    noise: float = 0.005  # of the brightness
    invalid_share: float = 0.0
    hot_pixels: int = 0
    ragged: bool = False
    instrument: Literal["uvi", "vmc"] = "uvi"


def observe(scene: Scene, clouds: Clouds = featureless, seed: int = 0, quantum_deg: float = 0.0) -> Observation:
    """An orthographic camera's view of the unit sphere.

    quantum_deg: longitudes and latitudes are rounded to multiples of it.
    """
    rng = np.random.default_rng(seed)
    points, seen, towards = camera(scene)
    mu = np.tensordot(towards, points, 1)
    mu0 = np.tensordot(unit(*scene.sun), points, 1)
    lit = seen & (mu0 > 0)
    image = np.zeros(seen.shape)
    image[lit] = scene.i0 * mu[lit] ** (scene.k - 1) * mu0[lit] ** scene.k * clouds(points)[lit]
    image *= 1 + scene.noise * rng.normal(size=image.shape)
    if scene.hot_pixels:
        image.flat[rng.integers(0, image.size, scene.hot_pixels)] *= rng.uniform(2, 8, scene.hot_pixels)
    invalid = ~seen
    invalid |= rng.random(seen.shape) < scene.invalid_share
    if scene.ragged:
        invalid |= ragged(rng, scene.size)
    off, missing = (np.nan, -3.4e38) if scene.instrument == "uvi" else (-1e32, -1.0)
    image[invalid & seen] = missing
    planes = (
        np.rad2deg(np.arccos(np.clip(mu0, -1, 1))),
        np.rad2deg(np.arccos(np.clip(mu, -1, 1))),
        np.rad2deg(np.arcsin(np.clip(points[2], -1, 1))),
        np.rad2deg(np.arctan2(points[1], points[0])),
    )
    incidence, emission, latitude, longitude = (np.where(seen, plane, off).astype(np.float32) for plane in planes)
    if quantum_deg:
        for plane in (latitude, longitude):
            plane[seen] = np.round(plane[seen].astype(np.float64) / quantum_deg) * quantum_deg
    longitude[seen] = wrap(longitude[seen])
    return Observation(
        image=image.astype(np.float32),
        incidence=incidence,
        emission=emission,
        latitude=latitude,
        longitude=longitude,
        invalid=invalid,
        subsolar_longitude=float((scene.sun[0] + 180) % 360 - 180),
        resolution_m_px=1000 * scene.km_px,
        time_utc="2015-12-07T05:23:31.499",
        source="made.fit",
        instrument=scene.instrument,
    )


def camera(scene: Scene) -> tuple[Floats, NDArray[np.bool_], Floats]:
    """Unit vectors [3, H, W] the pixels look at, where they meet the sphere, and the direction to the observer."""
    longitude, latitude = (np.deg2rad(angle) for angle in scene.observer)
    centre = unit(*scene.observer)
    north = np.array([-np.sin(latitude) * np.cos(longitude), -np.sin(latitude) * np.sin(longitude), np.cos(latitude)])
    east = np.array([-np.sin(longitude), np.cos(longitude), 0.0])
    roll, tilt = np.deg2rad(scene.roll_deg), np.deg2rad(scene.tilt_deg)
    right, up = np.cos(roll) * east + np.sin(roll) * north, np.cos(roll) * north - np.sin(roll) * east
    towards, up = np.cos(tilt) * centre - np.sin(tilt) * up, np.cos(tilt) * up + np.sin(tilt) * centre
    # the frame is shifted in the image plane, so that it is the point `observer` that lies in its middle
    middle = (scene.size - 1) / 2
    rows, columns = np.mgrid[: scene.size, : scene.size]
    across = (columns - middle) * scene.km_px / VENUS_RADIUS_KM + right @ centre
    along = (middle - rows) * scene.km_px / VENUS_RADIUS_KM + up @ centre
    depth2 = 1 - across**2 - along**2
    seen = depth2 > 1e-6
    depth = np.sqrt(np.where(seen, depth2, 1.0))
    points = np.multiply.outer(right, across) + np.multiply.outer(up, along) + np.multiply.outer(towards, depth)
    return points, seen, towards


def ragged(rng: np.random.Generator, size: int) -> NDArray[np.bool_]:
    """A corner cut off aslant, a few blocks and lines missing."""
    rows, columns = np.mgrid[:size, :size] / size
    slope, height = rng.uniform(0.2, 3), rng.uniform(0.1, 0.5)
    missing: NDArray[np.bool_] = rows + slope * columns < height
    for _ in range(3):
        y, x = rng.integers(0, size, 2)
        height_px, width_px = rng.integers(1, size // 6, 2)
        missing[y : y + height_px, x : x + width_px] = True
    missing[rng.integers(0, size)] = True
    return missing


KM_PX = {3000.0: 105.0, 500.0: 14.0, 25.0: 0.7}  # fit for patches of 32 px


def random_scene(rng: np.random.Generator, scale_km: float) -> Scene:
    """A disc (3000 km) or a close-up (500 and 25 km) somewhere on the planet, often at a pole or the date line."""
    longitude = float(rng.choice([180.0, -179.9, rng.uniform(-180, 180)]))
    latitude = float(rng.choice([90.0, -89.7, 0.0, rng.uniform(-80, 80)]))
    disc = scale_km > 1000
    return Scene(
        size=int(rng.integers(116, 140)),
        km_px=KM_PX[scale_km] * rng.uniform(0.8, 1.1),
        observer=(longitude, latitude),
        tilt_deg=0.0 if disc else float(rng.uniform(0, 45)),
        # near the observer, so that a pole is lit too
        sun=(longitude + rng.uniform(-40, 40), float(np.clip(latitude + rng.uniform(-25, 25), -89, 89))),
        roll_deg=float(rng.uniform(0, 360)),
        k=float(rng.uniform(0.55, 0.95)),
        noise=float(rng.uniform(0.002, 0.02)),
        invalid_share=float(rng.choice([0.0, 0.02, 0.3])),
        hot_pixels=int(rng.choice([0, 10])),
        ragged=bool(rng.random() < 0.4),
        instrument="vmc" if scale_km == 25.0 else "uvi",
    )


def random_observation(seed: int, scale_km: float) -> Observation:
    """One of the randomised observations of the equality test."""
    rng = np.random.default_rng(seed)
    scene = random_scene(rng, scale_km)
    return observe(scene, smooth_clouds(rng, 0.5 * scale_km, float(rng.uniform(0.02, 0.1))), seed)
