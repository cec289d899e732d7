import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.patches.thumbnails import SIDE, symmetries, thumbnails, thumbnails_of

RNG = np.random.default_rng(8)


def literal_cell(image: NDArray[np.uint8], a: int, b: int) -> float:
    """Mean over one of SIDE x SIDE equal cells of a gray image, every pixel split into 16 x 16 equal parts."""
    fine = np.repeat(np.repeat(image, SIDE, axis=0), SIDE, axis=1).astype(float)
    step = len(image)
    return float(fine[a * step:(a + 1) * step, b * step:(b + 1) * step].mean())


@pytest.mark.parametrize("side", [10, 16, 19, 40])
def test_cells_are_the_literal_means(side: int) -> None:
    images = RNG.integers(0, 256, (3, side, side), dtype=np.uint8)
    found = thumbnails(images)[0].reshape(3, SIDE, SIDE) * SIDE + 128  # sqrt(D) is SIDE
    expected = [[[literal_cell(image, a, b) for b in range(SIDE)] for a in range(SIDE)] for image in images]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_a_gray_level_more_everywhere_is_a_distance_of_one() -> None:
    images = RNG.integers(0, 255, (1, 20, 20, 3), dtype=np.uint8)
    one, other = thumbnails(images)[0, 0], thumbnails(images + 1)[0, 0]
    assert np.linalg.norm(one - other) == pytest.approx(1.0)


@pytest.mark.parametrize("shapes", list(itertools.permutations([(32, 32), (20, 20), (32, 32, 3)])))
def test_colour_among_gray_is_refused_wherever_it_stands(shapes: tuple[tuple[int, ...], ...]) -> None:
    images = [np.zeros(shape, np.uint8) for shape in shapes]
    first_other = next(n for n, shape in enumerate(shapes) if len(shape) != len(shapes[0]))
    with pytest.raises(UserError, match=f"^{first_other}: expected square images, all in colour or all gray"):
        thumbnails_of(images, map(str, range(3)))


@pytest.mark.parametrize("colours", [(), (3,)])
def test_images_of_several_sizes_are_held_one_at_a_time(colours: tuple[int, ...]) -> None:
    images = [RNG.integers(0, 256, (side, side, *colours), dtype=np.uint8) for side in (20, 33)]
    found = thumbnails_of(images, "ab")
    assert np.array_equal(found, np.concatenate([thumbnails(image[None]) for image in images], axis=1))


def test_thumbnails_of_a_turned_image_are_the_same_eight() -> None:
    image = RNG.integers(0, 256, (1, 25, 25, 3), dtype=np.uint8)
    expected = sorted(thumbnails(image)[:, 0].round(9).tolist())
    for turned in symmetries(image):
        np.testing.assert_allclose(sorted(thumbnails(turned)[:, 0].round(9).tolist()), expected, atol=1e-8)


def test_the_symmetries_are_eight_and_the_first_is_the_image_itself() -> None:
    images = RNG.integers(0, 256, (2, 15, 15, 3), dtype=np.uint8)
    found = list(symmetries(images))
    assert (found[0] == images).all()
    for n, image in enumerate(images):
        flipped = (image, image.swapaxes(0, 1))
        expected = {one[::rows, ::columns].tobytes() for one in flipped for rows in (1, -1) for columns in (1, -1)}
        assert {np.ascontiguousarray(one[n]).tobytes() for one in found} == expected
        assert len(expected) == 8
