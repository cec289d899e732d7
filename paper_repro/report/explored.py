"""Images on a map with the classes found, as the explorable page shows them: what its script reads."""

import base64
import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.hashes import digest
from paper_repro.clustering import similar, stability
from paper_repro.clustering.names import NOISE
from paper_repro.figures.style import marks
from paper_repro.patches import drawn_out
from paper_repro.patches.dataset import PatchSet
from paper_repro.report import thumbnails

MOST = 12_000  # images of a set on the page: more are no longer moved and marked smoothly
SIMILAR = 8
NUMBERS = {"lat": ("latitude_deg", 2), "lon": ("longitude_deg", 2), "hour": ("local_time_h", 2),
           "drawn": ("drawn_out", 3)}


@dataclass(frozen=True, eq=False)
class Explored:
    """Images on a map, with the class of each.

    name: of the set, which begins the names of exported files; title: of the map, as it is chosen by; images: uint8
    [N, S, S] or [N, S, S, 3], a map of a file too; table: N rows with `id` and `source`, and what is known of
    `time_utc`, `longitude_deg`, `latitude_deg`, `local_time_h`, `drawn_out` (see `patches.drawn_out`); xy: [N, 2];
    labels: index into `classes` [N]; features: [N, D], None where the page shall say nothing of what is similar or odd;
    found: the class each was found to be, where `classes` are true ones; note: what made it; links: address of a
    source's file, relative to the page; measures: where what is odd is not told from these images alone; drawn: how
    those were chosen that have a place, where xy of the others is NaN; noise: whether the last of the classes is noise,
    which has no mean that images are near to.
    """

    name: str
    title: str
    images: NDArray[np.uint8]
    table: pd.DataFrame
    xy: NDArray[np.float64]
    classes: tuple[str, ...]
    labels: NDArray[np.int64]
    features: NDArray[Any] | None = None
    found: tuple[str, ...] = ()
    note: str = ""
    simulated: bool = False
    links: Mapping[str, str] = field(default_factory=dict)
    measures: "Measures | None" = None
    drawn: str = "drawn by seed"
    noise: bool = False


@dataclass(frozen=True, eq=False)
class Measures:
    """Of images assigned to classes that others were found in [N]: distance to the class, margin to the next one.

    unlike: whether it is beyond the limit of its class; beyond: the distance over that limit.
    """

    distance: NDArray[np.float64]
    margin: NDArray[np.float64]
    unlike: NDArray[np.bool_]
    beyond: NDArray[np.float64]


@dataclass(frozen=True)
class Explorer:
    """What the page's explorer shows.

    data: what its script reads; missing: why sets are not there; sampled: which sets show fewer images than they have,
    a sentence each; pictured: how many of all `total` have a thumbnail.
    """

    data: dict[str, Any]
    missing: Sequence[str]
    sampled: Sequence[str]
    pictured: int
    total: int


def explorer(maps: Sequence[Explored], missing: Sequence[str] = (), most: int = MOST) -> Explorer:
    """Several maps for one page; those of the same images (ids and sources) can be seen side by side.

    Of a set of more than `most` images as many are drawn by seed, the same ones on each of its maps.
    """
    firsts: dict[tuple[str, str], tuple[Explored, NDArray[np.int64]]] = {}  # the first map of each table, and its rows
    keys = [(one.name, digest({column: one.table[column].tolist() for column in ("id", "source")})) for one in maps]
    for key, one in zip(keys, maps, strict=True):
        placed = np.flatnonzero(np.isfinite(one.xy).all(axis=1))
        firsts.setdefault(key, (one, placed[draw(len(placed), most)]))
    chosen = thumbnails.choose({key: len(rows) for key, (_, rows) in firsts.items()})
    pictured, total = sum(map(len, chosen.values())), sum(len(rows) for _, rows in firsts.values())
    side, places = thumbnails.side_for(pictured), list(firsts)
    data = {"side": side, "across": thumbnails.ACROSS, "drawnOut": drawn_out.SHARE,
            "tables": [_table(one, rows, key[1], chosen[key], side) for key, (one, rows) in firsts.items()],
            "maps": [{"table": places.index(key), **_map(one, firsts[key][1])}
                     for key, one in zip(keys, maps, strict=True)]}
    sampled = [f"{one.name}: {len(rows)} of its {len(one.table)} images are shown, {one.drawn}; what is most "
               "similar is looked for among them." for one, rows in firsts.values() if len(rows) < len(one.table)]
    return Explorer(data, missing, sampled, pictured, total)


def draw(count: int, most: int, seed: int = 0) -> NDArray[np.int64]:
    """Rows of a set that are shown, sorted: all, or `most` of them drawn by seed."""
    return np.arange(count) if count <= most else np.sort(np.random.default_rng(seed).permutation(count)[:most])


def _table(one: Explored, rows: NDArray[np.int64], family: str, pictured: NDArray[np.int64], side: int
           ) -> dict[str, Any]:
    """A set's images: columns of values; thumb is the place on the sheets, -1 without one."""
    table, thumb = one.table.iloc[rows], np.full(len(rows), -1)
    thumb[pictured] = np.arange(len(pictured))
    numbers = {key: _rounded(table[column], digits) for key, (column, digits) in NUMBERS.items() if column in table}
    sources, source = _indexed(table["source"])
    times, time = _indexed(table["time_utc"]) if "time_utc" in table else ([], [])
    return {"name": one.name, "family": family, "simulated": one.simulated, "all": len(one.table),
            "id": table["id"].tolist(), "sources": sources, "source": source, "times": times, "time": time,
            "links": [one.links.get(source) for source in sources], **numbers,
            "thumb": thumb.tolist(), "sheets": thumbnails.sheets(one.images, rows[pictured], side)}


def _map(one: Explored, rows: NDArray[np.int64]) -> dict[str, Any]:
    """A map: places and classes of the images of its table, and what is similar and odd by its features."""
    found, number = _indexed(pd.Series(one.found)[rows]) if one.found else ([], [])
    data = {"title": one.title, "note": one.note, "kind": "true class" if one.found else "class",
            "classes": list(one.classes), "marks": [[look.colour, look.marker] for look in marks(one.classes).values()],
            "class": one.labels[rows].tolist(), "foundNames": found, "found": number,
            "x": np.round(one.xy[rows, 0], 4).tolist(), "y": np.round(one.xy[rows, 1], 4).tolist()}
    if one.features is None:
        return data
    data["similar"] = packed(similar.most_similar(one.features[rows], SIMILAR))
    if one.measures is None:
        distance, margin = _to_means(one, one.features)
    else:
        distance, margin = one.measures.distance, one.measures.margin
        data |= {"unlike": one.measures.unlike[rows].astype(int).tolist(),
                 "beyond": _rounded(one.measures.beyond[rows], 3)}
    return data | {"distance": _rounded(distance[rows], 3), "margin": _rounded(margin[rows], 3)}


def _to_means(one: Explored, features: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Distance and margin [N] to the means of the classes; NaN for noise."""
    labels = np.where(one.labels == len(one.classes) - 1, NOISE, one.labels) if one.noise else one.labels
    if not (labels >= 0).any():
        return np.full(len(labels), np.nan), np.full(len(labels), np.nan)
    return stability.to_means(features, labels)


def packed(numbers: NDArray[np.int64]) -> str:
    """Numbers below 65,536 as base64 of two bytes each, the lower one first."""
    return base64.b64encode(numbers.astype("<u2", casting="unsafe").tobytes()).decode()


def _indexed(values: "pd.Series[Any]") -> tuple[list[str], list[int]]:
    """The different texts in their order, and of each value its place among them."""
    codes, texts = pd.factorize(values.fillna("").astype(str))
    return list(texts), codes.tolist()


def _rounded(values: "pd.Series[Any] | NDArray[np.float64]", digits: int) -> list[float | None]:
    return [None if not math.isfinite(value) else round(float(value), digits) for value in values]


def rows_and_links(patches: PatchSet, beside: Path, root: Path, out: Path, page: Path
                   ) -> tuple[pd.DataFrame, dict[str, str]]:
    """The rows of a set with what is drawn out, and the address of each source in the folder `root` (`address_of`).

    beside: folder of the patch set that `drawn_out.csv` is beside.
    """
    table = drawn_out.joined(patches.table, beside)
    return table, {source: address for source in dict.fromkeys(table["source"])
                   if (address := address_of(root / source, out, page))}


def address_of(file: Path, out: Path, page: Path) -> str | None:
    """Address of a file for a page in the folder `page`; None where it isn't a file below `out`."""
    path = file.resolve()
    if not path.is_file() or not path.is_relative_to(out.resolve()):
        return None
    return quote(Path(os.path.relpath(path, page.resolve())).as_posix())
