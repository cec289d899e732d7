"""What `make all` left against the numbers recorded before: python -m tests.e2e.golden [OUT]."""

import sys
from pathlib import Path

from paper_repro.base.errors import UserError
from tests.golden import golden_numbers, sample


def complaints(out: Path) -> tuple[list[str], int, int]:
    """A sentence for each number that differs; how many were compared; how many can only be where they were recorded.

    Raises UserError for golden numbers changed by hand, and for a run that isn't finished.
    """
    found, compared, apart = [], 0, 0
    for kind, numbers in sample.measure(out).items():
        recorded = sample.GOLDEN[kind]
        expected, here = golden_numbers.read(recorded), golden_numbers.recorded_here(recorded)
        left = 0 if here else sum(one.tolerance is None for one in expected)
        compared, apart = compared + len(expected) - left, apart + left
        values = {one.name: one.value for one in numbers}
        found += [f"{recorded.name}: {text}" for text in sample.compare(kind, expected, values, here)]
    return found, compared, apart


def main(out: Path) -> int:
    """Print what differs, or that nothing does; returns the exit status."""
    try:
        found, compared, apart = complaints(out)
    except UserError as error:
        print(error)
        return 1
    note = f"; {apart} not compared: on another processor their last bits decide" if apart else ""
    print("\n".join(found) or f"all {compared} golden numbers of the sample came out again{note}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(Path(*sys.argv[1:2])))
