"""The record of an instrument: all that the rest of the project needs to know of one, its reader included."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from paper_repro.base.folders import files_below
from paper_repro.base.preprocessing import AS_IN_PAPER, Preprocessing
from paper_repro.observations.observation import (
    VENUS,
    Header,
    Observation,
    Pair,
    Planet,
    ReaderError,
    Start,
    wrap,
)

# last suffixes of packed files, which nothing here unpacks
PACKED = frozenset({"gz", "bz2", "xz", "z", "zip", "zst", "fz"})


def no_plane(pair: Pair, name: str) -> NDArray[np.float32]:
    """Raise ReaderError: of an instrument whose geometry has no more planes than an Observation carries."""
    raise ReaderError(pair.geometry or pair.image, None, f"it has no plane {name!r}")


def no_starts(image: Start, _: Start | None) -> Header:
    """Raise ReaderError: of an instrument whose files can't be fetched."""
    raise ReaderError(image.path, None, "what its first bytes say isn't known")


@dataclass(frozen=True)
class Instrument:
    """A camera with one of its filters, its files and its reader; `INSTRUMENT` of the camera's file in `observations/`.

    A camera of several filters has `INSTRUMENTS` there, records by name, from a call whose `filters` are a dictionary.
    In plain text, so that they can be read without loading the file:
    name: that of its file, or that and a filter's; of its option (`--camera folder`, `CAMERA=folder` for make) and its
    sets (`name-3000km`). title: as captions have it. archive: its folder below a run's raw files; of what can be
    fetched also the name of the source and of the file in `fetch/`. files: what the folder holds that the user names.

    layout: how the archive lays them out, in words that follow `files`. pattern: what the images are called. band:
    what light they show.

    product: of a file name, what all versions of an image share, and whether it is the geometry; None if it is neither.
    choose: of files (relative, posix), the images that count, each with its geometry or None, sorted.
    header: time, resolution and sub-solar longitude of a pair from its headers alone; raises ReaderError.
    check: raises ReaderError unless a file is whole; `geometry=` says which kind it should be.
    read: the observation of a pair; raises ReaderError.
    plane: a plane of a pair's geometry that an Observation doesn't carry, by its name in lower case; raises
    ReaderError.
    header_of: what `header` says, by the first bytes of both files; of what can be fetched.

    planet: what the images show. preprocessing: what is done before patches are made of them (Sect. 3.1.1).
    origin: where an image's first row is shown.
    checkpoints: the instrument's name in the file names of the authors' trained encoders; "" where they have none.
    """

    name: str
    title: str
    archive: str
    files: str
    layout: str
    pattern: str
    band: str
    product: Callable[[str], tuple[str, bool] | None]
    choose: Callable[[Iterable[str]], list[tuple[str, str | None]]]
    header: Callable[[Pair], Header]
    check: Callable[..., None]
    read: Callable[[Pair], Observation]
    plane: Callable[[Pair, str], NDArray[np.float32]] = no_plane
    header_of: Callable[[Start, Start | None], Header] = no_starts
    planet: Planet = VENUS
    preprocessing: Preprocessing = AS_IN_PAPER
    origin: Literal["lower", "upper"] = "upper"
    checkpoints: str = ""

    def observation(self, pair: Pair, header: Header, image: NDArray[np.float32], incidence: NDArray[np.float32],
                    emission: NDArray[np.float32], latitude: NDArray[np.float32], longitude: NDArray[np.float32],
                    invalid: NDArray[np.bool_]) -> Observation:
        """The observation of planes [H, W] as a file has them; `invalid`: by what the file alone can say.

        Invalid too, for every instrument by one rule: an image that isn't finite, an incidence or emission outside of
        0 to 180 degrees, a latitude beyond 90, a longitude beyond 360 (all conventions lie within), NaN, and the same
        value in all four planes, which fills them (0, for one). Such angles become NaN, longitudes of another
        convention come into [-180, 180), and no other value changes.
        """
        outside = ~((longitude >= -180) & (longitude < 180))
        stored = None
        if outside.any():
            stored, longitude = longitude, longitude.copy()
            longitude[outside] = wrap(longitude[outside])
        if (same := (incidence == emission) & (emission == latitude) & (latitude == longitude)).any():
            incidence, emission, latitude, longitude = (np.where(same, np.float32(np.nan), plane)
                                                        for plane in (incidence, emission, latitude, longitude))
        if stored is not None:
            stored = np.where(np.isnan(longitude), longitude, stored)
        invalid = invalid | np.isnan(longitude) | ~np.isfinite(image)
        incidence, emission = _within(incidence, 0, 180, invalid), _within(emission, 0, 180, invalid)
        latitude = _within(latitude, -90, 90, invalid)
        return Observation(
            image=image,
            incidence=incidence,
            emission=emission,
            latitude=latitude,
            longitude=longitude,
            invalid=invalid,
            subsolar_longitude=header.subsolar_longitude_deg,
            resolution_m_px=header.resolution_m_px,
            time_utc=header.time_utc,
            source=pair.source,
            instrument=self.name,
            planet=self.planet,
            preprocessing=self.preprocessing,
            stored_longitude=stored,
        )

    def pairs(self, root: Path) -> list[Pair]:
        """Images below `root`, each with its geometry, as `choose` has them; sorted by source.

        Raises UserError if there is no such folder.
        """
        return self.look(root)[0]

    def look(self, root: Path) -> tuple[list[Pair], list[Path]]:
        """The pairs, and all files below `root` that are neither images nor geometry by their names.

        Raises UserError if there is no such folder.
        """
        names, others = list[str](), list[Path]()
        for path in files_below(root):
            if self.product(path.name):
                names.append(path.relative_to(root).as_posix())
            else:
                others.append(path)
        pairs = [Pair(root / image, None if geometry is None else root / geometry, image)
                 for image, geometry in self.choose(names)]
        return pairs, others

    def left_out(self, paths: Iterable[Path]) -> str:
        """Files that aren't read for their names, counted by how those end: `.lbl 12, .fit.gz 2; unpack ...`.

        Of what would be a file's name but for its last suffix, the last two are said.
        """
        ends: Counter[str] = Counter()
        for name in (path.name for path in paths):
            stem, dot, last = name.rpartition(".")
            before = f".{stem.rpartition('.')[2]}" if self.product(stem) else ""
            ends[f"{before}.{last}" if dot else "no suffix"] += 1
        packed = any(end.rpartition(".")[2].lower() in PACKED for end in ends)
        counts = ", ".join(f"{end} {count}" for end, count in ends.most_common())
        return f"{counts}; unpack those that are packed" if packed else counts


def _within(plane: NDArray[np.float32], low: float, high: float, invalid: NDArray[np.bool_]) -> NDArray[np.float32]:
    """NaN where a plane is outside of a range; there it is marked as invalid, too."""
    outside = ~((plane >= low) & (plane <= high))
    if not outside.any():
        return plane
    invalid |= outside
    plane = plane.copy()
    plane[outside] = np.nan
    return plane
