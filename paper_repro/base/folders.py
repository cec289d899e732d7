"""The files below a folder that the user names, links followed."""

import os
from pathlib import Path

from paper_repro.base.errors import UserError

# put beside the files by the systems that copied them; what is in there is no second copy of anything
COMPANIONS = frozenset({"@eaDir", "__MACOSX"})


def files_below(root: Path) -> list[Path]:
    """All files below `root`, sorted folder by folder; hidden ones and those in COMPANIONS are left out.

    Linked folders and files are followed, each once: what also stands below `root` itself is found there and not by a
    link, and of several links to the same the first by name counts. Raises UserError where there is no such folder, or
    a folder that can't be listed.
    """
    if not root.is_dir():
        raise UserError(f"{root}: expected a folder of files, found {'a file' if root.exists() else 'nothing'}; check "
                        "its name.")
    folders = {os.path.realpath(root)}
    files: dict[str, Path] = {}
    links: list[Path] = []
    starts = [root]
    while starts:
        # all that stands below the folders themselves comes before anything that a link leads to
        for start in starts:
            links += _walk(start, folders, files)
        starts, found = [], sorted(links, key=lambda path: path.parts)
        links = []
        for path in found:
            real = os.path.realpath(path)
            if path.is_dir() and real not in folders:
                folders.add(real)
                starts.append(path)
            elif not path.is_dir():
                files.setdefault(real, path)
    return sorted(files.values())


def _walk(start: Path, folders: set[str], files: dict[str, Path]) -> list[Path]:
    """Enter the files and folders below a folder by where they really are; returns the links among them."""
    links: list[Path] = []
    todo = [(start, os.path.realpath(start).rstrip("/"))]
    while todo:
        folder, here = todo.pop()
        try:
            with os.scandir(folder) as listing:
                entries = [entry for entry in listing if not _skipped(entry.name)]
        except OSError as error:
            raise UserError(f"{folder}: can't be listed ({error.strerror}); make the folder readable, or name another "
                            "one.") from error
        for entry in entries:
            path, real = folder / entry.name, f"{here}/{entry.name}"
            if entry.is_symlink():
                links.append(path)
            elif not entry.is_dir(follow_symlinks=False):
                files.setdefault(real, path)
            elif real not in folders:
                folders.add(real)
                todo.append((path, real))
    return links


def _skipped(name: str) -> bool:
    return name.startswith(".") or name in COMPANIONS
