"""Labelled photographs of the sky as patch sets (Sect. 4.1): from a folder of images, or the simulated sample.

A folder has one subfolder per class, as Cloud-ImVN 1.0 (`A-Clear Sky/*.png`) and SWIMCAT (`A-sky/images/*.png`) have.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.folders import hidden
from paper_repro.base.provenance import Made
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.patches import dataset
from paper_repro.patches.image_files import images_below, natural, read_image, refuse_odd_names

# Both data sets start their folders' names with letters, but not the same ones (C is "thick dark" in SWIMCAT only):
# the words decide, all of them, so that "Cloudy sky" isn't taken for a clear one.
KNOWN = {
    "Clear sky": ({"clear"}, {"sky"}, {"clear", "sky"}),
    "Patterned": ({"pattern"}, {"patterned"}),
    "Veil": ({"veil"},),
    "Thin white": ({"thin", "white"},),
    "Thick white": ({"thick", "white"},),
    "Thick dark": ({"thick", "dark"},),
}
# Eq. 6 in ten-thousandths: in integers the truncation is exact.
LUMA = tuple(round(10_000 * weight) for weight in paper.LUMA)


def make_set(run: Run, name: str) -> Made:
    """Make the patch set `name` of a run's photographs: `photos-colour`, or `photos-gray`.

    The gray set is made from the colour set (Eq. 6), or of gray photographs as they are.
    Raises UserError for anything wrong with the photographs; a set that was there stays as it was.
    """
    if name == GRAY and not run.gray:
        colour = dataset.open_set(run.patches(COLOUR))
        images: Iterable[NDArray[np.uint8]] = map(to_gray, colour.images)
        table, classes = colour.table, colour.classes
    elif run.profile.simulated:
        source = run.profile.photographs
        images, table, classes = _draw(source.per_class, source.side, source.seed)
    else:
        try:
            images, table, classes = read_folder(folder_of(run))
        except OSError as error:
            raise UserError(f"{error.filename}: can't be read ({error.strerror}); repair or remove it.") from error
    about = dataset.save(run.patches(name), images, table)
    return Made({**about, "classes": list(classes), "images": len(table)})


def files_of(run: Run) -> dict[str, Path]:
    """The photographs that a run reads from a folder, by their names in it. Raises UserError as `read_folder` does."""
    folder = folder_of(run)
    return {name: folder / name for name in read_folder(folder)[1]["source"]}


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
        images, _, _ = read_folder(run.photographs)
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


def read_folder(folder: Path) -> tuple[Iterator[NDArray[np.uint8]], pd.DataFrame, tuple[str, ...]]:
    """Find the labelled photographs in `folder`: images, table (id, source relative to `folder`, label), classes.

    The class folders may stand below further folders that hold nothing else; their images (PNG, JPEG) may stand in
    subfolders. Hidden files and `__MACOSX` don't count. Classes of the paper come first, in its order and under its
    names; others follow alphabetically under their own; images in natural order of their names. Each image is decoded
    when it is asked for, and raises UserError then if it can't be (see `read_image`).
    Raises UserError for fewer than two classes, two folders of one class, a class with fewer than two images, a name
    that isn't UTF-8.
    """
    top = folder
    while len(found := subfolders(top)) == 1:
        top = found[0]
    if len(found) < 2:
        raise UserError(f"{folder}: expected a folder of photographs with one subfolder for each of at least two "
                        f"classes, found {'no subfolder' if top == folder else f'only {top.relative_to(folder)}'}; "
                        "check IMAGES= or --images.")
    folders: dict[str, Path] = {}
    for path in found:
        name = class_name(path.name)
        if name in folders:
            raise UserError(f"{folders[name]} and {path} both hold the class {name!r}; put their images together "
                            "or rename one.")
        folders[name] = path
    classes = (*(name for name in paper.CLASS_NAMES if name in folders),
               *sorted((name for name in folders if name not in paper.CLASS_NAMES), key=natural))
    paths = [(path, name) for name in classes for path in _images_of(folders[name])]
    refuse_odd_names(path for path, _ in paths)
    table = _table([(path.relative_to(folder).as_posix(), name) for path, name in paths])
    return map(read_image, [path for path, _ in paths]), table, classes


def subfolders(folder: Path) -> list[Path]:
    """The visible subfolders of `folder`, in natural order."""
    return sorted((path for path in folder.iterdir() if path.is_dir() and not hidden(path.name)),
                  key=lambda path: natural(path.name))


def _images_of(folder: Path) -> list[Path]:
    """The images of one class, in natural order. Raises UserError if there are fewer than two."""
    found = list(images_below(folder))
    if not found:
        raise UserError(f"{folder}: the class holds no PNG or JPEG image; put images there or remove the folder.")
    if len(found) == 1:
        raise UserError(f"{found[0]}: is the only image of its class, and a class needs at least two; "
                        f"add images to {folder} or remove the folder.")
    return sorted(found, key=lambda path: natural(path.relative_to(folder).as_posix()))


def class_name(folder_name: str) -> str:
    """The paper's name of the class that a folder's name means ("C-Thin White Clouds"), else the folder's name."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folder_name)
    words = {word.lower() for word in re.findall(r"[^\W\d_]+", spaced) if len(word) > 1}
    words -= {"cloud", "clouds"}
    return next((name for name, meanings in KNOWN.items() if words in meanings), folder_name)


def to_gray(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma (Eq. 6) of uint8 images [..., 3], truncated to 8 bit: uint8 [...]. White becomes 254."""
    red, green, blue = (weight * rgb[..., i].astype(np.uint32) for i, weight in enumerate(LUMA))
    return ((red + green + blue) // 10_000).astype(np.uint8)
