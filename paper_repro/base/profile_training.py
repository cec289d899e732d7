"""The tables [training] and [augmentation] of a profile: what of Table 2 and Sect. 3.2.2 it may say otherwise."""

import dataclasses
from typing import Annotated, Any, TypedDict

from msgspec import Meta

from paper_repro.base.profile_document import Document
from paper_repro.paper import AUGMENTATION, TABLE2, Augmentation, Table2

Positive = Annotated[float, Meta(gt=0, le=1_000)]
Share = Annotated[float, Meta(ge=0, le=1)]
Part = Annotated[float, Meta(gt=0, le=1)]
Pixels = Annotated[float, Meta(gt=0, le=100)]
TRAINING, VIEWS = "training", "augmentation"  # names of the tables


class TrainingParameters(TypedDict, total=False):
    """Fields of Table 2; the epochs are those of [encoders], the weight decay is a switch."""

    batch_size: Annotated[int, Meta(ge=2, le=65_536)]
    loss_temperature: Positive
    base_learning_rate: Positive
    lars_coefficient: Positive
    lars_momentum: Annotated[float, Meta(ge=0, le=0.9999)]


class ViewParameters(TypedDict, total=False):
    """Those of the augmentation; the width of the blur is a switch."""

    crop_scale: tuple[Part, Part]
    brightness: Share
    contrast: Share
    blur_probability: Share
    blur_sigma: tuple[Pixels, Pixels]


def training_of(document: Document) -> Table2:
    """Parameters of the trainings: the paper's, but for what the profile says otherwise. Raises UserError."""
    if not document.has(TRAINING):
        return TABLE2
    return dataclasses.replace(TABLE2, **document.section(TrainingParameters, (TRAINING,)))


def augmentation_of(document: Document) -> Augmentation:
    """Parameters of the views likewise. Raises UserError, for a range that ends below its start too."""
    if not document.has(VIEWS):
        return AUGMENTATION
    chosen: dict[str, Any] = {**document.section(ViewParameters, (VIEWS,))}
    for name, value in chosen.items():
        if isinstance(value, tuple) and value[0] > value[1]:
            raise document.wrong((VIEWS, name), "two numbers of which the second is not the smaller", list(value))
    return dataclasses.replace(AUGMENTATION, **chosen)
