"""Names of what can be chosen when images are clustered or assigned. Loads no library."""

from typing import Literal, get_args

Method = Literal["hac", "kmeans", "hdbscan", "gmm", "scan"]  # of clustering; "hac" is Ward's, as in the paper
METHODS: tuple[Method, ...] = get_args(Method)
NOISE = -1  # the label of what a clustering puts into no class
Way = Literal["centre", "neighbours"]  # in which new images are assigned to classes
WAYS: tuple[Way, ...] = get_args(Way)
BEST: Way = "centre"  # docs/catalogue.md has both, measured
