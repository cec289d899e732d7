"""Scores of a classification against true labels (Sect. 4.1, Table 3)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score

TIE = 1e-9  # weight of balanced accuracy where images have weights: less than any difference of sums of them


@dataclass(frozen=True)
class Matching:
    """Clusters matched to classes, and the scores of that matching; accuracies are fractions of 1.

    permutation: class of each cluster [C]; confusion: counts [C, C], rows true, columns matched (Table 3);
    accuracy: correct / all; class_accuracies: correct / members [C]; balanced_accuracy: their mean, which is the
    paper's total accuracy and equals `accuracy` where all classes have as many members (Sect. 4.1);
    ari: adjusted Rand index (Hubert & Arabie 1985), which needs no matching.
    """

    permutation: NDArray[np.int64]
    confusion: NDArray[np.int64]
    accuracy: float
    class_accuracies: NDArray[np.float64]
    balanced_accuracy: float
    ari: float


def contingency(true: NDArray[Any], predicted: NDArray[Any], classes: int) -> NDArray[np.int64]:
    """Count how many members of class i are in cluster j: [classes, classes], rows true, columns clusters.

    Fewer clusters than classes leave columns of zeros. Raises ValueError for labels outside 0 ... classes - 1
    (more clusters than classes can't be matched one to one) and for a class without members.
    """
    true, predicted = np.asarray(true, dtype=np.int64), np.asarray(predicted, dtype=np.int64)
    if true.shape != predicted.shape or true.ndim != 1:
        raise ValueError(f"true labels {true.shape} and predicted labels {predicted.shape} must be two equal lengths")
    for name, labels in (("true", true), ("predicted", predicted)):
        if labels.size and not (labels.min() >= 0 and labels.max() < classes):
            raise ValueError(f"{name} labels must be in 0 ... {classes - 1}, found {labels.min()} ... {labels.max()}")
    counts = np.bincount(true * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    if not counts.any(axis=1).all():
        raise ValueError(f"class {int(np.argmin(counts.any(axis=1)))} has no members")
    return counts.astype(np.int64)


def best_permutation(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Class of each cluster [C] in the matching of highest total accuracy, of equal ones the best balanced one.

    counts: [C, C], rows true, columns clusters, no row empty.
    """
    # Total accuracy counts whole images; all class accuracies together weigh less than one image.
    weights = counts + counts / counts.sum(axis=1, keepdims=True) / (len(counts) + 1)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    permutation = np.empty(len(counts), dtype=np.int64)
    permutation[columns] = rows
    return permutation


def match_weighted(true: NDArray[np.int64], predicted: NDArray[np.int64], weights: NDArray[Any], classes: int
                   ) -> tuple[NDArray[np.int64], float, NDArray[np.float64]]:
    """Match as `match` does where each image counts `weights` [N]; a class may have no members, and no accuracy then.

    Returns the class of each cluster [C], the accuracy, and the class accuracies [C] (NaN for a class of no weight).
    """
    counts = np.zeros((classes, classes))
    np.add.at(counts, (true, predicted), weights)
    members = counts.sum(axis=1)
    shares = np.divide(counts, members[:, None], out=np.zeros_like(counts), where=members[:, None] > 0)
    rows, columns = linear_sum_assignment(counts + TIE * shares, maximize=True)
    permutation = np.empty(classes, dtype=np.int64)
    permutation[columns] = rows
    correct = counts[rows, columns]
    return permutation, float(correct.sum() / members.sum()), np.divide(
        correct, members, out=np.full(classes, np.nan), where=members > 0)


def accuracy_of_any(true: NDArray[np.int64], predicted: NDArray[np.int64], classes: int) -> float:
    """Share of images in the right class where there may be any number of clusters, and noise (below 0).

    Clusters and classes are matched one to one so that most are right; a cluster that is left over, and noise, never
    is.
    """
    inside = predicted >= 0
    counts = np.zeros((classes, int(predicted.max()) + 1), np.int64)
    np.add.at(counts, (true[inside], predicted[inside]), 1)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return float(counts[rows, columns].sum() / len(true))


def match(true: NDArray[Any], predicted: NDArray[Any], classes: int) -> Matching:
    """Match clusters to classes one to one by the highest total accuracy (Sect. 4.1) and score the result.

    true, predicted: labels [N] in 0 ... classes - 1. Where several matchings have the highest total accuracy, the one
    of highest balanced accuracy is taken, so that no score depends on how the clusters are numbered.
    Raises ValueError as `contingency`.
    """
    counts = contingency(true, predicted, classes)
    permutation = best_permutation(counts)
    confusion = np.empty_like(counts)
    confusion[:, permutation] = counts
    correct, members = np.diagonal(confusion), counts.sum(axis=1)
    class_accuracies = correct / members
    return Matching(
        permutation=permutation,
        confusion=confusion,
        accuracy=float(correct.sum() / members.sum()),
        class_accuracies=class_accuracies,
        balanced_accuracy=float(class_accuracies.mean()),
        ari=float(adjusted_rand_score(true, predicted)),
    )
