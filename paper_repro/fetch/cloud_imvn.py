"""Cloud-ImVN 1.0 (Truong Hoang 2020; Sect. 2.3) on the disk: six class folders of 350 images of 150 x 150 px, checked.

Whatever archive they came in, and whoever put them there.
"""

import contextlib
import fcntl
import shutil
import sys
import warnings
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from PIL import Image

from paper_repro import paper
from paper_repro.base.errors import UserError
from paper_repro.base.files import sha256_file
from paper_repro.base.folders import visible_files
from paper_repro.download import unpack
from paper_repro.download.ledger import Entry, Ledger

IMAGES, ARCHIVES = (".png", ".jpg", ".jpeg"), (".rar", ".zip")
PER_CLASS = paper.IMAGES_PER_CLASS
SIZE = (paper.IMAGE_SIDE_PX, paper.IMAGE_SIDE_PX)
FOLDER = "Cloud-ImVN 1.0"  # where the archive has none
MOST_BYTES, MOST_MEMBERS = 1 << 30, 20_000  # the set has about 80 MB in 2100 images


def local(root: Path, ledger: Ledger) -> Path | None:
    """The photographs that are below `root` already, unpacked or in an archive, which is unpacked; None without any.

    Says why an archive that is there is of no use. Raises UserError if class folders are there and are not what they
    should be.
    """
    folder = class_root(root)
    if folder is not None:
        return enter(folder, check(folder), "", ledger)
    for archive in sorted(root.glob("*.*")):
        if archive.suffix.lower() in ARCHIVES and archive.is_file():
            entry = ledger.get(archive)
            try:
                return enter(*unpacked(archive, root), entry.url if entry else "", ledger)
            except UserError as error:  # then it is fetched
                print(f"note: {error}", file=sys.stderr, flush=True)
    return None


def class_root(folder: Path) -> Path | None:
    """The folder with the class folders: `folder`, or one below it that stands alone; None if there are no images."""
    while True:
        below = _visible_folders(folder)
        if len(below) != 1:
            break
        folder = below[0]
    return folder if any(map(_images, below)) else None


def check(folder: Path) -> dict[Path, str]:
    """The SHA-256 of each image in the class folders. Raises UserError unless they are 6 x 350 images of 150 x 150."""
    counts = {class_folder.name: len(_images(class_folder)) for class_folder in _visible_folders(folder)}
    if sorted(counts.values()) != [PER_CLASS] * len(paper.CLASS_NAMES):
        shown = ", ".join(f"{name}: {count}" for name, count in list(counts.items())[:10]) or "none"
        raise UserError(f"{folder}: expected the {len(paper.CLASS_NAMES)} class folders of Cloud-ImVN 1.0 with "
                        f"{PER_CLASS} images each, found {shown}; delete it, and it is made again.")
    hashes = {}
    for path in [path for class_folder in _visible_folders(folder) for path in _images(class_folder)]:
        try:
            with (warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning),  # refused below
                  Image.open(path, formats=("PNG", "JPEG")) as image):
                size = image.size
                if size == SIZE:
                    image.load()
        except Exception as error:  # Pillow raises many kinds, depending on where the file is broken
            raise UserError(f"{path}: expected an image of Cloud-ImVN 1.0, which can't be read ({error}); delete its "
                            "folder, and it is made again.") from error
        if size != SIZE:
            raise UserError(f"{path}: expected an image of {SIZE[0]} x {SIZE[1]} px, as Cloud-ImVN 1.0 has, found "
                            f"{size[0]} x {size[1]}; delete its folder, and it is made again.")
        hashes[path] = sha256_file(path)
    return hashes


def enter(folder: Path, hashes: Mapping[Path, str], url: str, ledger: Ledger) -> Path:
    """Enter the images that are new; returns `folder`. Raises UserError for one that isn't what was entered before."""
    fresh = []
    for path, sha256 in hashes.items():
        known, stat = ledger.get(path), path.stat()
        if known and known.sha256 != sha256:
            raise UserError(f"{path}: expected sha256 {known.sha256}, as the ledger has it, found {sha256}; delete "
                            f"{folder}, and it is made again.")
        if known is None:
            fresh.append(Entry(url or path.as_uri(), ledger.name(path), stat.st_size, sha256, "members of the set",
                               f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", stat.st_mtime_ns))
    ledger.add(*fresh)
    return folder


def unpacked(archive: Path, root: Path) -> tuple[Path, dict[Path, str]]:
    """Unpack an archive, also one in a zip, and give the checked class folders their place below `root`.

    Returns the folder and the SHA-256 of each image. Raises UserError where the archive isn't the one expected.
    """
    with _stage(root) as stage:
        places = [stage / "0"]
        outer = unpack.extract(archive, places[0], _wanted, MOST_BYTES, MOST_MEMBERS)
        room = MOST_BYTES - sum(path.stat().st_size for path in outer)
        for path in (path for path in outer if path.suffix.lower() in ARCHIVES):
            places.append(stage / str(len(places)))
            room -= sum(path.stat().st_size for path in unpack.extract(path, places[-1], _wanted, room, MOST_MEMBERS))
        source = next(filter(None, map(class_root, filter(Path.is_dir, places))), None)
        if source is None:
            raise UserError(f"{archive}: expected the images of Cloud-ImVN 1.0 in it, found none; delete it.")
        return _placed(source, FOLDER if source in places else source.name, root, archive)


def copied(folder: Path, root: Path) -> tuple[Path, dict[Path, str]]:
    """Copy class folders and give them their place below `root`; returns what `unpacked` does. Raises UserError."""
    with _stage(root) as stage:
        source = stage / FOLDER
        for path in (path for class_folder in _visible_folders(folder) for path in _images(class_folder)):
            target = source / path.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
        return _placed(source, FOLDER, root, folder)


def _placed(source: Path, name: str, root: Path, origin: Path) -> tuple[Path, dict[Path, str]]:
    """Check class folders and move them to `root / name` in one step."""
    target = root / name
    try:
        hashes = check(source)
    except UserError as error:
        raise UserError(f"{origin}: is not Cloud-ImVN 1.0 ({str(error).replace(f'{source}', name)})") from error
    if target.exists():
        raise UserError(f"{target}: is in the way of the photographs of {origin}; move it away.")
    source.rename(target)
    return target, {target / path.relative_to(source): sha256 for path, sha256 in hashes.items()}


def holds_photographs(archive: Path) -> None:
    """The reader's check of an archive. Raises UserError."""
    if not any(_wanted(member.name) for member in unpack.members(archive)):
        raise UserError(f"{archive}: expected images, or an archive of images, in it, found none.")


def _visible(name: str) -> bool:
    """Whether no part of a path is hidden, or what macOS puts into archives."""
    return not any(part.startswith(".") or part == "__MACOSX" for part in Path(name).parts)


def _wanted(name: str) -> bool:
    return _visible(name) and name.lower().endswith((*IMAGES, *ARCHIVES))


def _visible_folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir() and _visible(path.name))


def _images(folder: Path) -> list[Path]:
    """The images of one class, in any subfolder."""
    return sorted(path for path in visible_files(folder) if path.suffix.lower() in IMAGES and path.is_file())


@contextlib.contextmanager
def _stage(root: Path) -> Iterator[Path]:
    """A hidden folder of `root` that is empty, and gone afterwards."""
    stage = root / ".photographs"
    shutil.rmtree(stage, ignore_errors=True)  # of a killed process
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextlib.contextmanager
def alone(root: Path) -> Iterator[None]:
    """One process at a time; a second one waits, and finds what the first has made."""
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
