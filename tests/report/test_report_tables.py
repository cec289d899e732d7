"""The report's tables: what each shows of its .csv, and that nothing not comparable is marked as differing."""

import re
from pathlib import Path

import pandas as pd
import pytest

from paper_repro import paper
from paper_repro.base.files import write_csv, write_json
from paper_repro.base.run import Run, open_run
from paper_repro.experiments.class_measures import STABILITY
from paper_repro.report import figures_page, tables_page
from paper_repro.report.rendering import render
from paper_repro.steps import steps_of
from paper_repro.verify.claims.table3 import claims
from tests.records_made import record
from tests.report.pages_made import Page

CELL = ["encoder", "reduction", "dims", "clustering"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return open_run("sample", tmp_path)


def store(run: Run, name: str, table: pd.DataFrame, *, simulated: bool = False) -> None:
    write_csv(run.tables / f"{name}.csv", table)
    record(run.tables / f"{name}.json", run, name, ["Said below."], simulated=simulated)


def text(run: Run) -> str:
    return Page("".join(render("table.html", article=each) for each in tables_page.articles(run, {}, {}).values())).text


def seeds(comparison: str) -> pd.DataFrame:
    rows = []
    for row in paper.TABLE1:
        line = {"encoder": row.encoder, "reduction": row.reduction, "dims": row.dims, "clustering": row.clustering,
                "status": "run", "reason": "", "trainings": "3", "mean_percent": "45.96", "std_between_percent": "0.71",
                "std_within_percent": "3.08", "comparison": comparison}
        if row.encoder == "simple":
            line |= {"trainings": "0", "std_between_percent": ""}
        elif row.dims == 64:
            line |= {"trainings": "1", "std_between_percent": ""}
        elif row.dims == 256:
            line |= {"status": "not run", "reason": "too few images"}
        rows.append(line)
    return pd.DataFrame(rows)


def test_trainings_stand_beside_the_papers(run: Run) -> None:
    store(run, "seeds", seeds("not comparable: simulated"), simulated=True)
    found = text(run)
    assert "SimCLR t-SNE 3 k-Means 3 46.0 0.7 3.1 84.9(19) 5.3" in found
    assert "Simple t-SNE 3 k-Means 0 46.0 not trained 3.1 82(3) 6" in found
    assert "SimCLR PCA 64 HAC 1 46.0 one training 3.1 76.9(5) 1.4" in found
    assert "SimCLR PCA 256 HAC not run: too few images 81.4(11) 2.9" in found
    assert "Simulated input Total accuracies of Table 1 over several trainings of each encoder Ours are not " in found
    assert "Said below." in found
    store(run, "seeds", seeds("Cloud-ImVN"))
    assert "Ours are" not in text(run)
    assert "Simulated input" not in text(run)


def test_stability_has_a_table_a_set(run: Run) -> None:
    rows = [(name, k, 0.5, 0.25, 0.125, None, None, 0.75, 0.0625, 3, 9, 0.875)
            for name in ("a-flat", "b-flat") for k in (2, 3)]
    store(run, "stability", pd.DataFrame(rows, columns=["set", *STABILITY]))
    found = text(run)
    assert found.count("2 0.500 0.250 0.125 not run not run 0.750 0.062 3 9 0.875") == 2
    assert "a-flat: " in found
    assert "b-flat: " in found


def test_effects(run: Run) -> None:
    rows = [("paper", 0, 40.0, 50.0, 1.0, 12.0, 0.0, 0.0), ("authors", 0, 42.25, 48.0, 1.0, 12.0, 2.25, -2.0)]
    columns = ["change", "seed", "hac", "kmeans", "kmeans_std", "full_hours", "hac_difference", "kmeans_difference"]
    store(run, "effects", pd.DataFrame(rows, columns=columns))
    assert "authors 0 42.2 +2.2 48.0 -2.0" in text(run)


@pytest.mark.parametrize("comparison", ["Cloud-ImVN", "not comparable: SWIMCAT"])
def test_cells_of_the_confusion_matrix_are_marked_by_their_claims(run: Run, comparison: str) -> None:
    verdicts = {claim.id: "not run" for claim in claims()}
    if comparison == "Cloud-ImVN":
        verdicts |= {"table3.b.clear-sky.clear-sky": "differs", "table3.b.veil.veil": "reproduced",
                     "table3.b.veil.accuracy": "differs", "table3.b.total": "reproduced"}
    rows = [{"part": "b", "set": "photos-gray", "encoder": "simclr", "true": name,
             **dict(zip(paper.CLASS_NAMES, counts, strict=True)), "accuracy_percent": 50.0, "comparison": comparison}
            for name, counts in zip(paper.CLASS_NAMES, paper.TABLE3_GRAY.matrix, strict=True)]
    rows.append({"part": "b", "set": "photos-gray", "encoder": "simclr", "true": "Total", "accuracy_percent": 51.0,
                 "comparison": comparison})
    store(run, "table3", pd.DataFrame(rows, dtype=object))
    html = render("table.html", article=tables_page.articles(run, verdicts, {})["table3"])
    marked = re.findall(r'<td class="v (\w+)(?: n)?">([^<]+)</td>', html)
    assert marked == ([("differs", "≠ 157"), ("reproduced", "215"), ("differs", "≠ 50.0"), ("reproduced", "51.0")]
                      if comparison == "Cloud-ImVN" else [])
    assert ("Ours are not comparable: SWIMCAT." in Page(html).text) is (comparison != "Cloud-ImVN")


def test_the_page_needs_every_table_and_figure_that_it_shows(run: Run) -> None:
    """One that isn't part of `all` only once it was made: the page is made again then, and with it."""
    steps = steps_of(run)
    shown = {f"table {name.removeprefix('table')}" for name in tables_page.HEADINGS}
    shown |= {f"figure {name}" for name in figures_page.NAMES}
    assert (shown & set(steps.by_name)) - set(steps.by_name["report"].needs) == {"table effects"}
    write_json(run.tables / "effects.json", {})
    assert "table effects" in steps_of(run).by_name["report"].needs
