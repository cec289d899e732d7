"""Which steps of Sect. 3.1.1 apply to images of one kind of light: part of an instrument's record, or a profile's."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypedDict

Side = Literal["day", "night", "both"]
Darkening = Literal["minnaert", "emission", "none"]
DrawnOut = Literal["keep", "drop"]  # of patches with pixels far from all that was seen
RangeOf = Literal["patch", "image"]  # whose minimum and maximum become 0 and 255


@dataclass(frozen=True)
class Preprocessing:
    """What is left out and what is normalised before patches are made; the paper's by default.

    side: "day", pixels whose incidence is at most the angle threshold alpha (Sect. 3.1.1); "night", at least
    180 degrees - alpha, the same rule for the other side, which leaves out the twilight; "both", whatever the
    incidence. The emission is at most alpha in any case.
    darkening: "minnaert", Minnaert's law of reflected sunlight, I = I0 mu0^k mu^(k-1) (Eq. 1 to 3); "emission", light
    that comes from below, which knows no incidence: the same law with mu0 = 1, I = I0 mu^(k-1), so k = 1 is no
    darkening towards the limb; "none", values stay as they are.
    outliers: whether pixels far from their neighbours' median are left out.
    """

    side: Side = "day"
    darkening: Darkening = "minnaert"
    outliers: bool = True

    def __post_init__(self) -> None:
        if self.darkening == "minnaert" and self.side != "day":
            raise ValueError("Minnaert's law holds where the Sun shines: darkening \"minnaert\" needs side \"day\"")

    def changed(self, values: Mapping[str, object]) -> "Preprocessing":
        """With some values replaced. Raises ValueError for a combination without meaning."""
        return dataclasses.replace(self, **values)  # type: ignore[arg-type]


AS_IN_PAPER = Preprocessing()


class Changes(TypedDict, total=False):
    """A table `[venus.preprocessing.<instrument>]` of a profile: what it changes."""

    side: Side
    darkening: Darkening
    outliers: bool
