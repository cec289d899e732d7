"""The verdict on the page: how many claims came out, which differ, which were not run and why, and all of them."""

from collections import Counter
from typing import Any

import pandas as pd

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.provenance import code_hash
from paper_repro.base.run import Run
from paper_repro.report.markup import MARKS, Cell, details, escape, kind, paragraph, section, table, verdict
from paper_repro.report.overview import WORDS, by_place, in_papers_order, main_results, ours, with_unit
from paper_repro.verify.verdict import FITS
from paper_repro.verify.verdict import summary as sentence

SIMULATED = "Nothing that this run made from images stands for the paper's results."
VALUES = ("Paper", "Ours", "Tolerance")
DIFFERS = '<h3 id="differs">≠ Differs</h3>'
REPRODUCED = '<h3 id="reproduced">✓ Reproduced</h3>'
AS_SPECIFIED = '<h3 id="as-specified">= Method as specified</h3>'
NOT_COMPARABLE = '<h3 id="ran-not-comparable">~ Ran, not comparable, and why</h3>'
NOT_RUN = '<h3 id="not-run">– Not run, and why</h3>'
BAR = 1000  # width of the bar in its own units
PAST = {"ran, not comparable": "ran but may not be compared", "not run": "were not run"}
MANY = 8  # claims that differ, from which on they scroll for themselves
UNFOLDED = 60  # claims reproduced that are listed at once


def read(run: Run) -> pd.DataFrame:
    """The rows of verdict.csv, all text, in the paper's order.

    Raises UserError where it is absent, has no provenance, or isn't what its provenance says.
    """
    path = run.results / "verdict.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        _refuse(run, "it is absent or has no provenance (verdict.json)")
    assert record is not None
    if not {"profile", "simulated", "inputs", "code", "outputs", "versions"} <= record.keys():
        _refuse(run, "its provenance (verdict.json) is not whole")
    if record["profile"] != run.profile.name:
        _refuse(run, f"it was made with the profile {record['profile']}")
    if record["outputs"].get(path.name) != sha256_file(path):
        _refuse(run, "it isn't the file that its provenance (verdict.json) describes")
    if record["code"] != code_hash("verify"):
        _refuse(run, "it was made by other code of verify than is here")
    for name, expected in record["inputs"].items():
        source = run.out / name
        if not source.is_file() or sha256_file(source) != expected:
            _refuse(run, f"it was not made from the {source.name} that is there ({source})")
    return in_papers_order(pd.read_csv(path, dtype=str, keep_default_na=False))


def _refuse(run: Run, why: str) -> None:
    raise UserError(f"{run.results / 'verdict.csv'}: refused, {why}; run `make verify PROFILE={run.profile.name}`.")


def head(claims: pd.DataFrame, simulated: bool) -> str:
    """What is seen first: the counts, the bar, and the warning of simulated input."""
    counts = Counter(claims["verdict"])
    numbers = "".join(f'<li class="{kind(name)}"><a href="#{kind(name)}"><b>{counts[name]}</b> '
                      f"<span>{MARKS[name]} {WORDS[name]}</span></a></li>" for name in WORDS)
    banner = f'<p class="banner" role="note"><strong>Simulated input.</strong> {escape(SIMULATED)}</p>'
    said = sentence(zip(claims["kind"], claims["verdict"], strict=True), simulated)
    return (f'{banner if simulated else ""}<p class="lead">Of <b>{len(claims)}</b> claims of the paper: '
            f'{escape(said)}</p><ul class="counts">{numbers}</ul>{_bar(counts)}')


def _bar(counts: Counter[str]) -> str:
    total, start, parts = max(1, counts.total()), 0.0, []
    for name in WORDS:
        width = BAR * counts[name] / total
        parts.append(f'<rect class="{kind(name)}" x="{start:.1f}" y="0" width="{width:.1f}" height="24"/>')
        start += width
    return (f'<svg class="bar" viewBox="0 0 {BAR} 24" preserveAspectRatio="none" role="img" '
            f'aria-label="Share of claims that came out in each way">{"".join(parts)}</svg>')


def summary(claims: pd.DataFrame) -> str:
    """What differs, the main results, what came out by place in the paper, what fits, why the rest wasn't judged."""
    why_not = _why_not(claims, "ran, not comparable", NOT_COMPARABLE) + _why_not(claims, "not run", NOT_RUN)
    return section("verdict", "What came out", _differs(claims), main_results(claims),
                   f'<div class="beside"><div>{by_place(claims)}</div><div>{why_not}</div></div>',
                   _fitting(claims, "reproduced", REPRODUCED), _fitting(claims, "as specified", AS_SPECIFIED))


def _differs(claims: pd.DataFrame) -> str:
    found = claims[claims["verdict"] == "differs"]
    if found.empty:
        judged = int(claims["verdict"].isin(FITS).sum())
        return DIFFERS + paragraph(f"Nothing: none of the {judged} claims that were judged differs.")
    rows = [[*_sides(one), one["reason"], Cell(one["command"], "code")] for one in found.to_dict("records")]
    heads = ["Claim", "Paper", "Ours", "Tolerance", "Reason", "Command"]
    shown = table("Claims that differ", heads, rows)
    return DIFFERS + (f'<div class="tall" tabindex="0" role="group" aria-label="Claims that differ">{shown}</div>'
                      if len(rows) > MANY else shown)


def _sides(one: dict[Any, str]) -> list[str | Cell]:
    return [Cell(one["statement"], note=one["section"]), Cell(with_unit(one["paper"], one["unit"]), "v"),
            ours(one["ours"], one["unit"], one["verdict"]), Cell(_tolerance(one), "v")]


def _fitting(claims: pd.DataFrame, name: str, heading: str) -> str:
    found = claims[claims["verdict"] == name]
    rows = [_sides(one) for one in found.to_dict("records")]
    shown = table(f"Claims {name}", ["Claim", "Paper", "Ours", "Tolerance"], rows) if rows else \
        paragraph(f"No claim was {name}.")
    return heading + details(f"{len(found)} claims with their values", shown, len(found) <= UNFOLDED)


def _why_not(claims: pd.DataFrame, name: str, heading: str) -> str:
    found = claims[claims["verdict"] == name]
    rows: list[list[str | Cell]] = []
    for reason, count in Counter(found["reason"]).most_common():
        which = found[found["reason"] == reason]
        places = ", ".join(which["section"].unique())
        rows.append([Cell(reason[:1].upper() + reason[1:], note=which["statement"].iloc[0] if count == 1 else places),
                     str(count)])
    return heading + (table(f"Why claims {PAST[name]}, and which", ["Reason", "Claims"], rows) if rows else
                      paragraph("No claim."))


def everything(claims: pd.DataFrame) -> str:
    """All claims, to be filtered by verdict, section and words; without scripts all are shown."""
    boxes = "".join(f'<label><input type="checkbox" class="by-verdict" value="{name}" checked> {verdict(name)}</label>'
                    for name in WORDS)
    options = "".join(f"<option>{escape(name)}</option>" for name in claims["section"].unique())
    form = (f'<div class="filters" id="claim-filters"><fieldset><legend>Verdict</legend>{boxes}</fieldset>'
            f'<label>Where <select id="by-section"><option value="">everywhere</option>{options}</select></label>'
            '<label>Words <input type="search" id="by-words" placeholder="SimCLR HAC"></label>'
            f'<output id="claims-shown">{len(claims)} of {len(claims)} claims</output></div>')
    rows = "".join(_row(one) for one in claims.to_dict("records"))
    heads = "".join(f'<th scope="col"{" class=v" * (name in VALUES)}>{name}</th>' for name in
                    ("Claim", "Where", *VALUES, "Verdict", "Reason and command"))
    return section("claims", "All claims", form, '<div class="wide tall" tabindex="0" role="group" aria-label="All '
                   f'claims"><table id="all-claims"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')


def _tolerance(one: dict[Any, str]) -> str:
    if not one["tolerance"]:
        return ""
    if one["tolerance"].startswith("x "):
        return f"factor {one['tolerance'].removeprefix('x ')}"
    return with_unit(f"± {float(one['tolerance']):.3g}", one["unit"]) if float(one["tolerance"]) else "exact"


def _row(one: dict[Any, str]) -> str:
    values = (with_unit(one["paper"], one["unit"]), with_unit(one["ours"], one["unit"]), _tolerance(one))
    cells = "".join(f'<td class="v">{escape(text)}</td>' for text in values)
    return (f'<tr id="claim-{escape(one["id"])}" data-verdict="{escape(one["verdict"])}" '
            f'data-section="{escape(one["section"])}"><th scope="row">{escape(one["statement"])}'
            f'<small>{escape(one["id"])}</small></th><td class="where">{escape(one["section"])}</td>{cells}'
            f'<td>{verdict(one["verdict"])}</td><td>{escape(one["reason"])}<br><code>{escape(one["command"])}</code>'
            "</td></tr>")
