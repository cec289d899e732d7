"""Sect. 4.2.2: the classes of the 500 km patches."""

from collections.abc import Iterator

from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.classes import (
    LARGE,
    MEDIUM,
    MOSTLY_WORDS,
    classified,
    mostly,
    number_of_classes,
    of_classes,
    separation_on_map,
)
from paper_repro.verify.claims.global_scale import NOON_H
from paper_repro.verify.claims.measured import Measured

FLAT_CONTRAST = 0.8  # of the set's median


def claims() -> Iterator[Claim]:
    """Contrast and distinctness of the classes."""
    yield number_of_classes(MEDIUM)
    yield of_classes(MEDIUM, "afternoon", "Two classes hold mostly patches with higher contrast in the afternoon.",
                     "2", 2.0, "equal", "classes with a median contrast above the set's, and mostly after 12 h: "
                     f"{MOSTLY_WORDS}", afternoon_contrast, "classes")
    yield of_classes(MEDIUM, "flat", "One class holds flatter, almost featureless patches (its median contrast over "
                     "the set's).", "flatter", FLAT_CONTRAST, "at most", "taken as at most four fifths", flattest)
    yield of_classes(MEDIUM, "less-distinct", "The classes of 500 km are less distinct from one another than those of "
                     "3000 km.", "yes", True, "holds", "by the mean silhouettes of the feature vectors", less_distinct)
    yield separation_on_map(MEDIUM)


def afternoon_contrast(run: Run, _: Claim) -> Measured:
    """Number of classes with more contrast than the set that lie mostly after 12 h."""
    table, basis = classified(run, MEDIUM)
    more = table.groupby("class")["contrast"].median() > table["contrast"].median()
    late = table["local_time_h"] > NOON_H
    shares, of_set = late.groupby(table["class"]).mean(), float(late.mean())
    classes = int((more & shares.map(lambda share: mostly(share, of_set))).sum())
    return basis.with_value(float(classes), f"{classes}")


def flattest(run: Run, _: Claim) -> Measured:
    """Smallest median contrast of a class as a share of the set's."""
    table, basis = classified(run, MEDIUM)
    value = float(table.groupby("class")["contrast"].median().min() / table["contrast"].median())
    return basis.with_value(value, f"{value:.2f}")


def less_distinct(run: Run, _: Claim) -> Measured:
    """Whether the 500 km classes have a smaller mean silhouette than the 3000 km classes."""
    medium, of_medium = classified(run, MEDIUM)
    large, of_large = classified(run, LARGE)
    return of_medium.beside(of_large).with_value(bool(medium["silhouette"].mean() < large["silhouette"].mean()))
