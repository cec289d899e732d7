"""Two tables of classified patches compared, or one before and after a date: what `compare` reads and prints."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tabulate import tabulate

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_csv, read_json, write_csv
from paper_repro.evolution.compare import Comparison, compare, drawn_by
from paper_repro.evolution.sightings import ISO_DATE, hours_of

TABLES = ("assigned.csv", "classes.csv")  # in a folder of results
KNOWN = ("source", "time_utc", "longitude_deg", "latitude_deg", "local_time_h")  # of patches.csv
UNLIKE = "unlike"  # column of assigned.csv
FOUND_APART = ("venus", "classify", "clusters")  # steps that find classes of their own
CLASSES_OF = "classes_of"  # in the record of assigned images: SHA-256 of the classes that the catalogue was made of
RECORD = "provenance.json"


def run(first: Path, second: Path | None, at: str | None, block_h: float, csv: Path | None) -> str:
    """Compare two tables, or the rows of `first` before the date `at` with those from it on; the text to print.

    csv: a file that the table is written to as well. Raises UserError for a table that can't be read or compared.
    """
    if (second is None) == (at is None):
        raise UserError("compare: expected two tables of classes, or one and --at DATE, which divides it; found "
                        f"{'neither a second table nor --at' if at is None else 'both'}.")
    if not 0 <= block_h < float("inf"):
        raise UserError(f"--block-hours {block_h:g}: expected 0 or more hours; name another number.")
    if csv is not None:
        regular.refuse_input("--csv", csv, [file for path in (first, second) if path for file in _read_of(path)])
    one = opened(first)
    if second is not None:
        _check_same_classes(first, second)
        names, tables = (str(first), str(second)), (one, opened(second))
    else:
        assert at is not None
        names, tables = (f"{first} before {at}", f"{first} from {at} on"), _divided(one, first, at)
    found = compare(*tables, where=names, block_h=block_h)
    beside, said = _unlike(tables, names, block_h)
    if csv is not None:
        write_csv(csv, pd.concat([found.table, beside], ignore_index=True))
    return "\n\n".join([text(found, names, block_h), *said])


def _unlike(tables: tuple[pd.DataFrame, pd.DataFrame], names: tuple[str, str], block_h: float
            ) -> tuple[pd.DataFrame, list[str]]:
    """The row of what is unlike any class, which stands beside the classes' shares, and what is said of it.

    None where no table tells it.
    """
    have = [UNLIKE in table.columns for table in tables]
    if not any(have):
        return pd.DataFrame(), []
    if not all(have):
        return pd.DataFrame(), [f"Unlike any class: {names[have.index(True)]} tells it, {names[have.index(False)]} "
                                "doesn't, so nothing is compared."]
    for table, name in zip(tables, names, strict=True):
        if not (known := table[UNLIKE].isin((True, False))).all():
            raise UserError(f"{name}: expected True or False in the column {UNLIKE!r}, found "
                            f"{table[UNLIKE][~known].iloc[0]!r}; correct it, or leave the column out.")
    marked = [table.assign(**{"class": np.where(table[UNLIKE].astype(bool), UNLIKE, "like")}) for table in tables]
    found = compare(*marked, where=names, block_h=block_h).table
    row = found[found["class"] == UNLIKE]
    if row.empty:
        return row, ["Unlike any class: no patch of either."]
    one = row.iloc[0]
    first, second = (_percent(one[f"share_{name}"], one[f"error_{name}"]) for name in ("first", "second"))
    return row, [f"Unlike any class, whichever they count in above: first {first} %, second {second} %, difference "
                 f"{_difference(one, '')}, at equal coverage {_difference(one, '_equal')}. Images that the catalogue "
                 "was made of are hardly ever unlike it."]


def opened(path: Path) -> pd.DataFrame:
    """A table of classes with what is known of its patches; of a folder of results the table in it.

    Raises UserError where it can't be read, or knows nothing of the observations.
    """
    file = _table_of(path)
    if file is None or not file.is_file():
        raise UserError(f"{path}: expected a table of classes, or a folder with one ({' or '.join(TABLES)}), found "
                        f"{regular.kind_found(path)}; name what classify, venus or assign wrote.")
    table = _read(file)
    patches = _patches(file)
    if "id" in table.columns and patches is not None and not set(KNOWN) <= set(table.columns):
        known = _read(patches)
        fresh = ["id", *(name for name in KNOWN if name in known.columns and name not in table.columns)]
        if "id" not in known.columns or not set(table["id"]) <= set(known["id"]):
            raise UserError(f"{file}: expected the ids of {patches}, found others; classify the set again.")
        table = table.merge(known[fresh], on="id", how="left", validate="many_to_one")
    return table


def text(found: Comparison, names: tuple[str, str], block_h: float) -> str:
    """The comparison to read, in Markdown."""
    head = [f"{period}: {name}: {patches} patches, {drawn_by(observations, blocks, block_h, timed=timed)}"
            for period, name, patches, observations, blocks, timed in zip(
                ("First", "Second"), names, found.patches, found.observations, found.blocks, found.timed, strict=True)]
    rows = [[row["class"], *(_percent(row[f"share_{one}"], row[f"error_{one}"]) for one in ("first", "second")),
             *(_difference(row, end) for end in ("", "_equal"))] for _, row in found.table.iterrows()]
    headings = ["class", "first [%]", "second [%]", "difference [%]", "at equal coverage [%]"]
    grid = tabulate(rows, headers=headings, tablefmt="pipe", disable_numparse=True, colalign=["left", *["right"] * 4])
    return "\n\n".join(["\n".join(head), grid, found.sentence])


def _percent(share: float, error: float) -> str:
    return f"{100 * share:.1f}" + ("" if pd.isna(error) else f" ± {100 * error:.1f}")


def _difference(row: "pd.Series[float]", end: str) -> str:
    if pd.isna(row[f"difference{end}"]):
        return "not known"
    shown = f"{100 * row[f'difference{end}']:+.1f}"
    if pd.isna(row[f"low{end}"]):
        return shown
    return f"{shown} [{100 * row[f'low{end}']:+.1f}, {100 * row[f'high{end}']:+.1f}]{' *' * bool(row[f'changed{end}'])}"


def _read(file: Path) -> pd.DataFrame:
    try:
        return read_csv(file)
    except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
        raise UserError(f"{file}: expected a CSV table, found one that can't be read ({error}); name "
                        "another.") from None


def _table_of(path: Path) -> Path | None:
    """The table that a path is of: itself, or the one in a folder of results; None where that has none."""
    return next((path / name for name in TABLES if (path / name).is_file()), None) if path.is_dir() else path


def _folder(path: Path) -> Path:
    """The folder of a table, or that of results itself, wherever the user stands."""
    return path.resolve() if path.is_dir() else path.resolve().parent


def _read_of(path: Path) -> list[Path]:
    """Files not to be written over where `path` is compared: all of a folder of results, or a table and its record."""
    table = _table_of(path)
    patches = None if table is None else _patches(table)
    return [*(path.iterdir() if path.is_dir() else [path, _folder(path) / RECORD]),
            *([] if patches is None else [patches])]


def _patches(file: Path) -> Path | None:
    """The patches that a table of results of a run is of: data/<profile>/patches/<set>/patches.csv."""
    folders = [parent.parent / "patches" / place.parent.name / "patches.csv"
               for place in (file.absolute(), file.resolve()) for parent in place.parents if parent.name == "results"]
    return next((path for path in folders if path.is_file()), None)


def _divided(table: pd.DataFrame, path: Path, at: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows before a date, and those from it on. Raises UserError where there is no time, or one part is empty."""
    moment = pd.to_datetime(at if re.fullmatch(ISO_DATE, at) else "", errors="coerce", format="ISO8601", utc=True)
    if pd.isna(moment):
        raise UserError(f"--at {at}: expected a date like 2017-01-01, found none; correct it.")
    if "time_utc" not in table.columns:
        raise UserError(f"{path}: expected a column 'time_utc' to divide by --at, found none; name two tables instead.")
    later = pd.Series(hours_of(table, str(path)) >= (moment - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(hours=1),
                      table.index)
    if later.all() or not later.any():
        raise UserError(f"--at {at}: expected images on both sides of it, found none "
                        f"{'before it' if later.all() else 'from it on'}; name a date between "
                        f"{table['time_utc'].min()} and {table['time_utc'].max()}.")
    return table[~later], table[later]


def _check_same_classes(first: Path, second: Path) -> None:
    """Raise UserError where each table has classes of its own, or of another catalogue: class 0 isn't class 0."""
    paths = (first, second)
    records = [read_json(_folder(path) / RECORD) or {} for path in paths]
    assigned = [record.get("step") == "assign" for record in records]
    classes = [_classes_of(record) for record in records]
    if all(assigned):
        one, other = (record.get("inputs", {}).get("catalogue") for record in records)
        if one is None or one != other:
            raise UserError(f"{first} and {second}: expected images assigned to one catalogue, found two catalogues, "
                            "whose classes aren't the same; assign both to one of them.")
    elif all(record.get("step") in ("assign", *FOUND_APART) for record in records) and (
            None in classes or classes[0] != classes[1]):
        if not any(assigned):
            raise UserError(f"{first} and {second}: expected the classes of one catalogue, found two sets that were "
                            "classified each for itself, so that class 0 of one isn't class 0 of the other; assign "
                            "the second to the catalogue of the first, or classify both together and divide with "
                            "--at.")
        by, alone = (paths[assigned.index(which)] for which in (True, False))
        found = "others" if classes[assigned.index(True)] else "that an earlier version didn't record which those are"
        raise UserError(f"{alone}: expected the classes that the catalogue of {by} was made of, found {found}, so that "
                        f"class 0 of one need not be class 0 of the other; assign {alone} to that catalogue too.")


def _classes_of(record: Mapping[str, Any]) -> str | None:
    """SHA-256 of the table that classes are numbered as in: the set's own, or that of the catalogue assigned to."""
    found = record.get(CLASSES_OF) if record.get("step") == "assign" else record.get("outputs", {}).get("classes.csv")
    return None if found is None else str(found)
