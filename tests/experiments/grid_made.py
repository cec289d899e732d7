"""The grid of Table 1 run as work and as a step, and work that is done at once."""

import itertools
from typing import Any

from paper_repro.base.run import Run
from paper_repro.experiments import grid, settings
from paper_repro.experiments.table1 import run_grid
from paper_repro.steps import Means, steps_of


def go(run: Run, jobs: int = 1) -> None:
    """Run the grid alone."""
    run_grid(run, run.results, jobs)


def step(run: Run) -> None:
    """Make the grid as the step that writes its record."""
    steps = steps_of(run, Means(jobs=1))
    steps.make(steps.by_name["grid s0"])


def fake_work(task: grid.Task) -> list[dict[str, Any]]:
    """Numbers that only the unit decides, at once."""
    unit = task.unit
    return [
        {"encoder": unit.encoder, "reduction": unit.reduction, "dims": unit.dims, "clustering": c, "repeat": r,
         "seed": 1, "accuracy": len(unit.key) / 7, "balanced_accuracy": r / 3, "ari": 0.1,
         "chance_accuracy": 0.2, "chance_balanced_accuracy": 0.2, "reduce_seconds": 0.0, "cluster_seconds": 0.0}
        for c, r in itertools.product(settings.CLUSTERINGS, unit.repeats)
    ]
