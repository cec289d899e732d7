"""An index of a folder of archive files: one row an observation, made of headers only, kept and updated."""

import csv
import functools
import math
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from paper_repro.base.code import hash_of_module
from paper_repro.base.errors import UserError
from paper_repro.base.files import csv_rows, sha256_file, write_csv
from paper_repro.base.hashes import digest
from paper_repro.base.instruments import entry
from paper_repro.base.progress import Progress
from paper_repro.download.checksums import Sums
from paper_repro.observations import archive_sums, registry
from paper_repro.observations.observation import Header, Pair, ReaderError
from paper_repro.simulated import mark

COLUMNS = ("source", "geometry", "time_utc", "resolution_m_px", "subsolar_longitude_deg", "note", "remark",
           "simulated")
# what a kept row is known by: the readers' code, the content of the files, and what the archive says it is
STATE = ("reader", "image_sha256", "geometry_sha256", "image_md5", "geometry_md5")
_NUMBERS = ("resolution_m_px", "subsolar_longitude_deg")
NO_GEOMETRY = "geometry missing"

Row = dict[str, str]


def index(root: Path, instrument: str, cache: Path,
          hash_of: Callable[[Path], str] = sha256_file) -> pd.DataFrame:
    """Index the observations of `instrument` below `root`; rows of unchanged files are taken from `cache` (CSV).

    `cache` is the index itself, written anew; who calls sees that it is what was written.

    Columns: source and geometry (paths relative to `root`, geometry "" if there is none), time_utc,
    resolution_m_px, subsolar_longitude_deg, note. A note says why an observation cannot be used: then time may be ""
    and numbers NaN. A remark says what is odd about files that can be read. simulated: "yes" where a header says that
    no spacecraft took the image. hash_of: gives the SHA-256 of a file. At most 128 KiB of each header are read.
    What is left out for its name, and how many observations have a remark, is said on standard error.
    Raises UserError if the folder has no such products.
    """
    record = registry.get(instrument)
    found, others = record.look(root)
    filters, others = _other_filters(instrument, others)
    left_out = record.left_out(others)
    if not found:
        among = f" among files of other names ({left_out})" if others else ""
        among += "".join(f", {count} of {name}" for name, count in sorted(filters.items()))
        raise UserError(f"{root}: expected {record.band} images of {record.title} ({record.pattern}), found none"
                        f"{among}; name the folder that holds the archive's files, unpacked, in their own folders.")
    kept, sums = _kept(cache), archive_sums.read(root, others)
    progress = Progress(f"index {instrument}", len(found), "observations")
    rows = []
    for pair in found:
        state = _state(pair, root, hash_of, sums)
        old = kept.get(pair.source)
        same = old is not None and all(old[key] == value for key, value in state.items())
        rows.append(old if old is not None and same else _held(pair, {**describe(pair, record.header), **state}))
        progress.step()
    write_csv(cache, pd.DataFrame(rows, columns=[*COLUMNS, *STATE]))
    if filters:
        print(f"{instrument}: files of other filters, which are never mixed with these: "
              f"{', '.join(f'{name} {count}' for name, count in sorted(filters.items()))}", file=sys.stderr)
    if others:
        print(f"{instrument}: files left out for their names: {len(others)} ({left_out})", file=sys.stderr)
    if remarks := sum(bool(row["remark"]) for row in rows):
        print(f"{instrument}: observations read with a remark: {remarks}, see {cache}", file=sys.stderr)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    for column in _NUMBERS:
        table[column] = [float(text) if text else math.nan for text in table[column]]
    return table


def _other_filters(instrument: str, paths: Sequence[Path]) -> tuple[Counter[str], list[Path]]:
    """How many of the files are of each other instrument of the same camera, and those that are of none."""
    camera = registry.of_camera(entry(instrument).camera)
    counted: Counter[str] = Counter()
    rest = []
    for path in paths:
        of = next((other for other, record in camera.items() if record.product(path.name)), None)
        if of is None:
            rest.append(path)
        else:
            counted[of] += 1
    return counted, rest


def _kept(cache: Path) -> dict[str, Row]:
    """Rows of an earlier index by source; none of a file that is absent or no such index."""
    try:
        with cache.open(encoding="utf-8", newline="") as handle:
            rows = list(csv_rows(handle))
    except (OSError, ValueError, csv.Error):
        return {}
    wanted = {*COLUMNS, *STATE}
    return {row["source"]: row for row in rows if set(row) == wanted and None not in row.values()}


def _state(pair: Pair, root: Path, hash_of: Callable[[Path], str], sums: Sums) -> Row:
    """What decides a row, as text: the geometry's path, the readers' code, the content of both files, their sums."""
    geometry = pair.geometry.relative_to(root).as_posix() if pair.geometry else ""
    contents = [_content(path, hash_of) for path in (pair.image, pair.geometry)]
    contents += [archive_sums.stated(sums, name) if name else "" for name in (pair.source, geometry)]
    return {"geometry": geometry, **dict(zip(STATE, [readers_code(), *contents], strict=True))}


def _held(pair: Pair, row: Row) -> Row:
    """A row whose note says which of its files isn't the one that the archive's own sums tell of, if one isn't."""
    for path, wanted in ((pair.image, row["image_md5"]), (pair.geometry, row["geometry_md5"])):
        try:
            reason = archive_sums.contradiction(path, wanted) if path else ""
        except OSError:  # as for its content
            reason = ""
        if reason:
            part = "geometry, " if path == pair.geometry else ""
            row["note"] = f"{row['note']}; {part}{reason}".lstrip("; ")
    return row


def _is_marked(path: Path) -> bool:
    try:
        return mark.is_marked(path)
    except OSError:  # as for its content
        return False


def _content(path: Path | None, hash_of: Callable[[Path], str]) -> str:
    try:
        return hash_of(path) if path else ""
    except OSError:  # gone since the folder was listed; the row's note will say so
        return ""


@functools.cache
def readers_code() -> str:
    """What tells rows made by other readers: a hash over the code of this room."""
    modules = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem != "__init__")
    return digest({name: hash_of_module(f"observations.{name}") for name in modules})[:16]


def describe(pair: Pair, header: Callable[[Pair], Header]) -> Row:
    """The row of one observation, by what `header` says or why it raises ReaderError; its geometry isn't in it yet."""
    row = {**dict.fromkeys(COLUMNS, ""), "source": pair.source}
    if pair.geometry is None:
        row["note"] = NO_GEOMETRY
    if any(_is_marked(path) for path in (pair.image, pair.geometry) if path):
        row["simulated"] = "yes"
    try:
        head = header(pair)
    except ReaderError as error:
        # the file's name in it is relative to nothing, so that the index can be moved with its folder
        at = "" if error.offset is None else f"byte {error.offset}: "
        part = "geometry, " if error.path == pair.geometry else ""
        row["note"] = f"{row['note']}; {part}{at}{error.reason}".lstrip("; ")
        return row
    numbers = dict(zip(_NUMBERS, (head.resolution_m_px, head.subsolar_longitude_deg), strict=True))
    return {**row, "time_utc": head.time_utc, "remark": head.remark,
            **{key: repr(float(value)) for key, value in numbers.items()}}
