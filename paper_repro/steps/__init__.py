"""The one list: each step's name, what it makes, what it needs, the code and libraries that decide it, what runs it.

Everything else that says so is derived from here: what `run TARGET` makes, whether something is up to date, the records
beside outputs, what `verify` trusts, the table in docs/architecture.md. Importing this room loads no heavy library:
what runs a step is imported when it runs.
"""

from collections.abc import Iterator

from paper_repro.base.hashes import STORE, Hashes
from paper_repro.base.run import Run
from paper_repro.base.step import Step, Steps
from paper_repro.steps import clusters, duplicates, encoders, experiments, patches, results, scan, truth
from paper_repro.steps.maker import Maker, Means

__all__ = ["Means", "steps_of"]


def steps_of(run: Run, means: Means | None = None, *, judge_only: bool = False) -> Steps:
    """All steps of a run, each after those that it needs. judge_only: the verdict needs only what is made."""
    hashes = Hashes(run.data / STORE)
    maker = Maker(run, means or Means(), hashes)
    maker.lists.append(Steps(_all(maker, judge_only), run.data, hashes))
    return maker.lists[0]


def _all(maker: Maker, judge_only: bool) -> Iterator[Step]:
    made = []
    for part in (patches.patches, encoders.encoders, experiments.experiments, duplicates.duplicates, scan.scan,
                 clusters.clusters, truth.truth, results.tables, results.figures):
        for step in part(maker):
            if not judge_only or step.record.is_file():
                made.append(step.name)
            yield step
    yield from results.verdict(maker, tuple(made), judge_only)
