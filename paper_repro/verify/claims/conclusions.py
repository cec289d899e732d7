"""Sect. 5: what the paper tried beside its method."""

from collections.abc import Iterator

from paper_repro.base.run import Run
from paper_repro.verify.claims.claim import Claim
from paper_repro.verify.claims.measured import Measured, NotRun


def claims() -> Iterator[Claim]:
    """The one claim."""
    yield Claim("text.scan", "Sect. 5", "result", "SCAN in place of the clustering brings no gain.", "no gain", True,
                None, "holds", "", "a comparison", ("gpu-time",), "none: SCAN is not part of this project", scan)


def scan(_: Run, __: Claim) -> Measured:
    """SCAN is not run."""
    raise NotRun("SCAN was not run: it would need its own training, on a GPU")
