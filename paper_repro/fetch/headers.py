"""Headers of images that lie in an archive, read from their first bytes; kept, and not asked for again.

What is kept of an observation counts as long as the archive's listing says the same of its files (date, size).
"""

import functools
import math
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from paper_repro.base import lines
from paper_repro.base.files import write_csv
from paper_repro.base.progress import Progress
from paper_repro.download.http import FetchError
from paper_repro.fetch.volumes import Tree, at_once
from paper_repro.observations.index import describe, readers_code
from paper_repro.observations.observation import HEAD_BYTES, Header, Pair, ReaderError, Start
from paper_repro.patches.part import Observed, left_out

COLUMNS = ("archive", "source", "geometry", "image_stamp", "geometry_stamp", "image_bytes", "geometry_bytes",
           "time_utc", "resolution_m_px", "note", "reader")
SAVE_S = 60.0

Row = dict[str, str]
HeaderOf = Callable[[Start, Start | None], Header]


@dataclass(frozen=True)
class Looked:
    """What is known of one observation of an archive; files: (path, bytes) of the image and, if it counts, geometry."""

    observed: Observed
    files: tuple[tuple[str, int], ...]


class HeaderTable:
    """`headers.csv`: one row for each observation whose header was ever read, of all archives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = {(row["archive"], row["source"]): row for row in lines.read(path, COLUMNS) if _is_whole(row)}

    def save(self) -> None:
        """Write all rows."""
        write_csv(self.path, pd.DataFrame([self.rows[key] for key in sorted(self.rows)], columns=list(COLUMNS)))

    def look(self, tree: Tree, header_of: HeaderOf, first_bytes: int, pairs: Collection[tuple[str, str]],
             stamps: Mapping[str, str], scales_km: Collection[float], resolution_px: int
             ) -> tuple[list[Looked], list[str]]:
        """What the headers of pairs (image, geometry; paths) say, by image; and sentences about those not to be had.

        header_of: an instrument's; first_bytes: of a file, asked for first.
        The geometry's is read only if the image counts for one of the scales: then the row says what the index of the
        files would say of them (`observations.index`), that they are too short included.
        """
        name = tree.source.name
        counts = functools.partial(_counts, scales_km=scales_km, resolution_px=resolution_px)
        todo = [pair for pair in pairs if not self._is_kept(name, pair, stamps, counts)]
        progress = Progress(f"{name} headers", len(pairs), "observations", done=len(pairs) - len(todo))
        failed: dict[str, str] = {}
        saved = time.monotonic()

        def work(pair: tuple[str, str]) -> Row | str:
            try:
                return _row(tree, header_of, first_bytes, pair, stamps, counts)
            except FetchError as error:
                return error.what

        try:
            for (image, _), made in at_once(tree.client, work, todo):
                if isinstance(made, str):
                    failed[image] = made
                else:
                    self.rows[name, image] = made
                progress.step()
                if time.monotonic() - saved > SAVE_S:
                    self.save()
                    saved = time.monotonic()
        finally:
            if todo:
                self.save()
        looked = [_looked(self.rows[name, image]) for image, _ in pairs if image not in failed]
        return looked, [failed[image] for image in sorted(failed)]

    def _is_kept(self, archive: str, pair: tuple[str, str], stamps: Mapping[str, str],
                 counts: Callable[[Observed], bool]) -> bool:
        row = self.rows.get((archive, pair[0]))
        if row is None or _state(pair, stamps) != {key: row[key] for key in ("geometry", "image_stamp",
                                                                             "geometry_stamp")}:
            return False
        if row["note"]:  # another reader may know better
            return row["reader"] == readers_code()
        return bool(row["geometry_bytes"]) or not counts(_looked(row).observed)


def _counts(observed: Observed, scales_km: Collection[float], resolution_px: int) -> bool:
    return any(not left_out(observed, scale, resolution_px) for scale in scales_km)


def _state(pair: tuple[str, str], stamps: Mapping[str, str]) -> Row:
    return {"geometry": pair[1], "image_stamp": stamps[pair[0]], "geometry_stamp": stamps[pair[1]]}


def _is_whole(row: Row) -> bool:
    try:
        _looked(row)
    except ValueError:
        return False
    return True


def _looked(row: Row) -> Looked:
    resolution = float(row["resolution_m_px"]) if row["resolution_m_px"] else math.nan
    observed = Observed(row["source"], row["geometry"], row["time_utc"], resolution, row["note"], ("", ""))
    files = [(row["source"], int(row["image_bytes"]))]
    if row["geometry_bytes"]:
        files.append((row["geometry"], int(row["geometry_bytes"])))
    return Looked(observed, tuple(files))


def _row(tree: Tree, header_of: HeaderOf, first_bytes: int, pair: tuple[str, str], stamps: Mapping[str, str],
         counts: Callable[[Observed], bool]) -> Row:
    """Look at an image and, if it counts, at its geometry. Raises FetchError."""
    starts: dict[str, Start] = {}

    def header(one: Pair) -> Header:
        """Raises ReaderError, but not before as much as any header can have was looked at."""
        for count in (first_bytes, HEAD_BYTES):
            for path in (one.source, *([] if one.geometry is None else [one.geometry.as_posix()])):
                if path not in starts or len(starts[path].data) < min(count, starts[path].size):
                    starts[path] = _start(tree, path, count)
            try:
                return header_of(starts[one.source], starts[one.geometry.as_posix()] if one.geometry else None)
            except ReaderError:
                if count == HEAD_BYTES:
                    raise
        raise AssertionError("the last try returns or raises")

    image, geometry = pair
    row = {"archive": tree.source.name, **_state(pair, stamps), "geometry_bytes": "", "reader": readers_code()}
    # described as a pair, so that nothing is said about a geometry that wasn't looked at
    said = describe(Pair(Path(image), Path(geometry), image),
                    lambda one: header(Pair(one.image, None, one.source)))
    row |= {key: said[key] for key in ("source", "time_utc", "resolution_m_px", "note")}
    row["image_bytes"] = str(starts[image].size)
    if counts(_looked(row).observed):
        said = describe(Pair(Path(image), Path(geometry), image), header)
        row |= {key: said[key] for key in ("time_utc", "resolution_m_px", "note")}
        row["geometry_bytes"] = str(starts[geometry].size)
    return row


def _start(tree: Tree, path: str, count: int) -> Start:
    """The first bytes of a file, and its size. Raises FetchError."""
    data, head = tree.first_bytes(path, count)
    size = tree.size(path) if head.size is None else head.size
    if len(data) < min(count, size):
        raise FetchError(f"{head.url}: broke off, expected {min(count, size)} bytes, found {len(data)}")
    return Start(Path(path), data, size)
