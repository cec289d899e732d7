"""The paper's tables: this run's numbers beside the paper's, differences marked where the two may be compared."""

from pathlib import Path

import pandas as pd

from paper_repro import paper
from paper_repro.experiments.catalogue import STABILITY, rounded
from paper_repro.profiles.files import read_json
from paper_repro.profiles.run import Run
from paper_repro.tables import effects, seeds, stability, table1, table2, table3, table4
from paper_repro.verify.report.markup import Cell, items, paragraph, table

COMPARED = "Cloud-ImVN"
FAR = 3.0  # combined errors from which on a difference of Table 1 is marked


def sections(run: Run) -> str:
    """Every table in the paper's order; one that isn't there is said to be missing."""
    parts = [("table1", f"Table 1. {table1.CAPTION}", _table1), ("seeds", seeds.CAPTION, _seeds),
             ("table2", f"Table 2. {table2.CAPTION}", _settings), ("table3", f"Table 3. {table3.CAPTION}", _table3),
             ("table4", f"Table 4. {table4.CAPTION}", _settings), ("stability", stability.CAPTION, _stability),
             ("effects", effects.CAPTION, _effects)]
    shown = []
    for name, caption, draw in parts:
        path, record = run.tables / f"{name}.csv", read_json(run.tables / f"{name}.json")
        if record is None or not path.is_file():
            body = paragraph(f"Not made in this run; make {name} PROFILE={run.profile.name} makes it.", "missing")
        else:
            said = ["Made from simulated images."] if record["simulated"] else []
            body = draw(path, caption) + items([*said, *record["notes"]])
        heading = name.replace("table", "Table ") if name.startswith("table") else name.capitalize()
        shown.append(f'<article id="{name}"><h3>{heading}</h3>{body}</article>')
    return "".join(shown)


def _read(path: Path) -> list[dict[str, str]]:
    rows = pd.read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    return [{str(key): str(value) for key, value in row.items()} for row in rows]


def _cell_name(row: dict[str, str]) -> list[str]:
    dims = row["dims"] if row["dims"] != "0" else ""
    reduction = paper.REDUCTION_NAMES[row["reduction"]]
    clustering = paper.CLUSTERING_NAMES[row["clustering"]]
    return [paper.ENCODER_NAMES[row["encoder"]], f"{reduction} {dims}".strip(), clustering]


def _paper_head(rows: list[dict[str, str]]) -> str:
    compared = all(row["comparison"] == COMPARED for row in rows)
    return "Paper [%]" if compared else f"Paper [%] ({rows[0]['comparison']})"


def _table1(path: Path, caption: str) -> str:
    found = _read(path)
    rows: list[list[str | Cell]] = []
    for row, theirs in zip(found, paper.TABLE1, strict=True):
        ours = [row["printed"], row["printed_std"]] if row["status"] == "run" else [f"not run: {row['reason']}", ""]
        difference = Cell("")
        if row["difference"]:
            far = abs(float(row["difference"])) > FAR
            difference = Cell(f"{'≠ ' if far else ''}{float(row['difference']):+.1f} {row['difference_unit']}",
                              "differs" if far else "")
        rows.append([*_cell_name(row), *ours, Cell(theirs.printed, "paper"), Cell(theirs.std, "paper"), difference])
    heads = ["Encoder", "Reduction", "Clustering", "Ours [%]", "Std. [%]", _paper_head(found), "Paper's std. [%]",
             "Ours - paper"]
    return table(caption, heads, rows)


def _seeds(path: Path, caption: str) -> str:
    found = _read(path)
    rows: list[list[str | Cell]] = []
    for row, theirs in zip(found, paper.TABLE1, strict=True):
        if row["status"] == "run":
            between = f"{float(row['std_between_percent']):.1f}" if row["std_between_percent"] and \
                row["encoder"] != "simple" else "not trained" if row["encoder"] == "simple" else "one training"
            ours = [row["trainings"], f"{float(row['mean_percent']):.1f}", between,
                    f"{float(row['std_within_percent']):.1f}"]
        else:
            ours = ["", f"not run: {row['reason']}", "", ""]
        rows.append([*_cell_name(row), *ours, Cell(theirs.printed, "paper"), Cell(theirs.std, "paper")])
    heads = ["Encoder", "Reduction", "Clustering", "Trainings", "Mean [%]", "Std. between trainings [%]",
             "Std. within a training [%]", _paper_head(found), "Paper's std. [%]"]
    return table(caption, heads, rows)


def _settings(path: Path, caption: str) -> str:
    rows: list[list[str | Cell]] = [
        [row["parameter"], Cell(row["paper"], "paper"),
         Cell(row["used"]) if row["used"] == row["paper"] else Cell(f"≠ {row['used']}", "differs"),
         row.get("unit", "")] for row in _read(path)]
    return table(caption, ["Parameter", "Paper", "Used", "Unit"], rows, "narrow")


def _table3(path: Path, caption: str) -> str:
    data, shown = pd.read_csv(path, dtype=str, keep_default_na=False), []
    published = {"a": paper.TABLE3_COLOUR, "b": paper.TABLE3_GRAY}
    for letter, part in data.groupby("part", sort=True):
        theirs = published[str(letter)]
        columns = list(part.columns)
        classes = [name for name in columns[4:columns.index("accuracy_percent")] if part[name].any()]
        compared = bool((part["comparison"] == COMPARED).all())
        encoder = paper.ENCODER_NAMES[part["encoder"].iloc[0]]
        title = f"({letter}) {'colour' if letter == 'a' else 'gray'}, encoder {encoder}"
        rows: list[list[str | Cell]] = [
            [row["true"], *(_against(row[name], row.get(f"paper: {name}", ""), compared) for name in classes),
             _percent(row["accuracy_percent"])] for row in part.to_dict("records")]
        unlike = "" if compared else f"; {part['comparison'].iloc[0]}"
        ours = table(f"Ours {title}{unlike}",
                     ["True \\ found", *classes, "Accuracy [%]"], rows)
        printed: list[list[str | Cell]] = [
            [name, *map(str, counts), accuracy]
            for name, counts, accuracy in zip(paper.CLASS_NAMES, theirs.matrix, theirs.class_accuracies, strict=True)]
        printed.append(["Total", *[""] * len(paper.CLASS_NAMES), theirs.total])
        shown.append(ours + table(f"Paper ({letter}), encoder SimCLR", ["True \\ found", *paper.CLASS_NAMES,
                                                                        "Accuracy [%]"], printed, "paper"))
    return paragraph(caption) + f'<div class="beside">{"".join(shown)}</div>'


def _against(ours: str, theirs: str, compared: bool) -> Cell:
    differs = compared and theirs not in {"", ours}
    return Cell(f"{ours} ≠" if differs else ours, "differs" if differs else "")


def _percent(text: str) -> str:
    return f"{float(text):.1f}" if text else ""


def _stability(path: Path, caption: str) -> str:
    data, shown = pd.read_csv(path), []
    for name, part in data.groupby("set", sort=False):
        shown.append(table(f"{name}: {caption}", list(STABILITY.values()), rounded(part), "narrow"))
    return "".join(shown)


def _effects(path: Path, caption: str) -> str:
    rows = [[row["change"], row["seed"], _percent(row["hac"]), f"{float(row['hac_difference']):+.1f}",
             _percent(row["kmeans"]), f"{float(row['kmeans_difference']):+.1f}"] for row in _read(path)]
    return table(caption, ["Training", "Seed", "HAC [%]", "Difference", "k-Means [%]", "Difference"], rows)
