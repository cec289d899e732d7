"""Rows of an array that are alike to the last bit."""

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray


def first_alike(rows: NDArray[Any]) -> NDArray[np.int64]:
    """For each row of an array [N, ...], which may be a map of a file, the number of the first that equals it: [N].

    Of real numbers 0 and -0 are equal.
    """
    first: dict[bytes, int] = {}
    real = np.issubdtype(rows.dtype, np.floating)
    numbers = np.empty(len(rows), np.int64)
    for number, row in enumerate(rows):
        digest = hashlib.sha256((row + 0 if real else row).tobytes()).digest()
        numbers[number] = first.setdefault(digest, number)
    return numbers


def count_different(rows: NDArray[Any]) -> int:
    """How many different rows an array [N, ...] has."""
    return len(np.unique(first_alike(rows)))
