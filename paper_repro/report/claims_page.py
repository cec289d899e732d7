"""The verdict on the page: how many claims came out, which differ, which were not run and why, and all of them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, NoReturn

import pandas as pd

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json, sha256_file
from paper_repro.base.provenance import code_hash
from paper_repro.base.run import Run
from paper_repro.report.cells import Cell, Table, table
from paper_repro.report.overview import VERDICTS, Place, by_place, in_papers_order, main_results, ours, with_unit

SIMULATED = ("Nothing that this run made from images stands for the paper's results. What counts as reproduced here "
             "is said about the method itself, and was computed, not simulated.")
BAR = 1000  # width of the bar in its own units
MANY = 8  # claims that differ, from which on they scroll for themselves
UNFOLDED = 60  # claims reproduced that are listed at once


@dataclass(frozen=True)
class Head:
    """What is seen first. warning: of simulated input, or ""; counts: of each verdict.

    reason: why most of the claims that were not run weren't, or "", and for how many that is so; bar: the verdicts'
    shares of `bar_width`, each with its start and width.
    """

    warning: str
    total: int
    counts: dict[str, int]
    reason: str
    for_that_reason: int
    bar: tuple[tuple[str, float, float], ...]
    bar_width: int = BAR


@dataclass(frozen=True)
class Summary:
    """What came out. Each table is None where it would be empty; judged: how many claims were."""

    judged: int
    differs: Table | None
    differs_scrolls: bool
    main: Table | None
    places: list[Place]
    not_run: Table | None
    reproduced: Table | None
    reproduced_count: int
    reproduced_unfolded: bool


@dataclass(frozen=True)
class Row:
    """A claim in the table of all, as texts."""

    id: str
    section: str
    statement: str
    paper: str
    ours: str
    tolerance: str
    verdict: str
    reason: str
    command: str


@dataclass(frozen=True)
class Everything:
    """All claims, and the places in the paper that they can be filtered by."""

    rows: list[Row]
    sections: list[str]


def read(run: Run) -> pd.DataFrame:
    """The rows of verdict.csv, all text, in the paper's order.

    Raises UserError where it is absent, has no provenance, or isn't what its provenance says.
    """
    path = run.results / "verdict.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or not path.is_file():
        _refuse(run, "it is absent or has no provenance (verdict.json)")
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
    claims = pd.read_csv(path, dtype=str, keep_default_na=False)
    for verdict in claims["verdict"]:
        if verdict not in VERDICTS:
            _refuse(run, f"expected the verdicts {', '.join(VERDICTS)}, found {verdict!r}")
    return in_papers_order(claims)


def _refuse(run: Run, why: str) -> NoReturn:
    raise UserError(f"{run.results / 'verdict.csv'}: refused, {why}; run `make verify PROFILE={run.profile.name}`.")


def head(claims: pd.DataFrame, simulated: bool) -> Head:
    """The counts, the bar, and the warning of simulated input."""
    counts = Counter(claims["verdict"])
    reason, most = next(iter(_reasons(claims).most_common(1)), ("", 0))
    return Head(SIMULATED if simulated else "", len(claims), {name: counts[name] for name in VERDICTS},
                reason if 2 * most > counts["not run"] else "", most, _bar(counts))


def _reasons(claims: pd.DataFrame) -> Counter[str]:
    return Counter(claims.loc[claims["verdict"] == "not run", "reason"])


def _bar(counts: Counter[str]) -> tuple[tuple[str, float, float], ...]:
    total, start, parts = max(1, counts.total()), 0.0, []
    for name in VERDICTS:
        width = BAR * counts[name] / total
        parts.append((name, start, width))
        start += width
    return tuple(parts)


def summary(claims: pd.DataFrame) -> Summary:
    """What differs, the main results, what came out by place in the paper, what was reproduced, why the rest wasn't."""
    differs, reproduced = (claims[claims["verdict"] == name] for name in ("differs", "reproduced"))
    return Summary(
        judged=int((claims["verdict"] != "not run").sum()), differs=_differs(differs),
        differs_scrolls=len(differs) > MANY, main=main_results(claims), places=by_place(claims),
        not_run=_why_not(claims), reproduced=_reproduced(reproduced), reproduced_count=len(reproduced),
        reproduced_unfolded=len(reproduced) <= UNFOLDED)


def _differs(claims: pd.DataFrame) -> Table | None:
    rows = [[*_sides(row), row["reason"], Cell(row["command"], "code")] for row in claims.to_dict("records")]
    headings = ["Claim", "Paper", "Ours", "Tolerance", "Reason", "Command"]
    return table("Claims that differ", headings, rows) if rows else None


def _sides(row: dict[Any, str]) -> list[str | Cell]:
    return [Cell(row["statement"], note=row["section"]), Cell(with_unit(row["paper"], row["unit"]), "v"),
            ours(row["ours"], row["unit"], row["verdict"]), Cell(_tolerance(row), "v")]


def _reproduced(claims: pd.DataFrame) -> Table | None:
    rows = [_sides(row) for row in claims.to_dict("records")]
    return table("Claims reproduced", ["Claim", "Paper", "Ours", "Tolerance"], rows) if rows else None


def _why_not(claims: pd.DataFrame) -> Table | None:
    rows: list[list[str | Cell]] = []
    for reason, count in _reasons(claims).most_common():
        which = claims[(claims["verdict"] == "not run") & (claims["reason"] == reason)]
        places = ", ".join(which["section"].unique())
        rows.append([Cell(reason[:1].upper() + reason[1:], note=which["statement"].iloc[0] if count == 1 else places),
                     str(count)])
    return table("Why claims were not run, and which", ["Reason", "Claims"], rows) if rows else None


def everything(claims: pd.DataFrame) -> Everything:
    """All claims in their order."""
    return Everything([_row(row) for row in claims.to_dict("records")], list(claims["section"].unique()))


def _tolerance(row: dict[Any, str]) -> str:
    if not row["tolerance"]:
        return ""
    if row["tolerance"].startswith("x "):
        return f"factor {row['tolerance'].removeprefix('x ')}"
    return with_unit(f"± {float(row['tolerance']):.3g}", row["unit"]) if float(row["tolerance"]) else "exact"


def _row(row: dict[Any, str]) -> Row:
    return Row(row["id"], row["section"], row["statement"], with_unit(row["paper"], row["unit"]),
               with_unit(row["ours"], row["unit"]), _tolerance(row), row["verdict"], row["reason"], row["command"])
