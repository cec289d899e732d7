"""Sect. 4.2.1: the classes of the 3000 km patches."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.run import FLAT, Run
from paper_repro.patches.dataset import IMAGES
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.classes import (
    LARGE,
    MOSTLY_WORDS,
    PATTERNED_WORDS,
    STREAKY_WORDS,
    classified,
    mostly,
    number_of_classes,
    of_classes,
    patterned,
    separation_on_map,
    streaky,
)
from paper_repro.verify.claims.measured import Measured

NOON_H, MORNING_H, LOW_LATITUDE_DEG = 12.0, 10.0, 40.0
EDGE = 16  # part of the columns that a step at the right edge is looked for in
REGIONS = ("wake", "high-latitudes", "morning")
CELL_DEG, CELL_H, ORDERS = 10.0, 1.0, 999  # cells of latitude and local time; random orders of the classes


def claims() -> Iterator[Claim]:
    """Where three of the classes lie, and what the patches of each look like."""
    yield number_of_classes(LARGE)
    yield of_classes(LARGE, "distinct-regions", "The classes clearly capture different distinct regions in latitude "
                     "and local time.", "yes", True, "holds", "taken as more patches being of the class that is most "
                     f"frequent where they lie ({CELL_DEG:g} deg by {CELL_H:g} h) than in each of {ORDERS} random "
                     "orders of the classes", distinct_regions)
    for what, says, place, value, words in (
        ("wake", "consists mostly of patches", "in the afternoon convective wake", "mostly",
         "after 12 h and within 40 deg of the equator"),
        ("high-latitudes", "contains the clouds", "at mid to high latitudes", "contains",
         "taken as consisting mostly of patches 40 deg or more from the equator"),
        ("morning", "seems to consist mostly of patches", "near the morning edge", "mostly",
         "in the first quarter of the range, before 10 h"),
    ):
        yield of_classes(LARGE, what, f"One class {says} {place}.", value, True, "holds", f"{words}: {MOSTLY_WORDS}",
                         region)
    yield of_classes(LARGE, "three-regions", "These are three different classes.", "yes", True, "holds",
                     "for each region the class with the largest share there", three_regions)
    yield of_classes(LARGE, "rest", "One class appears to be the rest of the patches, which belong to none of the "
                     "other three.", "1", 1.0, "equal", "classes that lie mostly in none of the three regions", rest,
                     "classes")
    yield of_classes(LARGE, "wake-patterned", "The class of the wake consists mostly of turbulent and patterned "
                     "clouds.", "mostly", True, "holds", f"{PATTERNED_WORDS} ({STREAKY_WORDS}): {MOSTLY_WORDS}",
                     wake_patterned)
    yield of_classes(LARGE, "high-latitudes-streaky", "The class at mid to high latitudes contains the streaky clouds.",
                     "contains", True, "holds", f"taken as the largest share of a class; {STREAKY_WORDS}",
                     high_latitudes_streaky)
    yield of_classes(LARGE, "morning-mixed", "The patches of the morning class are generally a mix of streaky and "
                     "patchy patterns.", "a mix", True, "holds", "taken as a share of streaky ones above that in the "
                     f"class of the wake and below that at mid to high latitudes; {STREAKY_WORDS}", morning_mixed)
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


def distinct_regions(run: Run, _: Claim) -> Measured:
    """Whether the most frequent class of each cell holds more patches than in every random order of the classes."""
    table, basis = classified(run, LARGE)
    cells = pd.factorize(pd.MultiIndex.from_arrays([table["latitude_deg"] // CELL_DEG,
                                                    table["local_time_h"] // CELL_H]))[0]
    codes, names = pd.factorize(table["class"])

    def gathered(classes: NDArray[np.int64]) -> int:
        counts = np.bincount(cells * len(names) + classes, minlength=(cells.max() + 1) * len(names))
        return int(counts.reshape(-1, len(names)).max(axis=1).sum())

    random = np.random.default_rng(0)
    ours, by_chance = gathered(codes), max(gathered(random.permutation(codes)) for _ in range(ORDERS))
    return basis.with_value(ours > by_chance, f"{ours / len(table):.0%}, by chance {by_chance / len(table):.0%}")


def rest(run: Run, _: Claim) -> Measured:
    """Number of classes that lie mostly in none of the three regions."""
    table, basis = classified(run, LARGE)
    placed = np.zeros(table["class"].nunique(), bool)
    for name in REGIONS:
        inside = _inside(table, name)
        placed |= [mostly(share, float(inside.mean())) for share in inside.groupby(table["class"]).mean()]
    return basis.with_value(float((~placed).sum()), f"{(~placed).sum()}")


def wake_patterned(run: Run, _: Claim) -> Measured:
    """Whether the class of the wake consists mostly of patterned patches."""
    table, basis = classified(run, LARGE)
    found, inside = patterned(table), table["class"] == _class_of(table, "wake")
    share, of_set = float(found[inside].mean()), float(found.mean())
    return basis.with_value(mostly(share, of_set), f"{share:.0%}, {of_set:.0%} of all")


def high_latitudes_streaky(run: Run, _: Claim) -> Measured:
    """Whether no class has a larger share of streaky patches than the one at mid to high latitudes."""
    table, basis = classified(run, LARGE)
    shares, name = streaky(table).groupby(table["class"]).mean(), _class_of(table, "high-latitudes")
    return basis.with_value(bool(shares[name] == shares.max() > 0), f"{shares[name]:.0%} of class {name}")


def morning_mixed(run: Run, _: Claim) -> Measured:
    """Whether the morning class has fewer streaky patches than that of high latitudes, and more than the wake's."""
    table, basis = classified(run, LARGE)
    shares = streaky(table).groupby(table["class"]).mean()
    wake, high, morning = (float(shares[_class_of(table, name)]) for name in REGIONS)
    return basis.with_value(wake < morning < high, f"{wake:.0%}, {morning:.0%}, {high:.0%}")


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
