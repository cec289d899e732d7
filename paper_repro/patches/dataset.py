"""A set of patches on the disk: `images.npy`, `patches.csv` and, written last, `provenance.json`.

Numpy and pandas alone read the first two: `np.load(..., mmap_mode="r")`, `pd.read_csv(...)`.
"""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import Written, atomic, csv_text, read_csv, read_json, sha256_named
from paper_repro.base.progress import Progress

IMAGES, TABLE, PROVENANCE = "images.npy", "patches.csv", "provenance.json"


@dataclass(frozen=True, eq=False)
class PatchSet:
    """Images of one square size and channel count, with one table row each.

    images: uint8 [N, S, S] (gray) or [N, S, S, 3] (colour), memory-mapped read-only when opened from the disk;
    table: N rows with at least `id` and `source`, and `label` where the set is labelled;
    provenance: what `provenance.json` says.
    """

    images: NDArray[np.uint8]
    table: pd.DataFrame
    provenance: dict[str, Any]

    def __len__(self) -> int:
        return len(self.images)

    @property
    def colour(self) -> bool:
        """Whether the images have three channels."""
        return self.images.ndim == 4

    @property
    def side(self) -> int:
        """Side of an image in px."""
        return int(self.images.shape[1])

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes in their order; empty where the set is not labelled."""
        return tuple(self.provenance.get("classes", ()))

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """Index into `classes` of each image, [N]; None where the set is not labelled."""
        if not self.classes:
            return None
        index = {name: i for i, name in enumerate(self.classes)}
        return np.array([index[label] for label in self.table["label"]], dtype=np.int64)

    @property
    def sha256(self) -> str:
        """SHA-256 over `images.npy` and `patches.csv`."""
        return str(self.provenance["sha256"])


def save(folder: Path, images: Iterable[NDArray[np.uint8]], table: pd.DataFrame) -> dict[str, Any]:
    """Write a set: `images` yields one image per row of `table`, [S, S] or [S, S, 3] uint8, held one at a time.

    Returns what its `provenance.json` must say so that `open_set` takes it: sha256 and bytes. A set that was there
    stays whole until all images are written; a crash later than that leaves one that `open_set` refuses.
    Raises UserError, naming two rows' sources, if images differ in size or channels; or if there is none.
    """
    if table.empty:
        raise UserError(f"{folder}: there is no image to make a patch set of; check the input of this step.")
    sources = [str(source) for source in table["source"]]
    with atomic(folder / IMAGES) as images_file, atomic(folder / TABLE) as table_file:
        _write_images(images_file, images, sources)
        table_file.write(csv_text(table).encode())
        (folder / PROVENANCE).unlink(missing_ok=True)
    return {"sha256": sha256_named({IMAGES: images_file.sha256, TABLE: table_file.sha256}),
            "bytes": {IMAGES: images_file.size, TABLE: table_file.size}}


def _write_images(file: Written, images: Iterable[NDArray[np.uint8]], sources: list[str]) -> None:
    """Write `images` one by one as a .npy file. Raises UserError if they don't fit together."""
    iterator = iter(images)
    first = next(iterator, None)
    if first is None:
        raise ValueError(f"{len(sources)} table rows, but no image")
    _check_square(first, sources[0])
    np.lib.format.write_array_header_1_0(file, {"descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)),
                                                "fortran_order": False, "shape": (len(sources), *first.shape)})
    count, progress = 0, Progress("images", len(sources), "images", quiet=True)
    for image in itertools.chain([first], iterator):
        if count == len(sources):
            raise ValueError(f"{len(sources)} table rows, but more images")
        if image.shape != first.shape:
            raise UserError(f"All images of a set have one square size and channel count: {sources[0]} is "
                            f"{_describe(first)}, but {sources[count]} is {_describe(image)}; make them alike.")
        if image.dtype != np.uint8:
            raise ValueError(f"{sources[count]}: expected uint8, found {image.dtype}")
        file.write(image.tobytes())
        count += 1
        progress.step()
    if count != len(sources):
        raise ValueError(f"{len(sources)} table rows, but {count} images")


def _check_square(image: NDArray[np.uint8], source: str) -> None:
    """Raise UserError unless the image is [S, S] or [S, S, 3] with S > 0."""
    if image.ndim not in {2, 3} or image.shape[2:] not in {(), (3,)}:
        raise ValueError(f"{source}: expected [S, S] or [S, S, 3], found {list(image.shape)}")
    if image.shape[0] != image.shape[1] or image.size == 0:
        raise UserError(f"{source}: expected a square image, found {_describe(image)}; crop it to a square.")


def _describe(image: NDArray[np.uint8]) -> str:
    """Size and kind in words: width x height."""
    return f"{image.shape[1]} x {image.shape[0]} px {'gray' if image.ndim == 2 else 'colour'}"


def open_set(folder: Path) -> PatchSet:
    """Open a set, images memory-mapped read-only.

    Raises UserError if it is absent, was not written to its end, or no longer is what was written.
    """
    again = f"make it with `{hints.command('patches')}`"
    if not (folder / IMAGES).is_file() and not (folder / PROVENANCE).is_file():
        raise UserError(f"{folder}: expected a patch set, found none; {again}.")
    provenance = read_json(folder / PROVENANCE)
    if provenance is None or "sha256" not in provenance:
        raise UserError(f"{folder}: the patch set is incomplete, it has no {PROVENANCE}: "
                        f"it was interrupted while being made; {again}.")
    for name in (IMAGES, TABLE):
        expected = provenance.get("bytes", {}).get(name)
        found = (folder / name).stat().st_size if (folder / name).is_file() else "no file"
        if found != expected:
            raise UserError(f"{folder / name}: expected {expected} bytes, found {found}; {again}.")
    try:
        images = np.load(folder / IMAGES, mmap_mode="r", allow_pickle=False)
        # a class may be called "NA" or "null", and a value may be missing
        table = read_csv(folder / TABLE, dtype={"source": str, "label": str}, keep_default_na=False,
                            na_values=[""])
    except (ValueError, OSError) as error:
        raise UserError(f"{folder}: the patch set can't be read ({error}); {again}.") from error
    if images.dtype != np.uint8 or images.ndim not in {3, 4} or len(images) != len(table):
        raise UserError(f"{folder}: expected as many uint8 images as table rows, found {images.dtype} "
                        f"{list(images.shape)} and {len(table)} rows; {again}.")
    unknown = set(table["label"]) - set(provenance["classes"]) if provenance.get("classes") else set()
    if unknown:
        raise UserError(f"{folder / TABLE}: label {sorted(unknown)[0]!r} is not one of the set's classes; {again}.")
    return PatchSet(images, table, provenance)
