"""One observation to patches of all its scales, kept in a file (a part) until the sets are put together from parts."""

import dataclasses
import hashlib
import io
import json
import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from paper_repro.base.files import parse_json, write_bytes
from paper_repro.base.memory import keep_freed
from paper_repro.base.preprocessing import DrawnOut, Preprocessing, RangeOf
from paper_repro.base.profile import km_text
from paper_repro.base.recipe import Longitudes, WithoutFit
from paper_repro.observations import registry
from paper_repro.observations.observation import Observation, Pair, ReaderError
from paper_repro.paper import Table4
from paper_repro.patches.drawn_out import SHARE
from paper_repro.patches.flatten import flatten
from paper_repro.patches.preprocess import Unusable
from paper_repro.patches.project import FINEST, Patches, patches_of

COLUMNS = ("longitude_deg", "latitude_deg", "local_time_h", "minnaert_k", "density", "density_min_bin", "value_min",
           "value_max")
SUMS = "sums"  # the array with the sum of each other one
NOTHING_KEPT = "no pixel is left after pre-processing"
NO_FIT = "no Minnaert fit: no pixel with a positive radiance, or all have the same incidence and emission"


@dataclass(frozen=True)
class Observed:
    """What is known of an observation before it is read: its row of the index, and the SHA-256 of its two files.

    note: why it can't be used, "" if it can.
    """

    source: str
    geometry: str
    time_utc: str
    resolution_m_px: float
    note: str
    files: tuple[str, str]


def left_out(observed: Observed, scale_km: float, resolution_px: int) -> str:
    """Why an observation isn't read for a scale, "" if it is: its note, or more than 1.5 times as coarse as a patch."""
    limit = FINEST * (1000 * scale_km / resolution_px)
    if not observed.note and not observed.resolution_m_px < limit:
        return f"resolution of {observed.resolution_m_px:g} m/px, needed below {limit:g}"
    return observed.note


@dataclass(frozen=True)
class Task:
    """An observation's pair of files, the scales wanted (km), Table 4, and where its part goes; absolute paths.

    longitudes, without_fit: switches of the recipe. preprocessing: in place of the instrument's own.
    normalisation: see `patches_of`; patches in the range of their image aren't flattened. drawn_out: "drop" leaves out
    patches that are (see `patches.drawn_out`) when the part is read.
    """

    instrument: str
    image: Path
    geometry: Path
    source: str
    scales_km: tuple[float, ...]
    settings: Table4
    part: Path
    longitudes: Longitudes = "wrapped"
    without_fit: WithoutFit = "keep"
    preprocessing: Preprocessing | None = None
    normalisation: RangeOf = "patch"
    drawn_out: DrawnOut = "keep"


def read(task: Task) -> Observation:
    """The observation of a task, as its recipe and profile want it. Raises ReaderError."""
    observation = registry.get(task.instrument).read(Pair(task.image, task.geometry, task.source))
    if task.preprocessing is not None:
        observation = dataclasses.replace(observation, preprocessing=task.preprocessing)
    if task.longitudes == "stored" and observation.stored_longitude is not None:
        observation = dataclasses.replace(observation, longitude=observation.stored_longitude)
    return observation


def make_part(task: Task) -> int:
    """Read one observation, once, make its patches of all scales (Sect. 3.1) and keep them; returns their number.

    An observation that no patch can be made of is kept too, with the reason. Runs on one thread.
    Raises ReaderError where the system, not the file's content, is in the way.
    """
    made: Mapping[float, Patches] = {}
    reason = ""
    keep_freed()
    with threadpool_limits(1):
        try:
            observation = read(task)
            made = patches_of(observation, task.scales_km, task.settings, task.normalisation)
            if task.without_fit == "leave out" and observation.preprocessing.darkening != "none":
                made = {scale: patches for scale, patches in made.items() if not math.isnan(patches.minnaert_k)}
                reason = "" if made else NO_FIT
        except ReaderError as error:
            if isinstance(error.__cause__, OSError):
                raise
            where = "" if error.offset is None else f", byte {error.offset}"
            reason = f"{error.path.name}{where}: {error.reason}"
        except Unusable as error:
            reason = str(error)
        # here, where it is done on all cores
        flat = {scale: flatten(patches.images, task.settings) for scale, patches in made.items()
                if task.normalisation == "patch"}
    _write(task.part, made, flat, reason)
    return sum(len(patches.images) for patches in made.values())


def _write(path: Path, made: Mapping[float, Patches], flat: Mapping[float, NDArray[np.uint8]], reason: str) -> None:
    """Keep the patches of one observation in one step."""
    arrays: dict[str, NDArray[Any]] = {"reason": np.array(reason)}
    for scale_km, patches in made.items():
        scale = km_text(scale_km)
        columns = [np.full(len(patches.images), patches.minnaert_k) if name == "minnaert_k" else getattr(patches, name)
                   for name in COLUMNS]
        arrays[f"{scale}.rows"] = np.column_stack(columns)
        arrays[f"{scale}.drawn_out"] = patches.drawn_out
        arrays[f"{scale}.images"] = patches.images
        if scale_km in flat:
            arrays[f"{scale}.flat"] = flat[scale_km]
        arrays[f"{scale}.rejected"] = np.array(", ".join(f"{n} by {why}" for why, n in patches.rejected.items() if n))
    arrays[SUMS] = np.array(json.dumps({name: _sum(path, name, array) for name, array in arrays.items()}))
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    write_bytes(path, buffer.getvalue(), sync=False)  # workers would wait for the disk; a torn part is made again


def _sum(path: Path, name: str, array: NDArray[Any]) -> str:
    """By which an array is known that was edited, or belongs to another part."""
    about = f"{path.name}\0{name}\0{array.dtype.str}\0{array.shape}\0"
    return hashlib.sha256(about.encode() + array.tobytes()).hexdigest()


def _read(task: Task, *names: str) -> list[NDArray[Any]] | None:
    """Arrays of a part; None where it has no such arrays. A part that is damaged, edited or gone is made again."""
    try:
        return _stored(task.part, names)
    except Exception:  # zipfile and numpy raise a dozen kinds, depending on what the bytes look like
        make_part(task)
        return _stored(task.part, names)


def _stored(path: Path, names: Collection[str]) -> list[NDArray[Any]] | None:
    """Arrays of a part. Raises ValueError for any that isn't what was written, and whatever reading it raises."""
    with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        sums = parse_json(str(stored[SUMS]))
        if set(sums) != set(stored.files) - {SUMS}:
            raise ValueError("not the arrays that were written")
        if not set(names) <= set(sums):
            return None
        arrays = [stored[name] for name in names]
    for name, array in zip(names, arrays, strict=True):
        if _sum(path, name, array) != sums[name]:
            raise ValueError(f"{name} is no longer what was written")
    return arrays


def images_of(task: Task, scale_km: float, *, flat: bool = False) -> NDArray[np.uint8]:
    """The patches of one scale that a part holds, uint8 [n, r_p, r_p], or their flattened versions."""
    found = _read(task, f"{km_text(scale_km)}.{'flat' if flat else 'images'}", f"{km_text(scale_km)}.drawn_out")
    return np.empty((0, 1, 1), np.uint8) if found is None else found[0][kept(task, found[1])]


def drawn_out_of(task: Task, scale_km: float) -> NDArray[np.float64]:
    """The share of drawn-out pixels (see `project.Patches`) of each patch of one scale that a part holds: [n]."""
    found = _read(task, f"{km_text(scale_km)}.drawn_out")
    return np.empty(0) if found is None else found[0][kept(task, found[0])]


def kept(task: Task, drawn_out: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which patches are in the set [n], by their shares of drawn-out pixels [n]: the paper keeps all."""
    return np.full(len(drawn_out), True) if task.drawn_out == "keep" else drawn_out <= SHARE


def rows_of(task: Task, scale_km: float) -> tuple[NDArray[np.float64], str]:
    """The values of COLUMNS of a part's patches of one scale [n, 8], and, where there is no patch, why."""
    found = _read(task, "reason", *(f"{km_text(scale_km)}.{name}" for name in ("rows", "rejected", "drawn_out")))
    if found is None:
        [reason] = _read(task, "reason") or [np.array("")]
        return np.empty((0, len(COLUMNS))), str(reason) or NOTHING_KEPT
    _, rows, rejected, drawn_out = found
    left = rows[kept(task, drawn_out)]
    if len(rows) and not len(left):
        return left, "no patch: all are drawn out, which the profile drops"
    return left, "" if len(left) else f"no patch: viewpoints rejected: {rejected or 'none was there'}"
