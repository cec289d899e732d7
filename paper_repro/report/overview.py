"""What a reader looks for in the first minute: the paper's main results, and how each part of the paper came out."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args

import pandas as pd

from paper_repro.report.cells import VERDICT, Cell, Table, table
from paper_repro.verify.claims import PLACES
from paper_repro.verify.recorded import FITS
from paper_repro.verify.verdict import Verdict

VERDICTS: tuple[str, ...] = get_args(Verdict)
# A verdict in a count.
WORDS = {"as specified": "as specified", "reproduced": "reproduced", "differs": "differ", "replicated": "replicated",
         "not replicated": "not replicated", "ran, not comparable": "ran, not comparable", "not run": "not run"}

# The claims that the paper's abstract and conclusions rest on.
MAIN = (
    "table1.simclr.tsne3.kmeans.mean", "table1.order.best", "table1.order.simple-beats-autoencoder", "table3.a.total",
    "table3.b.total", "table3.b.above-baseline", "sets.example-k", "sets.uvi-3000km.count", "sets.uvi-500km.count",
    "sets.vmc-25km.count", "classes.uvi-3000km.wake", "classes.uvi-3000km.high-latitudes",
    "classes.vmc-25km.waves-gathered",
)

ACROSS, STEP, SIDE = 20, 12, 9  # squares in a row of the strip; their distance and side


@dataclass(frozen=True)
class Square:
    """A claim on a strip: its left upper corner; turned: stands on its corner."""

    statement: str
    verdict: str
    x: float
    y: float
    side: float
    turned: bool


@dataclass(frozen=True)
class Place:
    """A place in the paper: a square for each of its claims on a strip of this size, how many came out how."""

    name: str
    squares: tuple[Square, ...]
    width: int
    height: int
    counts: dict[str, int]


def kind(verdict: str) -> str:
    """A verdict as a class of the style sheet and the end of an address on the page."""
    return re.sub(r"[^a-z]+", "-", verdict)


def in_papers_order(claims: pd.DataFrame) -> pd.DataFrame:
    """The claims by their place in the paper; places that aren't known come last."""
    rank = {place: number for number, place in enumerate(PLACES)}
    return claims.sort_values("section", key=lambda names: names.map(lambda name: rank.get(name, len(rank))),
                              kind="stable")


def main_results(claims: pd.DataFrame) -> Table | None:
    """The paper's main results beside ours; None where no claim is one of them."""
    by_id = {str(one["id"]): one for one in claims.to_dict("records")}
    rows: list[list[str | Cell]] = []
    for name in MAIN:
        if name in by_id:
            one = by_id[name]
            rows.append([Cell(one["statement"], note=one["section"]), Cell(with_unit(one["paper"], one["unit"]), "v"),
                         ours(one),
                         Cell(one["verdict"], VERDICT, one["reason"] if one["verdict"] not in FITS else "")])
    return table("What the paper's abstract and conclusions rest on", ["Claim", "Paper", "Ours", "Verdict"],
                 rows) if rows else None


def ours(claim: Mapping[Any, str]) -> Cell:
    """Our value in the colour of its verdict; below it what a clock measured."""
    return Cell(with_unit(claim["ours"], claim["unit"]), f"v {kind(claim['verdict'])}", claim["clock"])


def with_unit(text: str, unit: str) -> str:
    """A value with its unit, where it has one, doesn't name it itself, and isn't several values (96 % / 81 %)."""
    return f"{text} {unit}" if text and unit and not text.endswith(unit) and "/" not in text else text


def by_place(claims: pd.DataFrame) -> list[Place]:
    """How each place in the paper came out, in the order of the claims."""
    return [_place(str(name), part) for name, part in claims.groupby("section", sort=False)]


def _place(name: str, part: pd.DataFrame) -> Place:
    counts = Counter(part["verdict"])
    squares = tuple(
        Square(statement, verdict, number % ACROSS * STEP + 1.5, number // ACROSS * STEP + 1.5, SIDE,
               verdict in ("differs", "not replicated"))
        for number, (statement, verdict) in enumerate(zip(part["statement"], part["verdict"], strict=True)))
    return Place(name, squares, min(ACROSS, len(part)) * STEP, -(-len(part) // ACROSS) * STEP,
                 {verdict: counts[verdict] for verdict in VERDICTS})
