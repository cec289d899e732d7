"""Whether files that were fetched are still what they were: pairs, versions, headers, hashes; no archive is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from paper_repro.base import hints
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.folders import files_below
from paper_repro.base.instruments import entry
from paper_repro.base.progress import Progress
from paper_repro.base.run import Run
from paper_repro.clustering import duplicates
from paper_repro.download.ledger import Ledger
from paper_repro.experiments.settings import THRESHOLDS
from paper_repro.fetch import plan as plans
from paper_repro.fetch.images import is_there
from paper_repro.observations import registry
from paper_repro.observations.instrument import Instrument
from paper_repro.observations.observation import ReaderError
from paper_repro.patches.photographs import read_folder
from paper_repro.patches.thumbnails import thumbnails_of

MOST = 10_000  # photographs that are compared with each other here, in two minutes; the time grows with their square


@dataclass(frozen=True)
class Damage:
    """What is wrong with a file, and what to do; path: relative to the folder that is checked."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def check(run: Run) -> None:
    """Check all files of a run's archives; say what is wrong, and which photographs are nearly the same.

    Raises UserError if anything is wrong, or nothing is there.
    """
    damages: list[Damage] = []
    counted = 0
    for instrument, record in registry.instruments().items():
        root = run.archive(instrument)
        if root.is_dir() and any(one.instrument == instrument for one in run.venus_sets):
            names = products(root, record)
            counted += len(names)
            named = entry(instrument).camera in run.folders
            damages += [Damage(f"{root.name}/{one.path}", one.what)
                        for one in images(root, record, names, None if named else run.raw / "plan")]
    entries = Ledger(run.raw).entries()
    damages += hashes(run.raw)
    photographs = near_identical(run)
    if not counted and not entries and not photographs:
        raise UserError(f"{run.raw}: expected files to check, found none; fetch them with "
                        f"`{hints.command('fetch')}`.")
    for damage in damages:
        print(damage)
    for line in photographs:
        print(line)
    print(f"checked: {counted} files of images, {len(entries)} files in the ledger")
    if damages:
        things = "thing is" if len(damages) == 1 else "things are"
        raise UserError(f"{len(damages)} {things} wrong with the files below {run.raw}, such as {damages[0]}. Do what "
                        f"the lines above say, then run `{hints.command('fetch')}`: it fetches what is missing.")


def near_identical(run: Run) -> list[str]:
    """How many of a run's photographs nearly equal others, a line for each threshold; none without photographs.

    By their thumbnails alone, since features take minutes: `make duplicates` has both, and what rests on them.
    """
    if run.photographs is None or run.profile.simulated:
        return []
    try:
        images, table, _ = read_folder(run.photographs)
        if len(table) > MOST:
            return [f"photographs: {len(table)} images; only up to {MOST} are compared with each other here "
                    f"(`{hints.command('run', 'duplicates')}` compares any number)"]
        rows = thumbnails_of(images, table["source"])
    except (OSError, UserError) as error:
        return [f"photographs: not compared with each other: {error}"]
    near = duplicates.pairs(rows, max(THRESHOLDS["thumbnails"]))
    lines = [f"photographs: {len(table)} images; nearly the same as another, by thumbnails, in any of the eight "
             f"symmetries (`{hints.command('run', 'duplicates')}` tells what rests on them):"]
    for threshold in THRESHOLDS["thumbnails"]:
        sizes = np.bincount(duplicates.groups(near, threshold))
        lines.append(f"  at most {threshold:g} gray levels apart: {(sizes > 1).sum()} groups of together "
                     f"{sizes[sizes > 1].sum()} images, the largest of {sizes.max()}; one a group leaves {len(sizes)}")
    return lines


def products(root: Path, record: Instrument) -> list[str]:
    """Images and geometry files below a folder; relative paths."""
    return [path.relative_to(root).as_posix() for path in files_below(root) if record.product(path.name)]


def images(root: Path, record: Instrument, names: list[str], plan: Path | None) -> Iterator[Damage]:
    """What is wrong with the files of one archive; `plan`: folder of the plan that says what should be there."""
    kinds = {name: kind for name in names if (kind := record.product(name))}
    chosen = record.choose(names)
    for image, geometry in chosen:
        if geometry is None:
            yield Damage(image, "its geometry is missing; fetch again, or delete the image")
    of_pairs = {path for pair in chosen for path in pair}
    wanted = {kinds[image][0]: image for image, _ in chosen}
    for name, (key, is_geometry) in kinds.items():
        if name not in of_pairs and key not in wanted:
            yield Damage(name, "its image is missing; fetch again, or delete the geometry")
        elif name not in of_pairs:
            what = "geometry that belongs to no image" if is_geometry else "another version"
            yield Damage(name, f"{what}, beside {wanted[key]}; delete it")
    if plan is not None:
        for one in plans.read(record.name, plan).files:
            if not (root / one.path).is_file():
                yield Damage(one.path, "planned, and missing; fetch again")
            elif not is_there(root, one):
                yield Damage(one.path, f"expected {one.bytes} bytes as the archive has, found "
                                       f"{(root / one.path).stat().st_size}; delete it and fetch again")
    progress = Progress(f"{record.name} headers", len(kinds), "files")
    for name, (_, is_geometry) in kinds.items():
        try:
            record.check(root / name, geometry=is_geometry)
        except ReaderError as error:
            at = "" if error.offset is None else f"byte {error.offset}: "
            yield Damage(name, f"{at}{error.reason}; delete it and fetch again")
        progress.step()


def hashes(raw: Path) -> Iterator[Damage]:
    """Files that aren't what the ledger says, whatever archive they are of."""
    entries = Ledger(raw).entries()
    progress = Progress("hashes", sum(one.bytes for one in entries), "bytes")
    for one in entries:
        path = raw / one.path
        if not path.is_file():
            yield Damage(one.path, "in the ledger, and missing; fetch again")
        elif (found := sha256_file(path)) != one.sha256:
            yield Damage(one.path, f"expected sha256 {one.sha256}, as when it was fetched, found {found}; delete it "
                                   "and fetch again")
        progress.step(one.bytes)
