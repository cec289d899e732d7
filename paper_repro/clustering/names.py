"""Names of what can be chosen when images are clustered or assigned. Loads no library."""

from typing import Literal, cast, get_args

Method = Literal["hac", "kmeans", "hdbscan", "gmm", "scan"]  # of clustering; "hac" is Ward's, as in the paper
METHODS: tuple[Method, ...] = get_args(Method)
METHOD_NAMES: dict[Method, str] = {"hac": "Ward's method", "kmeans": "k-means", "hdbscan": "HDBSCAN",
                                   "gmm": "a Gaussian mixture", "scan": "SCAN"}
NOISE = -1  # the label of what a clustering puts into no class
Way = Literal["centre", "neighbours"]  # in which new images are assigned to classes
WAYS: tuple[Way, ...] = get_args(Way)
BEST: Way = "centre"  # docs/catalogue.md has both, measured


def method_of(name: str) -> Method:
    """The clustering of a name on the command line or in a profile, where Ward's is called so. ValueError for none."""
    if name not in ("ward", *METHODS):
        raise ValueError(name)
    return "hac" if name == "ward" else cast("Method", name)
