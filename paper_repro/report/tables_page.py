"""The paper's tables: this run's numbers beside the paper's, marked by the verdicts on their claims."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from paper_repro import paper
from paper_repro.base.files import read_csv, read_json
from paper_repro.base.run import Run
from paper_repro.experiments.class_measures import STABILITY, rounded
from paper_repro.report.cells import MARKS, Cell, Table, table
from paper_repro.report.commands import command
from paper_repro.tables import effects, lives, seeds, shares, stability, table1, table2, table3, table4
from paper_repro.tables.layout import NOT_USED
from paper_repro.verify.claims import table1 as claimed1
from paper_repro.verify.claims import table3 as claimed3

COMPARED = "Cloud-ImVN"
MARKED = "Bold: reproduced within the claim's tolerance; with ≠: differs by more."
Verdicts = Mapping[str, str]
HEADINGS = {"table1": "Table 1", "table2": "Table 2", "table3": "Table 3", "table4": "Table 4",
            "seeds": "Table 1 over several trainings", "stability": "How stable the classes of Venus' clouds are",
            "effects": "What each switch does", "shares": "Shares of the classes in time",
            "lives": "Wind and life times of the classes"}


@dataclass(frozen=True)
class Article:
    """A table of the paper on the page, in one or several parts. missing: why there is none, or "".

    caption: of parts that stand beside each other; "" where each has a caption of its own.
    """

    template: ClassVar[str] = "table.html"
    name: str
    title: str
    missing: str = ""
    simulated: bool = False
    caption: str = ""
    tables: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


Shown = tuple[str, tuple[Table, ...]]  # the caption of parts that stand beside each other, and the parts


def articles(run: Run, verdicts: Verdicts, left_out: Mapping[str, str]) -> dict[str, Article]:
    """Every table by its name; one that isn't there is said to be missing.

    verdicts: of each claim, by its id; left_out: tables that aren't shown whatever is there, and why.
    """
    parts: list[tuple[str, str, Callable[[Path, str, Verdicts], Shown]]] = [
        ("table1", table1.CAPTION, _table1), ("seeds", seeds.CAPTION, _seeds),
        ("table2", table2.CAPTION, _settings), ("table3", table3.CAPTION, _table3),
        ("table4", table4.CAPTION, _settings), ("stability", stability.CAPTION, _stability),
        ("effects", effects.CAPTION, _effects), ("shares", shares.CAPTION, _shares), ("lives", lives.CAPTION, _lives)]
    shown = {}
    for name, caption, draw in parts:
        path, record = run.tables / f"{name}.csv", read_json(run.tables / f"{name}.json")
        if name in left_out:
            shown[name] = Article(name, HEADINGS[name], f"Not shown: {left_out[name]}.")
        elif record is None or not path.is_file():
            shown[name] = Article(name, HEADINGS[name],
                                  f"Not made in this run; `{command(run, name)}` makes it.")
        else:
            above, tables = draw(path, caption, verdicts)
            shown[name] = Article(name, HEADINGS[name], "", bool(record["simulated"]), above, tables,
                                  tuple(record["notes"]))
    return shown


def _read(path: Path) -> list[dict[str, str]]:
    rows = read_csv(path, dtype=str, keep_default_na=False).to_dict("records")
    return [{str(key): str(value) for key, value in row.items()} for row in rows]


def _cell_name(row: dict[str, str]) -> list[str]:
    dims = row["dims"] if row["dims"] != "0" else ""
    reduction = paper.REDUCTION_NAMES[row["reduction"]]
    clustering = paper.CLUSTERING_NAMES[row["clustering"]]
    return [paper.ENCODER_NAMES[row["encoder"]], f"{reduction} {dims}".strip(), clustering]


def _unlike(path: Path, caption: str, marked: str) -> str:
    """The caption with what the marks mean, or why ours may not be held against the paper's."""
    comparison = _read(path)[0]["comparison"]
    return f"{caption} {marked if comparison == COMPARED else f'Ours are {comparison}.'}".strip()


def judged(text: str, verdict: str) -> Cell:
    """Our value, marked by the verdict on its claim: bold where it was judged, with a sign where it differs."""
    if verdict not in ("reproduced", "differs"):
        return Cell(text)
    return Cell(f"{MARKS[verdict]} {text}" if verdict == "differs" else text, f"v {verdict}")


def _table1(path: Path, caption: str, verdicts: Verdicts) -> Shown:
    rows: list[list[str | Cell]] = []
    for row, theirs in zip(_read(path), paper.TABLE1, strict=True):
        claim = f"table1.{claimed1.key(theirs)}"
        ours = ([judged(row["printed"], verdicts.get(f"{claim}.mean", "")),
                 judged(row["printed_std"], verdicts.get(f"{claim}.std", ""))]
                if row["status"] == "run" else [Cell(f"not run: {row['reason']}"), Cell("")])
        rows.append([*_cell_name(row), ours[0], Cell(theirs.printed, "paper"), ours[1], Cell(theirs.std, "paper")])
    heads = ["Encoder", "Reduction", "Clustering", "Ours [%]", "Paper [%]", "Std., ours [%]", "Std., paper [%]"]
    return "", (table(_unlike(path, caption, MARKED), heads, rows),)


def _seeds(path: Path, caption: str, _: Verdicts) -> Shown:
    rows: list[list[str | Cell]] = []
    for row, theirs in zip(_read(path), paper.TABLE1, strict=True):
        if row["status"] == "run":
            between = f"{float(row['std_between_percent']):.1f}" if row["std_between_percent"] and \
                row["encoder"] != "simple" else "not trained" if row["encoder"] == "simple" else "one training"
            ours = [row["trainings"], f"{float(row['mean_percent']):.1f}", between,
                    f"{float(row['std_within_percent']):.1f}"]
        else:
            ours = ["", f"not run: {row['reason']}", "", ""]
        rows.append([*_cell_name(row), *ours, Cell(theirs.printed, "paper"), Cell(theirs.std, "paper")])
    heads = ["Encoder", "Reduction", "Clustering", "Trainings", "Mean [%]", "Std. between trainings [%]",
             "Std. within a training [%]", "Paper [%]", "Std., paper [%]"]
    return "", (table(_unlike(path, caption, ""), heads, rows),)


def _settings(path: Path, caption: str, _: Verdicts) -> Shown:
    rows: list[list[str | Cell]] = [
        [row["parameter"], Cell(row["paper"], "paper"),
         Cell(row["used"]) if row["used"] in (row["paper"], NOT_USED) else Cell(f"≠ {row['used']}", "differs"),
         row.get("unit", "")] for row in _read(path)]
    return "", (table(caption, ["Parameter", "Paper", "Used", "Unit"], rows, "narrow"),)


def _table3(path: Path, caption: str, verdicts: Verdicts) -> Shown:
    data = read_csv(path, dtype=str, keep_default_na=False)
    shown: list[Table] = []
    for letter, part in data.groupby("part", sort=True):
        columns = list(part.columns)
        classes = [name for name in columns[4:columns.index("accuracy_percent")] if part[name].any()]
        encoder = paper.ENCODER_NAMES[part["encoder"].iloc[0]]
        rows: list[list[str | Cell]] = []
        for row in part.to_dict("records"):
            claim = f"table3.{letter}.{claimed3.slug(row['true'])}"
            cells = [judged(row[name], verdicts.get(f"{claim}.{claimed3.slug(name)}", "")) for name in classes]
            total = verdicts.get(claim if row["true"] == "Total" else f"{claim}.accuracy", "")
            rows.append([row["true"], *cells, judged(_percent(row["accuracy_percent"]), total)])
        theirs = claimed3.PARTS[str(letter)]
        printed: list[list[str | Cell]] = [
            [name, *map(str, counts), accuracy]
            for name, counts, accuracy in zip(paper.CLASS_NAMES, theirs.matrix, theirs.class_accuracies, strict=True)]
        printed.append(["Total", *[""] * len(paper.CLASS_NAMES), theirs.total])
        title = f"({letter}) {claimed3.COLOURS[str(letter)]}"
        shown.append(table(f"Ours {title}, encoder {encoder}", ["True \\ found", *classes, "Accuracy [%]"], rows))
        shown.append(table(f"Paper {title}, encoder SimCLR", ["True \\ found", *paper.CLASS_NAMES, "Accuracy [%]"],
                           printed, "paper"))
    return _unlike(path, caption, MARKED), tuple(shown)


def _percent(text: str) -> str:
    return f"{float(text):.1f}" if text else ""


def _stability(path: Path, caption: str, _: Verdicts) -> Shown:
    return "", tuple(table(f"{name}: {caption}", list(STABILITY.values()), rounded(part), "narrow")
                     for name, part in read_csv(path).groupby("set", sort=False))


def _effects(path: Path, caption: str, _: Verdicts) -> Shown:
    rows = [[row["change"], row["seed"], _percent(row["hac"]), f"{float(row['hac_difference']):+.1f}",
             _percent(row["kmeans"]), f"{float(row['kmeans_difference']):+.1f}"] for row in _read(path)]
    headings = ["Training", "Seed", "HAC [%]", "Difference", "k-Means [%]", "Difference"]
    return "", (table(caption, headings, rows),)


def _shares(path: Path, caption: str, _: Verdicts) -> Shown:
    table_of_all, drawn = read_csv(path, dtype={"class": str, "group": str}), []
    for name, part in table_of_all.groupby("set", sort=False):
        for by in shares.SHOWN:
            block = shares.block(f"{name}, by {by}" if by != "all" else f"{name}: {caption}", part[part["by"] == by])
            drawn.append(table(block.title, block.columns, block.rows, "narrow"))
    return "", tuple(drawn)


def _lives(path: Path, caption: str, _: Verdicts) -> Shown:
    found, drawn = read_csv(path, dtype={"class": str, "then": str}), []
    names = {"wind_m_s": "best wind [m/s]", **lives.QUANTITIES}
    for name, part in found[found["quantity"] != "transition"].groupby("set", sort=False):
        known, refused = part[part["value"].notna()], dict.fromkeys(part["refused"].dropna())
        rows = [[names[row["quantity"]], row["wind"], row["class"] if isinstance(row["class"], str) else "",
                 lives.number(row["value"], row["low"], row["high"]), f"{row['pairs']:,.0f}"]
                for _, row in known.iterrows()]
        rows += [["not told", "", "", sentence, ""] for sentence in refused]
        drawn.append(table(f"{name}: {caption}", ["quantity", "wind", "class", "value", "pairs"], rows, "narrow"))
    return "", tuple(drawn)
