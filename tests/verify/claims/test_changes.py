"""How photographs are changed: each change against the plain formula."""

from collections.abc import Callable

import numpy as np
import pytest

from paper_repro import paper
from paper_repro.verify.claims import changes
from paper_repro.verify.claims.changes import Images

SIDE = 32


@pytest.mark.parametrize(("change", "formula"), [
    (changes.dimmed, lambda value, *_: 0.75 * value),
    (changes.flatter, lambda value, mean, _: mean + 0.75 * (value - mean)),
    (changes.with_gradient, lambda value, _, column: value + 255 * (-0.2 + 0.4 * column / (SIDE - 1))),
])
def test_changes_are_what_they_say(change: Callable[[Images], Images], formula: Callable[[float, float, int], float]
                                   ) -> None:
    images = np.random.default_rng(1).integers(0, 256, (4, SIDE, SIDE, 3), dtype=np.uint8)
    found = change(images)
    for n, image in enumerate(images):
        luma = [int(np.dot(paper.LUMA, pixel) + 1e-9) for row in image for pixel in row]
        for row, column, channel in ((0, 0, 0), (3, 7, 1), (31, 31, 2), (9, 30, 0)):
            expected = formula(float(image[row, column, channel]), sum(luma) / len(luma), column)
            assert abs(float(found[n, row, column, channel]) - min(max(expected, 0), 255)) <= 0.51


def test_halved_keeps_what_is_coarse_and_drops_what_is_fine() -> None:
    coarse = np.broadcast_to(np.linspace(20, 220, SIDE)[None, :, None], (1, SIDE, SIDE, 3)).astype(np.uint8)
    assert np.abs(changes.halved(coarse)[:, :, 2:-2].astype(int) - coarse[:, :, 2:-2]).max() <= 5
    fine = np.zeros((1, SIDE, SIDE, 3), np.uint8)
    fine[:, ::2, ::2] = fine[:, 1::2, 1::2] = 200
    assert np.abs(changes.halved(fine).astype(int) - 100).max() <= 2
    np.testing.assert_array_equal(changes.quarter_turn(fine)[0, 0], fine[0, ::1, -1])
