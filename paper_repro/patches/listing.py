"""The list of a run's patch sets, `patches/index.csv`, and whether a set is what it would be if made again."""

import os
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from paper_repro.base.errors import UserError
from paper_repro.base.files import write_csv
from paper_repro.base.provenance import Provenance
from paper_repro.base.run import GRAY, PHOTO_SETS, Run
from paper_repro.patches import dataset
from paper_repro.patches.dataset import PatchSet

COLUMNS = ("set", "images", "side_px", "classes", "sha256")


def up_to_date(folder: Path, provenance: Provenance) -> bool:
    """Whether the set in `folder` is whole and made by the same code of the same input."""
    if provenance.why_stale(folder / dataset.PROVENANCE):
        return False
    try:
        dataset.open_set(folder)
    except UserError:
        return False
    return True


def write(run: Run, made: Mapping[str, PatchSet]) -> None:
    """Write the list, by name: the sets just `made`, and those that it had before and that are still there.

    Where photographs were made, those are all there are. Where none were made, the file keeps its time, or gets the
    oldest, since for make the photographs are as old as before.
    """
    path = run.patches("index.csv")
    found = dict(made)
    for name in pd.read_csv(path)["set"] if path.is_file() else ():
        if name not in made and not (name in PHOTO_SETS and GRAY in made) and (kept := _opened(run.patches(name))):
            found[name] = kept
    stamp = path.stat().st_mtime_ns if path.is_file() else 0
    rows = [(name, len(one), one.side, len(one.classes), one.sha256) for name, one in sorted(found.items())]
    write_csv(path, pd.DataFrame(rows, columns=list(COLUMNS)))
    if not any(name in made for name in PHOTO_SETS):
        os.utime(path, ns=(stamp, stamp))


def _opened(folder: Path) -> PatchSet | None:
    try:
        return dataset.open_set(folder)
    except UserError:
        return None
