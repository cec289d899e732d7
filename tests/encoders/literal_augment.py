"""The augmentation as one would write it first: torchvision's operations one after another, image by image.

The oracle of the fast code (`literal_chain`, `literal_map`) and the opponent in the benchmark (`ordinary_transform`).
"""

import math
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torchvision.transforms import functional as V1
from torchvision.transforms import v2

from paper_repro import paper
from paper_repro.base.recipe import Recipe
from paper_repro.encoders.augment import Draw
from paper_repro.encoders.resnet import normalisation

LINEAR = v2.InterpolationMode.BILINEAR


def rotation(angle: float) -> NDArray[np.float64]:
    """Counter-clockwise on a screen whose y points down: where a pixel of the rotated image comes from."""
    turn = math.radians(angle)
    return np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])


def inscribed_side(angle: float, side: int) -> int:
    """The largest centred square of whole pixels whose four corner pixels come from inside the unrotated image."""
    for size in range(side, 0, -2):
        half = (size - 1) / 2
        corners = rotation(angle) @ [[-half, half, -half, half], [-half, -half, half, half], [1, 1, 1, 1]]
        if np.abs(corners[:2]).max() <= (side - 1) / 2 + 1e-6:
            return size
    raise AssertionError("a single pixel always fits")


def literal_square(angle: float, side: int, rule: str) -> tuple[int, int]:
    """First px and side of what is cut out of the rotated image: never mixed with corners, or by the outer edges."""
    if rule == "inside":
        size = inscribed_side(angle, side)
        return (side - size) // 2, size
    edges = rotation(angle) @ np.array([[1, -1], [1, 1], [0, 0]]) / 2  # two corners of a square of 1 px
    size = math.floor(side / 2 / abs(edges[:2]).max() + 1e-9)
    places = torch.arange(side * side).view(1, side, side)
    return int(v2.functional.center_crop(places, [size, size])[0, 0, 0]) % side, size


def literal_map(draw: Draw, side: int, source_side: int, rule: str = "inside") -> NDArray[np.float64]:
    """The chain's affine maps multiplied, [2, 3]: (column, row, 1) of a view -> (x, y) of the source, in px."""

    def shift(x: float, y: float) -> NDArray[np.float64]:
        return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])

    def scale(x: float, y: float) -> NDArray[np.float64]:
        return np.diag([x, y, 1.0])

    top, left, height, width = draw.box
    first, size = literal_square(draw.angle, side, rule)
    flip = shift(side, 0) @ scale(-1, 1) if draw.flip else np.eye(3)
    random_crop = shift(left, top) @ scale(width / side, height / side)
    inscribed_crop = shift(first, first) @ scale(size / side, size / side)
    turn = shift(side / 2, side / 2) @ rotation(draw.angle) @ shift(-side / 2, -side / 2)
    resize = scale(source_side / side, source_side / side)
    return (shift(-0.5, -0.5) @ resize @ turn @ inscribed_crop @ random_crop @ flip @ shift(0.5, 0.5))[:2]


def literal_geometry(x: Tensor, draw: Draw, side: int, rule: str = "inside") -> Tensor:
    """Resize, rotation, inscribed crop, random crop and flip of one image [C, S, S] -> [C, side, side]."""
    x = v2.functional.resize(x, [side, side], LINEAR, antialias=True)
    x = v2.functional.rotate(x, draw.angle, LINEAR, expand=False, center=None, fill=None)
    cut, size = literal_square(draw.angle, side, rule)
    x = v2.functional.resize(x[:, cut : cut + size, cut : cut + size], [side, side], LINEAR, antialias=True)
    top, left, height, width = draw.box
    x = x[:, top : top + height, left : left + width]
    x = v2.functional.resize(x, [side, side], LINEAR, antialias=True)
    return x.flip(-1) if draw.flip else x


def literal_chain(image: NDArray[np.uint8], draw: Draw, recipe: Recipe, side: int) -> Tensor:
    """One view of one image ([S, S] or [S, S, 3]) -> [3, side, side], normalised; computed in double precision."""
    colour, kernel, normalise_first = image.ndim == 3, recipe.kernel(side), recipe.normalise_first
    mean, std = (torch.tensor(values, dtype=torch.float64).view(3, 1, 1) for values in normalisation(colour))
    x = torch.tensor(image if colour else np.stack([image] * 3, axis=-1)).permute(2, 0, 1).contiguous().double() / 255
    x = (x - mean) / std if normalise_first else x
    x = literal_geometry(x, draw, side, recipe.rotation_crop)
    if draw.jitter:
        brightness, contrast, brightness_first = draw.jitter
        for name in ("brightness", "contrast") if brightness_first else ("contrast", "brightness"):
            if name == "brightness":
                x = (brightness * x).clamp(0, 1)
            else:
                gray = sum(weight * channel for weight, channel in zip(paper.LUMA, x, strict=True))
                assert isinstance(gray, Tensor)
                x = (contrast * x + (1 - contrast) * gray.mean()).clamp(0, 1)
    if draw.sigma:
        x = V1.gaussian_blur(x, [kernel, kernel], [draw.sigma, draw.sigma])
    return (x if normalise_first else (x - mean) / std).float()


class RotateAndCrop(v2.Transform):
    """RandomRotation(180, bilinear), the inscribed crop, and resizing back."""

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the angle."""
        return {"angle": float(torch.empty(1).uniform_(-180, 180))}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Any:
        """Rotate, crop, resize [C, S, S]."""
        side, turn = inpt.shape[-1], math.radians(params["angle"])
        inside = int(side / (abs(math.cos(turn)) + abs(math.sin(turn))))
        turned = v2.functional.rotate(inpt, params["angle"], LINEAR)
        return v2.functional.resize(v2.functional.center_crop(turned, [inside, inside]), [side, side], LINEAR)


def ordinary_transform(side: int) -> v2.Compose:
    """The five augmentations of Sect. 3.2.2 for one uint8 image [3, S, S], of torchvision's transforms."""
    setting = paper.AUGMENTATION
    mean, std = normalisation(colour=True)
    return v2.Compose([
        v2.ToDtype(torch.float32, scale=True),
        v2.Resize([side, side], LINEAR, antialias=True),
        RotateAndCrop(),
        v2.RandomResizedCrop(side, setting.crop_scale, interpolation=LINEAR, antialias=True),
        v2.RandomHorizontalFlip(0.5),
        v2.ColorJitter(brightness=setting.brightness, contrast=setting.contrast),
        v2.RandomApply([v2.GaussianBlur(setting.blur_kernel, setting.blur_sigma)], setting.blur_probability),
        v2.Normalize(mean, std),
    ])  # fmt: skip
