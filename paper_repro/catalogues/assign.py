"""Assigning feature vectors to the classes of a catalogue, a piece of the set at a time."""

import contextlib
import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import atomic, csv_text, read_csv, read_json, write_csv
from paper_repro.base.progress import Progress
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.base.workers import parallel
from paper_repro.catalogues.document import ARRAYS, PLACES, Catalogue, open_catalogue
from paper_repro.clustering import nearest_class
from paper_repro.clustering.names import Way
from paper_repro.clustering.nearest_class import Known
from paper_repro.patches.dataset import open_set

ASSIGNED, COUNTS, PAGE = "assigned.csv", "counts.csv", "index.html"
PIECE = 32768  # vectors of a piece of work: 64 MB of 512 features
SECONDS = 2.0  # that a piece takes, about
GIVEN_NOTE = "The features were taken as they were given: whether the catalogue's encoder made them isn't known."
NO_LIMIT_NOTE = ("Nothing tells which images are unlike any class: no class of the catalogue has patches of two "
                 "observations to compare.")


@dataclass(frozen=True)
class Piece:
    """Rows from `start` to `stop` of a file of features, and the catalogue's folder; absolute paths.

    sha256: of the catalogue's arrays, by which a worker that has read them knows whether they are still the same.
    """

    catalogue: Path
    sha256: str
    features: Path
    start: int
    stop: int
    way: Way


def work(piece: Piece) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Class, distance and margin of each vector of a piece. Raises UserError for one that isn't finite."""
    # opened for each piece, so that what was read of the file isn't held
    values = np.array(np.load(piece.features, mmap_mode="r", allow_pickle=False)[piece.start : piece.stop])
    if not (finite := np.isfinite(values).all(axis=1)).all():
        raise UserError(f"{piece.features}: expected finite features, found others in row "
                        f"{piece.start + int(np.argmin(finite))}; encode the images again.")
    return nearest_class.nearest(nearest_class.distances(values, _known(piece.catalogue, piece.sha256), piece.way))


@functools.lru_cache(maxsize=1)
def _known(folder: Path, _: str) -> Known:
    return open_catalogue(folder).known


def assign_set(run: Run, name: str, catalogue: Path, features: Path, *, way: Way, level: float, where: Path,
               jobs: int | None, dask: str | None) -> Made:
    """Assign a set, or features that the user named, to a catalogue's classes; the run's results say to which.

    Writes into results/<name>/: assigned.csv (id and what is known of each image; class, distance to it, margin to the
    next class, and unlike: whether it is farther than the quantile `level` of the catalogue's own distances), and
    counts.csv. By a catalogue without such distances none is unlike, and a note says that nothing tells it. where: what
    the user named. Raises UserError for features that don't fit the catalogue.
    """
    opened, folder = open_catalogue(catalogue), run.results / name
    shape = open_features(features, opened).shape
    given = not (run.patches(name) / "patches.csv").is_file()
    rows = pd.DataFrame({"id": range(shape[0])}) if given else _rows(run, name)
    own = opened.table
    limits = nearest_class.limits(own[way].to_numpy(), own["class"].to_numpy(), level)
    sha256 = opened.about["files"][ARRAYS]
    pieces = [Piece(catalogue.resolve(), sha256, features.resolve(), start, min(start + PIECE, shape[0]), way)
              for start in range(0, shape[0], PIECE)]
    counts = np.zeros((2, len(opened.classes)), np.int64)
    progress = Progress(f"{name}: assign", shape[0], "images")
    waiting: dict[int, pd.DataFrame] = {}
    following = iter(pieces)
    expected = next(following, None)
    with contextlib.closing(parallel(work, pieces, jobs, dask, seconds=SECONDS)) as results, \
            atomic(folder / ASSIGNED) as file:
        for piece, (classes, distance, margin) in results:
            unlike = distance > limits[classes]
            counts += [np.bincount(classes, minlength=len(limits)),
                       np.bincount(classes[unlike], minlength=len(limits))]
            waiting[piece.start] = rows.iloc[piece.start : piece.stop].assign(
                **{"class": classes, "distance": distance.round(6), "margin": margin.round(6), "unlike": unlike})
            while expected is not None and expected.start in waiting:  # in the order of the rows
                text = csv_text(waiting.pop(expected.start))
                file.write((text if expected is pieces[0] else text.partition("\n")[2]).encode())
                expected = next(following, None)
            progress.step(piece.stop - piece.start)
    table = pd.DataFrame({"class": range(len(limits)), "name": opened.classes, "limit": limits, "assigned": counts[0],
                          "unlike": counts[1], "in_catalogue": [one["size"] for one in opened.about["classes"]]})
    write_csv(folder / COUNTS, table)
    notes = [*opened.about["notes"], *([GIVEN_NOTE] if given else []),
             *([NO_LIMIT_NOTE] if np.isnan(limits).any() else [])]
    record = (read_json(features.with_suffix(".json")) or {}) if given else {}
    return Made({"folder": str(where.resolve()), "assigned": shape[0],
                 "classes_of": opened.about["made_of"].get("classes")}, notes=tuple(notes),
                simulated=opened.about["simulated"] or bool(record.get("simulated")))


def open_features(path: Path, catalogue: Catalogue) -> NDArray[Any]:
    """The features in a .npy file, memory-mapped. Raises UserError for those that no catalogue's class can have."""
    d = catalogue.arrays["mean"].shape[0]
    what = f"{path}: expected features in a .npy file, float32 or float64 [N, {d}], one row an image"
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise UserError(f"{what}; it can't be read ({str(error).partition(chr(10))[0]}); name another file.") from error
    if not isinstance(values, np.ndarray) or values.ndim != 2 or values.shape[1] != d or not len(values) \
            or values.dtype not in (np.float32, np.float64):
        found = f"{values.dtype} {list(values.shape)}" if isinstance(values, np.ndarray) else "several arrays"
        raise UserError(f"{what}, found {found}; name features by the catalogue's encoder.")
    return values


def _rows(run: Run, name: str) -> pd.DataFrame:
    table = open_set(run.patches(name)).table
    return table[["id", "source", *(column for column in PLACES if column in table)]]


def tell(folder: Path, level: float) -> None:
    """Print how many images went into each class, and how many are unlike any."""
    table = read_csv(folder / COUNTS, dtype={"name": str}, keep_default_na=False)
    limited = bool(table["limit"].ne("").all())
    for row in table.itertuples():
        name = "" if row.name == str(row[1]) else f" ({row.name})"
        print(f"class {row[1]}{name}: {row.assigned}{f', of which {row.unlike} unlike any class' if limited else ''}")
    total, unlike = int(table["assigned"].sum()), int(table["unlike"].sum())
    print(f"{unlike} of {total} ({unlike / total:.1%}) are unlike any class: farther from theirs than "
          f"{level:.2%} of the catalogue's own patches from theirs" if limited else NO_LIMIT_NOTE)
    page = folder / PAGE
    print(f"to explore in a browser: {page}" if page.is_file() else
          "no page to explore: features have no images; name images to have one")
