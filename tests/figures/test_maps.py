"""Thumbnails on a map: each where it belongs, at its size, in its colours."""

import numpy as np
import pytest
from matplotlib.text import Text

from paper_repro.base.run import COLOUR, Run
from paper_repro.figures import maps, style


def test_limits_are_a_square_around_all_points() -> None:
    xy = np.array([[0.0, 10.0], [4.0, 12.0], [1.0, 11.0]])
    (x0, x1), (y0, y1) = maps.limits(xy)
    assert x1 - x0 == pytest.approx(y1 - y0) == pytest.approx(4 * 1.08)
    assert ((x0 + x1) / 2, (y0 + y1) / 2) == pytest.approx((2.0, 11.0))
    assert (xy > (x0, y0)).all()
    assert (xy < (x1, y1)).all()


def test_limits_of_a_single_point_have_a_size() -> None:
    (x0, x1), _ = maps.limits(np.array([[3.0, 5.0]]))
    assert x0 < 3 < x1


@pytest.mark.parametrize("colour", [True, False])
def test_thumbnails_lie_at_their_places(colour: bool) -> None:
    shades = [40, 90, 160, 220]
    shape = (30, 30, 3) if colour else (30, 30)
    images = np.stack([np.full(shape, shade, dtype=np.uint8) for shade in shades])
    places = np.array([[0.2, 0.9], [0.8, 0.8], [0.25, 0.3], [0.6, 0.1]])
    canvas = maps.paste(images, places, 280)
    thumb = 20  # a fourteenth of the side is the largest
    expected = np.full((280, 280, 3), 255)
    for shade, (x, y) in zip(shades, places, strict=True):
        left, top = round(x * 280 - thumb / 2), round((1 - y) * 280 - thumb / 2)
        expected[top:top + thumb, left:left + thumb] = 110
        expected[top + 1:top + thumb - 1, left + 1:left + thumb - 1] = shade
    np.testing.assert_array_equal(canvas, expected)


def test_colours_stay_and_averages_too() -> None:
    image = np.zeros((1, 40, 40, 3), dtype=np.uint8)
    image[..., 0], image[..., 2] = 200, 10
    image[0, ::2, :, 1] = 100  # stripes finer than a thumbnail's pixel
    canvas = maps.paste(image, np.array([[0.5, 0.5]]), 280)
    assert canvas[140, 140].tolist() == [200, 50, 10]


def test_thumbnails_at_the_edge_stay_whole() -> None:
    images = np.zeros((2, 8, 8), dtype=np.uint8)
    canvas = maps.paste(images, np.array([[0.0, 0.0], [1.0, 1.0]]), 280)
    assert (canvas[-20:, :20] <= 110).all()
    assert (canvas[:20, -20:] <= 110).all()
    assert (canvas[:20, :20] == 255).all()


def test_many_images_make_small_thumbnails() -> None:
    images = np.zeros((400, 8, 8), dtype=np.uint8)
    canvas = maps.paste(images, np.full((400, 2), 0.5), 1000)
    rows = np.flatnonzero((canvas != 255).any(axis=(1, 2)))
    assert len(rows) == 45  # 0.9 * 1000 / sqrt(400)


def test_many_classes_with_long_names_fit_their_legend(sample: Run) -> None:
    data = maps.open_maps(sample, "Fig. 12")[0]
    names = tuple(f"A class with quite a long name {index}" for index in range(11))
    object.__setattr__(data.assignment, "classes", names)
    with style.paper_style():
        figure = maps.two_panels(data, ("left", "right"), "title")[0]
        figure.draw_without_rendering()
        boxes = [text.get_window_extent() for text in figure.findobj(Text)
                 if isinstance(text, Text) and text.get_text() in names]
        panel = figure.axes[0].get_window_extent()
    assert len(boxes) == 11
    for box in boxes:
        assert figure.bbox.x0 < box.x0 < box.x1 < figure.bbox.x1
        assert figure.bbox.y0 + style.STAMP_MM * style.MM * 300 <= box.y0 + 3 < box.y1 < panel.y0


def test_the_title_names_set_and_encoder(sample: Run) -> None:
    titles = [data.title for data in maps.open_maps(sample, "Fig. 12")]
    assert titles == ["(a) full colour dataset, encoder SimCLR", "(b) gray dataset, encoder SimCLR"]
    assert maps.open_maps(sample, "Fig. 12")[0].name == COLOUR
