"""Tries the mutants of modules that are not known yet, and writes what was found to results.csv and survivors.csv."""

import random
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from tests.mutation import forked, journal
from tests.mutation.modules import Module
from tests.mutation.mutants import Mutant, compiled, mutants

MOST, SEED = 300, 2024


def chosen(module: Module, most: int = MOST) -> tuple[list[Mutant], int]:
    """The mutants of a module to try (all, or a seeded sample of `most`), and how many there are."""
    every = mutants(module.path.read_text(encoding="utf-8"), _compiled_as(module))
    every = [one for one in every if not module.only or one.function in module.only]
    if len(every) <= most:
        return every, len(every)
    return [every[place] for place in sorted(random.Random(SEED).sample(range(len(every)), most))], len(every)


def run_all(modules: Sequence[Module], order: Sequence[Module], folder: Path, records: Path) -> list[str]:
    """Try `modules`; journals in `folder`, the two tables in `records` with the rows in `order`. Gives complaints.

    Raises KeyboardInterrupt when it is ended from outside, by SIGTERM too.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    without = sum(try_all(module, order, folder, records) for module in modules)
    complaints = journal.shortfalls(pd.read_csv(records / "results.csv"))
    if without:
        complaints.append(f"{records / 'survivors.csv'}: {without} survivors without a reason; add a test, or it.")
    return complaints


def try_all(module: Module, order: Sequence[Module], folder: Path, records: Path) -> int:
    """Try a module's mutants that are not known yet, and write what was found; gives the survivors without a reason."""
    book = journal.open_journal(folder, module)
    candidates, there_are = chosen(module)
    known = book.known()
    left = [one for one in candidates if one.key not in known]
    print(f"{module.file}: {there_are} mutants, {len(candidates)} chosen, {len(left)} to try", flush=True)
    if left:
        timings = book.path.with_suffix(".seconds.json")
        timings.parent.mkdir(parents=True, exist_ok=True)
        unchanged = compiled(module.path.read_text(encoding="utf-8"), _compiled_as(module))
        baseline = forked.run(module, unchanged, timings, None)
        if baseline.result != "passed":
            sys.exit(f"{module.file}: expected its tests to pass on the unchanged module, found: {baseline.result}; "
                     f"see {timings.with_suffix('.log')}.")
        for one in left:
            found = forked.run(module, one.code, timings, baseline)
            book.add(one, found.result, found.seconds)
            if found.result == "passed":
                print(f"  survived, line {one.line}: {one.before}  ->  {one.after}", flush=True)
        known = book.known()
    row = journal.row_of(module, there_are, [known[one.key] for one in candidates])
    journal.put_results(records / "results.csv", row, order)
    print(f"{module.file}: {row['percent']} % of {row['tried']} found out", flush=True)
    survivors = [one for one in candidates if known[one.key] == "passed"]
    return journal.put_survivors(records / "survivors.csv", module, survivors, order)


def _compiled_as(module: Module) -> str:
    """A name that is no file's: numba keeps compiled functions by the file's name."""
    return f"<mutant of {module.file}>"
