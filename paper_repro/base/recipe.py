"""The two recipes, `paper` (the text) and `authors` (the code as published), and their switches."""

import dataclasses
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin, get_type_hints

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.profile import PAPERS_BASE, Model, Profile
from paper_repro.base.profile_training import TRAINING, VIEWS

Views = Literal["fused", "chain"]
RotationCrop = Literal["inside", "authors"]
Precision = Literal["float32", "bfloat16"]
DecoderKind = Literal["mirror", "authors"]
Split = Literal["round", "floor"]
LastBatch = Literal["unweighted", "weighted"]
Luma = Literal["integer", "float32"]
Longitudes = Literal["wrapped", "stored"]
WithoutFit = Literal["keep", "leave out"]

# The authors' blur is as wide as the odd size from 0.2 x the image's side, which is 45 px at 224 px.
AUTHORS_BLUR_KERNEL = 45
AUTHORS_BLUR_SHARE = 0.2


@dataclass(frozen=True)
class Recipe:
    """The switches in which the text of the paper, the authors' code and this project may differ; each works alone.

    Nothing but the switches decides a result: `name` is only what their combination is called. docs/recipes.md has
    for each what the text says and what the code does (Sects. 3.2.2, 3.2.3 and 4.1, Table 2).

    views: how rotation, crop and resized crop are made: "fused", one resampling of the source by the affine map of the
    chain, or "chain", torchvision's four resamplings one after another.
    rotation_crop: side of the square cut out of the rotated image: "inside", never mixed with the empty corners, or
    "authors", the square inscribed by the outer edges, rounded down, which mixes in the corners at some angles.
    normalise_first: the augmentation works on normalised values, which the jitter clamps to [0, 1], instead of on
    [0, 1] with the normalisation last.
    draw_per_image: random choices are made for each image, else once for a batch and view.
    blur_kernel: width of the Gaussian blur in px (see `kernel`).
    precision: of the network in training: "float32", or "bfloat16" (autocast; weights and loss stay float32).
    decoder: of the autoencoder: "mirror", the transposed counterpart of each convolution, or "authors", theirs.
    weight_decay: of LARS.
    keep_momentum: LARS keeps its velocity from step to step.
    split: 80 % of the images are rounded to the nearest number ("round"), or the other 20 % rounded down ("floor").
    last_batch: the loss of an epoch is the mean over its batches, each counting alike ("unweighted") or by its number
    of images ("weighted").
    keep_best: training gives the weights of the epoch with the lowest test loss, else of the last.
    luma: arithmetic of Eq. 6 before the gray value is truncated: "integer", exact, or "float32", of values in [0, 1].
    longitudes: the map to the sphere takes longitudes turned into [-180, 180) in single precision ("wrapped"), or,
    where a reader doesn't turn them itself, as the file has them ("stored").
    without_fit: an observation that Minnaert's law can't be fitted to is used as it is ("keep"), or not ("leave out").
    """

    name: Literal["paper", "authors"]
    views: Views
    rotation_crop: RotationCrop
    normalise_first: bool
    draw_per_image: bool
    blur_kernel: int
    precision: Precision
    decoder: DecoderKind
    weight_decay: float
    keep_momentum: bool
    split: Split
    last_batch: LastBatch
    keep_best: bool
    luma: Luma
    longitudes: Longitudes
    without_fit: WithoutFit

    def kernel(self, side: int) -> int:
        """Width in px of the blur for images of `side` px: as given, but the authors' 45 scales with the side."""
        if self.blur_kernel != AUTHORS_BLUR_KERNEL:
            return self.blur_kernel
        return int(AUTHORS_BLUR_SHARE * side) | 1


RECIPES = {
    "paper": Recipe(
        name="paper",
        views="fused",
        rotation_crop="inside",
        normalise_first=False,
        draw_per_image=True,
        blur_kernel=paper.AUGMENTATION.blur_kernel,
        precision="float32",
        decoder="mirror",
        weight_decay=paper.TABLE2.lars_weight_decay,
        keep_momentum=True,
        split="round",
        last_batch="unweighted",
        keep_best=True,
        luma="integer",
        longitudes="wrapped",
        without_fit="keep",
    ),
    "authors": Recipe(
        name="authors",
        views="chain",
        rotation_crop="authors",
        normalise_first=True,
        draw_per_image=False,
        blur_kernel=AUTHORS_BLUR_KERNEL,
        precision="float32",
        decoder="authors",
        weight_decay=1e-5,
        keep_momentum=False,
        split="floor",
        last_batch="unweighted",
        keep_best=False,
        luma="float32",
        longitudes="stored",
        without_fit="keep",
    ),
}

# Parameters that a training of the autoencoder uses, which has neither NT-Xent and LARS nor jitter and blur
OF_AUTOENCODER = ("batch_size", "base_learning_rate", "crop_scale")

# The type of every switch; those that decide images, not a training
SWITCHES: dict[str, Any] = {name: hint for name, hint in get_type_hints(Recipe).items() if name != "name"}
OF_IMAGES = ("luma", "longitudes", "without_fit")


def with_switches(name: str, switches: Mapping[str, Any]) -> Recipe:
    """The recipe `name` with single switches set otherwise.

    Raises UserError for an unknown recipe or switch, or a value that doesn't fit the switch.
    """
    if name not in RECIPES:
        raise UserError(f"Unknown recipe {name!r}; choose one of: {', '.join(RECIPES)}.")
    for switch, value in switches.items():
        _check(switch, value)
    return dataclasses.replace(RECIPES[name], **switches)


def parse_switches(words: Iterable[str]) -> dict[str, Any]:
    """Switches written as `name=value`, each value in the type of its switch (`true` and `false` for a yes or no).

    Raises UserError for a word of another form, an unknown or repeated switch, or a value that doesn't fit.
    """
    switches: dict[str, Any] = {}
    for word in words:
        name, sign, text = word.partition("=")
        if not sign:
            raise UserError(f"Switch {word!r}: expected name=value, as in blur_kernel=45, found no '='.")
        if name in switches:
            raise UserError(f"Switch {name!r}: expected one value, found two; name it once.")
        switches[name] = _parsed(SWITCHES.get(name), text)
        _check(name, switches[name])
    return switches


def _parsed(kind: Any, text: str) -> Any:
    """A value as it is typed, in the type of its switch; the text itself where it is none of that type."""
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    try:
        return kind(text) if kind in (int, float) else text
    except ValueError:
        return text


def _check(switch: str, value: Any) -> None:
    if switch not in SWITCHES:
        raise UserError(f"Unknown switch {switch!r}; choose some of: {', '.join(SWITCHES)}.")
    expected = _misfit(switch, value)
    if expected:
        raise UserError(f"Switch {switch!r}: expected {expected}, found {value!r}; correct it where it is set (in the "
                        "profile, or after --switch).")


def _misfit(switch: str, value: Any) -> str:
    """What was expected of a switch's value, or "" where the value fits."""
    kind = SWITCHES[switch]
    if get_origin(kind) is Literal:
        return "" if value in get_args(kind) else f"one of {', '.join(get_args(kind))}"
    number = isinstance(value, int | float) and not isinstance(value, bool)  # True is an int to Python
    if switch == "blur_kernel":
        return "" if number and isinstance(value, int) and value > 0 and value % 2 == 1 else "an odd number of pixels"
    if switch == "weight_decay":
        return "" if number and math.isfinite(value) and value >= 0 else "a number of at least 0"
    return "" if isinstance(value, bool) else "true or false"


def recipe_of(profile: Profile) -> Recipe:
    """The recipe of a profile, with the switches that it sets."""
    return with_switches(profile.encoders.recipe, profile.encoders.switches)


def of_training(recipe: Recipe) -> dict[str, Any]:
    """What a training depends on: the recipe's name and its switches without those of images."""
    return {switch: value for switch, value in dataclasses.asdict(recipe).items() if switch not in OF_IMAGES}


def of_neither(switches: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Of a training's switches (`of_training`) those with a value that neither recipe has, and that of recipe `paper`.

    How precisely the method is computed isn't part of it.
    """
    return {name: (value, getattr(RECIPES["paper"], name)) for name, value in switches.items()
            if name != "precision" and value not in [getattr(recipe, name) for recipe in RECIPES.values()]}


def training_settings(profile: Profile, set_name: str, model: Model, seed: int) -> dict[str, Any]:
    """All settings of one training (Table 2, Sects. 3.2.2 and 4.1), as plain values."""
    table, encoders = profile.training, profile.encoders
    settings: dict[str, Any] = {
        "set": set_name, "model": model, "seed": seed, "side": encoders.side, "batch_size": table.batch_size,
        "epochs": encoders.epochs, "recipe": of_training(recipe_of(profile)),
        "train_share": paper.TRAIN_SHARE, "learning_rate": table.base_learning_rate,
        "optimiser": "LARS" if model == "simclr" else "Adam",
    }  # fmt: skip
    if model == "simclr":
        settings |= {"temperature": table.loss_temperature, "lars_coefficient": table.lars_coefficient,
                     "momentum": table.lars_momentum}
    settings |= other_base(profile)
    if changed := _departing(profile, model, VIEWS):
        settings["augmentation"] = changed
    return settings


def other_base(profile: Profile) -> dict[str, str]:
    """The setting `base` of what is made with another base model than the paper's; nothing where it is the paper's."""
    return {} if profile.encoders.base == PAPERS_BASE else {"base": profile.encoders.base}


def _departing(profile: Profile, model: Model, part: str) -> dict[str, Any]:
    """The parameters of one part that a training of `model` uses and that aren't the paper's, by name."""
    used, theirs = (profile.training, paper.TABLE2) if part == TRAINING else (profile.augmentation,
                                                                                 paper.AUGMENTATION)
    return {name: value for name, value in dataclasses.asdict(used).items()
            if value != getattr(theirs, name) and (model == "simclr" or name in OF_AUTOENCODER)}


def departures(profile: Profile, model: Model) -> tuple[str, ...]:
    """What must stand with every result of a training whose parameters aren't the paper's; nothing where they are."""
    theirs = dataclasses.asdict(paper.TABLE2) | dataclasses.asdict(paper.AUGMENTATION)
    changed = _departing(profile, model, TRAINING) | _departing(profile, model, VIEWS)
    said = ", ".join(f"{name} {_plain(value)} (paper: {_plain(theirs[name])})" for name, value in changed.items())
    return (f"Trained otherwise than in the paper: {said}.",) if said else ()


def _plain(value: float | tuple[float, float]) -> str:
    """`32`, `0.5 to 1`."""
    return " to ".join(f"{each:g}" for each in (value if isinstance(value, tuple) else (value,)))
