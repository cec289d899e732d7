"""Our value of one claim, or why there is none."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measured:
    """value: None where not run; shown: ours in the paper's notation; why: why not run, or what must be said.

    simulated, comparable: whether it comes from simulated input, and may be held against the paper's; files: the
    outputs it was read from, whose provenance is checked.
    """

    value: float | tuple[float, float] | bool | None
    shown: str
    why: str = ""
    simulated: bool = False
    comparable: bool = True
    files: tuple[Path, ...] = ()


def absent(why: str, *files: Path) -> Measured:
    """What a claim has that was not run."""
    return Measured(None, "", why, files=files)
