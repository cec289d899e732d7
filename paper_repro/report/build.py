"""`make report`: one page that needs nothing else, `report/<profile>/index.html`."""

import base64
import hashlib
from pathlib import Path
from string import Template

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, write_text
from paper_repro.base.run import Run
from paper_repro.report import claims_page, explorer, figures_page, provenance_page, tables_page
from paper_repro.report.markup import escape, section

ASSETS = Path(__file__).resolve().parent / "assets"
SCRIPTS = ("claims.js", "marks.js", "points.js", "explorer.js")
MOST_BYTES = 15_000_000
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
    )),
)


def report(run: Run) -> Path:
    """Write the report of a run in one step; same inputs, same bytes. Returns its path.

    Raises UserError where the verdict is refused (see claims_page.read), or the page would be larger than it may be.
    """
    claims = claims_page.read(run)
    simulated = bool((read_json(run.results / "verdict.json") or {})["simulated"])
    opened, missing = explorer.open_all(run)
    style, scripts = _asset("style.css"), [_asset(name) for name in SCRIPTS]
    policy = (f"default-src 'none'; img-src data:; style-src {_source(style)}; script-src "
              f"{' '.join(map(_source, scripts))}; base-uri 'none'; form-action 'none'")
    parts = {
        "policy": escape(policy), "style": style,
        "scripts": "\n".join(f"<script>{script}</script>" for script in scripts),
        "title": escape(f"Verdict: {paper.TITLE}"), "profile": escape(f"{run.profile.name}: {run.profile.title}"),
        "citation": escape(f"{paper.CITATION}: {paper.TITLE}"),
        "head": claims_page.head(claims, simulated), "summary": claims_page.summary(claims),
        "claims": claims_page.everything(claims),
        "explorer": explorer.page(run, opened, missing),
        "provenance": provenance_page.page(run),
    }
    template = Template(_asset("report.html"))
    tables = tables_page.articles(run, dict(zip(claims["id"], claims["verdict"], strict=True)))
    figures = figures_page.open_all(run)
    least = _shown(tables | figures_page.without_pictures(run, figures))
    room = MOST_BYTES - len(template.substitute(parts | least).encode())
    page = template.substitute(parts | _shown(tables | figures_page.articles(run, figures, room)))
    target = explorer.folder(run) / "index.html"
    if len(page.encode()) > MOST_BYTES:
        raise UserError(f"{target}: expected at most {MOST_BYTES / 1e6:g} MB, found {len(page.encode()) / 1e6:.1f} MB "
                        "without figures; its patch sets are too large for one page. Leave out a set of the profile.")
    write_text(target, page)
    return target


def _shown(articles: dict[str, str]) -> dict[str, str]:
    """The sections of figures and tables, by their names in the template."""
    return {name: section(name, title, *(f'<h3 class="part">{escape(heading)}</h3>'
                                         + "".join(articles[each] for each in names) for heading, names in chapters))
            for name, title, chapters in ORDER}


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _source(text: str) -> str:
    """The source expression that allows just this inline text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
