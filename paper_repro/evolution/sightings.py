"""Classified patches as sightings: class, observation, time and place of each, and which of them count as one draw.

Patches of an image aren't independent, and neither are images taken one after another of clouds that live for days. So
errors come from drawing whole blocks: all observations that fall into the same `block_h` hours (Kuensch 1989, Ann.
Statist. 17, 1217, of fixed blocks). With block_h = 0 each observation is a block of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
BLOCK_H = 240.0  # ten days: more than twice round at the clouds' four days (Sect. 4.2)
BAND_DEG, HOUR_H = 15.0, 2.0  # cells of places that are seen alike
PLACE = ("longitude_deg", "latitude_deg", "local_time_h")


@dataclass(frozen=True, eq=False)
class Sightings:
    """N classified patches. names: of the k classes; label [N]: index into `names`.

    observation, block [N]: number of the image and of the block of time; sources: the images' names by number; hours
    [N]: time in hours since 1970, NaN where no time is known; longitude, latitude [N] (degrees), local_time [N]
    (hours): NaN where not known.
    """

    names: tuple[str, ...]
    label: Integers
    observation: Integers
    sources: tuple[str, ...]
    block: Integers
    hours: Floats
    longitude: Floats
    latitude: Floats
    local_time: Floats

    def __len__(self) -> int:
        return len(self.label)

    @property
    def cells(self) -> Floats:
        """The cell of latitude (`BAND_DEG`) and local time (`HOUR_H`) of each, numbers [N, 2]; NaN where not known."""
        return np.column_stack([np.floor(self.latitude / BAND_DEG), np.floor(self.local_time / HOUR_H)])

    @property
    def blocks(self) -> int:
        """How many blocks there are."""
        return int(self.block.max()) + 1


def class_names(columns: Iterable[pd.Series]) -> tuple[str, ...]:
    """The names of all classes in columns of a table, whole numbers by size, others by alphabet."""
    names = {_name(value) for column in columns for value in column.unique()}
    whole = all(name.lstrip("-").isdigit() for name in names)
    return tuple(sorted(names, key=int if whole else None))


def sightings(table: pd.DataFrame, where: str, names: tuple[str, ...] = (), block_h: float = BLOCK_H) -> Sightings:
    """Sightings of a table with the columns class and source, and any of time_utc, longitude_deg, latitude_deg, ...

    where: what the table is called in errors; names: of classes, where there are more than the table has.
    Raises UserError for an empty table, a missing column, an empty class, a time or a place that is none.
    """
    for column in ("class", "source"):
        if column not in table.columns:
            raise UserError(f"{where}: expected a column {column!r}, found {', '.join(map(str, table.columns))}; name "
                            "the table that classify, venus or assign wrote.")
    if table.empty:
        raise UserError(f"{where}: expected classified images, found none.")
    if (empty := table["class"].isna().to_numpy()).any():
        raise UserError(f"{where}: expected a class in each row, found none in row {int(empty.argmax())} (counted from "
                        "0); give it one, or leave the row out.")
    names = names or class_names([table["class"]])
    number = {name: place for place, name in enumerate(names)}
    observation, sources = pd.factorize(table["source"].astype(str), sort=True)
    hours = _hours(table, where)
    first = pd.Series(hours).groupby(observation).transform("min").to_numpy(np.float64)  # an image has one time
    block = np.floor(first / block_h) if block_h > 0 and np.isfinite(hours).all() else observation
    return Sightings(names, np.array([number[_name(value)] for value in table["class"]], np.int64),
                     observation.astype(np.int64), tuple(map(str, sources)),
                     np.unique(block, return_inverse=True)[1].astype(np.int64), hours,
                     *(_numbers(table, column, where) for column in PLACE))


def _name(value: object) -> str:
    """2 and 2.0 are one class."""
    return str(int(value)) if isinstance(value, float) and value == int(value) else str(value)


def _hours(table: pd.DataFrame, where: str) -> Floats:
    if "time_utc" not in table.columns:
        return np.full(len(table), np.nan)
    times = pd.to_datetime(table["time_utc"], errors="coerce", format="ISO8601", utc=True)
    if times.isna().any():
        raise UserError(f"{where}: expected UTC times like 2015-12-07T05:23:30.000 in time_utc, found "
                        f"{table['time_utc'][times.isna()].iloc[0]!r}; correct it.")
    return np.asarray((times - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(hours=1), dtype=np.float64)


def _numbers(table: pd.DataFrame, column: str, where: str) -> Floats:
    if column not in table.columns:
        return np.full(len(table), np.nan)
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64)
    if not np.isfinite(values).all():
        row = int(np.argmin(np.isfinite(values)))
        raise UserError(f"{where}: expected numbers in {column}, found {table[column].iloc[row]!r} in row {row} "
                        "(counted from 0); correct it.")
    return values
