"""Simulated photographs of the sky: the embedded stand-in for Cloud-ImVN 1.0 (Sect. 2.3), in the same six classes.

An image is a crop of a sky camera's view, drawn in four steps; every number comes from the ranges in `LAWS`:
1. Sky: blue at the zenith, paler towards the horizon, with a glow around the sun, which is mostly out of the picture.
2. Clouds: a random field f with power spectrum 1 / k^slope (k the spatial frequency), stretched along a random wind;
   in part replaced by noise of one wavelength only, which makes the cells and ripples of altocumulus.
   Where f exceeds the threshold that leaves the share `cover`, there is cloud of optical depth `depth`, with edges
   `softness` standard deviations of f wide. Haze lies over everything.
3. Light: opacity 1 - exp(-optical depth); cloud of the given brightness, shaded by the slope of f towards the sun and
   darker where it is thick.
4. Camera: exposure, white balance, vignetting, noise, 8 bit.
Classes overlap in the ranges (haze and veil, thin and thick, bright overcast and thick white), as they do in the sky.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import fft, ndimage

from paper_repro import paper
from paper_repro.base import stopping
from paper_repro.base.errors import UserError

Range = tuple[float, float]
Image = NDArray[np.float64]  # [S, S] or [S, S, 3], 0 to 1


@dataclass(frozen=True)
class Law:
    """Ranges that one class is drawn from, uniformly.

    slope: of the power spectrum; stretch: length to width of structures; cover: share of the sky under cloud;
    softness: width of cloud edges in standard deviations; depth: optical depth of cloud; bright: of cloud, 0 to 1;
    relief: contrast of sunlit and shaded flanks; cells: number of cells along the image's side; cellular: their share
    of the field; haze: optical depth over everything.
    """

    slope: Range
    stretch: Range
    cover: Range
    softness: Range
    depth: Range
    bright: Range
    relief: Range
    haze: Range
    cells: Range = (9, 22)
    cellular: Range = (0, 0)


LAWS = {
    "Clear sky": Law(slope=(3.4, 4.4), stretch=(1, 5), cover=(0.3, 0.9), softness=(0.8, 1.6), depth=(0.0, 0.28),
                     bright=(0.78, 0.95), relief=(0, 0.01), haze=(0.0, 0.25)),
    "Patterned": Law(slope=(2.6, 3.4), stretch=(1, 2.2), cover=(0.4, 0.85), softness=(0.35, 1.0), depth=(0.6, 2.2),
                     bright=(0.76, 0.98), relief=(0.01, 0.06), haze=(0.0, 0.35), cellular=(0.45, 0.85)),
    "Veil": Law(slope=(3.2, 4.4), stretch=(1.5, 6), cover=(0.6, 1.0), softness=(0.7, 1.6), depth=(0.25, 1.6),
                bright=(0.72, 0.96), relief=(0, 0.02), haze=(0.1, 0.6)),
    "Thin white": Law(slope=(2.5, 3.3), stretch=(1, 4), cover=(0.2, 0.7), softness=(0.3, 1.0), depth=(0.5, 1.8),
                      bright=(0.78, 0.98), relief=(0.0, 0.04), haze=(0.0, 0.3), cellular=(0, 0.1)),
    "Thick white": Law(slope=(3.0, 4.0), stretch=(1, 1.8), cover=(0.35, 0.95), softness=(0.06, 0.45), depth=(1.6, 6),
                       bright=(0.7, 1.0), relief=(0.03, 0.16), haze=(0.0, 0.4)),
    "Thick dark": Law(slope=(3.0, 4.2), stretch=(1, 3), cover=(0.85, 1.0), softness=(0.3, 1.2), depth=(2.5, 7),
                      bright=(0.2, 0.75), relief=(0.005, 0.06), haze=(0.4, 2.0)),
}
ZENITH_DEEP, ZENITH_PALE, HORIZON = (0.21, 0.39, 0.63), (0.42, 0.60, 0.80), (0.72, 0.80, 0.87)


def generate(per_class: int, side: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw `per_class` images of each class, `side` px square: images uint8 [6 N, side, side, 3], labels int64 [6 N].

    Labels index `paper.CLASS_NAMES`; images are in the order of the classes. Image i of a class depends on `seed`,
    `side` and i only, so that a larger sample begins with the smaller one.
    Raises UserError for fewer than two images of each class, or a side below 16 px.
    """
    if per_class < 2 or side < 16:
        raise UserError(f"A simulated sample needs at least 2 images per class of at least 16 px, found {per_class} of "
                        f"{side} px; change per_class or side under [photographs] in the profile.")
    images = np.empty((len(paper.CLASS_NAMES) * per_class, side, side, 3), dtype=np.uint8)
    labels = np.repeat(np.arange(len(paper.CLASS_NAMES)), per_class)
    for row, label in enumerate(labels):
        stopping.check()
        sequence = np.random.SeedSequence(seed, spawn_key=(int(label), row % per_class))
        images[row] = photograph(LAWS[paper.CLASS_NAMES[label]], side, np.random.default_rng(sequence))
    return images, labels.astype(np.int64)


def photograph(law: Law, side: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw one image of a class: uint8 [side, side, 3]."""
    across, down = np.meshgrid(*(np.linspace(-0.5, 0.5, side),) * 2)
    sun = rng.uniform(0.35, 2.0) * unit(rng.uniform(0, 2 * np.pi))  # from the centre, in sides of the image
    glow = np.exp(-np.hypot(across - sun[0], down - sun[1]) / rng.uniform(0.2, 0.7))

    f = field(law, side, rng)
    cover, softness = rng.uniform(*law.cover), rng.uniform(*law.softness)
    above = (f - np.quantile(f, 1 - cover)) / softness
    share = 0.5 * (1 + np.tanh(above))
    depth = rng.uniform(*law.depth) * share * np.exp(0.35 * f - 0.06)
    opacity = 1 - np.exp(-depth - rng.uniform(*law.haze))

    slope = np.array(np.gradient(ndimage.gaussian_filter(f, side / 30)))[::-1]  # across, down
    lit = np.tensordot(sun / np.linalg.norm(sun), slope, axes=1) * side / 5
    shade = rng.uniform(0, 0.03) * depth + rng.uniform(*law.relief) * np.tanh(lit)
    tint = 1 + rng.uniform(-0.025, 0.025) * np.array([1.0, 0.1, -1.0])  # from warm to cool
    cloud = (rng.uniform(*law.bright) - shade + 0.12 * glow)[..., None] * tint

    view = sky(across, down, glow, rng) * (1 - opacity[..., None]) + cloud * opacity[..., None]
    return camera(view, np.hypot(across, down), rng)


def field(law: Law, side: int, rng: np.random.Generator) -> Image:
    """The random field f of step 2: [side, side], mean 0, standard deviation 1."""
    n = fft.next_fast_len(int(1.5 * side), real=True)  # a periodic field, of which less than a period is shown
    ky, kx = np.meshgrid(np.fft.fftfreq(n), np.fft.rfftfreq(n), indexing="ij")
    wind = unit(rng.uniform(0, np.pi))
    stretch = np.sqrt(rng.uniform(*law.stretch))
    k = np.hypot((kx * wind[0] + ky * wind[1]) * stretch, (ky * wind[0] - kx * wind[1]) / stretch)
    k[0, 0] = np.inf
    noise = fft.rfft2(rng.standard_normal((n, n)))
    fractal = fft.irfft2(noise * k ** (-rng.uniform(*law.slope) / 2), s=(n, n))[:side, :side]
    f = fractal / fractal.std()
    cellular = rng.uniform(*law.cellular)
    if cellular > 0:
        wave = rng.uniform(*law.cells) / side
        ring = np.exp(-0.5 * ((k - wave) / (0.35 * wave)) ** 2)
        waves = fft.irfft2(fft.rfft2(rng.standard_normal((n, n))) * ring, s=(n, n))[:side, :side]
        f = np.sqrt(1 - cellular) * f + np.sqrt(cellular) * waves / waves.std()
    normal: Image = (f - f.mean()) / f.std()
    return normal


def sky(across: Image, down: Image, glow: Image, rng: np.random.Generator) -> Image:
    """The cloudless sky of step 1: [side, side, 3]."""
    zenith = mix(np.array(ZENITH_DEEP), np.array(ZENITH_PALE), rng.uniform(0, 1))
    horizon = unit(rng.uniform(0, 2 * np.pi))
    height = np.clip(rng.uniform(0, 0.25) + rng.uniform(0, 0.45) * (across * horizon[0] + down * horizon[1]), 0, 1)
    blue = mix(zenith, np.array(HORIZON), height[..., None])
    return mix(blue, np.ones(3), np.clip(rng.uniform(0.2, 0.8) * glow, 0, 1)[..., None])


def camera(view: Image, radius: Image, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Step 4: what an 8-bit camera makes of the view."""
    gain = rng.uniform(0.82, 1.12) * (1 + rng.uniform(-0.015, 0.015, 3))
    fall_off = 1 - rng.uniform(0, 0.25) * radius**2
    seen = view * gain * fall_off[..., None] + rng.normal(0, rng.uniform(0.002, 0.012), view.shape)
    return np.round(255 * np.clip(seen, 0, 1)).astype(np.uint8)


def mix(a: Image, b: Image, share: Image | float) -> Image:
    """From `a` (share 0) to `b` (share 1)."""
    return a + (b - a) * share


def unit(angle: float) -> NDArray[np.float64]:
    """The unit vector at an angle in radians: [2]."""
    return np.array([np.cos(angle), np.sin(angle)])
