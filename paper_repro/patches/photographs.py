"""Labelled photographs of the sky as patch sets (Sect. 4.1): from a folder of images, or the simulated sample.

A folder has one subfolder per class, as Cloud-ImVN 1.0 (`A-Clear Sky/*.png`) and SWIMCAT (`A-sky/images/*.png`) have.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Made
from paper_repro.base.recipe import Luma, recipe_of
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.patches import dataset
from paper_repro.patches.image_files import read_image
from paper_repro.patches.image_folder import Images, find_images, tell
from paper_repro.simulated import mark

# Eq. 6 in ten-thousandths: in integers the truncation is exact.
LUMA = tuple(round(10_000 * weight) for weight in paper.LUMA)


def make_set(run: Run, name: str) -> Made:
    """Make the patch set `name` of a run's photographs: `photos-colour`, or `photos-gray`.

    The gray set is made from the colour set (Eq. 6), or of gray photographs as they are. Files of a folder that are
    left out for their names are counted on standard error.
    Raises UserError for anything wrong with the photographs; a set that was there stays as it was.
    """
    extra, marked = {}, False
    if name == GRAY and not run.gray:
        colour = dataset.open_set(run.patches(COLOUR))
        luma = recipe_of(run.profile).luma
        images: Iterable[NDArray[np.uint8]] = (to_gray(image, luma) for image in colour.images)
        table, classes = colour.table, colour.classes
    elif run.profile.simulated:
        source = run.profile.photographs
        images, table, classes = _draw(source.per_class, source.side, source.seed)
    else:
        found = find_labelled(folder_of(run), join=run.join_splits)
        tell(folder_of(run), found.others, found.deeper)
        images, table, classes = _read(found, folder_of(run))
        extra = {"left_out": dict(found.others)}
        marked = any(mark.is_marked(path) for path in found.paths)
    of_sample: list[bool] = []
    about = dataset.save(run.patches(name), mark.noticed(images, of_sample), table)
    return Made({**about, **extra, "classes": list(classes), "images": len(table)}, simulated=marked or any(of_sample))


def files_of(run: Run) -> dict[str, Path]:
    """The photographs that a run reads from a folder, by their names in it. Raises UserError as `read_folder` does."""
    folder = folder_of(run)
    return {name: folder / name for name in read_folder(folder, join=run.join_splits)[1]["source"]}


def folder_of(run: Run) -> Path:
    """The folder of photographs of a run that reads one. Raises UserError where there is none."""
    if run.photographs is None:
        fetched = f" Or fetch those of the paper: `{hints.command('fetch')}`." if run.fetches else ""
        raise UserError(f"Profile {run.profile.name!r} reads photographs from a folder: name it with IMAGES=folder "
                        f"(make) or --images folder; it holds one subfolder for each class.{fetched}")
    return run.photographs


def are_gray(run: Run) -> bool:
    """Whether a run's photographs have no colour: the first one tells. False where there are none to look at."""
    if run.profile.simulated or run.photographs is None:
        return False
    try:
        images, _, _ = read_folder(run.photographs, join=run.join_splits)
        return next(images).ndim == 2
    except (OSError, UserError):  # said where the set is made
        return False


def _draw(per_class: int, side: int, seed: int) -> tuple[Iterator[NDArray[np.uint8]], pd.DataFrame, tuple[str, ...]]:
    """The simulated sample in the form of `read_folder`, drawn when its first image is asked for."""
    from paper_repro.simulated import sky_photographs

    def images() -> Iterator[NDArray[np.uint8]]:
        yield from sky_photographs.generate(per_class, side, seed)[0]

    rows = [(f"simulated/{name}/{i}", name) for name in paper.CLASS_NAMES for i in range(per_class)]
    return images(), _table(rows), paper.CLASS_NAMES


def _table(rows: list[tuple[str, str]]) -> pd.DataFrame:
    """The table of a set of photographs, of (source, label) rows."""
    return pd.DataFrame(rows, columns=["source", "label"]).rename_axis("id").reset_index()


def read_folder(folder: Path, *, join: bool = False
                ) -> tuple[Iterator[NDArray[np.uint8]], pd.DataFrame, tuple[str, ...]]:
    """The labelled photographs in `folder`: images, table (id, source relative to `folder`, label), classes.

    Each image is decoded when it is asked for, and raises UserError then if it can't be (see `read_image`).
    Raises UserError as `find_labelled`.
    """
    return _read(find_labelled(folder, join=join), folder)


def find_labelled(folder: Path, *, join: bool) -> Images:
    """The labelled photographs in `folder`. Raises UserError for fewer than two classes, and as `find_images` does."""
    found = find_images(folder, join=join)
    if not found.classes:
        only = "no class folders" if found.top == folder else f"only {found.top.relative_to(folder)}"
        raise UserError(f"{folder}: expected a folder of photographs with one subfolder for each of at least two "
                        f"classes, found {only}; check IMAGES= or --images.")
    return found


def _read(found: Images, folder: Path) -> tuple[Iterator[NDArray[np.uint8]], pd.DataFrame, tuple[str, ...]]:
    """What was found in the form of `read_folder`."""
    sources = [path.relative_to(folder).as_posix() for path in found.paths]
    return map(read_image, found.paths), _table(list(zip(sources, found.labels, strict=True))), found.classes


def to_gray(rgb: NDArray[np.uint8], arithmetic: Luma = "integer") -> NDArray[np.uint8]:
    """Luma (Eq. 6) of uint8 images [..., 3], truncated to 8 bit: uint8 [...]. White becomes 254.

    arithmetic: exact, or that of images of float32 in [0, 1], whose rounding puts a few values one lower.
    """
    if arithmetic == "float32":
        share = rgb.astype(np.float32) / np.float32(255)
        parts = [np.float32(weight) * share[..., i] for i, weight in enumerate(paper.LUMA)]
        return (np.float32(255) * (parts[0] + parts[1] + parts[2])).astype(np.uint8)
    red, green, blue = (weight * rgb[..., i].astype(np.uint32) for i, weight in enumerate(LUMA))
    return ((red + green + blue) // 10_000).astype(np.uint8)
