"""The one list: each step's name, what it makes, what it needs, the code and libraries that decide it, what runs it.

Everything else that says so is derived from here: what `run TARGET` makes, whether something is up to date, the records
beside outputs, what `verify` trusts, the table in docs/architecture.md. Importing this room loads no heavy library:
what runs a step is imported when it runs.
"""

from collections.abc import Iterator

from paper_repro.base.hashes import Hashes
from paper_repro.base.run import Run
from paper_repro.base.step import Step, Steps
from paper_repro.steps import encoders, experiments, patches, results
from paper_repro.steps.maker import Maker, Means

__all__ = ["Means", "steps_of"]


def steps_of(run: Run, means: Means | None = None) -> Steps:
    """All steps of a run, each after those that it needs."""
    hashes = Hashes(run.data / ".hashes.json")
    return Steps(_all(Maker(run, means or Means(), hashes)), run.data, hashes)


def _all(maker: Maker) -> Iterator[Step]:
    made = []
    for part in (patches.patches, encoders.encoders, experiments.experiments, results.tables, results.figures):
        for step in part(maker):
            made.append(step.name)
            yield step
    yield from results.verdict(maker, tuple(made))
