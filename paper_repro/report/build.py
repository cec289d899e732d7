"""The report: one page that needs nothing else, `report/<profile>/index.html`."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import write_text
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.report import claims_page, explored, explorer, figures_page, provenance_page, tables_page
from paper_repro.report.explore_page import MOST_BYTES, carried
from paper_repro.report.rendering import render

# Figures and tables as the paper's sections show them, and after them what the paper doesn't have.
ORDER = (
    ("paper", "The paper's figures and tables", (
        ("2. Datasets", ("fig01", "fig02", "fig03")),
        ("3.1. Cloud patch generation", ("fig04", "fig05", "fig06", "fig07", "fig08", "fig09", "fig10")),
        ("3.2. Encoding the patches", ("table1", "fig11")),
        ("3.3. Clustering", ("table2",)),
        ("4.1. Benchmark on Cloud-ImVN 1.0", ("fig12", "table3", "fig13")),
        ("4.2. Venus patch classification", ("table4", "fig14", "fig15", "fig16")),
    )),
    ("more", "Beyond the paper", (
        ("The benchmark", ("accuracies", "losses", "seeds", "effects")),
        ("Venus", ("stability",)),
        ("Venus in time", ("shares", "trends", "latitudes", "lives", "transitions", "hovmoeller")),
    )),
)
Chapter = tuple[str, str, list[tuple[str, list[Any]]]]


def report(run: Run, left_out: Mapping[str, str] | None = None, checked: Collection[Path] | None = None) -> Made:
    """Write the report of a run in one step; same inputs, same bytes.

    left_out: tables and figures that aren't shown by their names, and why; checked: the records that were, the others
    being marked (None: all were).

    The figures are as large as they may be for the page to keep within `MOST_BYTES`.
    Raises UserError where the verdict or a figure's caption is refused (see claims_page.read, figures_page.open_all),
    or the page would be larger than it may be.
    """
    verdict = claims_page.read(run)
    claims = verdict.claims
    data = {
        **carried("claims.js"),
        "title": f"Verdict: {paper.TITLE}", "profile": f"{run.profile.name}: {run.profile.title}",
        "citation": f"{paper.CITATION}: {paper.TITLE}",
        "head": claims_page.head(claims, verdict.simulated), "summary": claims_page.summary(claims),
        "claims": claims_page.everything(claims),
        "explorer": explored.explorer(*explorer.open_all(run)),
        "provenance": provenance_page.page(run, verdict.kept, checked),
    }
    left_out = left_out or {}
    tables = tables_page.articles(run, dict(zip(claims["id"], claims["verdict"], strict=True)), left_out)
    figures = figures_page.open_all(run, left_out)
    target, size = run.report / "index.html", 0
    for step in (*figures_page.STEPS, None):
        page = render("page.html", **data, chapters=_chapters(tables | figures_page.articles(run, figures, step)))
        size = len(page.encode())
        if size <= MOST_BYTES:
            write_text(target, page)
            return Made({"bytes": size})
    raise UserError(f"{target}: expected at most {MOST_BYTES / 1e6:g} MB, found {size / 1e6:.1f} MB without figures; "
                    "its patch sets are too large for one page. Leave out a set of the profile.")


def _chapters(articles: Mapping[str, Any]) -> list[Chapter]:
    """The figures and tables in `ORDER`: each chapter's name, title, and parts with their headings."""
    return [(name, title, [(heading, [articles[each] for each in names]) for heading, names in parts])
            for name, title, parts in ORDER]
