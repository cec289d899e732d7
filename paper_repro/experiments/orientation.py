"""Whether images keep their class when they are turned (Sect. 3.2.2): counted on their features at 24 angles."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import write_csv
from paper_repro.clustering import nearest_class
from paper_repro.clustering.nearest_class import Known
from paper_repro.experiments.settings import ANGLES, ORIENTATION_FILES


def classes_at_angles(values: NDArray[np.float32], features: NDArray[Any], labels: NDArray[np.int64]
                      ) -> NDArray[np.int64]:
    """Class [M, A], by the nearest mean, of the features [M, A, D]; labels [N]: of the set's `features` [N, D]."""
    known = Known(nearest_class.centres_of(features, labels), np.empty((0, features.shape[1])), labels[:0])
    far = nearest_class.distances(values.reshape(-1, values.shape[2]), known, "centre")
    return nearest_class.nearest(far)[0].reshape(values.shape[:2])


def kept(classes: NDArray[np.int64], names: Sequence[str]) -> pd.DataFrame:
    """Of classes [M, A] of images at ANGLES: a row for each class that is unturned, and one for "all".

    images; kept: mean share of the turns that don't change the class; all: share of images that no turn changes.
    """
    same = classes[:, 1:] == classes[:, :1]
    parts = [(name, same[classes[:, 0] == c]) for c, name in enumerate(names)]
    return pd.DataFrame([{"class": name, "images": len(part), "kept": part.mean() if len(part) else np.nan,
                          "all": part.all(axis=1).mean() if len(part) else np.nan}
                         for name, part in [*parts, ("all", same)]])


def write(folder: Path, classes: NDArray[np.int64], names: Sequence[str]) -> pd.DataFrame:
    """Write orientation.csv, what is `kept`, which is returned, and orientation_angles.csv (angle_deg, kept)."""
    by_class, by_angle_file = (folder / file for file in ORIENTATION_FILES)
    table = kept(classes, names)
    write_csv(by_class, table)
    by_angle = (classes[:, 1:] == classes[:, :1]).mean(axis=0) if len(classes) else np.nan
    write_csv(by_angle_file, pd.DataFrame({"angle_deg": ANGLES[1:], "kept": by_angle}))
    return table
