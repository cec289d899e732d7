"""Table 3: confusion matrices and accuracies of the benchmark, (a) full colour and (b) gray."""

import sys
from dataclasses import dataclass
from typing import Any

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.clustering import chance
from paper_repro.clustering.assignment import columns_of, open_assignment
from paper_repro.clustering.score import Matching
from paper_repro.patches.dataset import open_set
from paper_repro.tables.comparable import not_comparable, otherwise
from paper_repro.tables.layout import Block, as_rows, store

CAPTION = "Confusion matrices (predicted vs. true classes) and class and total accuracies."
OWN_COLUMNS = ("part", "set", "encoder", "true", "accuracy_percent", "chance_accuracy_percent", "comparison",
               "paper_accuracy_percent")
PARTS = {COLOUR: ("a", "full colour", paper.TABLE3_COLOUR), GRAY: ("b", "gray", paper.TABLE3_GRAY)}


@dataclass(frozen=True)
class Part:
    """One part of Table 3: our matching on the set `name`, the encoder, and why the paper's isn't beside it."""

    name: str
    classes: tuple[str, ...]
    score: Matching
    encoder: str
    verdict: str

    def published(self) -> paper.Table3 | None:
        """The paper's part, where comparable."""
        return None if self.verdict else PARTS[self.name][2]


def write(run: Run, origin: Origin) -> Made:
    """Write `table3.csv`, `.md`, `.tex`: (a) colour and (b) gray, the paper's counts beside ours where comparable.

    A set that the run doesn't have (gray photographs have no colour) is left out, and said so.
    Raises UserError where a set isn't there or wasn't classified.
    """
    parts = [_open(run, name) for name in run.photo_sets]
    missing = [f"Part ({letter}), {words}, is missing: this run has no such photographs."
               for name, (letter, words, _) in PARTS.items() if name not in run.photo_sets]
    for sentence in missing:
        print(f"Table 3: {sentence}", file=sys.stderr)
    lines = [line for part in parts for line in as_data(part)]
    columns = list(dict.fromkeys(column for line in lines for column in line))
    return store(run, 3, CAPTION, columns, as_rows(columns, lines), [as_block(part) for part in parts], origin,
                 notes=[*missing, *([] if all(part.verdict for part in parts) else otherwise(run))])


def _open(run: Run, name: str) -> Part:
    """Read the classified set `name`. Raises UserError where a file is missing."""
    folder = run.results / name
    assignment, record = open_assignment(folder), read_json(folder / "provenance.json")
    if record is None or assignment.score is None:
        raise UserError(f"{folder}: expected classified photographs with true labels, found none; "
                        f"run `{hints.command('run', 'benchmark')}`.")
    verdict = not_comparable(open_set(run.patches(name)), record["notes"])
    encoder = str(record["settings"]["encoder"])
    if not verdict and encoder != "simclr":
        verdict = f"not comparable: encoder {paper.ENCODER_NAMES[encoder]}"
    return Part(name, assignment.classes, assignment.score, encoder, verdict)


def as_data(part: Part) -> list[dict[str, Any]]:
    """One part for machines: a row for each true class with the counts of predicted ones, then total and mean."""
    score, published = part.score, part.published()
    fixed = {"part": PARTS[part.name][0], "set": part.name, "encoder": part.encoder}
    compared = {"comparison": part.verdict or "Cloud-ImVN"}
    rows: list[dict[str, Any]] = []
    columns = columns_of(part.classes, OWN_COLUMNS)
    for index, true in enumerate(part.classes):
        line = {**fixed, "true": true, **dict(zip(columns, map(int, score.confusion[index]), strict=True)),
                "accuracy_percent": 100 * float(score.class_accuracies[index]), **compared}
        if published:
            line |= {f"paper: {name}": count for name, count in zip(part.classes, published.matrix[index], strict=True)}
            line["paper_accuracy_percent"] = published.class_accuracies[index]
        rows.append(line)
    random = chance.expected(score.confusion)
    total = {**fixed, "true": "Total", "accuracy_percent": 100 * score.accuracy,
             "chance_accuracy_percent": 100 * random.accuracy, **compared}
    mean = {**fixed, "true": "Mean of classes", "accuracy_percent": 100 * score.balanced_accuracy,
            "chance_accuracy_percent": 100 * random.balanced_accuracy, **compared}
    if published:
        total["paper_accuracy_percent"] = published.total
    return [*rows, total, mean]


def as_block(part: Part) -> Block:
    """One part to read; `ours / paper's` in each cell where comparable."""
    score, published = part.score, part.published()
    letter, words, _ = PARTS[part.name]
    rows = []
    for index, true in enumerate(part.classes):
        cells = [*map(str, score.confusion[index]), f"{100 * score.class_accuracies[index]:.1f}"]
        if published:
            theirs = [*map(str, published.matrix[index]), published.class_accuracies[index]]
            cells = [f"{ours} / {other}" for ours, other in zip(cells, theirs, strict=True)]
        rows.append([true, *cells])
    blank = [""] * len(part.classes)
    total = f"{100 * score.accuracy:.1f}" + (f" / {published.total}" if published else "")
    random = chance.expected(score.confusion)
    rows += [["Total", *blank, total], ["Mean of classes", *blank, f"{100 * score.balanced_accuracy:.1f}"],
             ["Total by chance", *blank, f"{100 * random.accuracy:.1f}"]]
    columns = ["True \\ predicted", *part.classes, "Accuracy [%]"]
    beside = "ours / paper's" if published else part.verdict
    title = f"({letter}) {words} dataset, encoder {paper.ENCODER_NAMES[part.encoder]} (paper: SimCLR); {beside}"
    return Block(columns, "l" + "r" * (len(part.classes) + 1), rows, title)
