"""Sects. 3.1.1 to 3.1.5: rules by which patches are made, found from what the code makes of pixels of our own."""

import bisect
import dataclasses
import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base.preprocessing import AS_IN_PAPER
from paper_repro.base.run import Run
from paper_repro.observations.observation import Observation
from paper_repro.paper import Table4
from paper_repro.patches.flatten import flatten
from paper_repro.patches.preprocess import Points, Unusable, preprocess
from paper_repro.patches.project import sparse
from paper_repro.patches.settings import preprocessing_of
from paper_repro.tables.table2 import plain
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import OF_THE_CODE, Measured, NotRun
from paper_repro.verify.claims.method import COMMAND, holds, number, whole

KERNELS_PX, SIDE_PX = (1, 3, 5, 7, 9), 64  # that are tried; side of an image
NO_OUTLIERS = 1e9  # standard deviations
LEAST_POINTS = paper.TABLE4.min_density * paper.TABLE4.resolution_px**2 * paper.WINDOW_FACTOR**2
LEAST_IN_BIN = paper.TABLE4.min_bin_density * (paper.TABLE4.resolution_px / paper.TABLE4.density_bins) ** 2
FAINT, STRONG = 0.01, 1.0  # contrasts at which nothing is clipped, and a good part


def claims() -> Iterator[Claim]:
    """All claims about the rules by which patches are made."""
    yield number("median", "Sect. 3.1.1", "Side of the median filter by which outliers are found.",
                 paper.OUTLIER_KERNEL_PX, 0, "px", "whole pixels: a filter of that side leaves out the same pixels",
                 median)
    yield holds("angles", "Sect. 3.1.1", f"Unilluminated pixels (incidence above {paper.UNILLUMINATED_DEG:g} deg) are "
                "removed, and those whose incidence or emission is above alpha; no others.", "a pixel for each pair of "
                "whole degrees; alpha is this run's", angles)
    yield number("points", "Sect. 3.1.3", "Fewest points of a projection: the minimum density x r^2 x 1.5^2.",
                 LEAST_POINTS, 0, "points", "a count", fewest_points)
    yield Claim("method.points-in-bin", "Sect. 3.1.3", "setting", "Fewest points of a bin: not less than the minimum "
                f"bin density x (r / n)^2 = {plain(LEAST_IN_BIN)}.", f"{math.ceil(LEAST_IN_BIN)}",
                float(math.ceil(LEAST_IN_BIN)), 0.0, "equal", "points", "a count", ("none",), COMMAND, fewest_in_bin)
    low, high = paper.CLIPPED
    yield Claim("method.clipped", "Sect. 3.1.5", "setting", "Range that a standardised patch is clipped to.",
                f"{low:g} to {high:g}", paper.CLIPPED, 0.01, "range", "", "what 8 bits of each pixel tell", ("none",),
                COMMAND, clipped)


def median(run: Run, _: Claim) -> Measured:
    """Side of the median filter that leaves out the same pixels of a random image as the code does."""
    image = np.random.default_rng(0).random((SIDE_PX, SIDE_PX)).astype(np.float32)
    settings = dataclasses.replace(run.profile.patches, outlier_sigmas=1.0)
    nadir = np.zeros_like(image)
    kept = _points(run, settings, image, nadir, nadir).value
    for side in KERNELS_PX:
        around = np.lib.stride_tricks.sliding_window_view(np.pad(image.astype(np.float64), side // 2, mode="symmetric"),
                                                          (side, side))
        difference = np.median(around, axis=(2, 3)) - image
        if np.array_equal(image[np.abs(difference) <= difference.std()], kept):
            return whole(side)
    return Measured(0.0, "another filter")


def angles(run: Run, _: Claim) -> Measured:
    """Whether just the pixels in the light and within alpha are kept: each tells its angles by where it lies."""
    degrees = np.arange(181, dtype=np.float32)
    incidence, emission = np.meshgrid(degrees, degrees, indexing="ij")
    settings = dataclasses.replace(run.profile.patches, outlier_sigmas=NO_OUTLIERS)
    points = _points(run, settings, np.ones_like(incidence), incidence, emission)
    latitude, longitude = np.degrees(np.arcsin(points.z)), np.degrees(np.arctan2(points.y, points.x))
    found = np.rint(np.array([2 * latitude + 90, 2 * longitude]))
    alpha = settings.angle_threshold_deg
    wanted = (incidence <= min(alpha, paper.UNILLUMINATED_DEG)) & (emission <= alpha)
    return OF_THE_CODE.with_value(np.array_equal(found, np.array([incidence[wanted], emission[wanted]])))


def fewest_points(run: Run, _: Claim) -> Measured:
    """Fewest points of a window that pass both density checks where bins may be empty."""
    settings = dataclasses.replace(run.profile.patches, min_bin_density=0.0)

    def passes(count: int) -> bool:
        return not sparse(np.zeros((3, count)), 1.0, settings)[0]

    return whole(_least(passes, (4 * settings.resolution_px) ** 2))


def fewest_in_bin(run: Run, _: Claim) -> Measured:
    """Fewest points of one bin with which a window passes both density checks, whatever its density as a whole."""
    settings = dataclasses.replace(run.profile.patches, min_density=0.0)
    bins = settings.density_bins
    middles = (np.arange(bins) + 0.5) * 2 / bins - 1
    most = (2 * settings.resolution_px // bins) ** 2

    def passes(count: int) -> bool:
        counts = np.full(bins**2, most)
        counts[0] = count
        y, z = (np.repeat(axis.ravel(), counts) for axis in np.meshgrid(middles, middles))
        return not sparse(np.array([y, z, np.zeros_like(y)]), 1.0, settings)[0]

    return whole(_least(passes, most))


def clipped(run: Run, _: Claim) -> Measured:
    """Standardised values of the darkest and the brightest gray of a flattened patch of which much is clipped.

    The standardised values are those of the same patch with so little contrast that nothing is clipped.
    """
    side = run.profile.patches.resolution_px
    image = np.random.default_rng(0).integers(0, 256, (1, side, side), np.uint8)
    faint, strong = (flatten(image, dataclasses.replace(run.profile.patches, contrast=contrast))[0].astype(np.float64)
                     for contrast in (FAINT, STRONG))
    standard = STRONG * (faint - faint.mean()) / faint.std(ddof=1)
    between = (strong > 0) & (strong < 255)
    slope, darkest = np.polyfit(strong[between] + 0.5, standard[between], 1)  # stored values are cut to whole numbers
    low, high = float(darkest), float(darkest + 255 * slope)
    return Measured((low, high), f"{low:.2f} to {high:.2f}")


def _points(run: Run, settings: Table4, image: NDArray[np.float32], incidence: NDArray[np.float32],
            emission: NDArray[np.float32]) -> Points:
    """What is kept of an image with these angles, pre-processed as the run does with the instrument of the examples.

    Its pixels lie at latitude incidence / 2 - 45 and longitude emission / 2. Raises NotRun where nothing is kept.
    """
    instrument = paper.EXAMPLE_INSTRUMENT
    seen = Observation(
        image, incidence, emission, latitude=np.float32(0.5) * incidence - np.float32(45),
        longitude=np.float32(0.5) * emission, invalid=np.zeros(image.shape, np.bool_), subsolar_longitude=0.0,
        resolution_m_px=1.0, time_utc="", source="", instrument=instrument,
        preprocessing=preprocessing_of(run, instrument) or AS_IN_PAPER)
    try:
        return preprocess(seen, settings)
    except Unusable as why:
        raise NotRun(f"of an image of our own nothing is left: {why}") from None


def _least(passes: Callable[[int], bool], most: int) -> int:
    """The smallest count that passes; `most` where none below does."""
    return bisect.bisect_left(range(most), True, key=passes)
