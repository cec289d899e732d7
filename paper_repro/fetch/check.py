"""Whether files that were fetched are still what they were: pairs, versions, headers, hashes; no archive is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.profile import INSTRUMENTS, Instrument
from paper_repro.base.progress import Progress
from paper_repro.base.run import Run
from paper_repro.download.ledger import Ledger
from paper_repro.fetch import plan as plans
from paper_repro.fetch.images import is_there
from paper_repro.observations.observation import ReaderError, walk


@dataclass(frozen=True)
class Damage:
    """What is wrong with a file, and what to do; path: relative to the folder that is checked."""

    path: str
    what: str

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"


def check(run: Run) -> None:
    """Check all files of a run's archives; say what is wrong. Raises UserError if anything is, or nothing is there."""
    damages: list[Damage] = []
    counted = 0
    for instrument in INSTRUMENTS:
        root = run.archive(instrument)
        if root.is_dir() and any(one.instrument == instrument for one in run.venus_sets):
            names = products(root, instrument)
            counted += len(names)
            named = getattr(run, instrument) is not None
            damages += [Damage(f"{root.name}/{one.path}", one.what)
                        for one in images(root, instrument, names, None if named else run.raw / "plan")]
    entries = Ledger(run.raw).entries()
    damages += hashes(run.raw)
    if not counted and not entries:
        raise UserError(f"{run.raw}: expected files to check, found none; fetch them with make fetch PROFILE=paper.")
    for damage in damages:
        print(damage)
    print(f"checked: {counted} files of images, {len(entries)} files in the ledger")
    if damages:
        things = "thing is" if len(damages) == 1 else "things are"
        raise UserError(f"{len(damages)} {things} wrong with the files below {run.raw}, as {damages[0]}. Do what it "
                        "says, then run make fetch PROFILE=paper: it brings what is missing.")


def products(root: Path, instrument: Instrument) -> list[str]:
    """Images and geometry files below a folder; relative paths."""
    reader = plans.reader_of(instrument)
    return [path.relative_to(root).as_posix() for path in walk(root) if reader.product(path.name)]


def images(root: Path, instrument: Instrument, names: list[str], plan: Path | None) -> Iterator[Damage]:
    """What is wrong with the files of one archive; `plan`: folder of the plan that says what should be there."""
    reader = plans.reader_of(instrument)
    chosen = reader.choose(names)
    for image, geometry in chosen:
        if geometry is None:
            yield Damage(image, "its geometry is missing; fetch again, or delete the image")
    of_pairs = {path for pair in chosen for path in pair}
    wanted = {reader.product(image)[0]: image for image, _ in chosen}
    for name in names:
        key, is_geometry = reader.product(name)
        if name not in of_pairs and key not in wanted:
            yield Damage(name, "its image is missing; fetch again, or delete the geometry")
        elif name not in of_pairs:
            what = "geometry that belongs to no image" if is_geometry else "another version"
            yield Damage(name, f"{what}, beside {wanted[key]}; delete it")
    if plan is not None:
        for one in plans.read(instrument, plan).files:
            if not (root / one.path).is_file():
                yield Damage(one.path, "planned, and missing; fetch again")
            elif not is_there(root, one):
                yield Damage(one.path, f"expected {one.bytes} bytes as the archive has, found "
                                       f"{(root / one.path).stat().st_size}; delete it and fetch again")
    progress = Progress(f"{instrument} headers", len(names), "files")
    for name in names:
        try:
            reader.check(root / name, geometry=reader.product(name)[1])
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
