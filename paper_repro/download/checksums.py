"""MD5 checksum files, as md5sum, BSD's md5 and people write them."""

import posixpath
import re
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
        self._files = files
        self._by_name: dict[str, dict[str, list[tuple[str, ...]]]] = {}
        for file, digests in files.items():
            names = self._by_name.setdefault(file, {})
            for path, sums in digests.items():
                names.setdefault(path.rpartition("/")[2], []).append(sums)

    def of(self, path: str) -> str | None:
        """MD5 of a file; None where there is none. Raises ContradictionError where there are two.

        By its path; else by its name, where only one path has it: such files also name paths as they were on their
        author's disk.
        """
        stated: dict[str, str] = {}  # sum -> the file that has it
        for file, digests in self._files.items():
            folder = file[: file.rfind("/") + 1]
            if path.startswith(folder):
                same_name = self._by_name[file].get(path.rpartition("/")[2], [])
                sums = digests.get(path.removeprefix(folder)) or (same_name[0] if len(same_name) == 1 else ())
                stated |= dict.fromkeys(sums, file)
        if len(stated) > 1:
            each = ", ".join(f"{digest} in {file}" for digest, file in stated.items())
            raise ContradictionError(f"{path}: expected one MD5 sum, the archive has {len(stated)} that contradict "
                                     f"each other ({each}), and nothing says which is right.")
        return next(iter(stated), None)
