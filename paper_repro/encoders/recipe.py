"""The two recipes of training, `paper` (the text) and `authors` (the code as published), and their switches."""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.profile import Model, Profile

# The authors' blur is as wide as the odd size from 0.2 x the image's side, which is 45 px at 224 px.
AUTHORS_BLUR_KERNEL = 45
AUTHORS_BLUR_SHARE = 0.2


@dataclass(frozen=True)
class Recipe:
    """The switches in which the text of the paper and the authors' code differ; each can be set alone.

    normalise_first: the augmentation works on normalised values, which the jitter clamps to [0, 1], instead of on
    [0, 1] with the normalisation last; draw_per_image: random choices are made for each image, else once for a
    batch and view; blur_kernel: width of the Gaussian blur in px (see `kernel`); weight_decay: of LARS;
    keep_momentum: LARS keeps its velocity from step to step; keep_best: training gives the weights of the epoch
    with the lowest test loss, else of the last. Sect. 3.2.2, Table 2.
    """

    name: Literal["paper", "authors"]
    normalise_first: bool
    draw_per_image: bool
    blur_kernel: int
    weight_decay: float
    keep_momentum: bool
    keep_best: bool

    def kernel(self, side: int) -> int:
        """Width in px of the blur for images of `side` px: as given, but the authors' 45 scales with the side."""
        if self.blur_kernel != AUTHORS_BLUR_KERNEL:
            return self.blur_kernel
        return int(AUTHORS_BLUR_SHARE * side) | 1


RECIPES = {
    "paper": Recipe(
        name="paper",
        normalise_first=False,
        draw_per_image=True,
        blur_kernel=paper.AUGMENTATION.blur_kernel,
        weight_decay=paper.TABLE2.lars_weight_decay,
        keep_momentum=True,
        keep_best=True,
    ),
    "authors": Recipe(
        name="authors",
        normalise_first=True,
        draw_per_image=False,
        blur_kernel=AUTHORS_BLUR_KERNEL,
        weight_decay=1e-5,
        keep_momentum=False,
        keep_best=False,
    ),
}


def with_switches(name: str, switches: Mapping[str, Any]) -> Recipe:
    """The recipe `name` with single switches set otherwise.

    Raises UserError for an unknown recipe or switch, or a value that doesn't fit the switch.
    """
    if name not in RECIPES:
        raise UserError(f"Unknown recipe {name!r}; choose one of: {', '.join(RECIPES)}.")
    known = [field.name for field in dataclasses.fields(Recipe) if field.name != "name"]
    for switch, value in switches.items():
        if switch not in known:
            raise UserError(f"Unknown switch {switch!r} of recipe {name!r}; choose some of: {', '.join(known)}.")
        wanted = _misfit(switch, value)
        if wanted:
            raise UserError(f"Switch {switch!r} of recipe {name!r}: expected {wanted}, found {value!r}; "
                            "correct it in the profile.")
    return dataclasses.replace(RECIPES[name], **switches)


def _misfit(switch: str, value: Any) -> str:
    """What was expected of a switch's value, or "" where the value fits."""
    number = isinstance(value, int | float) and not isinstance(value, bool)  # True is an int to Python
    if switch == "blur_kernel":
        return "" if number and isinstance(value, int) and value > 0 and value % 2 == 1 else "an odd number of pixels"
    if switch == "weight_decay":
        return "" if number and math.isfinite(value) and value >= 0 else "a number of at least 0"
    return "" if isinstance(value, bool) else "true or false"


def training_settings(profile: Profile, set_name: str, model: Model, seed: int) -> dict[str, Any]:
    """All settings of one training (Table 2, Sects. 3.2.2 and 4.1), as plain values."""
    table, encoders = paper.TABLE2, profile.encoders
    settings: dict[str, Any] = {
        "set": set_name, "model": model, "seed": seed, "side": encoders.side, "batch_size": table.batch_size,
        "epochs": encoders.epochs, "recipe": dataclasses.asdict(with_switches(encoders.recipe, encoders.switches)),
        "train_share": paper.TRAIN_SHARE, "learning_rate": table.base_learning_rate,
        "optimiser": "LARS" if model == "simclr" else "Adam",
    }  # fmt: skip
    if model == "simclr":
        settings |= {"temperature": table.loss_temperature, "lars_coefficient": table.lars_coefficient,
                     "momentum": table.lars_momentum}
    return settings
