"""What the step `time` wrote of a set, for the tables and figures that show it."""

import pandas as pd

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.experiments.settings import evolution_folder

# Names that look like numbers, and sentences, which may all be missing
TEXTS = dict.fromkeys(("class", "first", "then", "group", "refused"), str)


def opened(run: Run, name: str, file: str) -> pd.DataFrame:
    """A table of a set followed in time. Raises UserError where there is none."""
    folder = evolution_folder(run, name)
    if read_json(folder / "provenance.json") is None or not (folder / file).is_file():
        raise UserError(f"{folder}: expected classes followed in time, with {file} and provenance.json, at least one "
                        f"isn't there; run `{hints.command('run', 'time')}`.")
    return read_csv(folder / file, dtype=TEXTS)
