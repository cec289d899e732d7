"""Any folder of images as a patch set: one subfolder per class, all in one folder, or a patch set as it is."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json
from paper_repro.base.hashes import Hashes
from paper_repro.base.provenance import Made
from paper_repro.base.run import Run
from paper_repro.patches import dataset
from paper_repro.patches.image_files import read_image
from paper_repro.patches.image_folder import find_images, tell
from paper_repro.simulated import mark

LONGEST = 80  # letters of a set's name: files called after it have more


@dataclass(frozen=True, eq=False)
class Found:
    """What a folder holds, before an image is decoded.

    images: one per row of `table` (id, source, with classes also label), as `dataset.save` takes them; classes: names
    in order, () without labels; files: those that decide the images, by their names in the folder; others: how many
    files are no images, by suffix; deeper: how many images lie in folders below that of their class; simulated,
    notes: of a patch set.
    """

    folder: Path
    images: Iterable[NDArray[np.uint8]]
    table: pd.DataFrame
    classes: tuple[str, ...]
    files: dict[str, Path]
    others: Counter[str] = field(default_factory=Counter)
    simulated: bool = False
    notes: tuple[str, ...] = ()
    deeper: int = 0

    @property
    def name(self) -> str:
        """The set's name (see `name_for`)."""
        return name_for(self.folder)


def name_for(path: Path) -> str:
    """A folder's own name in lower-case letters, digits, `-` and `_`, as long as file names may be; a file's likewise.

    "images" where nothing is left of it.
    """
    real = path.resolve()
    name = real.stem if real.is_file() else real.name
    return re.sub(r"[^a-z0-9_]+", "-", name.lower())[:LONGEST].strip("-") or "images"


def find(folder: Path, *, join: bool = False) -> Found:
    """Find the images in `folder`: with classes or without (see `image_folder.find_images`), or a patch set.

    Raises UserError for no folder, and what `find_images` or `dataset.open_set` refuse.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: expected a folder of images, found {regular.kind_found(folder)}; check "
                        "the name.")
    if (folder / dataset.IMAGES).is_file():
        made = dataset.open_set(folder)
        present = set(made.table["label"]) if made.classes else set()
        classes = tuple(name for name in made.classes if name in present)
        files = {name: folder / name for name in (dataset.IMAGES, dataset.TABLE)}
        return Found(folder, made.images, made.table, classes, files, simulated=bool(made.provenance["simulated"]),
                     notes=tuple(made.provenance["notes"]))
    found = find_images(folder, join=join)
    table = pd.DataFrame({"id": range(len(found.paths)),
                          "source": [path.relative_to(found.top).as_posix() for path in found.paths]})
    if found.classes:
        table["label"] = found.labels
    files = {path.relative_to(folder).as_posix(): path for path in found.paths}
    return Found(folder, map(read_image, found.paths), table, found.classes, files, found.others, deeper=found.deeper)


def make_set(run: Run, folder: Path) -> Made:
    """Make the patch set of the images in a folder; files left out for their names are counted on standard error.

    Raises UserError for an image that can't be read or has another size or number of channels than the first; what
    was there stays as it was.
    """
    found = find(folder, join=run.join_splits)
    check_free(run, found)  # again, for now nobody else can take the name
    tell(folder, found.others, found.deeper)
    of_sample: list[bool] = []
    about = dataset.save(run.patches(found.name), mark.noticed(found.images, of_sample), found.table)
    simulated = found.simulated or any(of_sample) or any(mark.is_marked(path) for path in found.files.values())
    extra = {**about, "classes": list(found.classes), "folder": str(folder.resolve()), "images": len(found.table),
             "left_out": dict(found.others)}
    return Made(extra, notes=found.notes, simulated=simulated)


def refuse_damaged(folder: Path) -> NoReturn:
    """Raise UserError for a patch set that is no longer what was written, and that can't be made from anything else."""
    raise UserError(f"{folder}: expected the patch set that its {dataset.PROVENANCE} tells of, found other files; put "
                    "them back as they were, or take the set away and name the folder of images it was made of.")


def check_free(run: Run, found: Found) -> None:
    """Raise UserError if the run already has a set of that name from another folder, unless that one has moved here."""
    before = read_json(run.patches(found.name) / dataset.PROVENANCE) or {}
    folder = found.folder.resolve()
    other = Path(str(before.get("folder", folder)))
    inputs = before.get("inputs")
    if other == folder or (not other.is_dir() and isinstance(inputs, dict)
                           and inputs.get("images") == Hashes(None).files(found.files)):
        return
    raise UserError(f"{found.folder}: {run.patches(found.name)} holds the images of another folder of that name, "
                    f"{other}; rename one of the two, or choose another place for the results with --out.")
