"""Of patches with known truth: the properties that may be turned, and which sets a profile asks for. Loads no library.

`make truth` turns one property at a time and asks how well the classes still show what is there.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypedDict

from msgspec import Meta

from paper_repro.base.profile_document import Document

PREFIX = "truth-"  # of the sets' names
# More patches than the most classes that a set is divided into: the ten that are always tried, and see `truth_of`
Patches = Annotated[int, Meta(ge=16, le=1_000_000)]
Contrast = Annotated[float, Meta(ge=0, le=1_000)]
Part = Annotated[float, Meta(ge=0, le=0.49)]  # below one half, so that the type of a patch stays what it is
Share = Annotated[float, Meta(ge=0, le=1)]


@dataclass(frozen=True)
class Turned:
    """A set of patches: how many, and the properties that may be turned.

    contrast: root mean square of the waves over the patches of waves, in standard deviations of the noise; blending:
    share of each patch's area that shows another type's clouds; limb_darkening: by how much brightness falls from one
    side of a patch to the other, in a direction of its own; holes: share of the patches across which a band of pixels
    is lost; seed: of clouds, places and noise. Of one seed, the patches of a smaller set are the first of a larger one.
    """

    patches: int
    contrast: float
    blending: float
    limb_darkening: float
    holes: float
    seed: int

    @property
    def name(self) -> str:
        """Of the set: `truth-n240-c7-b0-l0-h0-s0`."""
        values = zip("cblh", (self.contrast, self.blending, self.limb_darkening, self.holes), strict=True)
        return PREFIX + "-".join([f"n{self.patches}", *(f"{letter}{float(value)!r}".removesuffix(".0")
                                                        for letter, value in values), f"s{self.seed}"])

    def kinds(self, types: Sequence[str]) -> list[str]:
        """The type of each patch: every one in turn."""
        return [types[number % len(types)] for number in range(self.patches)]


class Values(TypedDict, total=False):
    """The table [truth.turned]: values of each property, the others being as [truth] says, or 0."""

    contrast: Annotated[tuple[Contrast, ...], Meta(min_length=1)]
    patches: Annotated[tuple[Patches, ...], Meta(min_length=1)]
    blending: Annotated[tuple[Part, ...], Meta(min_length=1)]
    limb_darkening: Annotated[tuple[Share, ...], Meta(min_length=1)]
    holes: Annotated[tuple[Share, ...], Meta(min_length=1)]


PROPERTIES = tuple(Values.__annotations__)


@dataclass(frozen=True)
class Truth:
    """What `make truth` turns: values of each property; patches and contrast of the sets that turn another one.

    seeds: of the simulation, one set each; encoders are trained with the first seed of [encoders].
    """

    patches: Patches
    contrast: Contrast
    seeds: Annotated[tuple[Annotated[int, Meta(ge=0, le=2**31 - 1)], ...], Meta(min_length=1)]
    turned: Mapping[str, Any]

    @property
    def bases(self) -> list[Turned]:
        """The set with nothing turned, of each seed; only where a point has it is it among the sets."""
        return [Turned(self.patches, self.contrast, 0, 0, 0, seed) for seed in self.seeds]

    def points(self) -> list[tuple[str, float, Turned]]:
        """Property, value and set of each point of the series; several may have one set."""
        return [(name, value, dataclasses.replace(base, **{name: value})) for name in PROPERTIES
                for value in self.turned.get(name, ()) for base in self.bases]

    def sets(self) -> list[Turned]:
        """Each set once."""
        return list(dict.fromkeys(turned for _, _, turned in self.points()))


def truth_of(document: Document, classes: int) -> Truth:
    """The section [truth].

    Raises UserError where nothing is turned, or a set has no more patches than the `classes` it is divided into.
    """
    keys = ("truth", "turned")
    made = document.section(Truth, ("truth",), turned=document.section(Values, keys) if document.has(*keys) else {})
    if not made.turned:
        raise document.error(keys, "expected values of at least one property, found none; add some of "
                             f"{', '.join(PROPERTIES)}.", heading=True)
    several = made.turned.get("patches", ())
    few, key = min([(made.patches, "[truth] patches"), *((each, "[truth.turned] patches") for each in several)])
    if few <= classes:
        raise document.error(("venus", "classes"), f"expected fewer than the patches of each set of known truth "
                             f"({key}: {few}), found {classes}; name fewer classes, or more patches there.")
    return made
