"""Record golden numbers anew: python -m tests.golden.regenerate real|sample [FOLDER] [--write].

real: FOLDER holds swimcat/ and weights/ (default: what PAPER_REPRO_REAL names); sample: FOLDER holds what `make all`
left (default: here). Shows what differs from the numbers recorded; writes only with --write.
"""

import argparse
import os
import sys
import tempfile
from pathlib import Path

from paper_repro.base.errors import UserError
from tests.golden import golden_numbers, real, sample, sums, verdicts


def difference(path: Path, numbers: list[golden_numbers.Number]) -> list[str]:
    """How the numbers differ from those recorded in `path`, a sentence each."""
    try:
        recorded = golden_numbers.read(path) if path.is_file() else []
    except UserError as error:
        return [str(error)]
    sentences = golden_numbers.compare(recorded, {one.name: one.value for one in numbers}, same_machine=True)
    allowed = {one.name: one.tolerance for one in recorded}
    return sentences + [f"{one.name}: allowed difference elsewhere {allowed[one.name]}, now {one.tolerance}"
                        for one in numbers if one.tolerance != allowed.get(one.name, one.tolerance)]


def measured(what: str, folder: Path | None) -> dict[Path, list[golden_numbers.Number]]:
    """The numbers of each golden file, from the inputs or the finished run in `folder`. Raises UserError without."""
    if what == "sample":
        return {sample.GOLDEN[kind]: numbers for kind, numbers in sample.measure(folder or Path()).items()}
    inputs = folder or Path(os.environ.get("PAPER_REPRO_REAL") or ".")
    if lacking := real.missing(inputs):
        raise UserError(lacking)
    with tempfile.TemporaryDirectory() as out_name:
        return {real.GOLDEN: real.measure(inputs, Path(out_name))}


def main(arguments: list[str] | None = None) -> int:
    """Show what differs, write if asked to; returns the exit status: 1 for differences that were not written."""
    parser = argparse.ArgumentParser(prog="python -m tests.golden.regenerate")
    parser.add_argument("what", choices=("real", "sample"))
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args(arguments)
    try:
        every = measured(chosen.what, chosen.folder)
    except UserError as error:
        print(error)
        return 2
    status = 0
    if chosen.what == "sample":
        judged = verdicts.measured(chosen.folder or Path())
        sentences = verdicts.difference(judged, verdicts.RECORDED)
        print(f"{verdicts.RECORDED}: {len(sentences) or 'nothing'} of {len(judged)} differ", *sentences, sep="\n  ")
        if sentences and chosen.write:
            verdicts.write(judged, verdicts.RECORDED)
        status = int(bool(sentences) and not chosen.write)
    for path, recorded in every.items():
        sentences = difference(path, recorded)
        print(f"{path}: {len(sentences) or 'nothing'} of {len(recorded)} differ", *sentences, sep="\n  ")
        if sentences and chosen.write:
            golden_numbers.write(path, recorded)
            print(f"{path}: written")
        elif sentences:
            status = 1
    if chosen.write:
        sums.write(sums.OWN)
    return status


if __name__ == "__main__":
    sys.exit(main())
