"""What Sect. 4.2 says about the classes of Venus' clouds as claims: by their properties, never by their numbers.

Where the paper has words only ("mostly", "few"), the number taken for them stands in the reason.
"""

from collections.abc import Iterator

from paper_repro import paper
from paper_repro.verify.claims.claim import Claim, Need, Rule
from paper_repro.verify.claims.sets import SECTIONS

COMMAND = "make venus PROFILE=paper"
LARGE, MEDIUM, SMALL = paper.PATCH_COUNTS  # uvi-3000km, uvi-500km, vmc-25km
MOSTLY = 0.5  # share
FEW = 0.25  # share
FLAT_CONTRAST = 0.8  # of the set's median
SEPARATED = 0.5  # of the benchmark's silhouette


def claims() -> tuple[Claim, ...]:
    """All claims about the classes."""
    return (*_counts(), *_global(), *_medium(), *_small(), *_separation())


def needs(name: str) -> tuple[Need, ...]:
    """Inputs of the classes of the set `name`."""
    return ("uvi" if name.startswith("uvi") else "vmc", "imagenet-weights", "gpu-time")


def _claim(name: str, what: str, statement: str, value: str, expected: float | bool, rule: Rule, reason: str,
           measure: str, unit: str = "") -> Claim:
    return Claim(f"classes.{name}.{what}", SECTIONS[name], statement, value, expected, None, rule, unit, reason,
                 needs(name), COMMAND, measure)


def _counts() -> Iterator[Claim]:
    for name in paper.PATCH_COUNTS:
        yield _claim(name, "count", f"The patches of {name} are divided into {paper.VENUS_CLASSES} classes.",
                     str(paper.VENUS_CLASSES), float(paper.VENUS_CLASSES), "equal", "a count", "classes_count")


def _global() -> Iterator[Claim]:
    """Sect. 4.2.1."""
    for what, place, region in (
        ("wake", "in the afternoon convective wake", "after 12 h and within 40 deg of the equator"),
        ("high-latitudes", "at mid to high latitudes", "40 deg or more from the equator"),
        ("morning", "near the morning edge", "in the first quarter of the range, before 10 h"),
    ):
        yield _claim(LARGE, what, f"One class consists mostly of patches {place}.", "mostly", MOSTLY, "at least",
                     f"taken as at least half of some class {region}", "region")
    yield _claim(LARGE, "three-regions", "These are three classes; the fourth is the rest.", "yes", True, "holds",
                 "for each region the class with the largest share there", "three_regions")
    yield _claim(LARGE, "morning-contrast", "Features of the morning class are less pronounced than those of the wake "
                 "and the high-latitude class.", "yes", True, "holds", "by the medians of the patches' contrast",
                 "morning_contrast")
    yield _claim(LARGE, "morning-edge", "Many patches of the morning class may have a gradient artifact on their right "
                 "side.", "yes", True, "holds", "taken as the class's patches having the largest mean step between the "
                 "last two sixteenths of the columns", "morning_edge")


def _medium() -> Iterator[Claim]:
    """Sect. 4.2.2."""
    yield _claim(MEDIUM, "afternoon", "Two classes hold mostly patches with higher contrast in the afternoon.", "2",
                 2.0, "equal", "classes with a median contrast above the set's and half their patches after 12 h",
                 "afternoon_contrast", "classes")
    yield _claim(MEDIUM, "flat", "One class holds flatter, almost featureless patches (its median contrast over the "
                 "set's).", "flatter", FLAT_CONTRAST, "at most", "taken as at most four fifths", "flattest")
    yield _claim(MEDIUM, "less-distinct", "The classes of 500 km are less distinct from one another than those of "
                 "3000 km.", "yes", True, "holds", "by the mean silhouettes of the feature vectors", "less_distinct")


def _small() -> Iterator[Claim]:
    """Sect. 4.2.3."""
    wave = "patches with a quarter of their power or more in one of twelve directions (1/12 where all are alike)"
    yield _claim(SMALL, "few-waves", "Only a few patches show waves, the large majority is close to featureless (share "
                 "of wave patches).", "a few", FEW, "at most", f"taken as a quarter; waves: {wave}", "few_waves")
    yield _claim(SMALL, "waves-gathered", "One class holds most of the patches with visible waves.", "most", MOSTLY,
                 "at least", f"taken as half; waves: {wave}", "waves_gathered")
    yield _claim(SMALL, "featureless", "The three other classes contain only almost featureless patches (largest "
                 "share of wave patches in them).", "almost featureless", FEW, "at most",
                 f"taken as a quarter; waves: {wave}", "waves_elsewhere")
    yield _claim(SMALL, "mixed", "The class of the waves also contains multiple patches without any.", "multiple", 2.0,
                 "at least", f"two or more; waves: {wave}", "waves_mixed", "patches")


def _separation() -> Iterator[Claim]:
    for name in paper.PATCH_COUNTS:
        claim = _claim(name, "separation", f"The t-SNE map of {name} shows no real cluster separation, unlike that of "
                       "the benchmark (its silhouette by class over the benchmark's by true class).", "no separation",
                       SEPARATED, "at most", "taken as less than half of the benchmark's silhouette", "separation")
        yield Claim(**{**vars(claim), "needs": (*needs(name), "cloud-imvn")})
