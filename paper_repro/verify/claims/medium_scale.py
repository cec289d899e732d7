"""Sect. 4.2.2: the classes of the 500 km patches."""

from collections.abc import Iterator

import pandas as pd

from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.classes import (
    LARGE,
    MEDIUM,
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
from paper_repro.verify.claims.global_scale import NOON_H
from paper_repro.verify.claims.measured import Measured, NotRun

FLAT_CONTRAST = 0.8  # of the set's median


def claims() -> Iterator[Claim]:
    """Patterns, contrast and distinctness of the classes."""
    yield number_of_classes(MEDIUM)
    yield of_classes(MEDIUM, "mostly-patterned", "Most patches show some form of patterned features or almost none "
                     "(share of those that aren't streaky).", "most", 0.5, "at least", f"half; {STREAKY_WORDS}",
                     not_streaky)
    yield of_classes(MEDIUM, "patterned-everywhere", "All classes seem to contain images with patterned clouds (in "
                     "the class with the fewest).", "images", 2.0, "at least", f"two or more; {PATTERNED_WORDS} "
                     f"({STREAKY_WORDS})", fewest_patterned, "patches")
    yield of_classes(MEDIUM, "afternoon", "Two classes hold mostly patches with higher contrast in the afternoon.",
                     "2", 2.0, "equal", "classes with a median contrast above the set's, and mostly after 12 h: "
                     f"{MOSTLY_WORDS}", afternoon_contrast, "classes")
    yield of_classes(MEDIUM, "flat", "One class holds flatter, almost featureless patches (its median contrast over "
                     "the set's).", "flatter", FLAT_CONTRAST, "at most", "taken as at most four fifths", flattest)
    yield of_classes(MEDIUM, "flat-streaky", "The flat class also occasionally shows slightly more streaky features.",
                     "occasionally", True, "holds", "taken as a larger share of streaky patches than in the other "
                     f"classes together, and less than half; {STREAKY_WORDS}", flattest_streaky)
    yield of_classes(MEDIUM, "rest", "One class seems to carry the images that belong to none of the other classes.",
                     "1", 1.0, "equal", "classes that are neither the flattest nor one with contrast in the afternoon",
                     rest, "classes")
    yield of_classes(MEDIUM, "less-distinct", "The classes of 500 km are less distinct from one another than those of "
                     "3000 km.", "yes", True, "holds", "by the mean silhouettes of the feature vectors", less_distinct)
    yield separation_on_map(MEDIUM)


def afternoon_contrast(run: Run, _: Claim) -> Measured:
    """Number of classes with more contrast than the set that lie mostly after 12 h."""
    table, basis = classified(run, MEDIUM)
    classes = int(_in_the_afternoon(table).sum())
    return basis.with_value(float(classes), f"{classes}")


def not_streaky(run: Run, _: Claim) -> Measured:
    """Share of the patches without a direction."""
    table, basis = classified(run, MEDIUM)
    share = 1 - float(streaky(table).mean())
    return basis.with_value(share, f"{share:.0%}")


def fewest_patterned(run: Run, _: Claim) -> Measured:
    """Number of patterned patches in the class that has the fewest."""
    table, basis = classified(run, MEDIUM)
    counts = patterned(table).groupby(table["class"]).sum()
    return basis.with_value(float(counts.min()), f"{counts.min()} of class {counts.idxmin()}")


def flattest_streaky(run: Run, _: Claim) -> Measured:
    """Whether the flattest class has a larger share of streaky patches than the others, and that is below half."""
    table, basis = classified(run, MEDIUM)
    inside, found = table["class"] == _flattest(table), streaky(table)
    if inside.all():
        raise NotRun("there is no other class", *basis.files)
    share, elsewhere = float(found[inside].mean()), float(found[~inside].mean())
    return basis.with_value(elsewhere < share < 0.5, f"{share:.0%}, elsewhere {elsewhere:.0%}")


def rest(run: Run, _: Claim) -> Measured:
    """Number of classes that are neither the flattest nor one with contrast in the afternoon."""
    table, basis = classified(run, MEDIUM)
    named = _in_the_afternoon(table)
    named[_flattest(table)] = True
    return basis.with_value(float((~named).sum()), f"{(~named).sum()}")


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


def _in_the_afternoon(table: pd.DataFrame) -> pd.Series:
    """Of each class whether it has more contrast than the set, and lies mostly after 12 h."""
    more = table.groupby("class")["contrast"].median() > table["contrast"].median()
    late = table["local_time_h"] > NOON_H
    shares, of_set = late.groupby(table["class"]).mean(), float(late.mean())
    return more & shares.map(lambda share: mostly(share, of_set))


def _flattest(table: pd.DataFrame) -> int:
    """The class with the smallest median contrast."""
    contrast = table.groupby("class")["contrast"].median()
    return int(contrast.index[int(contrast.to_numpy().argmin())])
