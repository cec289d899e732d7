"""Sect. 4.2.1: the classes of the 3000 km patches."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from paper_repro.base.run import FLAT, Run
from paper_repro.patches.dataset import IMAGES
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.classes import (
    LARGE,
    MOSTLY_WORDS,
    classified,
    mostly,
    number_of_classes,
    of_classes,
    separation_on_map,
)
from paper_repro.verify.claims.measured import Measured

NOON_H, MORNING_H, LOW_LATITUDE_DEG = 12.0, 10.0, 40.0
EDGE = 16  # part of the columns that a step at the right edge is looked for in
REGIONS = ("wake", "high-latitudes", "morning")


def claims() -> Iterator[Claim]:
    """Where three of the classes lie, and what the patches of the morning look like."""
    yield number_of_classes(LARGE)
    for what, place, words in (
        ("wake", "in the afternoon convective wake", "after 12 h and within 40 deg of the equator"),
        ("high-latitudes", "at mid to high latitudes", "40 deg or more from the equator"),
        ("morning", "near the morning edge", "in the first quarter of the range, before 10 h"),
    ):
        yield of_classes(LARGE, what, f"One class consists mostly of patches {place}.", "mostly", True, "holds",
                         f"{words}: {MOSTLY_WORDS}", region)
    yield of_classes(LARGE, "three-regions", "These are three classes; the fourth is the rest.", "yes", True, "holds",
                     "for each region the class with the largest share there", three_regions)
    yield of_classes(LARGE, "morning-contrast", "Features of the morning class are less pronounced than those of the "
                     "wake and the high-latitude class.", "yes", True, "holds",
                     "by the medians of the patches' contrast", morning_contrast)
    yield of_classes(LARGE, "morning-edge", "Many patches of the morning class may have a gradient artifact on their "
                     "right side.", "yes", True, "holds", "taken as the class's patches having the largest mean step "
                     "between the last two sixteenths of the columns", morning_edge)
    yield separation_on_map(LARGE)


def region(run: Run, claim: Claim) -> Measured:
    """Whether the class with the largest share in the region lies mostly there."""
    table, basis = classified(run, LARGE)
    inside = _inside(table, claim.id.split(".")[2])
    shares, of_set = inside.groupby(table["class"]).mean(), float(inside.mean())
    return basis.with_value(mostly(float(shares.max()), of_set),
                            f"{shares.max():.0%} of class {shares.idxmax()}, {of_set:.0%} of all")


def three_regions(run: Run, _: Claim) -> Measured:
    """Whether three different classes have the largest shares in the three regions."""
    table, basis = classified(run, LARGE)
    return basis.with_value(len({_class_of(table, name) for name in REGIONS}) == len(REGIONS))


def morning_contrast(run: Run, _: Claim) -> Measured:
    """Whether the morning class has less contrast than those of the two other regions."""
    table, basis = classified(run, LARGE)
    contrast = table.groupby("class")["contrast"].median()
    wake, high, morning = (float(contrast.loc[_class_of(table, name)]) for name in REGIONS)
    return basis.with_value(morning < min(wake, high))


def morning_edge(run: Run, _: Claim) -> Measured:
    """Whether the morning class's flattened patches have the largest mean step at their right edge."""
    table, basis = classified(run, LARGE)
    path = run.patches(LARGE + FLAT) / IMAGES
    columns = np.load(path, mmap_mode="r", allow_pickle=False).mean(axis=1)  # [N, r]
    width = columns.shape[1] // EDGE
    step = pd.Series(np.abs(columns[:, -width:].mean(axis=1) - columns[:, -2 * width:-width].mean(axis=1)))
    steps = step.groupby(table["class"].to_numpy()).mean()
    holds = bool(steps.idxmax() == _class_of(table, "morning"))
    return basis.beside(Measured(None, "", files=(path,))).with_value(holds)


def _inside(table: pd.DataFrame, name: str) -> pd.Series:
    """Whether each patch lies in a region of local time and latitude."""
    low = table["latitude_deg"].abs() < LOW_LATITUDE_DEG
    return {"wake": low & (table["local_time_h"] > NOON_H), "high-latitudes": ~low,
            "morning": table["local_time_h"] < MORNING_H}[name]


def _class_of(table: pd.DataFrame, name: str) -> int:
    """The class with the largest share in a region."""
    shares = _inside(table, name).groupby(table["class"]).mean()
    return int(shares.index[int(shares.to_numpy().argmax())])
