"""Labelled photographs of the sky as patch sets (Sect. 4.1): from a folder of images, or the simulated sample.

A folder has one subfolder per class, as Cloud-ImVN 1.0 (`A-Clear Sky/*.png`) and SWIMCAT (`A-sky/images/*.png`) have.
"""

import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from PIL import Image

from paper_repro import paper
from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.provenance import Made
from paper_repro.base.run import COLOUR, GRAY, Run
from paper_repro.patches import dataset

SUFFIXES = (".png", ".jpg", ".jpeg")
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


def refuse_odd_names(paths: Iterable[Path]) -> None:
    """Raise UserError for a name that isn't in UTF-8."""
    for path in paths:
        if str(path).encode(errors="replace").decode() != str(path):
            raise UserError(f"{str(path)!a}: the name is not in UTF-8, so it can't be written to a table; rename it.")


def hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of the user's images."""
    return name.startswith(".") or name == "__MACOSX"


def subfolders(folder: Path) -> list[Path]:
    """The visible subfolders of `folder`, in natural order."""
    return sorted((path for path in folder.iterdir() if path.is_dir() and not hidden(path.name)),
                  key=lambda path: natural(path.name))


def _images_of(folder: Path) -> list[Path]:
    """The images of one class, in natural order. Raises UserError if there are fewer than two."""
    found = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and not path.is_dir()
             and not any(hidden(part) for part in path.relative_to(folder).parts)]
    if not found:
        raise UserError(f"{folder}: the class holds no PNG or JPEG image; put images there or remove the folder.")
    if len(found) == 1:
        raise UserError(f"{found[0]}: is the only image of its class, and a class needs at least two; "
                        f"add images to {folder} or remove the folder.")
    return sorted(found, key=lambda path: natural(path.relative_to(folder).as_posix()))


def natural(name: str) -> tuple[list[str | int], str]:
    """Sort key that puts `a2` before `a10`, capital or not."""
    parts = re.split(r"(\d+)", name)
    return [int(part) if i % 2 else part.casefold() for i, part in enumerate(parts)], name


def class_name(folder_name: str) -> str:
    """The paper's name of the class that a folder's name means ("C-Thin White Clouds"), else the folder's name."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", folder_name)
    words = {word.lower() for word in re.findall(r"[^\W\d_]+", spaced) if len(word) > 1}
    words -= {"cloud", "clouds"}
    return next((name for name, meanings in KNOWN.items() if words in meanings), folder_name)


def read_image(path: Path) -> NDArray[np.uint8]:
    """Read a PNG or JPEG image: uint8 [H, W] where it is gray, [H, W, 3] where it has colour (or a palette).

    Raises UserError if it is unreadable or cut short, has more than 8 bits a channel or transparent pixels.
    """
    try:
        data = path.read_bytes()
        image = Image.open(io.BytesIO(data), formats=("PNG", "JPEG"))
        image.load()
    except Exception as error:  # Pillow raises many kinds, depending on where the file is broken
        raise UserError(f"{path}: expected a PNG or JPEG image, which can't be read "
                        f"({str(error) or type(error).__name__}); replace or remove it.") from error
    bits = data[24] if image.format == "PNG" else 8  # Pillow cuts 16-bit colour to 8 without a word
    if bits > 8 or image.mode not in {"1", "L", "LA", "P", "RGB", "RGBA"}:
        raise UserError(f"{path}: expected 8-bit gray or RGB, found {bits} bits in mode {image.mode}; convert it.")
    if image.mode in {"L", "RGB"} and "transparency" not in image.info:
        return np.asarray(image)
    rgba = np.asarray(image.convert("RGBA"))
    if rgba[..., 3].min() < 255:
        raise UserError(f"{path}: expected an opaque image, found transparent pixels; flatten it.")
    return rgba[..., 0] if image.mode in {"1", "L", "LA"} else rgba[..., :3]


def to_gray(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma (Eq. 6) of uint8 images [..., 3], truncated to 8 bit: uint8 [...]. White becomes 254."""
    red, green, blue = (weight * rgb[..., i].astype(np.uint32) for i, weight in enumerate(LUMA))
    return ((red + green + blue) // 10_000).astype(np.uint8)
