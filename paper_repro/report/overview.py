"""What a reader looks for in the first minute: the paper's main results, and how each part of the paper came out."""

from collections import Counter

import pandas as pd

from paper_repro.report.markup import MARKS, VERDICT, Cell, escape, kind, paragraph, table
from paper_repro.verify.claims import PLACES

WORDS = {"reproduced": "reproduced", "differs": "differ", "ran, not comparable": "ran, not comparable",
         "not run": "not run", "as specified": "method as specified"}

UNJUDGED = ("ran, not comparable", "not run")

# The claims that the paper's abstract and conclusions rest on.
MAIN = (
    "table1.simclr.tsne3.kmeans.mean", "table1.order.best", "table1.order.simple-beats-autoencoder", "table3.a.total",
    "table3.b.total", "table3.b.above-baseline", "sets.example-k", "sets.uvi-3000km.count", "sets.uvi-500km.count",
    "sets.vmc-25km.count", "classes.uvi-3000km.wake", "classes.uvi-3000km.high-latitudes",
    "classes.vmc-25km.waves-gathered",
)

ACROSS, STEP, SIDE = 28, 12, 9  # squares in a row of the strip; their distance and side


def in_papers_order(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims by their place in the paper; places that aren't known come last."""
    rank = {place: number for number, place in enumerate(PLACES)}
    return claims.sort_values("section", key=lambda names: names.map(lambda name: rank.get(name, len(rank))),
                              kind="stable")


def main_results(claims: pd.DataFrame) -> str:
    """The paper's main results beside ours."""
    by_id = {str(one["id"]): one for one in claims.to_dict("records")}
    rows: list[list[str | Cell]] = []
    for name in MAIN:
        if name in by_id:
            one = by_id[name]
            rows.append([Cell(one["statement"], note=one["section"]), Cell(with_unit(one["paper"], one["unit"]), "v"),
                         ours(one["ours"], one["unit"], one["verdict"]),
                         Cell(one["verdict"], VERDICT, one["reason"] if one["verdict"] in UNJUDGED else "")])
    if not rows:
        return ""
    return "<h3>The paper's main results</h3>" + table(
        "What the paper's abstract and conclusions rest on", ["Claim", "Paper", "Ours", "Verdict"], rows)


def ours(text: str, unit: str, verdict: str) -> Cell:
    """Our value in the colour of its verdict."""
    return Cell(with_unit(text, unit), f"v {kind(verdict)}")


def with_unit(text: str, unit: str) -> str:
    """A value with its unit, where it has one, doesn't name it itself, and isn't a fraction (> 1/6)."""
    return f"{text} {unit}" if text and unit and not text.endswith(unit) and "/" not in text else text


def by_place(claims: pd.DataFrame) -> str:
    """A row for each place in the paper: a square for each of its claims, and how many came out how."""
    heads = "".join(f'<th scope="col" class="n" aria-label="{name}">{MARKS[name]}</th>' for name in WORDS)
    rows = "".join(_place(str(name), part) for name, part in claims.groupby("section", sort=False))
    key = paragraph("A square is a claim: filled, reproduced (✓); on its corner, differs (≠); gray, ran but not "
                    "comparable (~); hollow, not run (–); round, method as specified (=).", "caption")
    return (f'<h3>By place in the paper</h3>{key}<div class="wide" tabindex="0" role="group" aria-label="Claims by '
            f'their place in the paper"><table class="places narrow"><thead><tr><th scope="col">Where</th>'
            f'<th scope="col">Claims</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')


def _place(name: str, part: pd.DataFrame) -> str:
    counts = Counter(part["verdict"])
    cells = "".join(f'<td class="n {kind(one)}">{counts[one] or ""}</td>' for one in WORDS)
    return f'<tr><th scope="row">{escape(name)}</th><td>{_strip(part)}</td>{cells}</tr>'


def _strip(part: pd.DataFrame) -> str:
    shapes = []
    for number, (statement, verdict) in enumerate(zip(part["statement"], part["verdict"], strict=True)):
        x, y = number % ACROSS * STEP + 1.5, number // ACROSS * STEP + 1.5
        middle = f"{x + SIDE / 2} {y + SIDE / 2}"
        shape = {"differs": f' transform="rotate(45 {middle})"', "as specified": f' rx="{SIDE / 2}"'}.get(verdict, "")
        shapes.append(f'<rect class="{kind(verdict)}" x="{x}" y="{y}" width="{SIDE}" height="{SIDE}"{shape}>'
                      f"<title>{escape(statement)} {escape(verdict)}</title></rect>")
    wide, high = min(ACROSS, len(part)) * STEP, -(-len(part) // ACROSS) * STEP
    return (f'<svg class="strip" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" aria-hidden="true">'
            f'{"".join(shapes)}</svg>')
