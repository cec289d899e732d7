"""Rows that are alike to the last bit."""

import numpy as np

from paper_repro.base.alike import count_different, first_alike


def test_the_first_of_each_kind() -> None:
    for dtype in (np.uint8, np.float32):
        rows = np.array([[1, 2], [3, 4], [1, 2], [2, 1], [3, 4], [1, 2]], dtype)
        assert first_alike(rows).tolist() == [0, 1, 0, 3, 1, 0]
        assert count_different(rows) == 3


def test_zero_has_no_sign_and_the_last_bit_counts() -> None:
    rows = np.array([[0.0], [-0.0], [1.0], [np.nextafter(1.0, 2.0)]])
    assert first_alike(rows).tolist() == [0, 0, 2, 3]


def test_images_in_any_order_of_memory_and_none() -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 3), dtype=np.uint8)[[0, 1, 2, 1, 0]]
    assert first_alike(images.transpose(0, 2, 1)).tolist() == [0, 1, 2, 1, 0]
    assert count_different(images[:0]) == 0
