"""Shares of the classes of Venus' clouds by orbit, month, season and local time, with errors (docs/time.md)."""

from collections.abc import Iterator

import pandas as pd

from paper_repro.base.provenance import Made, Origin
from paper_repro.base.run import Run
from paper_repro.evolution.shares import LEAST
from paper_repro.evolution.sightings import called
from paper_repro.experiments.followed import opened
from paper_repro.tables.layout import Block, store

CAPTION = "Shares of the classes of the Venus patches in time"
COLUMNS = ["set", "by", "group", "class", "patches", "of", "observations", "blocks", "share", "error", "low", "high"]
SHOWN = ("all", "local time", "solar longitude", "month")  # to read; orbits are many, and in the CSV file alone


def write(run: Run, origin: Origin) -> Made:
    """Write `shares.csv`, `.md`, `.tex`. Raises UserError where a set was not followed in time."""
    blocks, rows = list[Block](), list[list[object]]()
    for name in run.flat_sets:
        table = opened(run, name, "shares.csv").assign(set=name)
        rows += table[COLUMNS].to_numpy(object).tolist()
        blocks += [block(f"{name}, by {by}" if by != "all" else name, table[table["by"] == by]) for by in SHOWN]
    return store(run, "shares", CAPTION, COLUMNS, rows, blocks, origin, notes_of(run))


def notes_of(run: Run) -> tuple[str, ...]:
    """What the numbers mean."""
    block_h = run.profile.time.block_h
    together = f"all images within {block_h:g} h" if block_h else "each image"
    return (f"Share of the patches in %, ± its error: standard deviation of 2000 draws of blocks ({together} are one "
            "block), since patches of an image, and images one after another, aren't independent. In the CSV file low "
            f"and high hold 68.27 % of the draws. From fewer than {LEAST} blocks there is no error; where no or every "
            "patch is of a class, the end of its interval stands in brackets. Solar longitude: the season, from the "
            "northern spring equinox on. Orbits, by their folder in the archive, are in the CSV file.",)


def block(title: str, table: pd.DataFrame) -> Block:
    """The shares of one set by one division, a row a group."""
    names = list(dict.fromkeys(map(str, table["class"])))
    columns = [str(table["by"].iloc[0]).replace("all", ""), "images", "blocks", "patches"]
    return Block([*columns, *(f"{called(name)} [%]" for name in names)], "l" + "r" * (3 + len(names)),
                 list(_rows(table)), title)


def _rows(table: pd.DataFrame) -> Iterator[list[str]]:
    for group, part in table.groupby("group", sort=True):
        first = part.iloc[0]
        yield [str(group), *(str(first[column]) for column in ("observations", "blocks", "of")),
               *(_cell(row) for _, row in part.iterrows())]


def _cell(row: "pd.Series[float]") -> str:
    share = f"{100 * row['share']:.1f}"
    if pd.notna(row["error"]):
        return f"{share} ± {100 * row['error']:.1f}"
    if pd.isna(row["low"]):
        return share
    return f"{share} (to {100 * (row['high'] if row['share'] < 0.5 else row['low']):.1f})"
