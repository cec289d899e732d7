"""MD5 checksum files, as md5sum, BSD's md5 and people write them."""

import posixpath
import re
from collections import Counter
from collections.abc import Mapping

from paper_repro.base.errors import UserError

# Matched whole, against a line without the blanks around it; each takes time proportional to the line's length.
_MD5SUM = re.compile(r"\\?([0-9a-fA-F]{32})[ \t]+\*?(\S.*)")
_BSD = re.compile(r"MD5[ \t]*\((.+)\)[ \t]*=[ \t]*([0-9a-fA-F]{32})")  # openssl, too
_NAME_FIRST = re.compile(r"(.+)[ \t,]([0-9a-fA-F]{32})")

Digests = Mapping[str, tuple[str, ...]]  # by path: its MD5 sums in lower case, more than one if they contradict


class ContradictionError(UserError):
    """A file for which there are two different sums."""


def parse(text: str) -> dict[str, tuple[str, ...]]:
    """All MD5 sums (lower case) by path, relative to the file's own folder; lines of other forms are ignored."""
    digests: dict[str, set[str]] = {}
    for line in map(str.strip, text.splitlines()):
        if match := _MD5SUM.fullmatch(line):
            digest, name = match.groups()
        elif match := _BSD.fullmatch(line) or _NAME_FIRST.fullmatch(line):
            name, digest = match[1].rstrip(" \t,"), match[2]
        else:
            continue
        digests.setdefault(posixpath.normpath(name.replace("\\", "/")), set()).add(digest.lower())
    return {name: tuple(sorted(sums)) for name, sums in digests.items()}


class Sums:
    """What the checksum files of an archive say together. files: path of each -> what `parse` gives for it."""

    def __init__(self, files: Mapping[str, Digests]) -> None:
        self._files = tuple(files)
        # Of each folder with files of sums and path below it, or name that one path of a file has: the sums by the
        # file's number. An archive may have a file of sums for each image; `of` must not look into all of them.
        self._by_path: dict[tuple[str, str], dict[int, tuple[str, ...]]] = {}
        self._by_name: dict[tuple[str, str], dict[int, tuple[str, ...]]] = {}
        for number, (file, digests) in enumerate(files.items()):
            folder = file[: file.rfind("/") + 1]
            paths_of = Counter(path.rpartition("/")[2] for path in digests)
            for path, sums in digests.items():
                name = path.rpartition("/")[2]
                self._by_path.setdefault((folder, path), {})[number] = sums
                if paths_of[name] == 1:
                    self._by_name.setdefault((folder, name), {})[number] = sums

    def of(self, path: str) -> str | None:
        """MD5 of a file; None where there is none. Raises ContradictionError where there are two.

        By its path; else by its name, where only one path has it: such files also name paths as they were on their
        author's disk.
        """
        found: dict[int, tuple[str, ...]] = {}
        for start in (0, *(slash.end() for slash in re.finditer("/", path))):
            folder = path[:start]
            found |= self._by_name.get((folder, path.rpartition("/")[2]), {})  # first, so that the path's own win
            found |= self._by_path.get((folder, path[start:]), {})
        stated: dict[str, str] = {}  # sum -> the file that has it
        for number in sorted(found):
            stated |= dict.fromkeys(found[number], self._files[number])
        if len(stated) > 1:
            each = ", ".join(f"{digest} in {file}" for digest, file in stated.items())
            raise ContradictionError(f"{path}: expected one MD5 sum, the archive has {len(stated)} that contradict "
                                     f"each other ({each}), and nothing says which is right.")
        return next(iter(stated), None)
