"""Steps of a run brought up to date in a test."""

from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.base.walk import walk
from paper_repro.steps import Means, steps_of
from paper_repro.steps.targets import resolve


def make(run: Run, *targets: str, means: Means | None = None) -> Steps:
    """Bring targets (`patches photos-gray`, `table1`, ...) up to date, one step after the other; all must be made."""
    steps = steps_of(run, means or Means(device="cpu", jobs=1))
    failed = walk(steps, resolve(steps, list(targets)), 1)
    assert failed == {}
    return steps
