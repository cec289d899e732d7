"""Removing what runs wrote, and nothing else: only folders that bear the mark of a run are ever removed."""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from paper_repro.base import hashes, lock, usage
from paper_repro.base.errors import UserError
from paper_repro.base.files import TEMPORARY, write_text

MARK = ".made-by-paper-repro"
TEXT = "This folder was made by a run of paper_repro; `make clean` and `make distclean` may remove it.\n"
KINDS = ("data", "figures", "tables", "report")  # folders of profiles
MAY_STAND = {lock.NAME, "raw"}  # in a folder that a run takes over: files of archives may be put there by hand
NOTES = {MARK, lock.NAME, hashes.STORE, usage.NAME}  # what a run notes of itself, which is no result


def mark(folder: Path) -> None:
    """Make a folder of a run, and mark it as such.

    Raises UserError where a folder that no run has made stands in the place.
    """
    if (folder / MARK).is_file():
        return
    if folder.is_dir() and any(path.name not in MAY_STAND and not TEMPORARY.fullmatch(path.name)
                               for path in folder.iterdir()):
        raise UserError(f"{folder}: expected a folder made by a run, or none, found one with other files; move it "
                        "away, or choose another place for results with OUT= (--out).")
    write_text(folder / MARK, TEXT)


def _sweep(data: Path) -> None:
    """Remove the temporary files that killed runs left in a profile's folders, as nobody else is at work there."""
    for kind in KINDS:
        for folder, _, names in os.walk(data.parent.parent / kind / data.name):
            for name in filter(TEMPORARY.fullmatch, names):
                (Path(folder) / name).unlink(missing_ok=True)


def made_by_run(folder: Path) -> bool:
    """Whether a folder is one that runs write to: `data`, `figures` ... in the place for results."""
    return folder.name in KINDS and any(folder.glob(f"*/{MARK}"))


def profiles(out: Path) -> list[Path]:
    """The folders `data/<profile>` of all profiles that were run with this place for results."""
    return [mark.parent for mark in sorted((out / "data").glob(f"*/{MARK}"))]


@contextlib.contextmanager
def working(command: str, data: Path, *others: Path) -> Iterator[None]:
    """Hold the lock of a run's folder `data` while the block runs, with this and `others` made and marked.

    What killed runs left unfinished is swept away before, and what this one does after an error. Folders that are new
    and in which the block has left nothing go again. Raises UserError as `mark` and `lock.held`.
    """
    folders = (data, *others)
    new = [path for folder in folders for path in (folder, *folder.parents) if not path.exists()]
    mark(data)
    with lock.held(data, command):
        try:
            _sweep(data)
            for folder in others:
                mark(folder)
            yield
        except BaseException:
            _sweep(data)  # of threads that didn't come to an end
            raise
        finally:
            left = [folder for folder in folders if _holds_results(folder)]
            for folder in folders if not left else others:  # `data` has notes on what stands in the others
                if folder in new and folder not in left and folder.is_dir():
                    shutil.rmtree(folder)
            for path in sorted(new, reverse=True):
                if path.is_dir() and not any(path.iterdir()):
                    path.rmdir()


def _holds_results(folder: Path) -> bool:
    """Whether a run's folder holds anything but what a run notes of itself."""
    return any(path.name not in NOTES and (path.is_symlink() or not path.is_dir()) for path in folder.rglob("*"))


def claim(raw: Path, *names: str) -> None:
    """Note that a run is about to make these of `raw`; what stands there already is the user's and isn't noted."""
    new = [name for name in names if not (raw / name).exists() and name not in _claimed(raw)]
    if new:
        write_text(raw / MARK, "".join(f"{name}\n" for name in [*_claimed(raw), *new]))


def _claimed(raw: Path) -> list[str]:
    mark = raw / MARK
    # plain names: a damaged line leads nowhere else
    return [name for name in mark.read_text(encoding="utf-8", errors="replace").splitlines()
            if name.strip(".\0") and "/" not in name and "\0" not in name] if mark.is_file() else []


def clean(out: Path, profile: str) -> list[Path]:
    """Remove a profile's results, tables, figures and page; returns what was removed.

    Patches, trained encoders, features and downloads stay.
    """
    data = out / "data" / profile
    folders = [folder / profile for folder in (out / "figures", out / "tables", out / "report")]
    removed = [folder for folder in folders if _remove(folder, folder)]
    return [*removed, *([data / "results"] if _remove(data / "results", data) else [])]


def distclean(out: Path) -> list[Path]:
    """Remove everything that runs wrote below `out`, of all profiles: also encoders and downloads.

    Raw files that somebody put into `data/<profile>/raw` by hand stay.
    """
    removed = []
    for folder in [path.parent for kind in KINDS for path in sorted((out / kind).glob(f"*/{MARK}"))]:
        raw = folder / "raw"
        if folder.is_symlink():
            continue
        if raw.is_dir() and not raw.is_symlink():
            for path in (*(raw / name for name in _claimed(raw)), raw / MARK):
                _delete(path)
        if raw.exists() and (raw.is_symlink() or any(raw.iterdir())):
            for path in [path for path in folder.iterdir() if path != raw]:
                _delete(path)
        else:
            shutil.rmtree(folder)
        removed.append(folder)
    return removed


def _delete(path: Path) -> None:
    """Remove a file, a folder, or a link, but not what it points at."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _remove(folder: Path, marked: Path) -> bool:
    """Remove a folder if `marked` bears the mark; never what a link points at."""
    if not (marked / MARK).is_file() or folder.is_symlink() or not folder.is_dir():
        return False
    shutil.rmtree(folder)
    return True
