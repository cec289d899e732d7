"""Sect. 4.2.3: the classes of the 25 km patches, and which of them show waves."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from paper_repro.base.run import Run
from paper_repro.clustering.stability import silhouettes
from paper_repro.verify.claims.benchmark import DISTINCT
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.classes import (
    DIRECTED_WORDS,
    MOSTLY_WORDS,
    SMALL,
    classified,
    mostly,
    number_of_classes,
    of_classes,
    streaky,
)
from paper_repro.verify.claims.measured import Measured, NotRun
from paper_repro.verify.claims.medium_scale import FLAT_CONTRAST

FEW = 0.25  # share
WORDS = f"waves: patches with {DIRECTED_WORDS}, so streaks that don't repeat count too"


def claims() -> Iterator[Claim]:
    """How many patches show waves, and in which class."""
    yield number_of_classes(SMALL)
    yield of_classes(SMALL, "few-waves", "Only a few patches show waves, the large majority is close to featureless "
                     "(share of wave patches).", "a few", FEW, "at most", f"taken as a quarter; {WORDS}", few_waves)
    yield of_classes(SMALL, "waves-gathered", "One class holds most of the patches with visible waves.", "most", True,
                     "holds", f"to be in that class: {MOSTLY_WORDS}; {WORDS}", waves_gathered)
    yield of_classes(SMALL, "featureless", "The three other classes contain only almost featureless patches (largest "
                     "share of wave patches in them).", "almost featureless", FEW, "at most",
                     f"taken as a quarter; {WORDS}", waves_elsewhere)
    yield of_classes(SMALL, "mixed", "The class of the waves also contains multiple patches without any.", "multiple",
                     2.0, "at least", f"two or more; {WORDS}", waves_mixed, "patches")
    yield of_classes(SMALL, "featureless-contrast", "The large majority of images is close to featureless (median "
                     "contrast of the patches without waves over that of those with waves).", "close to featureless",
                     FLAT_CONTRAST, "at most", f"taken as at most four fifths; {WORDS}", contrast_without_waves)
    yield of_classes(SMALL, "waves-blended", "Wave patches are continuously blended into the rest: no clear boundary "
                     "can be drawn (silhouette on the map of those with and without waves).", "no clear boundary",
                     DISTINCT, "at most", f"{DISTINCT} counts as distinct in the benchmark, too; {WORDS}",
                     waves_blended)


def few_waves(run: Run, _: Claim) -> Measured:
    """Share of the patches that show waves."""
    table, basis = classified(run, SMALL)
    share = float(streaky(table).mean())
    return basis.with_value(share, f"{share:.0%}")


def waves_gathered(run: Run, _: Claim) -> Measured:
    """Whether the wave patches are mostly in one class, the one with most of them."""
    table, counts, basis = _with_waves(run)
    share, name = float(counts.max() / counts.sum()), counts.idxmax()
    of_set = float((table["class"] == name).mean())
    return basis.with_value(mostly(share, of_set), f"{share:.0%} in class {name}, {of_set:.0%} of all")


def waves_elsewhere(run: Run, _: Claim) -> Measured:
    """Largest share of wave patches in a class other than the one with most of them."""
    table, counts, basis = _with_waves(run)
    others = (counts / table["class"].value_counts()).drop(counts.idxmax())
    if others.empty:
        raise NotRun("there is no other class", *basis.files)
    return basis.with_value(float(others.max()), f"{others.max():.0%} of class {others.idxmax()}")


def waves_mixed(run: Run, _: Claim) -> Measured:
    """Number of patches without waves in the class with most of the wave patches."""
    table, counts, basis = _with_waves(run)
    count = int((table["class"] == counts.idxmax()).sum() - counts.max())
    return basis.with_value(float(count), f"{count}")


def contrast_without_waves(run: Run, _: Claim) -> Measured:
    """Median contrast of the patches without waves, over that of those with waves."""
    table, waves, basis = _two_kinds(run)
    value = float(table["contrast"][~waves].median() / table["contrast"][waves].median())
    return basis.with_value(value, f"{value:.2f}")


def waves_blended(run: Run, _: Claim) -> Measured:
    """Mean silhouette on the map of the patches with waves and of those without."""
    table, waves, basis = _two_kinds(run)
    value = float(silhouettes(table[["x", "y"]].to_numpy(), waves.to_numpy(np.int64)).mean())
    return basis.with_value(value, f"{value:.2f}")


def _two_kinds(run: Run) -> tuple[pd.DataFrame, pd.Series, Measured]:
    """The 25 km set, which of its patches show waves, and the basis. Raises NotRun where all do, or none."""
    table, basis = classified(run, SMALL)
    waves = streaky(table)
    if waves.all() or not waves.any():
        raise NotRun(f"{'every' if waves.all() else 'no'} patch shows waves", *basis.files)
    return table, waves, basis


def _with_waves(run: Run) -> tuple[pd.DataFrame, pd.Series, Measured]:
    """The 25 km set, the number of wave patches in each class, and the basis."""
    table, basis = classified(run, SMALL)
    counts = streaky(table).groupby(table["class"]).sum()
    if not counts.sum():
        raise NotRun("no patch shows waves", *basis.files)
    return table, counts, basis
