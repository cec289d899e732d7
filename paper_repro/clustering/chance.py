"""What accuracy random labels get: the best matching of clusters to classes lifts it above one in the classes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import random_table

from paper_repro.clustering.score import best_permutation

DRAWS, SEED = 1000, 0


@dataclass(frozen=True)
class Chance:
    """Expected scores of random labels, fractions of 1.

    error: standard error of the simulated mean accuracy; highest: accuracy that one of them got, by chance alone.
    """

    accuracy: float
    balanced_accuracy: float
    error: float
    highest: float


def expected(counts: NDArray[Any]) -> Chance:
    """The accuracies expected of labels that are drawn at random, with the sizes of classes and clusters of `counts`.

    counts: [C, C], images of each class (row) in each cluster (column); no class empty. Given both sizes, the counts of
    random labels have the multivariate hypergeometric distribution: the mean of `DRAWS` such tables, drawn with `SEED`,
    each matched as in Sect. 4.1 (`score.match`). The numbering of classes and clusters makes no difference.
    """
    members, sizes = (tuple(sorted(map(int, counts.sum(axis=axis)))) for axis in (1, 0))
    return _expected(members, sizes)


@lru_cache(maxsize=4096)
def _expected(members: tuple[int, ...], sizes: tuple[int, ...]) -> Chance:
    drawn = random_table.rvs(members, sizes, size=DRAWS, random_state=np.random.default_rng(SEED)).astype(np.int64)
    clusters = np.array([np.argsort(best_permutation(table)) for table in drawn])  # of each class
    correct = np.take_along_axis(drawn, clusters[:, :, None], axis=2)[:, :, 0]
    accuracies = correct.sum(axis=1) / sum(members)
    return Chance(float(accuracies.mean()), float((correct / np.array(members)).mean()),
                  float(accuracies.std(ddof=1) / np.sqrt(DRAWS)), float(accuracies.max()))
