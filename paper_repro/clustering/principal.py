"""Two principal components: a map of as few images as t-SNE can't be made of."""

import numpy as np
from numpy.typing import NDArray


def principal(features: NDArray[np.float32]) -> NDArray[np.float64]:
    """The two principal components of features [N, D] with the most variance: [N, 2]."""
    centred = features.astype(np.float64) - features.mean(axis=0, dtype=np.float64)
    u, s, _ = np.linalg.svd(centred, full_matrices=False)
    found = np.zeros((len(features), 2))
    found[:, :min(2, len(s))] = (u * s)[:, :2]
    return found
