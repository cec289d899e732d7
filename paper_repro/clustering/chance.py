"""What accuracy random labels get: the best matching of clusters to classes lifts it above one in the classes."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import random_table

from paper_repro.clustering.score import best_permutation

DRAWS, SEED = 1000, 0
MOST_CELLS = 10_000_000  # of the tables that are held at once: all of them up to 100 classes


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
    rng, at_once = np.random.default_rng(SEED), max(1, min(DRAWS, MOST_CELLS // (len(members) * len(sizes))))
    correct = np.concatenate([_correct(random_table.rvs(members, sizes, size=min(at_once, DRAWS - start),
                                                        random_state=rng)) for start in range(0, DRAWS, at_once)])
    accuracies = correct.sum(axis=1) / sum(members)
    return Chance(float(accuracies.mean()), float((correct / np.array(members)).mean()),
                  float(accuracies.std(ddof=1) / np.sqrt(DRAWS)), float(accuracies.max()))


def _correct(drawn: NDArray[Any]) -> NDArray[np.int64]:
    """Of each table [draws, C, C], images of each class in the cluster matched to it [draws, C]."""
    drawn = drawn.astype(np.int64, copy=False)
    clusters = np.array([np.argsort(best_permutation(table)) for table in drawn])  # of each class
    return np.take_along_axis(drawn, clusters[:, :, None], axis=2)[:, :, 0]
