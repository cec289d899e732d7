"""Sect. 3.2.2: the augmentations, as drawn by the code that training uses."""

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
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import OF_THE_CODE, Measured

COMMAND = "make verify"
VIEWS = 20_000  # that are drawn: the ends of a range are reached to a hundredth of it
WHITE_VIEWS, TURNS = 32, 2000
EDGE_PX = 0.5  # that the outermost pixels of an image reach beyond their centres


def claims() -> Iterator[Claim]:
    """All claims about the augmentations."""
    chosen = paper.AUGMENTATION
    for name, statement, ends, allowed in (
        ("crop-scale", "Share of the area that a random resized crop keeps.", chosen.crop_scale, 0.01),
        ("brightness", "Factor of the brightness jitter of 0.5.", (1 - chosen.brightness, 1 + chosen.brightness), 0.01),
        ("contrast", "Factor of the contrast jitter of 0.5.", (1 - chosen.contrast, 1 + chosen.contrast), 0.01),
        ("blur-sigma", "Standard deviation of the blur.", chosen.blur_sigma, 0.02),
    ):
        yield Claim(f"views.{name}", "Sect. 3.2.2", "setting", statement, f"{ends[0]:g} to {ends[1]:g}", ends, allowed,
                    "range", "px" if name == "blur-sigma" else "", "a hundredth of the range, which some thousand "
                    "draws reach", ("none",), COMMAND, drawn)
    yield Claim("views.blur-share", "Sect. 3.2.2", "setting", "Share of the views that are blurred.", "50 %",
                chosen.blur_probability, 0.03, "within", "", "more than three errors of some thousand draws", ("none",),
                COMMAND, blurred)
    yield Claim("views.blur-kernel", "Sect. 3.2.2", "setting", "Kernel size of the blur in this run's recipe.",
                f"{chosen.blur_kernel}", float(chosen.blur_kernel), 0.0, "equal", "px", "a setting", ("none",), COMMAND,
                view_kernel)
    yield Claim("views.no-empty-area", "Sect. 3.2.2", "setting", "Random rotations are cropped so that no empty area "
                "is left.", "yes", True, None, "holds", "", "no pixel of a view lies beyond the image; views of a "
                "white image are white", ("none",), COMMAND, no_empty_area)


def drawn(_: Run, claim: Claim) -> Measured:
    """Smallest and largest value of a random choice over many views of 224 px."""
    values = _views()[claim.id.removeprefix("views.")].dropna()
    low, high = float(values.min()), float(values.max())
    return Measured((low, high), f"{low:.3f} to {high:.3f}")


def blurred(_: Run, __: Claim) -> Measured:
    """Share of many views that are blurred."""
    share = float(_views()["blur-sigma"].notna().mean())
    return Measured(share, f"{share:.1%}")


def view_kernel(run: Run, _: Claim) -> Measured:
    """Kernel size of the blur at 224 px in the run's recipe."""
    size = _recipe(run).kernel(paper.INPUT_SIDE_PX)
    return Measured(float(size), f"{size}")


def no_empty_area(run: Run, _: Claim) -> Measured:
    """Whether no pixel of a rotated and cropped view lies beyond the image, and views of a white image are white.

    White alone isn't enough: beyond the image the recipe of the text takes the nearest pixel of its edge.
    """
    side = paper.IMAGE_SIDE_PX
    white = np.full((WHITE_VIEWS, side, side), 255, np.uint8)
    augmenter = Augmenter(side, False, _recipe(run), jitter_and_blur=False)
    views = augmenter(white, np.random.default_rng(0))
    corners = np.array([[0, side - 1, 0, side - 1], [0, 0, side - 1, side - 1], [1, 1, 1, 1]])
    # all that a random crop could leave
    whole = (Draw(angle, (0, 0, side, side), flip=False) for angle in np.linspace(-180, 180, TURNS))
    rule = _recipe(run).rotation_crop
    places = np.array([source_map(draw, side, side, rule) @ corners for draw in whole])
    inside = places.min() > -EDGE_PX and places.max() < side - 1 + EDGE_PX
    holds = bool(inside and (views - augmenter.plain(white[:1])).abs().max() < 1e-5)
    return OF_THE_CODE.with_value(holds)


def _recipe(run: Run) -> Recipe:
    return recipe_of(run.profile)


@functools.cache
def _views() -> pd.DataFrame:
    """The choices of many views: a row each, NaN for a blur that isn't."""
    rng, side = np.random.default_rng(0), paper.INPUT_SIDE_PX
    rows: list[dict[str, Any]] = [_choices(draw_view(rng, side, jitter_and_blur=True), side) for _ in range(VIEWS)]
    return pd.DataFrame(rows)


def _choices(draw: Draw, side: int) -> dict[str, float]:
    assert draw.jitter is not None  # as asked for
    brightness, contrast, _ = draw.jitter
    return {"crop-scale": draw.box[2] * draw.box[3] / side**2, "brightness": brightness, "contrast": contrast,
            "blur-sigma": draw.sigma or math.nan}
