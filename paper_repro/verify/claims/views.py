"""Sect. 3.2.2: the augmentations, as drawn by the code that training uses."""

import colorsys
import dataclasses
import functools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from paper_repro import paper
from paper_repro.base.recipe import Recipe, recipe_of
from paper_repro.base.run import Run
from paper_repro.encoders.augment import Augmenter, Draw, draw_view, source_map
from paper_repro.paper import Augmentation
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import OF_THE_CODE, Measured, NotRun

COMMAND = "make verify"
VIEWS = 20_000  # that are drawn: the ends of a range are reached to a hundredth of it
WHITE_VIEWS, TURNS = 32, 2000
NEAR = 1e-5  # of values in [0, 1], in single precision
JITTERED, COLOURED_PX = (0.4, 0.35, 0.3), 8  # red, green, blue in [0, 1]; side of an image
SAME_HUE = 1e-3  # of a turn, and of saturation: what rounding may do to a colour near gray
EDGE_PX = 0.5  # that the outermost pixels of an image reach beyond their centres


def claims() -> Iterator[Claim]:
    """All claims about the augmentations."""
    chosen = paper.AUGMENTATION
    for name, statement, ends, allowed in (
        ("crop-scale", "Share of the area that a random resized crop keeps.", chosen.crop_scale, 0.005),
        ("brightness", "Factor of the brightness jitter of 0.5.", (1 - chosen.brightness, 1 + chosen.brightness), 0.01),
        ("contrast", "Factor of the contrast jitter of 0.5.", (1 - chosen.contrast, 1 + chosen.contrast), 0.01),
        ("blur-sigma", "Standard deviation of the blur.", chosen.blur_sigma, 0.02),
    ):
        yield Claim(f"views.{name}", "Sect. 3.2.2", "setting", statement, f"{ends[0]:g} to {ends[1]:g}", ends, allowed,
                    "range", "px" if name == "blur-sigma" else "", "a hundredth of the range, which some thousand "
                    "draws reach", ("none",), COMMAND, drawn)
    yield Claim("views.blur-share", "Sect. 3.2.2", "setting", "Share of the views that are blurred.",
                f"{100 * chosen.blur_probability:g}", 100 * chosen.blur_probability, 3.0, "within", "%",
                "more than three errors of some thousand draws", ("none",), COMMAND, blurred)
    yield Claim("views.blur-kernel", "Sect. 3.2.2", "setting", "Kernel size of the blur in this run's recipe.",
                f"{chosen.blur_kernel}", float(chosen.blur_kernel), 0.0, "equal", "px", "a setting", ("none",), COMMAND,
                view_kernel)
    yield Claim("views.flip", "Sect. 3.2.2", "setting", "Views are mirrored left to right at random.", "yes", True,
                None, "holds", "", "some draws of many are mirrored and some aren't; a mirrored view is the mirror "
                "image of the other", ("none",), COMMAND, flipped)
    yield Claim("views.no-hue", "Sect. 3.2.2", "setting", "There is no jitter of hue or saturation.", "yes", True, None,
                "holds", "", "those of an image of one colour stay as they are; without the jitter of contrast, which "
                "draws colours to gray", ("none",), COMMAND, no_hue)
    yield Claim("views.no-empty-area", "Sect. 3.2.2", "setting", "Random rotations are cropped so that no empty area "
                "is left.", "yes", True, None, "holds", "", "no pixel of a view lies beyond the image; views of a "
                "white image are white", ("none",), COMMAND, no_empty_area)


def drawn(run: Run, claim: Claim) -> Measured:
    """Smallest and largest value of a random choice over many views of 224 px. Raises NotRun where it is never made."""
    values = _views(run.profile.augmentation)[claim.id.removeprefix("views.")].dropna()
    if values.empty:
        raise NotRun("no view of this run is blurred")
    low, high = float(values.min()), float(values.max())
    return Measured((low, high), f"{low:.3f} to {high:.3f}")


def blurred(run: Run, _: Claim) -> Measured:
    """Share of many views that are blurred, in percent."""
    percent = 100 * float(_views(run.profile.augmentation)["blur-sigma"].notna().mean())
    return Measured(percent, f"{percent:.1f}")


def view_kernel(run: Run, _: Claim) -> Measured:
    """Kernel size of the blur at 224 px in the run's recipe."""
    size = _recipe(run).kernel(paper.INPUT_SIDE_PX)
    return Measured(float(size), f"{size}")


def flipped(run: Run, _: Claim) -> Measured:
    """Whether some of many draws are mirrored and some aren't, and a mirrored view is the other's mirror image."""
    flips = _views(run.profile.augmentation)["flip"]
    side = paper.INPUT_SIDE_PX
    image = np.random.default_rng(0).integers(0, 256, (1, side, side), np.uint8)
    augmenter = Augmenter(side, False, _recipe(run), run.profile.augmentation, jitter_and_blur=False)
    views = [augmenter.drawn(image, [Draw(0.0, (0, 0, side, side), flip)]) for flip in (False, True)]
    mirrors = bool((views[0].flip(-1) - views[1]).abs().max() < NEAR)
    return OF_THE_CODE.with_value(bool(flips.any() and not flips.all() and mirrors))


def no_hue(run: Run, _: Claim) -> Measured:
    """Whether views of an image of one colour have its hue and saturation, before or after normalising as jittered.

    The colour is so near to gray, and so dark, that no jitter meets the ends of the range.
    """
    recipe = _recipe(run)
    setting = dataclasses.replace(run.profile.augmentation, contrast=0.0)
    augmenter = Augmenter(paper.INPUT_SIDE_PX, True, recipe, setting, jitter_and_blur=True)
    scale, start = (np.array(augmenter.std), np.array(augmenter.mean))
    colour = scale * JITTERED + start if recipe.normalise_first else np.array(JITTERED)
    image = np.broadcast_to(np.round(255 * colour).astype(np.uint8), (WHITE_VIEWS, *2 * (COLOURED_PX,), 3))
    hues = []
    for made in (augmenter(image, np.random.default_rng(0)), augmenter.plain(image[:1])):
        pixels = made[:, :, 0, 0].numpy().astype(np.float64)
        pixels = pixels if recipe.normalise_first else scale * pixels + start
        hues.append(np.array([colorsys.rgb_to_hsv(*pixel)[:2] for pixel in pixels]))
    return OF_THE_CODE.with_value(bool(np.abs(hues[0] - hues[1]).max() < SAME_HUE))


def no_empty_area(run: Run, _: Claim) -> Measured:
    """Whether no pixel of a rotated and cropped view lies beyond the image, and views of a white image are white.

    White alone isn't enough: beyond the image the recipe of the text takes the nearest pixel of its edge.
    """
    side = paper.IMAGE_SIDE_PX
    white = np.full((WHITE_VIEWS, side, side), 255, np.uint8)
    augmenter = Augmenter(side, False, _recipe(run), run.profile.augmentation, jitter_and_blur=False)
    views = augmenter(white, np.random.default_rng(0))
    corners = np.array([[0, side - 1, 0, side - 1], [0, 0, side - 1, side - 1], [1, 1, 1, 1]])
    # all that a random crop could leave
    whole = (Draw(angle, (0, 0, side, side), flip=False) for angle in np.linspace(-180, 180, TURNS))
    rule = _recipe(run).rotation_crop
    places = np.array([source_map(draw, side, side, rule) @ corners for draw in whole])
    inside = places.min() > -EDGE_PX and places.max() < side - 1 + EDGE_PX
    holds = bool(inside and (views - augmenter.plain(white[:1])).abs().max() < NEAR)
    return OF_THE_CODE.with_value(holds)


def _recipe(run: Run) -> Recipe:
    return recipe_of(run.profile)


@functools.cache
def _views(setting: Augmentation) -> pd.DataFrame:
    """The choices of many views: a row each, NaN for a blur that isn't."""
    rng, side = np.random.default_rng(0), paper.INPUT_SIDE_PX
    rows: list[dict[str, Any]] = [_choices(draw_view(rng, side, setting, jitter_and_blur=True), side)
                                  for _ in range(VIEWS)]
    return pd.DataFrame(rows)


def _choices(draw: Draw, side: int) -> dict[str, float]:
    assert draw.jitter is not None  # as asked for
    brightness, contrast, _ = draw.jitter
    return {"crop-scale": draw.box[2] * draw.box[3] / side**2, "brightness": brightness, "contrast": contrast,
            "blur-sigma": draw.sigma or math.nan, "flip": draw.flip}
