"""Classes against the truth, which only a simulated archive has: what each patch really shows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.files import read_csv, read_json, write_json
from paper_repro.base.run import FLAT, Run
from paper_repro.clustering.stability import agreement
from paper_repro.experiments.settings import TRUTH
from paper_repro.patches.dataset import open_set
from paper_repro.simulated.venus_fields import TYPES, Field


def types(run: Run, name: str) -> NDArray[np.str_]:
    """The simulated feature type of each patch of the set `name` [N]: that with the largest share of its area."""
    raw = run.raw / "truth"
    field = Field(int((read_json(raw / "field.json") or {})["seed"]))
    shots = read_csv(raw / "observations.csv").set_index("source")[["subsolar_longitude_deg", "hours"]]
    scale = next(one.scale_km for one in run.venus_sets if one.name + FLAT == name)
    table = open_set(run.patches(name)).table
    found = np.empty(len(table), dtype=f"<U{max(map(len, TYPES))}")
    for source, rows in table.groupby("source").indices.items():
        subsolar, hours = shots.loc[[str(source)]].to_numpy()[0]
        place = table.iloc[rows][["longitude_deg", "latitude_deg"]].to_numpy()
        found[rows] = field.feature_type(place[:, 0], place[:, 1], subsolar, hours, scale)
    return found


def waves_found(kinds: NDArray[np.str_], labels: NDArray[np.int64]) -> dict[str, Any]:
    """How well one class stands for the waves: the class that holds most of them, its recall and its precision.

    kinds, labels: true type and class of each patch [N], below 0 none. wave_share: of the patches of waves those in
    that class; wave_precision: of that class' patches those of waves. All None where no class has waves.
    """
    of_waves = labels[kinds == "wave"]
    waves = np.bincount(of_waves[of_waves >= 0], minlength=labels.max() + 1)
    if not waves.sum():
        return {"wave_share": None, "wave_precision": None, "wave_class": None}
    most = int(waves.argmax())
    return {"wave_share": float(waves[most] / len(of_waves)),
            "wave_precision": float(waves[most] / (labels == most).sum()), "wave_class": most}


def compare(run: Run, name: str, classes: pd.DataFrame, by_number: Mapping[int, NDArray[np.int64]]) -> dict[str, Any]:
    """Write truth.json of a set: adjusted Rand index of classes and true types, their table, where the waves end.

    Noise agrees with nothing. by_number: the classes [N] that the set falls into, by their number; each gets its index
    and `waves_found` under `by_number`. Returns what it wrote.
    """
    kinds = types(run, name)
    labels = classes["class"].to_numpy()
    table = {kind: np.bincount(labels[(kinds == kind) & (labels >= 0)], minlength=labels.max() + 1).tolist()
             for kind in TYPES}
    true = np.unique(kinds, return_inverse=True)[1]
    known = {
        "simulated": True, "ari": agreement(true, labels), "types": table, **waves_found(kinds, labels),
        "by_number": [{"k": k, "ari": agreement(true, each), **waves_found(kinds, each)}
                      for k, each in by_number.items()],
    }
    write_json(run.results / name / TRUTH, known)
    return known
