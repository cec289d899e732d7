"""An assignment: the class of each patch, and its score where true labels are known."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json, write_csv, write_json
from paper_repro.clustering import chance
from paper_repro.clustering.score import Matching, match

COLUMNS = ("id", "label", "cluster", "matched")


@dataclass(frozen=True)
class Assignment:
    """The class of each patch.

    table: a row per patch: id, label (true class name, "" where unknown), cluster (0 ... k - 1), matched (class name
    matched to the cluster, "" where unknown); classes: names in order, () where unknown; score: None where unknown.
    """

    table: pd.DataFrame
    classes: tuple[str, ...]
    score: Matching | None


def assign(ids: pd.Series, clusters: NDArray[np.int64], labels: NDArray[np.int64] | None,
           classes: tuple[str, ...]) -> Assignment:
    """Make the assignment of patches `ids` [N] to `clusters` [N]; with true `labels` [N] clusters are matched."""
    table = pd.DataFrame({"id": ids.to_numpy(), "label": "", "cluster": clusters, "matched": ""})
    if labels is None:
        return Assignment(table, (), None)
    score = match(labels, clusters, len(classes))
    names = np.array(classes)
    table["label"] = names[labels]
    table["matched"] = names[score.permutation[clusters]]
    return Assignment(table, classes, score)


def save(folder: Path, assignment: Assignment, extra: dict[str, Any] | None = None) -> None:
    """Write classes.csv, scores.json and (with labels) confusion.csv into `folder`; `extra` goes into scores.json.

    confusion.csv: first column `true`, then a column for each class (see `columns_of`): counts, rows true, columns
    matched, as in Table 3.
    """
    classes, score = assignment.classes, assignment.score
    scores: dict[str, Any] = {**(extra or {}), "n": len(assignment.table), "classes": list(classes)}
    if score is not None:
        random = chance.expected(score.confusion)
        confusion = pd.DataFrame(score.confusion, columns=columns_of(classes, ("true",)))
        confusion.insert(0, "true", list(classes))
        write_csv(folder / "confusion.csv", confusion)
        scores |= {
            "accuracy": score.accuracy,
            "balanced_accuracy": score.balanced_accuracy,
            "ari": score.ari,
            "chance_accuracy": random.accuracy,
            "chance_balanced_accuracy": random.balanced_accuracy,
            "class_accuracies": dict(zip(classes, map(float, score.class_accuracies), strict=True)),
        }
    write_csv(folder / "classes.csv", assignment.table)
    write_json(folder / "scores.json", scores)


def columns_of(classes: Sequence[str], others: Collection[str]) -> list[str]:
    """A column's name for each class beside the columns `others`: its own, after `class ` if another has that one."""
    names: list[str] = []
    for name in classes:
        while name in others or name in names:
            name = f"class {name}"  # noqa: PLW2901
        names.append(name)
    return names


def open_assignment(folder: Path) -> Assignment:
    """Open what `save` wrote into `folder`. Raises UserError where it is absent or doesn't fit together."""
    path, scores = folder / "classes.csv", read_json(folder / "scores.json")
    if scores is None or not path.is_file():
        raise UserError(f"{folder}: expected classes.csv and scores.json, at least one isn't there; "
                        "classify the set first (benchmark).")
    # Names such as "None" are names.
    table = read_csv(path, keep_default_na=False, dtype={"label": str, "matched": str})
    classes = tuple(scores.get("classes", ()))
    codes = table.get("label", pd.Series(dtype=str)).map({name: index for index, name in enumerate(classes)})
    if tuple(table.columns) != COLUMNS or len(table) != scores.get("n") or (classes and codes.isna().any()):
        raise UserError(f"{path}: expected columns {', '.join(COLUMNS)}, {scores.get('n')} rows and the labels of "
                        f"scores.json, found something else; delete {folder} and classify the set again.")
    if not classes:
        return Assignment(table, (), None)
    return Assignment(table, classes, match(codes.to_numpy(), table["cluster"].to_numpy(), len(classes)))
