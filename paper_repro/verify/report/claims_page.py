"""The verdict on the page: how many claims came out, which differ, which were not run and why, and all of them."""

from collections import Counter
from typing import Any

import pandas as pd

from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import read_json, sha256_file
from paper_repro.profiles.provenance import code_hash
from paper_repro.profiles.run import Run
from paper_repro.verify.report.markup import MARKS, Cell, details, escape, paragraph, section, table, verdict

WORDS = {"reproduced": "reproduced", "differs": "differ", "not run": "not run"}
SIMULATED = ("Simulated input: nothing that this run made from images reproduces the paper's results. What counts as "
             "reproduced here is said about the method itself and was computed, not simulated.")
BAR = 1000  # width of the bar in its own units


def read(run: Run) -> pd.DataFrame:
    """The rows of verdict.csv, all text.

    Raises UserError where it is absent, has no provenance, or isn't what its provenance says.
    """
    path = run.results / "verdict.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        _refuse(run, "it is absent or has no provenance (verdict.json)")
    assert record is not None
    if not {"profile", "simulated", "inputs", "code", "sha256", "versions"} <= record.keys():
        _refuse(run, "its provenance (verdict.json) is not whole")
    if record["profile"] != run.profile.name:
        _refuse(run, f"it was made with the profile {record['profile']}")
    if record["sha256"] != sha256_file(path):
        _refuse(run, "it isn't the file that its provenance (verdict.json) describes")
    if record["code"] != code_hash("verify"):
        _refuse(run, "it was made by other code of verify than is here")
    for name, expected in record["inputs"].items():
        source = run.out / name
        if not source.is_file() or sha256_file(source) != expected:
            _refuse(run, f"it was not made from the {source.name} that is there ({source})")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def _refuse(run: Run, why: str) -> None:
    raise UserError(f"{run.results / 'verdict.csv'}: refused, {why}; run `make verify PROFILE={run.profile.name}`.")


def head(claims: pd.DataFrame, simulated: bool) -> str:
    """What is seen first: the counts, the bar, and the warning of simulated input."""
    counts = Counter(claims["verdict"])
    numbers = "".join(f'<li class="{name.replace(" ", "-")}"><b>{counts[name]}</b> <span>{MARKS[name]} {WORDS[name]}'
                      "</span></li>" for name in WORDS)
    banner = f'<p class="banner" role="note"><strong>{escape(SIMULATED)}</strong></p>' if simulated else ""
    return (f'{banner}<p class="lead">Of <b>{len(claims)}</b> claims of the paper, this run reproduced '
            f'<b>{counts["reproduced"]}</b>; <b>{counts["differs"]}</b> differ and <b>{counts["not run"]}</b> were not '
            f'run.</p><ul class="counts">{numbers}</ul>{_bar(counts)}')


def _bar(counts: Counter[str]) -> str:
    total, start, parts = max(1, counts.total()), 0.0, []
    for name in WORDS:
        width = BAR * counts[name] / total
        parts.append(f'<rect class="{name.replace(" ", "-")}" x="{start:.1f}" y="0" width="{width:.1f}" height="24"/>')
        start += width
    return (f'<svg class="bar" viewBox="0 0 {BAR} 24" preserveAspectRatio="none" role="img" '
            f'aria-label="Share of claims reproduced, differing and not run">{"".join(parts)}</svg>')


def summary(claims: pd.DataFrame) -> str:
    """What came out by section of the paper, what differs, what was reproduced, and why the rest was not run."""
    return section("verdict", "What came out", f'<div class="beside"><div>{_differs(claims)}{_why_not(claims)}</div>',
                   f"<div><h3>By place in the paper</h3>{_by_section(claims)}</div></div>", _reproduced(claims))


def _by_section(claims: pd.DataFrame) -> str:
    rows: list[list[str | Cell]] = []
    for name, part in claims.groupby("section", sort=False):
        counts = Counter(part["verdict"])
        rows.append([str(name), *(Cell(str(counts[one] or ""), one.replace(" ", "-")) for one in WORDS),
                     str(len(part))])
    heads = ["Where", *(f"{MARKS[name]} {WORDS[name]}" for name in WORDS), "claims"]
    return table("Claims by their place in the paper", heads, rows, "narrow")


def _differs(claims: pd.DataFrame) -> str:
    found = claims[claims["verdict"] == "differs"]
    if found.empty:
        return "<h3>≠ Differs</h3>" + paragraph("No claim that was judged differs.")
    rows: list[list[str | Cell]] = [
        [one["statement"], one["section"], one["paper"], Cell(one["ours"], "differs"), one["unit"],
         _tolerance(one), one["reason"], Cell(one["command"], "code")] for one in found.to_dict("records")]
    heads = ["Claim", "Where", "Paper", "Ours", "Unit", "Tolerance", "Reason", "Command"]
    return "<h3>≠ Differs</h3>" + table("Claims that differ", heads, rows)


def _reproduced(claims: pd.DataFrame) -> str:
    found = claims[claims["verdict"] == "reproduced"]
    rows: list[list[str | Cell]] = [
        [one["statement"], one["section"], one["paper"], Cell(one["ours"], "reproduced"), one["unit"],
         _tolerance(one)] for one in found.to_dict("records")]
    shown = table("Claims reproduced", ["Claim", "Where", "Paper", "Ours", "Unit", "Tolerance"], rows) if rows else \
        paragraph("No claim was reproduced.")
    return "<h3>✓ Reproduced</h3>" + details(f"{len(found)} claims with their values", shown, 0 < len(found) <= 30)


def _why_not(claims: pd.DataFrame) -> str:
    reasons = Counter(claims.loc[claims["verdict"] == "not run", "reason"])
    rows = [[reason[:1].upper() + reason[1:], str(count)] for reason, count in reasons.most_common()]
    shown = table("Why claims were not run", ["Reason", "Claims"], rows, "narrow") if rows else \
        paragraph("Every claim was run.")
    return "<h3>– Not run, and why</h3>" + shown


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
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Claim", "Where", "Paper", "Ours", "Tolerance",
                                                                "Verdict", "Reason and command"))
    return section("claims", "All claims", form, '<div class="wide tall" tabindex="0" role="group" aria-label="All '
                   f'claims"><table id="all-claims"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>')


def _tolerance(one: dict[Any, str]) -> str:
    return f"{float(one['tolerance']):.3g}" if one["tolerance"] else ""


def _with_unit(text: str, unit: str) -> str:
    return f"{text} {unit}" if text and unit and not text.endswith(unit) else text


def _row(one: dict[Any, str]) -> str:
    cells = "".join(f'<td class="n">{escape(_with_unit(text, one["unit"]))}</td>'
                    for text in (one["paper"], one["ours"], _tolerance(one)))
    return (f'<tr id="claim-{escape(one["id"])}" data-verdict="{escape(one["verdict"])}" '
            f'data-section="{escape(one["section"])}"><th scope="row">{escape(one["statement"])}'
            f'<br><small>{escape(one["id"])}</small></th><td>{escape(one["section"])}</td>{cells}'
            f'<td>{verdict(one["verdict"])}</td><td>{escape(one["reason"])}<br><code>{escape(one["command"])}</code>'
            "</td></tr>")
