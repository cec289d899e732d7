"""The verdict on the page: how many claims came out, which differ, which were not run and why, and all of them."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, NoReturn

import pandas as pd

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json, sha256_file
from paper_repro.base.run import Run
from paper_repro.report.cells import Cell, Table, table
from paper_repro.report.overview import VERDICTS, Place, by_place, in_papers_order, main_results, ours, with_unit
from paper_repro.verify.verdict import not_verified
from paper_repro.verify.verdict import summary as sentence

SIMULATED = "Nothing that this run made from images stands for the paper's results."
UNJUDGED = {"ran, not comparable": "ran but may not be compared", "not run": "were not run"}
LISTED = ("replicated", "not replicated", "reproduced", "as specified")
BAR = 1000  # width of the bar in its own units
MANY = 8  # claims that differ, from which on they scroll for themselves
UNFOLDED = 60  # claims that came out alike, up to which they are listed at once


@dataclass(frozen=True)
class Recorded:
    """The verdict of a run. simulated: whether any input was; kept: what is said of trainings by earlier code.

    claims: the rows of verdict.csv, all text, in the paper's order; and `clock`, what a clock measured in this run.
    """

    claims: pd.DataFrame
    simulated: bool
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Head:
    """What is seen first. warning: of simulated input, or ""; unproven: what isn't known of the input, or "".

    sentence: the verdict in one; counts: of each verdict; bar: the verdicts' shares of `bar_width`, each with its start
    and width.
    """

    warning: str
    unproven: str
    total: int
    sentence: str
    counts: dict[str, int]
    bar: tuple[tuple[str, float, float], ...]
    bar_width: int = BAR


@dataclass(frozen=True)
class Alike:
    """The claims that came out alike: how many, and their table, None where there is none."""

    verdict: str
    count: int
    table: Table | None

    @property
    def unfolded(self) -> bool:
        """Whether they are few enough to be listed at once."""
        return self.count <= UNFOLDED


@dataclass(frozen=True)
class Summary:
    """What came out. Each table is None where it would be empty; judged: how many claims were."""

    judged: int
    differs: Table | None
    differs_scrolls: bool
    main: Table | None
    places: list[Place]
    unjudged: list[Alike]
    fitting: list[Alike]


@dataclass(frozen=True)
class Row:
    """A claim in the table of all, as texts. clock: what a clock measured beside our value, or ""."""

    id: str
    section: str
    statement: str
    paper: str
    ours: str
    clock: str
    tolerance: str
    verdict: str
    reason: str
    command: str


@dataclass(frozen=True)
class Everything:
    """All claims, and the places in the paper that they can be filtered by."""

    rows: list[Row]
    sections: list[str]


def read(run: Run) -> Recorded:
    """The verdict, from verdict.csv and its record.

    Raises UserError where it is absent, has no record, or isn't what its record says.
    """
    path = run.results / "verdict.csv"
    record = read_json(path.with_suffix(".json"))
    if record is None or "simulated" not in record or not path.is_file():
        _refuse(run, "it is absent or has no record (verdict.json)")
    if record.get("profile") != run.profile.name:
        _refuse(run, f"it was made with the profile {record.get('profile')}")
    if (record.get("outputs") or {}).get(path.name) != sha256_file(path):
        _refuse(run, "it isn't the file that its record (verdict.json) describes")
    claims = read_csv(path, dtype=str, keep_default_na=False)
    for verdict in claims["verdict"]:
        if verdict not in VERDICTS:
            _refuse(run, f"expected the verdicts {', '.join(VERDICTS)}, found {verdict!r}")
    clock = record.get("clock") or {}
    claims["clock"] = [str(clock.get(name, "")) for name in claims["id"]]
    return Recorded(in_papers_order(claims), bool(record["simulated"]), tuple(record.get("kept") or ()))


def _refuse(run: Run, why: str) -> NoReturn:
    raise UserError(f"{run.results / 'verdict.csv'}: refused, {why}; run `{hints.command('run', 'verify')}`.")


def head(claims: pd.DataFrame, simulated: bool) -> Head:
    """The counts, the bar, and the warning of simulated input."""
    counts = Counter(claims["verdict"])
    unproven = "; ".join(f"{count} claims rest on {part}" for part, count in not_verified(claims["reason"]).items())
    return Head(SIMULATED if simulated else "", f"{unproven}." if unproven else "",
                len(claims), sentence(zip(claims["kind"], claims["verdict"], strict=True), simulated),
                {name: counts[name] for name in VERDICTS}, _bar(counts))


def _bar(counts: Counter[str]) -> tuple[tuple[str, float, float], ...]:
    total, start, parts = max(1, counts.total()), 0.0, []
    for name in VERDICTS:
        width = BAR * counts[name] / total
        parts.append((name, start, width))
        start += width
    return tuple(parts)


def summary(claims: pd.DataFrame) -> Summary:
    """What differs, the main results, what came out by place in the paper, what fits, why the rest wasn't judged."""
    alike = {name: claims[claims["verdict"] == name] for name in VERDICTS}
    return Summary(
        judged=int((~claims["verdict"].isin(list(UNJUDGED))).sum()), differs=_differs(alike["differs"]),
        differs_scrolls=len(alike["differs"]) > MANY, main=main_results(claims), places=by_place(claims),
        unjudged=[Alike(name, len(alike[name]), _why_not(alike[name], words)) for name, words in UNJUDGED.items()],
        fitting=[Alike(name, len(alike[name]), _fitting(alike[name], name)) for name in LISTED])


def _differs(claims: pd.DataFrame) -> Table | None:
    rows = [[*_sides(row), row["reason"], Cell(row["command"], "code")] for row in claims.to_dict("records")]
    headings = ["Claim", "Paper", "Ours", "Tolerance", "Reason", "Command"]
    return table("Claims that differ", headings, rows) if rows else None


def _sides(row: dict[Any, str]) -> list[str | Cell]:
    judged_on = f"; {row['reason']}" if row["kind"] == "replication" else ""
    return [Cell(row["statement"], note=row["section"] + judged_on), Cell(with_unit(row["paper"], row["unit"]), "v"),
            ours(row), Cell(_tolerance(row), "v")]


def _fitting(claims: pd.DataFrame, verdict: str) -> Table | None:
    rows = [_sides(row) for row in claims.to_dict("records")]
    return table(f"Claims {verdict}", ["Claim", "Paper", "Ours", "Tolerance"], rows) if rows else None


def _why_not(claims: pd.DataFrame, words: str) -> Table | None:
    rows: list[list[str | Cell]] = []
    for reason, count in Counter(claims["reason"]).most_common():
        which = claims[claims["reason"] == reason]
        places = ", ".join(which["section"].unique())
        rows.append([Cell(reason[:1].upper() + reason[1:], note=which["statement"].iloc[0] if count == 1 else places),
                     str(count)])
    return table(f"Why claims {words}, and which", ["Reason", "Claims"], rows) if rows else None


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
               with_unit(row["ours"], row["unit"]), row["clock"], _tolerance(row), row["verdict"], row["reason"],
               row["command"])
