"""From which value of a property on waves are found: the scores of `make truth` over its seeds."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.experiments import settings

FOUND = 0.8  # of recall and precision alike, on average over the seeds, from which on waves count as found
RISING = ("contrast", "patches")  # the higher, the better waves should be found
SCORES = settings.TRUTH_SCORES


def read(run: Run) -> tuple[pd.DataFrame, pd.DataFrame, Mapping[str, Any]]:
    """series.csv, sets.csv and their record. Raises UserError where they aren't there."""
    folder = settings.truth_folder(run)
    paths, record = [folder / name for name in settings.TRUTH_FILES], read_json(folder / "provenance.json")
    for path in paths:
        if record is None or not path.is_file():
            raise UserError(f"{path}: expected classes compared with the truth, found none or an unfinished "
                            f"comparison; run `{hints.command('run', 'truth')}`.")
    assert record is not None
    return read_csv(paths[0]), read_csv(paths[1]), record


def summary(series: pd.DataFrame, classes: int) -> pd.DataFrame:
    """A row for each property, value and encoder: mean and deviation over seeds of each score.

    With `classes` classes, and (columns best_...) with the number that fits the truth best, set by set. Columns:
    property, value, encoder, seeds, <score>_mean, <score>_std (ddof 0).
    """
    keys = ["property", "value", "encoder"]
    best = series.loc[series.groupby([*keys, "seed"], sort=False)["ari"].idxmax()]
    parts = []
    for table, before in ((series[series["k"] == classes], ""), (best, "best_")):
        columns = [*SCORES, *(["k"] if before else [])]
        grouped = table.groupby(keys, sort=False)[columns]
        for name, values in (("mean", grouped.mean()), ("std", grouped.std(ddof=0))):
            parts.append(values.add_prefix(before).add_suffix(f"_{name}"))
    counts = series[series["k"] == classes].groupby(keys, sort=False).size().rename("seeds")
    return pd.concat([counts, *parts], axis=1).reset_index()


def limit(rows: pd.DataFrame, before: str = "") -> float | None:
    """From or up to which value of one property waves are found by one encoder; None where by no value.

    rows: of `summary`, of one property and encoder. Found: mean recall and precision are at least FOUND, here and at
    every value that makes it easier: higher ones of those in RISING, lower ones of the others. What wasn't measured
    (NaN) isn't found. before: "" or "best_".
    """
    last = None
    for row in rows.sort_values("value", ascending=rows["property"].iloc[0] not in RISING).to_dict("records"):
        if not all(row[f"{before}{score}_mean"] >= FOUND for score in ("recall", "precision")):  # nor by what is NaN
            break
        last = float(row["value"])
    return last
