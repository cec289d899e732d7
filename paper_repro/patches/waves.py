"""How much of a patch's structure runs in one direction, as the crests of a wave train do (Sect. 4.2.3)."""

import numpy as np
from numpy.typing import NDArray

from paper_repro.patches.batches import batches

SHORTEST_PX, LONGEST_PX = 4.0, 32.0  # wavelengths that count
SECTORS = 12  # of 15 degrees each: a direction and its opposite are one


def wave_score(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Share of the strongest of 12 directions in the power of flattened patches uint8 [N, r, r]: float64 [N].

    Power of the two-dimensional Fourier transform of the patch, less its mean, under a Hann window, at wavelengths of 4
    to 32 px; the first sector is centred on waves that run along the rows. Between 1/12 (all directions alike) and 1; 0
    where there is no such power.
    """
    side = images.shape[1]
    sector = sectors(side)
    window = np.hanning(side)[:, None] * np.hanning(side)
    scores = np.zeros(len(images))
    for part in batches(images):
        patches = images[part].astype(np.float64)
        patches -= patches.mean(axis=(1, 2), keepdims=True)
        power = np.abs(np.fft.fft2(patches * window)) ** 2
        strength = np.stack([power[:, sector == one].sum(axis=1) for one in range(SECTORS)], axis=1)
        total = strength.sum(axis=1)
        # rounding leaves a constant patch with a trace
        counts = np.ptp(images[part], axis=(1, 2)) > 0
        scores[part] = np.divide(strength.max(axis=1), total, out=np.zeros_like(total), where=counts & (total > 0))
    return scores


def sectors(side: int) -> NDArray[np.int64]:
    """Sector 0 ... 11 of each frequency of a transform [side, side]; -1 where the wavelength does not count."""
    frequency = np.fft.fftfreq(side)
    rows, columns = frequency[:, None], frequency[None, :]
    radius = np.hypot(rows, columns)
    degrees = np.degrees(np.arctan2(rows, columns)) % 180
    sector = np.floor((degrees / (180 / SECTORS) + 0.5) % SECTORS).astype(np.int64)
    counted = (radius * LONGEST_PX >= 1) & (radius * SHORTEST_PX <= 1)
    return np.where(counted, sector, -1)
