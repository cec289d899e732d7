"""Sect. 3.1.3 and 3.1.4: the window about each viewpoint, its density checks, and the interpolated patch.

No viewpoint looks at all points: runs of neighbouring points are skipped by their bounding spheres. The patch is seen
from above with north of the centred frame up; columns run from west to east.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.preprocessing import RangeOf
from paper_repro.observations.observation import VENUS, Observation, Planet
from paper_repro.paper import Table4
from paper_repro.patches import windows
from paper_repro.patches.drawn_out import FAR_PX
from paper_repro.patches.flatten import to_bytes
from paper_repro.patches.kernels import Reals
from paper_repro.patches.nearest import nearest
from paper_repro.patches.preprocess import Points, preprocess
from paper_repro.patches.viewpoints import Frame, centred, centring, grid, local_time_h, trace_back

WINDOW = 1.5  # half width of the window in half patches
FINEST = 1.5  # coarsest resolution of an image in pixels of the patch
REASONS = ("global density", "local density", "empty pixel")


@dataclass(frozen=True)
class Patches:
    """The patches of one observation at one scale: images uint8 [n, r, r], a float64 [n] for each column, and the fit.

    `density` is N / (1.5 r)^2; `density_min_bin` the emptiest bin's count / (r / n_bin)^2; `value_min` and `value_max`
    the normalised values that became 0 and 255, those of the patch or of the whole image; `drawn_out` the share of
    pixels farther than `FAR_PX` from every point, where the nearest one is drawn out over empty ground; `rejected`
    counts viewpoints by reason.
    """

    images: NDArray[np.uint8]
    longitude_deg: Reals
    latitude_deg: Reals
    local_time_h: Reals
    density: Reals
    density_min_bin: Reals
    value_min: Reals
    value_max: Reals
    drawn_out: Reals
    minnaert_k: float
    rejected: dict[str, int]


class Projector:
    """Windows of one scale over the points of one frame; its scratch memory serves all viewpoints."""

    def __init__(self, frame: Frame, scale_km: float, planet: Planet = VENUS) -> None:
        self.half = 0.5 * scale_km / planet.radius_km
        self.limit = WINDOW * self.half
        self._points = frame.points
        self._starts, self._spheres = windows.runs(frame.points, 0.5 * self.half)
        self._scratch = np.empty((3, frame.points.shape[1]))

    def window(self, vector: Reals, needed: float = 0.0) -> Reals | None:
        """[3, N] of y, z, value about a viewpoint, valid until the next call; None if fewer than `needed`."""
        count = windows.gather(self._points, self._starts, self._spheres, vector, self.limit, needed, self._scratch)
        return None if count < 0 else self._scratch[:, :count]


def window(points: Points, matrix: Reals, vector: Reals, scale_km: float) -> tuple[Reals, Reals, Reals]:
    """y, z (units of the planet's radius) and values of the points projected about a viewpoint of the centred frame."""
    found = Projector(centred(points, matrix), scale_km).window(np.ascontiguousarray(vector, dtype=np.float64))
    assert found is not None  # nothing was needed
    y, z, value = found
    return y, z, value


def interpolate(window: Reals, half: float, settings: Table4) -> Reals:
    """Values [r, r] at r x r positions from -half to +half, edge to edge; +z in row 0, -y in column 0 (Sect. 3.1.4)."""
    return interpolated(window, half, settings)[0]


def interpolated(window: Reals, half: float, settings: Table4) -> tuple[Reals, float]:
    """The values of `interpolate`, and the share of their positions that are farther than `FAR_PX` from every point."""
    y, z, value = window
    positions = np.linspace(-half, half, settings.resolution_px)
    found = nearest(y, z, WINDOW * half, positions)
    if settings.interpolation == "nearest":
        patch: Reals = value[found]
    else:
        from scipy.interpolate import griddata

        patch = griddata(
            (y, z), value, (positions[np.newaxis, :], positions[:, np.newaxis]), method=settings.interpolation
        )
    away = (y[found] - positions[np.newaxis, :]) ** 2 + (z[found] - positions[:, np.newaxis]) ** 2
    far = FAR_PX * (positions[1] - positions[0])
    return patch[::-1], float(np.mean(away > far**2))


def sparse(window: Reals, half: float, settings: Table4) -> tuple[str, int]:
    """Which density check of Sect. 3.1.3 a window fails, one of `REASONS`, or ""; and the points in its emptiest bin.

    The global one counts the points within the window; in one that fails it bins aren't counted (0).
    """
    side, bins = settings.resolution_px, settings.density_bins
    if window.shape[1] / WINDOW**2 < settings.min_density * side**2:
        return REASONS[0], 0
    emptiest = int(windows.bin_counts(window[0], window[1], np.linspace(-half, half, bins + 1)).min())
    return REASONS[1] if emptiest < settings.min_bin_density * (side / bins) ** 2 else "", emptiest


def at_scale(frame: Frame, scale_km: float, subsolar_longitude_deg: float, k: float, settings: Table4,
             planet: Planet = VENUS, whole: tuple[float, float] | None = None) -> Patches:
    """All patches of one scale, in the order of the viewpoints; whole: the image's range of values, in place of each
    patch's own.
    """  # noqa: D205
    side, bins = settings.resolution_px, settings.density_bins
    projector = Projector(frame, scale_km, planet)
    needed = WINDOW**2 * (settings.min_density * side**2)
    viewpoints = grid(scale_km, frame.y_range, frame.z_range, planet=planet)
    accepted: list[int] = []
    images: list[NDArray[np.uint8]] = []
    numbers: list[tuple[float, ...]] = []
    rejected = Counter(dict.fromkeys(REASONS, 0))
    for place, vector in enumerate(viewpoints.vectors):
        found = projector.window(vector, needed)
        reason, emptiest = (REASONS[0], 0) if found is None else sparse(found, projector.half, settings)
        if found is None or reason:
            rejected[reason] += 1
            continue
        patch, drawn_out = interpolated(found, projector.half, settings)
        low, high = float(patch.min()), float(patch.max())  # both NaN if any pixel is
        if np.isnan(low):
            rejected["empty pixel"] += 1
            continue
        accepted.append(place)
        images.append(to_bytes(patch, whole))
        numbers.append((found.shape[1] / (WINDOW * side) ** 2, emptiest / (side / bins) ** 2, *(whole or (low, high)),
                        drawn_out))
    stack = np.stack(images) if images else np.empty((0, side, side), np.uint8)
    density, density_min_bin, value_min, value_max, drawn = np.array(numbers, dtype=np.float64).reshape(-1, 5).T
    longitude, latitude = trace_back(viewpoints.vectors[accepted], frame.matrix)
    hours = local_time_h(longitude, subsolar_longitude_deg, planet)
    return Patches(
        stack, longitude, latitude, hours, density, density_min_bin, value_min, value_max, drawn, k,
        dict(rejected)
    )


def patches_of(observation: Observation, scales_km: Sequence[float], settings: Table4,
               normalisation: RangeOf = "patch") -> dict[float, Patches]:
    """Patches of an observation at each scale it resolves; the image is pre-processed once for all of them.

    normalisation: values become 0 to 255 from minimum to maximum of each "patch", or of the whole "image": of all its
    pixels that are kept, after the law of darkening, so that patches of an image can be compared. A scale is skipped
    unless the best resolution is below 1.5 x (scale / r). Raises Unusable.
    """
    metres_a_pixel = {scale: 1000 * scale / settings.resolution_px for scale in scales_km}
    resolved = [scale for scale in scales_km if observation.resolution_m_px < FINEST * metres_a_pixel[scale]]
    if not resolved:
        return {}
    points = preprocess(observation, settings)
    frame = centred(points, centring(points))
    whole = (float(points.value.min()), float(points.value.max())) if normalisation == "image" else None
    return {scale: at_scale(frame, scale, observation.subsolar_longitude, points.k, settings, observation.planet, whole)
            for scale in resolved}
