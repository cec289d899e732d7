"""Sets of simulated patches whose truth is known, with one property turned, as the patches of Venus are stored."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.base.turned import Turned
from paper_repro.patches import dataset
from paper_repro.patches.flatten import flatten, to_bytes
from paper_repro.simulated import venus_patches
from paper_repro.simulated.venus_fields import TYPES


def make_set(run: Run, turned: Turned) -> Made:
    """Draw one set of patches, stretched and flattened as those of Venus are (Sect. 3.1.5), with their true types."""
    table = pd.DataFrame({"id": range(turned.patches), "source": "simulated", "label": turned.kinds(TYPES)})
    about = dataset.save(run.patches(turned.name), _images(run, turned), table)
    return Made({**about, "patches": turned.patches, "classes": list(TYPES)})


def _images(run: Run, turned: Turned) -> Iterator[NDArray[np.uint8]]:
    progress = Progress(f"{turned.name}: draw", turned.patches, "patches")
    for values, lost in venus_patches.draw(turned):
        patch = to_bytes(interpolated(values, lost, run.profile.patches.resolution_px))
        yield flatten(patch[np.newaxis], run.profile.patches)[0]
        progress.step()


def interpolated(values: NDArray[np.float64], lost: NDArray[np.bool_], side: int) -> NDArray[np.float64]:
    """Values [P, P] of the camera's pixels at side x side positions: each from the nearest that isn't lost."""
    if lost.any():
        from scipy.ndimage import distance_transform_edt

        values = values[tuple(distance_transform_edt(lost, return_distances=False, return_indices=True))]
    place = ((np.arange(side) + 0.5) * len(values) / side).astype(np.int64)
    return values[np.ix_(place, place)]
