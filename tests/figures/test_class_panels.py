"""Panels of classified images: what lies where, that no thumbnail hides another, and that no class outshines others."""

import itertools
import math

import matplotlib.colors
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from numpy.typing import NDArray

from paper_repro.figures import class_panels, style


def words(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text) and text.get_text()]


def plain(shades: list[int], side: int = 16) -> NDArray[np.uint8]:
    """Images [N, side, side] of one shade each."""
    return np.array(shades, dtype=np.uint8)[:, None, None] + np.zeros((side, side), dtype=np.uint8)


def picture(axes: Axes) -> NDArray[np.uint8]:
    (image,) = axes.images
    return np.asarray(image.get_array())


def markers(axes: Axes) -> PathCollection:
    (drawn,) = axes.collections
    assert isinstance(drawn, PathCollection)
    return drawn


def literal(corners: NDArray[np.int64], side: int, seed: int) -> list[int]:
    """Greedy thinning, each square compared with all taken before it."""
    taken: list[int] = []
    for index in np.random.default_rng(seed).permutation(len(corners)):
        if all(np.abs(corners[index] - corners[other]).max() >= side for other in taken):
            taken.append(int(index))
    return sorted(taken)


PLACES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=40)


@given(PLACES, st.integers(1, 20), st.integers(0, 3))
def test_thinning_equals_the_pairwise_one_and_leaves_no_room(places: list[tuple[int, int]], side: int,
                                                             seed: int) -> None:
    corners = np.array(places, dtype=np.int64).reshape(-1, 2)
    shown = class_panels.thin(corners, side, seed).tolist()
    assert shown == literal(corners, side, seed)
    covered = np.zeros((81, 81), dtype=int)
    for x, y in corners[shown]:
        covered[y:y + side, x:x + side] += 1
    assert covered.max(initial=0) <= 1
    for x, y in np.delete(corners, shown, axis=0):
        assert covered[y:y + side, x:x + side].any()


def test_thumbnails_are_whole_at_their_places_on_an_axis_that_runs_backwards() -> None:
    _, left, right = class_panels.pair(("", ""), "", axes_mm=11.0, aspect=0.8)
    hours = np.array([[15.0, 10.0], [9.0, -20.0], [9.01, -20.0]])
    for axes, limits in ((left, (8, 16)), (right, (16, 8))):
        axes.set(xlim=limits, ylim=(-30, 30))
        assert class_panels.thumbnails(axes, hours, plain([50, 150, 150])) == 2
        assert axes.get_xlim() == limits
        canvas = picture(axes)
        height, width = canvas.shape[:2]
        for shade, (hour, latitude) in zip((50, 150), hours, strict=False):
            y, x = np.nonzero((canvas == shade).all(axis=2))
            assert len(x) == (x.max() - x.min() + 1) * (y.max() - y.min() + 1) > 40**2
            assert x.mean() / width == pytest.approx((hour - limits[0]) / (limits[1] - limits[0]), abs=0.002)
            assert y.mean() / height == pytest.approx((30 - latitude) / 60, abs=0.002)


def test_thumbnails_are_one_picture_at_the_printed_size_smaller_where_there_are_many() -> None:
    widths = []
    for count in (4, 100, 3000):
        figure, axes, _ = class_panels.pair(("", ""), "")
        figure.set_dpi(style.DPI)
        xy = np.random.default_rng(count).uniform(0, 1, (count, 2))
        axes.set(xlim=(0, 1), ylim=(0, 1))
        shown = class_panels.thumbnails(axes, xy, plain([0] * count))
        box = axes.get_window_extent()
        canvas = picture(axes)
        assert canvas.shape[:2] == pytest.approx((box.height, box.width), abs=1)
        side = math.sqrt((canvas < 255).any(axis=2).sum() / shown)
        widths.append((side + 1) / style.DPI / style.MM)
        assert figure.get_figwidth() * 25.4 == pytest.approx(190)
    assert widths == pytest.approx([7.0, 4.6, 4.0], abs=0.1)


def test_the_map_shows_images_and_the_class_of_each() -> None:
    rng = np.random.default_rng(5)
    labels, xy = np.repeat([0, 1, 2, 3], [40, 30, 20, 10]), rng.normal(size=(100, 2))
    images = rng.integers(0, 256, (100, 20, 20, 3), dtype=np.uint8)
    names = style.class_names(4)
    figure = class_panels.tsne(images, xy, labels, names, "a title")
    left, right = figure.axes
    assert left.get_xlim() == right.get_xlim()
    assert np.ptp(picture(left), axis=2).max() > 20  # colours stay colours
    marks, drawn = style.marks(names), markers(right)
    assert drawn.get_rasterized()
    colours = [matplotlib.colors.to_hex(colour) for colour in np.asarray(drawn.get_facecolor())]
    places = {tuple(place): colour for place, colour in zip(np.asarray(drawn.get_offsets()), colours, strict=True)}
    assert len(places) == 100
    for place, label in zip(xy, labels, strict=True):
        assert places[tuple(place)] == marks[f"Class {label}"].colour.lower()
    # In mixed order: the smallest class is neither first nor last of all.
    order = [colour == marks["Class 3"].colour.lower() for colour in colours]
    assert np.flatnonzero(order).max() - np.flatnonzero(order).min() > 30
    assert {*names, "a title", "Classes"} <= set(words(figure))
    assert any(word.endswith(" of 100 images, none over another") for word in words(figure))


def test_markers_of_all_classes_cover_the_same_area_and_shrink_with_their_number() -> None:
    unit = {"o": math.pi / 4, "s": 1.0, "^": 0.5, "D": 1.0}
    names, areas = style.class_names(4), []
    for count in (40, 10_000):
        _, axes, _ = class_panels.pair(("", ""), "", names)
        labels = np.arange(count) % 4
        class_panels.mark(axes, np.zeros((count, 2)), labels, names)
        drawn = markers(axes)
        sizes = dict(zip([matplotlib.colors.to_hex(c) for c in np.asarray(drawn.get_facecolor())], drawn.get_sizes(),
                         strict=True))
        area = [sizes[mark.colour.lower()] * unit[mark.marker] for mark in style.marks(names).values()]
        assert area == pytest.approx([area[1]] * 4, rel=0.02)
        areas.append(area[1])
    assert areas == pytest.approx([11.0, 2.0])


def test_examples_are_eight_different_ones_of_each_class_or_all_there_are() -> None:
    labels = np.array([0] * 20 + [1] * 7 + [2] * 3)
    figure = class_panels.examples(plain(list(range(30)), 4), labels, style.class_names(3))
    shown = [int(picture(axes)[0, 0]) for axes in figure.axes]
    assert [sum(labels[one] == c for one in shown) for c in range(3)] == [8, 7, 3]
    assert len(set(shown)) == 18
    assert {"Class 0\n(n = 20)", "Class 1\n(n = 7)", "Class 2\n(n = 3)"} <= set(words(figure))
    marks = style.marks(style.class_names(3))
    for one, axes in zip(shown, figure.axes, strict=True):
        colour = axes.spines["left"].get_edgecolor()
        assert matplotlib.colors.to_hex(colour) == marks[f"Class {labels[one]}"].colour.lower()
        assert axes.images[0].get_clim() == (0, 255)


def test_examples_are_random_by_their_seed() -> None:
    images, labels = plain(list(range(60)), 4), np.zeros(60, dtype=np.int64)
    seeds = (0, 0, 1)
    drawn = [[int(picture(axes)[0, 0]) for axes in class_panels.examples(images, labels, ["Class 0"], seed=s).axes]
             for s in seeds]
    assert drawn[0] == drawn[1] != drawn[2]
    assert drawn[0] != list(range(8))


@pytest.mark.parametrize("k", [2, 11, 12, 40])
def test_examples_of_many_classes_fit_a_page_beside_each_other(k: int) -> None:
    labels = np.repeat(np.arange(k), 2)
    with style.paper_style():
        figure = class_panels.examples(plain([0] * 2 * k, 4), labels, style.class_names(k), "title")
        figure.draw_without_rendering()
        boxes = [axes.get_window_extent() for axes in figure.axes]
        texts = [text.get_window_extent() for text in figure.texts]
    assert figure.get_figheight() * 25.4 < 250
    for box in (*boxes, *texts):
        assert figure.bbox.x0 <= box.x0 < box.x1 <= figure.bbox.x1
        assert figure.bbox.y0 + style.STAMP_MM * style.MM * style.DPI < box.y0 < box.y1 <= figure.bbox.y1
    assert not any(one.overlaps(other) for one, other in itertools.combinations([*boxes, *texts], 2))
