"""The report of a run of which all that it shows was checked, and the verdict judged again from the claims."""

from collections.abc import Callable, Mapping, Sequence

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import csv_text
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.base.step import Steps
from paper_repro.report import build, figures_page, tables_page
from paper_repro.verify import trust, verdict


def report(run: Run, steps_of_run: Callable[[], Steps], needs: Sequence[str], judged_before: Mapping[str, str]) -> Made:
    """Write the report. needs: the steps that it shows; judged_before: what this process has judged itself.

    Raises UserError for an output that is refused, and for a verdict that the claims don't give.
    """
    steps = steps_of_run()
    trust.check(steps, [path for name in needs for path in steps.by_name[name].outputs])
    path = run.results / verdict.NAME
    again = judged_before.get(verdict.NAME)
    if again is None:
        again = csv_text(verdict.as_data(run, verdict.judged_now(run, steps)[0]))
    if path.read_text(encoding="utf-8") != again:
        raise UserError(f"{path}: refused, the claims give another verdict when they are judged again; run "
                        f"`{hints.command('verify')}`.")
    return build.report(run, left_out(steps, needs), {step.record for step in steps.closure(needs)})


def left_out(steps: Steps, needs: Sequence[str]) -> dict[str, str]:
    """The figures and tables that can't be shown by their names, each with why: no step's, or not as it was made."""
    found = {}
    for kind, names in (("figure", figures_page.NAMES), ("table", tables_page.HEADINGS)):
        for name in names:
            step = f"{kind} {name.removeprefix('table') if kind == 'table' else name}"
            if step not in steps.by_name:
                found[name] = "this run has nothing for it"
            elif step not in needs and steps.by_name[step].record.is_file():
                found |= {name: f"{one.name}: {reason}"  # noqa: B035  # the last of them
                          for one, reason in trust.refused(steps, [step])}
    return found
