"""Mutation testing: would the tests of the formulas notice a mistake in them?

    python -m tests.mutation [--journal FOLDER] [MODULE ...]      by default all modules of modules.py

Each module against its own tests; where it has more than 300 mutants, a seeded sample of them. Stopped and started
again, it resumes. The sources are never touched: a mutant exists in memory alone. Writes results.csv and survivors.csv
beside this file. Exits with status 1 where fewer than 80 % of a group's mutants were found out, or where a survivor
has no reason in survivors.csv.

Why no package: cosmic-ray edits the checkout's files and starts a process for each mutant, which imports torch
each time; mutmut leaves decorated functions out, so all that numba compiles, and keeps no journal of a fixed sample.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.mutation import forked
from tests.mutation.modules import MODULES, ROOT
from tests.mutation.runner import run_all

INTERRUPTED = 130


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation")
    parser.add_argument("--journal", type=Path, default=ROOT / "data/mutation", help="folder of what is known so far")
    parser.add_argument("modules", nargs="*", help="their files below paper_repro/")
    asked = parser.parse_args()
    unknown = set(asked.modules) - {module.file for module in MODULES}
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))}: expected files of tests/mutation/modules.py: "
                 f"{', '.join(module.file for module in MODULES)}.")
    started = time.monotonic()
    try:
        forked.warm()
        modules = [module for module in MODULES if not asked.modules or module.file in asked.modules]
        complaints = run_all(modules, MODULES, asked.journal.resolve(), Path(__file__).parent)
    except KeyboardInterrupt:
        print("Stopped; the same command resumes at the mutant it had reached.", file=sys.stderr)
        sys.exit(INTERRUPTED)
    print(f"{(time.monotonic() - started) / 60:.0f} minutes", flush=True)
    if complaints:
        sys.exit("\n".join(complaints))


if __name__ == "__main__":
    main()
