"""Any folder of images as a patch set: one subfolder per class, all in one folder, or a patch set as it is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.patches import dataset
from paper_repro.patches.image_files import images_below, is_image, natural, read_image, refuse_odd_names
from paper_repro.patches.photographs import read_folder, subfolders


@dataclass(frozen=True, eq=False)
class Found:
    """What a folder holds, before an image is decoded.

    images: one a row of `table` (id, source, with classes also label), as `dataset.save` takes them; classes: names in
    order, () without labels; files: those that decide the images, by their names in the folder; simulated, notes: of a
    patch set.
    """

    folder: Path
    images: Iterable[NDArray[np.uint8]]
    table: pd.DataFrame
    classes: tuple[str, ...]
    files: dict[str, Path]
    simulated: bool = False
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The set's name: the folder's own in lower-case letters, digits, `-` and `_`."""
        return re.sub(r"[^a-z0-9_]+", "-", self.folder.resolve().name.lower()).strip("-") or "images"


def find(folder: Path) -> Found:
    """Find the images in `folder`: class by class (see `photographs.read_folder`), without labels, or a patch set.

    Images stand in subfolders, one a class, or all in one folder; either may stand below further folders that hold
    nothing else. Hidden files, `__MACOSX` and whatever isn't called PNG or JPEG don't count.
    Raises UserError for no folder or no image, images both beside and in subfolders, or what `read_folder` or
    `dataset.open_set` refuse.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: expected a folder of images, found {'a file' if folder.exists() else 'nothing'}; "
                        "check the name.")
    if (folder / dataset.IMAGES).is_file():
        made = dataset.open_set(folder)
        present = set(made.table["label"]) if made.classes else set()
        classes = tuple(name for name in made.classes if name in present)
        files = {name: folder / name for name in (dataset.IMAGES, dataset.TABLE)}
        return Found(folder, made.images, made.table, classes, files, bool(made.provenance["simulated"]),
                     tuple(made.provenance["notes"]))
    try:
        return _read(folder)
    except OSError as error:
        raise UserError(f"{error.filename}: can't be read ({error.strerror}); repair or remove it.") from error


def make_set(run: Run, folder: Path) -> Made:
    """Make the patch set of the images in a folder.

    Raises UserError for an image that can't be read or has another size or number of channels than the first; what
    was there stays as it was.
    """
    found = find(folder)
    about = dataset.save(run.patches(found.name), found.images, found.table)
    extra = {**about, "classes": list(found.classes), "folder": str(folder.resolve()), "images": len(found.table)}
    return Made(extra, notes=found.notes, simulated=found.simulated)


def refuse_damaged(folder: Path) -> NoReturn:
    """Raise UserError for a patch set that is no longer what was written, and that can't be made from anything else."""
    raise UserError(f"{folder}: expected the patch set that its {dataset.PROVENANCE} tells of, found other files; put "
                    "them back as they were, or take the set away and name the folder of images it was made of.")


def check_free(run: Run, found: Found) -> None:
    """Raise UserError if the run already has a set of that name from another folder, which is still there."""
    before = read_json(run.patches(found.name) / dataset.PROVENANCE) or {}
    folder = found.folder.resolve()
    other = Path(before.get("folder", folder))
    if other != folder and other.is_dir():
        raise UserError(f"{found.folder}: {run.patches(found.name)} holds the images of another folder of that name, "
                        f"{other}; rename one of the two, or choose another place for the results with --out.")


def _read(folder: Path) -> Found:
    """The image files of a folder."""
    top = folder
    while True:
        here = sorted(filter(is_image, top.iterdir()), key=lambda path: natural(path.name))
        below = [first for path in subfolders(top) if (first := min(images_below(path), default=None))]
        if here or len(below) != 1:
            break
        top /= below[0].relative_to(top).parts[0]
    if here and below:
        raise UserError(f"{top}: expected images either in the folder itself or in one subfolder per class, found "
                        f"{here[0].name} and {below[0].relative_to(top)}; move one or the other away.")
    if below:
        images, table, classes = read_folder(top)
    elif here:
        images, classes = map(read_image, here), ()
        table = pd.DataFrame({"id": range(len(here)), "source": [path.name for path in here]})
    else:
        raise UserError(f"{folder}: expected PNG or JPEG images, found none; name the folder that holds them.")
    paths = [top / source for source in table["source"]]
    refuse_odd_names(paths)
    return Found(folder, images, table, classes, {path.relative_to(folder).as_posix(): path for path in paths})
