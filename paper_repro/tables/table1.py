"""Table 1: mean total accuracy of each encoder, reduction and clustering on the benchmark's photographs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.clustering import chance
from paper_repro.paper import Table1Row
from paper_repro.patches.dataset import open_set
from paper_repro.tables.comparable import not_comparable, otherwise
from paper_repro.tables.layout import Block, as_rows, store
from paper_repro.tables.notation import Spread, printed, printed_error, spread

CHANCE = ("chance_accuracy", "chance_balanced_accuracy")
KEYS = ["encoder", "reduction", "dims", "clustering"]
COLUMNS = [
    *KEYS, "status", "reason", "repeats", "printed", "printed_std", "accuracy_percent", "error_percent",
    "std_percent", "balanced_accuracy_percent", "ari", "chance_accuracy_percent", "chance_balanced_accuracy_percent",
    "comparison", "paper", "paper_std", "difference", "difference_unit",
]
CAPTION = (
    "Mean total accuracies from classifying the benchmark's photographs with combinations of encoder, "
    "additional reduction, its dimensions, and clustering. The bracket is the error of the mean, in its last digits."
)
CHANCE_NOTE = ("By chance: accuracy expected of random labels with the same sizes of classes and clusters, after the "
               f"best matching; mean of {chance.DRAWS:,} draws with seed {chance.SEED}.")


@dataclass(frozen=True)
class Cell:
    """One row of Table 1 in this run: its repeats, or why there are none. `ari` in [-1, 1], the rest in percent.

    by_chance, balanced_by_chance: what random labels with the same sizes get.
    """

    row: Table1Row
    accuracy: Spread | None = None
    balanced_accuracy: float = math.nan
    ari: float = math.nan
    by_chance: float = math.nan
    balanced_by_chance: float = math.nan
    reason: str = ""

    def difference(self) -> tuple[float, str]:
        """Ours minus the paper's mean, in units of the combined error; in percentage points where that is 0."""
        assert self.accuracy is not None
        points = float(self.accuracy.mean) - float(self.row.mean)
        theirs = float(printed_error(self.row.mean, self.row.error))
        combined = math.sqrt(float(self.accuracy.squared_error) + theirs**2)
        return (points / combined, "combined errors") if combined > 0 else (points, "percentage points")


def write(run: Run, origin: Origin) -> Made:
    """Write `table1.csv`, `.md`, `.tex`: the paper's rows in its order and notation, filled with this run's.

    The paper's value and the difference stand beside ours only for Cloud-ImVN in colour with the official base
    weights. Raises UserError where the grid wasn't run to its end.
    """
    files = run.results / "table1_runs.csv", run.results / "table1_not_run.csv"
    record = read_json(run.results / "table1_runs.json")
    for path in files:
        if record is None or not path.is_file():
            raise UserError(f"{path}: expected the runs of Table 1, found none or unfinished ones; "
                            f"run `{hints.command('run', 'table1')}`.")
    assert record is not None
    photographs = open_set(run.patches(record["settings"]["set"]))
    verdict = not_comparable(photographs, record["notes"])
    if not verdict and not photographs.colour:
        verdict = "not comparable: gray photographs"
    cells = read_cells(*files, run.profile.grid.repeats)
    reasons = list(dict.fromkeys(cell.reason for cell in cells if cell.reason))
    footnotes = [CHANCE_NOTE, *(f"[{mark}] {reason}." for mark, reason in enumerate(reasons, 1))]
    footnotes += [] if verdict else otherwise(run)
    block = as_block(cells, verdict, reasons)
    return store(run, 1, CAPTION, COLUMNS, as_rows(COLUMNS, as_data(cells, verdict)), [block], origin, footnotes)


def read_cells(runs_csv: Path, not_run_csv: Path, repeats: int) -> list[Cell]:
    """The cells of the paper's Table 1 in its order, from the files that the grid wrote.

    Raises UserError for a cell with neither `repeats` runs nor a reason why it has none.
    """
    runs = dict(list(read_csv(runs_csv, keep_default_na=False).groupby(KEYS)))
    reasons = read_csv(not_run_csv, keep_default_na=False).set_index(KEYS)["reason"].to_dict()
    cells = []
    for row in paper.TABLE1:
        key = (row.encoder, row.reduction, row.dims, row.clustering)
        found = runs.get(key)
        if found is not None and len(found) == repeats:
            means = found[["balanced_accuracy", "ari", *CHANCE]].mean()
            by_chance, balanced_by_chance = (float(100 * means[column]) for column in CHANCE)
            cells.append(Cell(row, spread(found["accuracy"]), float(100 * means["balanced_accuracy"]),
                              float(means["ari"]), by_chance, balanced_by_chance))
        elif found is None and key in reasons:
            cells.append(Cell(row, reason=str(reasons[key])))
        else:
            count = 0 if found is None else len(found)
            raise UserError(f"{runs_csv}: expected {repeats} runs of {', '.join(map(str, key))}, found {count}; "
                            f"delete the file, then run `{hints.command('run', 'table1')}`.")
    return cells


def as_data(cells: Sequence[Cell], verdict: str) -> list[dict[str, object]]:
    """The rows for machines by column: accuracies in percent as floats, `printed` in the paper's notation."""
    rows = []
    for cell in cells:
        row, ours = cell.row, cell.accuracy
        line: dict[str, object] = {
            "encoder": row.encoder, "reduction": row.reduction, "dims": row.dims, "clustering": row.clustering,
            "status": "not run" if ours is None else "run", "reason": cell.reason,
            "repeats": 0 if ours is None else ours.runs,
        }
        if ours is not None:
            line |= {
                "printed": printed(ours).text, "printed_std": printed(ours).std, "accuracy_percent": float(ours.mean),
                "error_percent": math.sqrt(ours.squared_error), "std_percent": math.sqrt(ours.variance),
                "balanced_accuracy_percent": cell.balanced_accuracy, "ari": cell.ari,
                "chance_accuracy_percent": cell.by_chance, "chance_balanced_accuracy_percent": cell.balanced_by_chance,
            }
        line |= {"comparison": verdict or "Cloud-ImVN"}
        if not verdict:
            line |= {"paper": row.printed, "paper_std": row.std}
            if ours is not None:
                line["difference"], line["difference_unit"] = cell.difference()
        rows.append(line)
    return rows


def as_block(cells: Sequence[Cell], verdict: str, reasons: Sequence[str]) -> Block:
    """The table to read; rows that weren't run point to the footnote with their reason."""
    columns = [
        "Encoder model", "Red. method", "Red. dims.", "Clustering method", "Mean tot. accuracy [%]",
        "Std. deviation [%]", "By chance [%]", "Balanced accuracy [%]", "ARI", "Repeats",
    ]
    columns += ["Paper"] if verdict else ["Paper [%]", "Paper's std. [%]", "Ours - paper [combined errors]"]
    align = "llrlrrrrrr" + ("l" if verdict else "rrr")
    rows = []
    for cell in cells:
        row, ours = cell.row, cell.accuracy
        line = [paper.ENCODER_NAMES[row.encoder], paper.REDUCTION_NAMES[row.reduction], str(row.dims or "None"),
                paper.CLUSTERING_NAMES[row.clustering]]
        if ours is None:
            line += [f"not run [{reasons.index(cell.reason) + 1}]", "", "", "", "", ""]
        else:
            shown = printed(ours)
            line += [shown.text, shown.std, f"{cell.by_chance:.1f}", f"{cell.balanced_accuracy:.1f}", f"{cell.ari:.3f}",
                     str(ours.runs)]
        line += [verdict] if verdict else [row.printed, row.std, "" if ours is None else _signed(*cell.difference())]
        rows.append(line)
    return Block(columns, align, rows)


def _signed(value: float, unit: str) -> str:
    return f"{value:+.1f}" if unit == "combined errors" else f"{value:+.1f} points (no error)"
