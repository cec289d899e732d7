"""How photographs are changed, to see how far their embeddings move."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from paper_repro.patches.photographs import to_gray

DIMMED, FLATTER = 0.75, 0.75
GRADIENT = 0.2  # of the range, at the right edge; minus as much at the left
Images = NDArray[np.uint8]


def quarter_turn(images: Images) -> Images:
    """Images [N, S, S, 3] turned by 90 degrees."""
    return np.ascontiguousarray(np.rot90(images, axes=(1, 2)))


def halved(images: Images) -> Images:
    """Images [N, S, S, 3] at half their side, enlarged again (bilinear)."""
    side = images.shape[1]
    return np.stack([np.asarray(Image.fromarray(image).resize((side // 2, side // 2), Image.Resampling.BILINEAR)
                                .resize((side, side), Image.Resampling.BILINEAR)) for image in images])


def dimmed(images: Images) -> Images:
    """Images with their brightness times 0.75."""
    return _rounded(DIMMED * images.astype(np.float64))


def flatter(images: Images) -> Images:
    """Images [N, S, S, 3] with their contrast about the mean of each (of its gray version) times 0.75."""
    means = np.array([to_gray(image).mean() for image in images])
    return _rounded(means[:, None, None, None] + FLATTER * (images - means[:, None, None, None]))


def with_gradient(images: Images) -> Images:
    """Images [N, S, S, 3] with a gradient from -20 to 20 % of the range added from left to right."""
    ramp = 255 * np.linspace(-GRADIENT, GRADIENT, images.shape[2])
    return _rounded(images + ramp[:, None])


def _rounded(values: NDArray[np.float64]) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
