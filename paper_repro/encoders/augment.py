"""Augmented views for training (Sect. 3.2.2) and plain images for encoding, normalised (Sect. 3.2.3).

The chain: resize to the network's side, rotate by any angle and crop the empty corners away, crop at random and
resize back, flip; for SimCLR then jitter of brightness and contrast, and blur. All up to the flip is one resampling of
the source image (switch `views`: "fused"), or one resampling after another as in torchvision's chain ("chain").
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.recipe import Recipe, RotationCrop
from paper_repro.base.run import EncoderInput
from paper_repro.encoders.chain import chain
from paper_repro.encoders.resample import finish, render
from paper_repro.encoders.resnet import normalisation
from paper_repro.paper import Augmentation

CROP_RATIO = (3 / 4, 4 / 3)  # width / height, torchvision's default, which the authors kept
CROP_TRIES = 10  # as torchvision; then the whole image
SHARE = 4  # images a thread takes at a time


@dataclass(frozen=True)
class Draw:
    """The random choices of one view.

    angle: of the rotation in degrees, counter-clockwise; box: top, left, height, width of the random crop in px of
    the rotated image; jitter: None (no jitter and no blur) or factors of brightness and contrast, and whether
    brightness comes first; sigma: of the blur in px, 0 for none.
    """

    angle: float
    box: tuple[int, int, int, int]
    flip: bool
    jitter: tuple[float, float, bool] | None = None
    sigma: float = 0.0


def draw_view(rng: np.random.Generator, side: int, setting: Augmentation = paper.AUGMENTATION, *,
              jitter_and_blur: bool) -> Draw:
    """Draw the random choices of one view of `side` px (Sect. 3.2.2)."""
    angle, box, flip = rng.uniform(-180, 180), draw_box(rng, side, setting.crop_scale), bool(rng.random() < 0.5)
    if not jitter_and_blur:
        return Draw(angle, box, flip)
    jitter = (
        rng.uniform(1 - setting.brightness, 1 + setting.brightness),
        rng.uniform(1 - setting.contrast, 1 + setting.contrast),
        bool(rng.random() < 0.5),
    )
    sigma = rng.uniform(*setting.blur_sigma) if rng.random() < setting.blur_probability else 0.0
    return Draw(angle, box, flip, jitter, sigma)


def draw_box(rng: np.random.Generator, side: int, scale: tuple[float, float] = paper.AUGMENTATION.crop_scale
             ) -> tuple[int, int, int, int]:
    """Draw top, left, height, width of a crop with a share of the area and a ratio, as RandomResizedCrop does."""
    for _ in range(CROP_TRIES):
        area = side * side * rng.uniform(*scale)
        ratio = math.exp(rng.uniform(math.log(CROP_RATIO[0]), math.log(CROP_RATIO[1])))
        width, height = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < width <= side and 0 < height <= side:
            return int(rng.integers(side - height + 1)), int(rng.integers(side - width + 1)), height, width
    return 0, 0, side, side


def inscribed_margin(angle: float, side: int) -> int:
    """Px to crop from each edge of a rotated square so that what remains is the largest upright square inside.

    The centres of its pixels lie among those of the rotated square, so that no pixel is mixed with the empty corners
    (but for a millionth of a pixel, so that a right angle crops nothing).
    """
    turn = math.radians(angle)
    half = (side - 1) / 2
    return math.ceil(half - (half + 1e-6) / (abs(math.cos(turn)) + abs(math.sin(turn))))


def inscribed_square(angle: float, side: int, rule: RotationCrop) -> tuple[int, int]:
    """First px along each axis, and side in px, of the square cut out of a square of `side` px rotated by `angle`.

    "inside": see `inscribed_margin`. "authors": the largest upright square between the outer edges of the rotated
    one, its side rounded down, placed as torchvision's centre crop does. At 224 px it is 1 px larger in 38 % of the
    angles and 1 px smaller in 9 %; where it is larger, its corners are mixed with the empty ones.
    """
    if rule == "inside":
        margin = inscribed_margin(angle, side)
        return margin, side - 2 * margin
    turn = math.radians(angle)
    size = int(side / (abs(math.cos(turn)) + abs(math.sin(turn))) + 1e-9)  # a right angle crops nothing
    return round((side - size) / 2), size


def source_map(draw: Draw, side: int, source_side: int, rule: RotationCrop) -> NDArray[np.float64]:
    """The map [2, 3] from (column, row, 1) of a view to the (x, y) of the source image it shows, in px.

    Both count from the centre of the first pixel. It is the chain read backwards: flip, random crop, inscribed crop
    (these three act on each axis alone), rotation about the centre, size of the source.
    """
    top, left, height, width = draw.box
    first, size = inscribed_square(draw.angle, side, rule)
    zoom = size / side
    step_x, step_y = zoom * width / side, zoom * height / side
    # Position of the view's first pixel centre, from the centre of the rotated image
    first_x = first + zoom * left + step_x / 2 - side / 2
    first_y = first + zoom * top + step_y / 2 - side / 2
    if draw.flip:
        first_x, step_x = first_x + (side - 1) * step_x, -step_x
    turn = math.radians(draw.angle)
    cos, sin, ratio = math.cos(turn), math.sin(turn), source_side / side
    centre = (source_side - 1) / 2
    return np.array([
        [ratio * cos * step_x, -ratio * sin * step_y, ratio * (cos * first_x - sin * first_y) + centre],
        [ratio * sin * step_x, ratio * cos * step_y, ratio * (sin * first_x + cos * first_y) + centre],
    ])  # fmt: skip


def steps(draw: Draw, side: int, rule: RotationCrop) -> NDArray[np.float64]:
    """The geometry of one view for `chain`, [9]."""
    turn = math.radians(draw.angle)
    return np.array([math.cos(turn), math.sin(turn), *inscribed_square(draw.angle, side, rule), *draw.box, draw.flip])


class Augmenter:
    """Makes views of uint8 images [B, S, S] (gray) or [B, S, S, 3] (colour), S any side, by a recipe.

    Every result is float32 [B, 3, side, side], normalised and channels-last: what the network takes. Threads are as
    many as torch's, and don't change a byte. Raises UserError where `side` is too small for the blur's kernel.
    """

    def __init__(self, side: int, colour: bool, recipe: Recipe, setting: Augmentation = paper.AUGMENTATION, *,
                 jitter_and_blur: bool, kind: EncoderInput = "imagenet") -> None:
        self.side, self.colour, self.recipe, self.jitter_and_blur = side, colour, recipe, jitter_and_blur
        self.setting = setting
        self.kernel = recipe.kernel(side)
        self.mean, self.std = normalisation(colour, kind)
        if jitter_and_blur and self.kernel // 2 >= side:
            raise UserError(f"Encoder input side: expected more than {self.kernel // 2} px for a blur of "
                            f"{self.kernel} px, found {side}; set `side` in the profile.")

    def __call__(self, images: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
        """One view of each image; the random choices are made for each, or once for all (`draw_per_image`)."""
        count = len(images) if self.recipe.draw_per_image else 1
        return self.drawn(images, self._draws(rng, count))

    def two_views(self, images: NDArray[np.uint8], rng: np.random.Generator) -> Tensor:
        """Two views of each image, interleaved a1 b1 a2 b2 ...: [2B, 3, side, side] (for NT-Xent, Eq. 5)."""
        pairs = np.repeat(images, 2, axis=0)
        if self.recipe.draw_per_image:
            return self(pairs, rng)
        return self.drawn(pairs, self._draws(rng, 2) * len(images))

    def _draws(self, rng: np.random.Generator, count: int) -> list[Draw]:
        """The random choices of so many views."""
        return [draw_view(rng, self.side, self.setting, jitter_and_blur=self.jitter_and_blur) for _ in range(count)]

    def plain(self, images: NDArray[np.uint8]) -> Tensor:
        """The images without augmentation: resized (bilinear, antialiased) and normalised.

        One for both recipes: resizing is linear with weights that sum to 1, so it may come before or after normalising.
        """
        return self._rendered(images, [Draw(0.0, (0, 0, self.side, self.side), flip=False)], fused=True)

    def drawn(self, images: NDArray[np.uint8], draws: list[Draw]) -> Tensor:
        """The views of given random choices; `draws` has one entry for each image, or one for all."""
        return self._rendered(images, draws, fused=self.recipe.views == "fused")

    def _rendered(self, images: NDArray[np.uint8], draws: list[Draw], *, fused: bool) -> Tensor:
        count, side, source_side, channels = len(images), self.side, images.shape[1], 3 if self.colour else 1
        rule, each = self.recipe.rotation_crop, count // len(draws)
        places = [source_map(draw, side, source_side, rule) if fused else steps(draw, side, rule) for draw in draws]
        geometry = np.repeat(places, each, axis=0)
        choices = [[*draw.jitter, draw.sigma] if draw.jitter else [] for draw in draws]
        jitter = np.repeat(np.array(choices, dtype=np.float64), each, axis=0)
        first, last = self._scales(source_side)
        # To the jitter gray is three equal channels, and the weights of the luma sum to 0.9999.
        luma = np.array(paper.LUMA if self.colour else [sum(paper.LUMA)])
        # One type and layout for the compiled code, also where the images are a read-only map of a file
        source = np.require(images, requirements=["C", "W", "E"]).reshape(count, source_side, -1)
        out = np.empty((count, side, side * 3), dtype=np.float32)

        def work(start: int) -> None:
            part = slice(start, start + SHARE)
            if fused:
                render(source[part], geometry[part], jitter[part], first, last, luma, self.kernel, out[part])
                return
            views = np.empty((len(out[part]), side, side * channels), dtype=np.float32)
            chain(source[part], geometry[part], first, channels, views)
            finish(views, jitter[part], last, luma, self.kernel, out[part])

        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            list(pool.map(work, range(0, count, SHARE)))
        return torch.from_numpy(out.reshape(count, side, side, 3)).permute(0, 3, 1, 2)

    def _scales(self, source_side: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scale and offset by column of a row: from bytes to what the jitter works on, from there to the network."""
        mean, std = (np.array(values) for values in (self.mean, self.std))
        unit, same, normal = (np.full(3, 1 / 255), np.zeros(3)), (np.ones(3), np.zeros(3)), (1 / std, -mean / std)
        both = (normal[0] / 255, normal[1])
        before, after = (both, same) if self.recipe.normalise_first else (unit, normal)
        channels = 3 if self.colour else 1
        first = [np.tile(values[:channels], source_side) for values in before]
        last = [np.tile(values, self.side) for values in after]
        return np.array(first, dtype=np.float32), np.array(last, dtype=np.float32)
