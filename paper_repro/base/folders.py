"""The files below a folder that the user names."""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from paper_repro.base import regular
from paper_repro.base.cleaning import made_by_run
from paper_repro.base.errors import UserError

# put beside the files by the systems that copied or showed them; none is a second copy of anything
COMPANIONS = frozenset({"@eaDir", "__MACOSX", "Thumbs.db", "desktop.ini"})
MOST_DEPTH = 64  # folders in one another, below the one named
MOST_ENTRIES = 5_000_000  # files and folders, several times what the archives have


class _Count:
    """How much has been found below a folder."""

    def __init__(self, root: Path) -> None:
        self.root, self.entries = root, 0

    def more(self, folder: Path, entries: int) -> None:
        """Count what is in a folder. Raises UserError past a limit."""
        self.entries += entries
        if self.entries > MOST_ENTRIES:
            raise UserError(f"{self.root}: expected at most {MOST_ENTRIES} files and folders, found more; name a "
                            "smaller folder.")
        if len(folder.parts) - len(self.root.parts) > MOST_DEPTH:
            raise UserError(f"{self.root}: expected at most {MOST_DEPTH} folders in one another, found more, down to "
                            f"{folder.name}; name a folder further down.")


def visible_files(folder: Path) -> Iterator[Path]:
    """All files in a folder and in those below it, in no order; hidden ones and COMPANIONS left out.

    Linked files count, links to folders aren't followed. Raises OSError for a folder that can't be listed, UserError
    past the limits above.
    """
    count, todo = _Count(folder), [folder]
    while todo:
        here = todo.pop()
        entries = _entries(here)
        count.more(here, len(entries))
        todo += [here / entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        yield from (path for entry in entries if not (path := here / entry.name).is_dir())


def files_below(root: Path, again: list[tuple[Path, Path]] | None = None) -> list[Path]:
    """All files below `root`, sorted folder by folder; hidden ones and those in COMPANIONS are left out.

    So is what runs have written there. Linked folders and files are followed, each once: what also stands below `root`
    itself is found there and not by a link, and of several links to the same the first by name counts; links to folders
    above their own lead round. again: receives each link that doesn't count, those that lead round aside, with the path
    by which what it leads to counts. Raises UserError where there is no such folder, or a folder that can't be listed,
    and past the limits above.
    """
    if not root.is_dir():
        raise UserError(f"{root}: expected a folder of files, found {regular.kind_found(root)}; check its "
                        "name.")
    real_root = Path(os.path.realpath(root))
    folders = {str(real_root): root, **{str(above): above for above in real_root.parents}}
    files: dict[str, Path] = {}
    links: list[Path] = []
    starts, count = [root], _Count(root)
    while starts:
        # all that stands below the folders themselves comes before anything that a link leads to
        for start in starts:
            links += _walk(start, folders, files, count)
        starts, found = [], sorted(links, key=lambda path: path.parts)
        links = []
        for path in found:
            real = os.path.realpath(path)
            if path.is_dir() and real not in folders:
                folders[real] = path
                starts.append(path)
                continue
            counts = folders[real] if path.is_dir() else files.setdefault(real, path)
            if again is not None and counts != path and not Path(os.path.realpath(path.parent)).is_relative_to(real):
                again.append((path, counts))
    return sorted(files.values())


def _walk(start: Path, folders: dict[str, Path], files: dict[str, Path], count: _Count) -> list[Path]:
    """Enter the files and folders below a folder by where they really are; returns the links among them."""
    links: list[Path] = []
    todo = [(start, os.path.realpath(start).rstrip("/"))]
    while todo:
        folder, here = todo.pop()
        try:
            entries = _entries(folder)
        except OSError as error:
            raise UserError(f"{folder}: can't be listed ({error.strerror}); make the folder readable, or name another "
                            "one.") from error
        count.more(folder, len(entries))
        for entry in entries:
            path, real = folder / entry.name, f"{here}/{entry.name}"
            if entry.is_symlink():
                links.append(path)
            elif not entry.is_dir(follow_symlinks=False):
                files.setdefault(real, path)
            elif real not in folders and not made_by_run(path):
                folders[real] = path
                todo.append((path, real))
    return links


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What is in a folder, but for hidden things and COMPANIONS."""
    with os.scandir(folder) as listing:
        return [entry for entry in itertools.islice(listing, MOST_ENTRIES + 1) if not hidden(entry.name)]


def hidden(name: str) -> bool:
    """Whether a file or folder of this name is none of the user's."""
    return name.startswith(".") or name in COMPANIONS
