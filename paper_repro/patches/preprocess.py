"""Sect. 3.1.1: invalid pixels and large angles removed, Minnaert normalisation (Eq. 1-3), outliers removed.

All arithmetic is in float64. `preprocess` is the compiled way to the points; `stages` does the same in plain numpy
and keeps what each step gives, for the figures.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.preprocessing import Side
from paper_repro.observations.observation import Observation
from paper_repro.paper import Table4
from paper_repro.patches import kernels
from paper_repro.patches.kernels import Mask, Reals


class Unusable(Exception):  # noqa: N818 -- it is no mistake of anyone's: this observation gives no patches
    """No patch can be made of an observation; the message is the reason in words."""


@dataclass(frozen=True)
class Points:
    """Kept pixels in raster order on the unit sphere: x towards longitude 0, z north; normalised values; the fit."""

    x: Reals
    y: Reals
    z: Reals
    value: Reals
    k: float
    log_i0: float
    kept: int


@dataclass(frozen=True)
class Stages:
    """What each step of Sect. 3.1.1 gives, as [H, W] planes (Figs 3-6).

    `lit`: valid and within the angle threshold; `normalised`: Eq. 3, NaN where not lit; `difference`: 3 x 3 median
    minus value, NaN where not lit; `outlier`: lit, and farther than t_o sigma_d from the median.
    """

    valid: Mask
    lit: Mask
    k: float
    log_i0: float
    normalised: Reals
    difference: Reals
    outlier: Mask


def preprocess(observation: Observation, settings: Table4) -> Points:
    """Turn an observation into points on the sphere (Sect. 3.1.1 and the mapping of Sect. 3.1.2), in compiled code.

    A step that the observation doesn't take changes nothing. Without a law of darkening, or where there is no fit (no
    pixel with a positive radiance, or the same angles everywhere), values stay as they are, and k and log I0 are NaN.
    Raises Unusable if no pixel is left.
    """
    angle, steps = settings.angle_threshold_deg, observation.preprocessing
    incidence, invalid = light(observation, settings)
    image, incidence, emission, latitude, longitude = (
        np.ascontiguousarray(plane, dtype=np.float32)
        for plane in (observation.image, incidence, observation.emission, observation.latitude, observation.longitude)
    )
    invalid = np.ascontiguousarray(invalid, dtype=np.bool_)
    lit = np.empty(image.shape, np.bool_)
    values = np.empty(image.shape)
    packed = np.empty((4, image.size))
    count = kernels.minnaert_terms(
        image, incidence, emission, invalid, angle, lit, values, *packed[:3]
    )
    brightness, abscissa, ordinate, difference = packed[:, :count]
    some_lit(count, steps.side)
    k, log_i0 = math.nan, math.nan
    if steps.darkening != "none":
        _, k, log_i0 = kernels.line(abscissa, ordinate)
        if not math.isnan(k):
            kernels.normalise(lit, brightness, abscissa, k, values)
    sigma = kernels.differences(lit, values, difference)
    # the points take the place of the terms: each is written behind where its difference was read
    limit = settings.outlier_sigmas * sigma if steps.outliers else math.inf
    kept = kernels.to_sphere(lit, difference, limit, latitude, longitude, values, packed)
    if kept == 0:
        raise Unusable("every pixel is an outlier")
    x, y, z, value = packed[:, :kept]
    return Points(x, y, z, value, k, log_i0, kept)


def light(observation: Observation, settings: Table4) -> tuple[NDArray[np.float32], Mask]:
    """The incidence that Eq. 1 to 3 take, and the pixels left out as invalid or on the side that isn't wanted.

    Where light doesn't darken with the incidence (`Preprocessing.darkening`), all have incidence 0, so that mu0 = 1.
    """
    steps, incidence, invalid = observation.preprocessing, observation.incidence, observation.invalid
    if steps.darkening == "minnaert":
        return incidence, invalid  # the side is left to the limit on both angles
    with np.errstate(invalid="ignore"):
        if steps.side == "day":
            invalid = invalid | ~(incidence <= settings.angle_threshold_deg)
        elif steps.side == "night":
            invalid = invalid | ~(incidence >= 180 - settings.angle_threshold_deg)
    return np.zeros_like(incidence), invalid


def some_lit(count: int, side: Side = "day") -> None:
    """Raise Unusable if no pixel is lit, or what stands for lit on the side that is kept."""
    if count == 0:
        raise Unusable("no valid pixel within the angle threshold" + (" on the night side" if side == "night" else ""))


def stages(observation: Observation, settings: Table4) -> Stages:
    """Sect. 3.1.1 step by step in plain numpy, equal to `preprocess`; raises Unusable likewise."""
    steps, angle = observation.preprocessing, settings.angle_threshold_deg
    incidence, left_out = light(observation, settings)
    image, incidences, emission = (
        np.asarray(plane, dtype=np.float64) for plane in (observation.image, incidence, observation.emission)
    )
    valid = ~np.asarray(left_out, dtype=np.bool_)
    lit = valid & (incidences <= angle) & (emission <= angle)
    value, mu, mu0 = image[lit], np.cos(np.radians(emission[lit])), np.cos(np.radians(incidences[lit]))
    some_lit(value.size, steps.side)
    k, log_i0, normalised = math.nan, math.nan, value
    if steps.darkening != "none":
        used = (mu * mu0 > 0) & (mu * value > 0)
        k, log_i0 = fit(np.log((mu * mu0)[used]), np.log((mu * value)[used]))
        normalised = value if math.isnan(k) else value / (mu ** (k - 1) * mu0**k)
    mixed = image.copy()  # masked pixels take part in the median with their raw values
    mixed[lit] = normalised
    from scipy import ndimage  # of the plain way alone, which figures show

    difference = ndimage.median_filter(mixed, size=3, mode="reflect") - mixed
    limit = settings.outlier_sigmas * float(difference[lit].std()) if steps.outliers else math.inf
    outlier = lit & (np.abs(difference) > limit)
    return Stages(valid, lit, k, log_i0, plane(lit, normalised), plane(lit, difference[lit]), outlier)


def fit(abscissa: Reals, ordinate: Reals) -> tuple[float, float]:
    """Ordinary least squares: slope and intercept; NaN without points or with equal abscissae."""
    if abscissa.size == 0 or abscissa.min() == abscissa.max():
        return math.nan, math.nan
    x, y = abscissa - abscissa.mean(), ordinate - ordinate.mean()
    slope = float((x * y).sum() / (x * x).sum())
    return slope, float(ordinate.mean() - slope * abscissa.mean())


def plane(where: Mask, values: NDArray[np.float64]) -> Reals:
    """Put packed values back where they belong; NaN elsewhere."""
    full = np.full(where.shape, np.nan)
    full[where] = values
    return full
