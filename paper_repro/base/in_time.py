"""How classes of Venus' clouds are followed in time, as the section [time] of a profile says."""

from dataclasses import dataclass
from typing import Annotated, Literal

from msgspec import Meta

from paper_repro.base.profile_document import Document

Wind = Annotated[float, Meta(ge=-1_000, le=1_000)]


@dataclass(frozen=True)
class InTime:
    """How the same place of Venus is found again, and which images count as one draw (docs/time.md).

    wind_m_s: westward, at the equator; the default goes round in four days. wind_shape: "rigid", or "uniform" up to 50
    degrees of latitude; slowest_m_s, fastest_m_s: winds among which the best is looked for; near: distance of two
    patches that show the same place, in parts of their side; most_h: longest time between them; step_h: that of
    transitions; block_h: hours whose images are drawn together, 0: each by itself.
    """

    wind_m_s: Wind = 111.3
    wind_shape: Literal["rigid", "uniform"] = "uniform"
    slowest_m_s: Wind = 0.0
    fastest_m_s: Wind = 200.0
    near: Annotated[float, Meta(gt=0, le=2)] = 0.5
    most_h: Annotated[float, Meta(gt=0, le=10_000)] = 120.0
    step_h: Annotated[float, Meta(gt=0, le=10_000)] = 24.0
    block_h: Annotated[float, Meta(ge=0, le=100_000)] = 240.0


def time_of(document: Document) -> InTime:
    """The section [time]. Raises UserError where no wind lies between the slowest and the fastest."""
    made = document.section(InTime, ("time",)) if document.has("time") else InTime()
    if made.slowest_m_s >= made.fastest_m_s:
        raise document.wrong(("time", "fastest_m_s"), f"more than slowest_m_s ({made.slowest_m_s:g})", made.fastest_m_s)
    return made
