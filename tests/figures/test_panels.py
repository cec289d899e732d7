"""Sheets of panels: where they lie, their limits of gray, their bars."""

import itertools
import math
from types import SimpleNamespace

import numpy as np
import pytest

from paper_repro.figures import panels, style


def test_panels_lie_side_by_side_within_the_sheet() -> None:
    figure, axes = panels.sheet(3, 5, head="x", aspect=0.5, axes_mm=9, above_mm=(12, 4), below_mm=(0, 11))
    boxes = [each.get_position() for each in axes]
    for box in boxes:
        assert 0 < box.x0 < box.x1 < 1
        assert 0 < box.y0 < box.y1 < 1
        assert box.height * figure.get_figheight() == pytest.approx(0.5 * box.width * figure.get_figwidth())
    for box, other in itertools.combinations(boxes, 2):
        assert not box.overlaps(other)
    height_mm = figure.get_figheight() * 25.4
    assert (boxes[0].y0 - boxes[3].y1) * height_mm == pytest.approx(9 + 4)
    assert boxes[3].y0 * height_mm == pytest.approx(9 + 11 + panels.EDGE_MM + style.STAMP_MM)


def test_limits_of_gray() -> None:
    assert panels.stretch(np.array([np.nan, 3.0, np.inf, 1.0, 2.0]), 0) == (1, 3)
    assert panels.stretch(np.array([np.nan])) == (0, 1)
    assert panels.stretch(np.array([4.0, 4.0])) == (4, 5)
    np.testing.assert_array_equal(panels.clip(np.array([-3.4e38, 0.5, 3.4e38]), (0, 1)), [0, 0.5, 1])


def test_round_marks_just_leave_no_gap() -> None:
    """On a square lattice their diameter is its diagonal."""
    _, axes = panels.sheet(3, 3)
    width_pt = (style.FULL_MM - 2 * panels.EDGE_MM + panels.GAP_MM) / 3 - panels.GAP_MM
    spacing = width_pt / 25.4 * 72 / 50
    assert math.sqrt(panels.dot(axes[1], 50**2)) == pytest.approx(math.sqrt(2) * spacing)


def test_a_bar_says_what_it_is_told() -> None:
    figure, (axes,) = panels.sheet(1, 1, below_mm=[panels.BAR_MM])
    panels.bar(axes, axes.imshow(np.eye(2)), "unit", ticks=[0, 1])
    bar = SimpleNamespace(axes=figure.axes[1])
    assert bar.axes.get_xlabel() == "unit"
    assert bar.axes.get_position().y1 < axes.get_position().y0
