import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate

from paper_repro.base.errors import UserError
from paper_repro.base.recipe import RECIPES, with_switches
from paper_repro.encoders.augment import Augmenter, draw_view
from tests.encoders.literal_augment import literal_chain

SWITCHED: list[tuple[str, dict[str, Any]]] = [
    ("paper", {}),
    ("paper", {"draw_per_image": False}),
    ("paper", {"normalise_first": True}),
    ("paper", {"blur_kernel": 45}),
    ("authors", {}),
    ("authors", {"draw_per_image": True}),
    ("authors", {"normalise_first": False}),
    ("authors", {"blur_kernel": 25}),
    ("paper", {"views": "chain"}),
    ("paper", {"rotation_crop": "authors"}),
    ("authors", {"views": "fused"}),
    ("authors", {"rotation_crop": "inside"}),
]
CHAINED = [chosen for chosen in SWITCHED if with_switches(*chosen).views == "chain"]
FUSED = [chosen for chosen in SWITCHED if with_switches(*chosen).views == "fused"]
EVERY_SWITCH = pytest.mark.parametrize(("name", "switches"), SWITCHED, ids=str)
COLOUR = pytest.mark.parametrize("colour", [True, False], ids=["colour", "gray"])


def smooth(count: int, side: int, colour: bool, seed: int = 0) -> NDArray[Any]:
    """Photographs without fine structure: no period below a quarter of the side; all values from 0 to 255 occur."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    planes = []
    for _ in range(count * (3 if colour else 1)):
        turn, cycles, height, phase = rng.random((4, 6, 1, 1)) * np.reshape([2 * np.pi, 4, 1, 2 * np.pi], (4, 1, 1, 1))
        waves = height * np.cos(2 * np.pi * cycles * (np.cos(turn) * x + np.sin(turn) * y) + phase)
        plane = waves.sum(axis=0)
        planes.append(255 * (plane - plane.min()) / np.ptp(plane))
    images = np.round(planes).astype(np.uint8)
    return images.reshape(count, 3, side, side).transpose(0, 2, 3, 1) if colour else images


def views_and_literal(augmenter: Augmenter, images: NDArray[Any], seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """What the augmenter makes of the images, and the literal chain image by image with the same draws."""
    recipe, side = augmenter.recipe, augmenter.side
    views = augmenter(images, np.random.default_rng(seed))
    rng = np.random.default_rng(seed)
    drawn = [draw_view(rng, side, jitter_and_blur=augmenter.jitter_and_blur)
             for _ in range(len(images) if recipe.draw_per_image else 1)]
    drawn *= len(images) // len(drawn)
    literal = [literal_chain(image, draw, recipe, side) for image, draw in zip(images, drawn, strict=True)]
    return views, torch.stack(literal)


@COLOUR
@EVERY_SWITCH
def test_what_comes_out_is_ready_for_the_network(name: str, switches: dict[str, Any], colour: bool) -> None:
    augmenter = Augmenter(32, colour, with_switches(name, switches), jitter_and_blur=True)
    images = smooth(3, 20, colour)
    for views, count in ((augmenter(images, np.random.default_rng(0)), 3), (augmenter.plain(images), 3),
                         (augmenter.two_views(images, np.random.default_rng(0)), 6)):
        assert views.shape == (count, 3, 32, 32)
        assert views.dtype == torch.float32
        assert views.is_contiguous(memory_format=torch.channels_last)
        assert torch.isfinite(views).all()
        if not colour:
            assert torch.equal(views[:, 0], views[:, 1])
            assert torch.equal(views[:, 0], views[:, 2])


@COLOUR
@pytest.mark.parametrize("jitter_and_blur", [True, False])
@pytest.mark.parametrize(("source", "side"), [(30, 40), (40, 40), (90, 40), (41, 40)])
@pytest.mark.parametrize(("name", "switches"), CHAINED, ids=str)
def test_the_chain_is_the_literal_chain(name: str, switches: dict[str, Any], source: int, side: int,
                                        jitter_and_blur: bool, colour: bool) -> None:
    augmenter = Augmenter(side, colour, with_switches(name, switches), jitter_and_blur=jitter_and_blur)
    shape = (5, source, source, 3) if colour else (5, source, source)
    images = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    for seed in range(4):
        views, literal = views_and_literal(augmenter, images, seed)
        torch.testing.assert_close(views, literal, rtol=0, atol=1e-5)


# Largest and root mean square difference allowed, in units of the range of the image (1 = white): see docs/recipes.md.
@pytest.mark.parametrize(("source", "side", "largest", "rms"), [
    (150, 224, 0.012, 0.001), (300, 224, 0.012, 0.001), (150, 64, 0.04, 0.006),
])  # fmt: skip
@COLOUR
def test_recipe_paper_is_close_to_the_literal_chain_on_smooth_images(
    source: int, side: int, largest: float, rms: float, colour: bool
) -> None:
    images = smooth(16, source, colour)
    for jitter_and_blur in (False, True):
        augmenter = Augmenter(side, colour, RECIPES["paper"], jitter_and_blur=jitter_and_blur)
        views, literal = views_and_literal(augmenter, images, seed=2)
        apart = (views - literal) * torch.tensor(augmenter.std).view(3, 1, 1)
        assert apart.abs().max() < largest
        assert apart.square().mean().sqrt() < rms


@pytest.mark.parametrize(("name", "switches"), FUSED, ids=str)
def test_each_switch_of_fused_views_does_what_the_literal_chain_does_with_it(
    name: str, switches: dict[str, Any]
) -> None:
    # with the authors' crop the chain mixes in empty corners, in place of which fused views repeat the edge
    augmenter = Augmenter(112, True, with_switches(name, switches | {"rotation_crop": "inside"}), jitter_and_blur=True)
    views, literal = views_and_literal(augmenter, smooth(8, 150, True), seed=3)
    apart = views - literal  # in standard deviations of the image: about a quarter of its range
    assert apart.abs().max() < 0.1
    assert apart.square().mean().sqrt() < 0.01


@COLOUR
@EVERY_SWITCH
def test_on_flat_images_jitter_and_normalisation_are_those_of_the_literal_chain(
    name: str, switches: dict[str, Any], colour: bool
) -> None:
    # Where geometry and blur change nothing, the laws of the values show alone.
    augmenter = Augmenter(48, colour, with_switches(name, switches | {"rotation_crop": "inside"}), jitter_and_blur=True)
    levels = np.random.default_rng(12).integers(0, 256, (16, 1, 1, 3) if colour else (16, 1, 1), dtype=np.uint8)
    images = np.tile(levels, (1, 30, 30, 1) if colour else (1, 30, 30))
    views, literal = views_and_literal(augmenter, images, seed=13)
    torch.testing.assert_close(views, literal, rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", ["paper", "authors"])
def test_normalised_values_are_clamped_by_the_jitter_only_where_the_recipe_says_so(name: str) -> None:
    images = smooth(6, 40, True)
    for first in (True, False):
        augmenter = Augmenter(40, True, with_switches(name, {"normalise_first": first}), jitter_and_blur=True)
        views = augmenter(images, np.random.default_rng(4))
        assert (views.min() >= 0 and views.max() <= 1 + 1e-5) == first
        assert augmenter.plain(images).min() < -1  # never when encoding


@pytest.mark.parametrize("jitter_and_blur", [True, False])
def test_jitter_and_blur_are_for_simclr_only(jitter_and_blur: bool) -> None:
    white = np.full((40, 20, 20, 3), 255, dtype=np.uint8)
    augmenter = Augmenter(26, True, RECIPES["paper"], jitter_and_blur=jitter_and_blur)
    views = augmenter(white, np.random.default_rng(5))
    if jitter_and_blur:
        assert views.mean(dim=(1, 2, 3)).std() > 0.1  # brightness darkens some of them
    else:
        torch.testing.assert_close(views, augmenter.plain(white), rtol=0, atol=1e-5)


@EVERY_SWITCH
def test_draws_are_made_for_each_image_or_once_for_a_batch_and_view(name: str, switches: dict[str, Any]) -> None:
    recipe = with_switches(name, switches)
    augmenter = Augmenter(32, True, recipe, jitter_and_blur=True)
    same = np.repeat(smooth(1, 30, True), 4, axis=0)
    views = augmenter(same, np.random.default_rng(6))
    assert all(torch.equal(view, views[0]) for view in views) != recipe.draw_per_image
    pairs = augmenter.two_views(same, np.random.default_rng(6))
    assert not torch.equal(pairs[0], pairs[1])
    assert torch.equal(pairs[0], pairs[2]) != recipe.draw_per_image


@EVERY_SWITCH
def test_two_views_of_an_image_stand_side_by_side(name: str, switches: dict[str, Any]) -> None:
    without_corners = with_switches(name, switches | {"rotation_crop": "inside"})
    augmenter = Augmenter(32, False, without_corners, jitter_and_blur=False)
    levels = np.array([10, 120, 250], dtype=np.uint8)
    images = np.broadcast_to(levels[:, None, None], (3, 24, 24))  # one gray level an image
    pairs = augmenter.two_views(images, np.random.default_rng(7)).mean(dim=(1, 2, 3))
    expected = augmenter.plain(images).mean(dim=(1, 2, 3)).repeat_interleave(2)
    torch.testing.assert_close(pairs, expected, rtol=0, atol=1e-4)


@EVERY_SWITCH
def test_the_same_seed_gives_the_same_bytes_and_another_does_not(name: str, switches: dict[str, Any]) -> None:
    augmenter = Augmenter(32, True, with_switches(name, switches), jitter_and_blur=True)
    images = smooth(5, 30, True)
    first, again, other = (augmenter.two_views(images, np.random.default_rng(seed)) for seed in (8, 8, 9))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


@pytest.mark.parametrize("views", ["fused", "chain"])
def test_the_number_of_threads_changes_no_byte(views: str) -> None:
    augmenter = Augmenter(32, True, with_switches("paper", {"views": views}), jitter_and_blur=True)
    images = smooth(11, 90, True)  # not a multiple of a thread's share; minified, so both kernels run
    made = []
    before = torch.get_num_threads()
    try:
        for threads in (1, 2, 3, 8):
            torch.set_num_threads(threads)
            made.append(augmenter(images, np.random.default_rng(10)).numpy().tobytes())
    finally:
        torch.set_num_threads(before)
    assert len(set(made)) == 1


@COLOUR
@pytest.mark.parametrize("name", ["paper", "authors"])
@pytest.mark.parametrize(("source", "side"), [(30, 45), (45, 45), (90, 32)])
def test_plain_images_are_resized_and_normalised_in_any_order(name: str, source: int, side: int, colour: bool) -> None:
    images = np.random.default_rng(11).integers(0, 256, (3, source, source, 3)[: 4 if colour else 3], dtype=np.uint8)
    plain = Augmenter(side, colour, RECIPES[name], jitter_and_blur=True).plain(images)
    augmenter = Augmenter(side, colour, RECIPES[name], jitter_and_blur=False)
    mean, std = (torch.tensor(values).view(3, 1, 1) for values in (augmenter.mean, augmenter.std))
    x = torch.tensor(images).float() / 255
    x = x.permute(0, 3, 1, 2) if colour else x[:, None].expand(-1, 3, -1, -1)
    last = (interpolate(x, (side, side), mode="bilinear", antialias=True) - mean) / std
    first = interpolate((x - mean) / std, (side, side), mode="bilinear", antialias=True)
    torch.testing.assert_close(plain, last, rtol=0, atol=1e-5)
    torch.testing.assert_close(plain, first, rtol=0, atol=1e-5)


def test_images_may_be_a_read_only_map_of_a_file(tmp_path: Path) -> None:
    images = smooth(3, 20, True)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    for name in RECIPES:
        augmenter = Augmenter(32, True, RECIPES[name], jitter_and_blur=True)
        assert torch.equal(augmenter(mapped, np.random.default_rng(0)), augmenter(images, np.random.default_rng(0)))
        assert torch.equal(augmenter.plain(mapped), augmenter.plain(images))
    assert np.array_equal(mapped, images)


def test_a_side_too_small_for_the_blur_is_refused() -> None:
    with pytest.raises(UserError, match="more than 12 px for a blur of 25 px, found 12"):
        Augmenter(12, True, RECIPES["paper"], jitter_and_blur=True)
    Augmenter(13, True, RECIPES["paper"], jitter_and_blur=True)
    Augmenter(12, True, RECIPES["paper"], jitter_and_blur=False)
    Augmenter(12, True, dataclasses.replace(RECIPES["paper"], blur_kernel=23), jitter_and_blur=True)
