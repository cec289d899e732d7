"""Classified patches as sightings: class, observation, time and place of each, and which of them count as one draw.

Patches of an image aren't independent, and neither are images taken one after another of clouds that live for days. So
errors come from drawing whole blocks: all observations that fall into the same `block_h` hours (Kuensch 1989, Ann.
Statist. 17, 1217, of fixed blocks). With block_h = 0, or without times, each observation is a block of its own.
Class -1, which a clustering gives to what it puts into none, is called noise: it has a share as the classes have, but
is left out where places are followed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.clustering.names import NOISE

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
BLOCK_H = 240.0  # ten days: more than twice round at the clouds' four days (Sect. 4.2)
BAND_DEG, HOUR_H = 15.0, 2.0  # cells of places that are seen alike
NONE = "noise"  # what class -1 is called
ISO_DATE = r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?|[0-9]{4})?([T ].*)?"  # how ISO 8601 dates begin; "now" is no date
PLACE = ("longitude_deg", "latitude_deg", "local_time_h")


@dataclass(frozen=True, eq=False)
class Sightings:
    """N classified patches. names: of the k classes, noise the last; label [N]: index into `names`.

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

    @property
    def timed(self) -> bool:
        """Whether the time of each is known."""
        return bool(np.isfinite(self.hours).all())

    def without_noise(self) -> "Sightings":
        """Those that are of a class."""
        if NONE not in self.names:
            return self
        kept = np.flatnonzero(self.label != self.names.index(NONE))
        images, observation = np.unique(self.observation[kept], return_inverse=True)
        block = np.unique(self.block[kept], return_inverse=True)[1]
        return Sightings(tuple(name for name in self.names if name != NONE), self.label[kept],
                         observation.astype(np.int64), tuple(self.sources[n] for n in images),
                         block.astype(np.int64), self.hours[kept], self.longitude[kept], self.latitude[kept],
                         self.local_time[kept])


def class_names(columns: Iterable[pd.Series]) -> tuple[str, ...]:
    """Names of all classes in columns without empty cells: whole numbers by size, others by alphabet, noise last."""
    names = {_name(value) for column in columns for value in column.unique()}
    whole = all(name.removeprefix("-").isdecimal() for name in names - {NONE})
    return (*sorted(names - {NONE}, key=lambda name: (int(name) if whole else 0, name)), *(names & {NONE}))


def called(name: str) -> str:
    """What a class is called in a sentence."""
    return name if name == NONE else f"class {name}"


def names_of(tables: Iterable[pd.DataFrame], where: Iterable[str]) -> tuple[str, ...]:
    """The names of the classes of several tables. Raises UserError as `check` does."""
    columns = []
    for table, name in zip(tables, where, strict=True):
        check(table, name)
        columns.append(table["class"])
    return class_names(columns)


def check(table: pd.DataFrame, where: str) -> None:
    """Raise UserError for a table that has no rows, or not the class and the image of each."""
    for column in ("class", "source"):
        if column not in table.columns:
            raise UserError(f"{where}: expected a column {column!r}, found {', '.join(map(str, table.columns))}; name "
                            "the table that classify, venus or assign wrote.")
    if table.empty:
        raise UserError(f"{where}: expected classified images, found none.")
    for column, what in (("class", "a class"), ("source", "a source")):
        if (empty := table[column].isna().to_numpy()).any():
            raise UserError(f"{where}: expected {what} in each row, found none in row {int(empty.argmax())} (counted "
                            "from 0); give it one, or leave the row out.")


def sightings(table: pd.DataFrame, where: str, names: tuple[str, ...] = (), block_h: float = BLOCK_H) -> Sightings:
    """Sightings of a table with the columns class and source, and any of time_utc, longitude_deg, latitude_deg, ...

    where: what the table is called in errors; names: of classes, where there are more than the table has.
    Raises UserError for an empty table, a missing column, an empty class, a time or a place that is none.
    """
    check(table, where)
    names = names or class_names([table["class"]])
    number = {name: place for place, name in enumerate(names)}
    observation, sources = pd.factorize(table["source"].astype(str), sort=True)
    hours = hours_of(table, where)
    first = pd.Series(hours).groupby(observation).transform("min").to_numpy(np.float64)  # an image has one time
    block = np.floor(first / block_h) if block_h > 0 and np.isfinite(hours).all() else observation
    return Sightings(names, np.array([number[_name(value)] for value in table["class"]], np.int64),
                     observation.astype(np.int64), tuple(map(str, sources)),
                     np.unique(block, return_inverse=True)[1].astype(np.int64), hours,
                     *(_numbers(table, column, where) for column in PLACE))


def _name(value: object) -> str:
    """2 and 2.0 are one class, and -1 is noise."""
    name = str(int(value)) if isinstance(value, float | np.floating) and value.is_integer() else str(value)
    return NONE if name == str(NOISE) else name


def hours_of(table: pd.DataFrame, where: str) -> Floats:
    """Hours since 1970 of each row's time_utc; NaN where there is no such column. Raises UserError for no time."""
    if "time_utc" not in table.columns:
        return np.full(len(table), np.nan)
    texts = table["time_utc"].astype(str)
    times = pd.to_datetime(texts.where(texts.str.fullmatch(ISO_DATE)), errors="coerce", format="ISO8601", utc=True)
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
