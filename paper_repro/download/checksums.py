"""Files of MD5 sums, as md5sum, BSD's md5 and people write them."""

import posixpath
import re
from collections.abc import Mapping

_LINES = (
    re.compile(r"\\?([0-9a-fA-F]{32})[ \t]+[*]?(\S(?:.*\S)?)"),  # md5sum
    re.compile(r"MD5[ \t]*\((.+)\)[ \t]*=[ \t]*([0-9a-fA-F]{32})"),  # md5, openssl
    re.compile(r"(\S(?:.*\S)?)[ \t,]+([0-9a-fA-F]{32})"),  # the name first
)


def parse(text: str) -> dict[str, str]:
    """MD5 (lower case) by path, relative to the file's own folder; lines of other forms say nothing.

    A path that stands there with two sums is left out.
    """
    found: dict[str, set[str]] = {}
    for line in text.splitlines():
        for form in _LINES:
            if match := form.fullmatch(line.strip()):
                digest, name = (match[1], match[2]) if form is _LINES[0] else (match[2], match[1])
                found.setdefault(posixpath.normpath(name.replace("\\", "/")), set()).add(digest.lower())
                break
    return {name: digests.pop() for name, digests in found.items() if len(digests) == 1}


class Sums:
    """What the files of sums of an archive say together. folders: path of each one's folder, with `/` -> `parse`."""

    def __init__(self, folders: Mapping[str, Mapping[str, str]]) -> None:
        self._folders = folders
        self._by_name: dict[str, dict[str, list[str]]] = {}
        for folder, digests in folders.items():
            names = self._by_name.setdefault(folder, {})
            for path, digest in digests.items():
                names.setdefault(path.rpartition("/")[2], []).append(digest)

    def of(self, path: str) -> str | None:
        """MD5 of a file; None where there is none, or where two files of sums contradict each other.

        By its path, else by its name where that stands there once: such files also name paths as they were on the disk
        of whoever wrote them.
        """
        found = set()
        for folder, digests in self._folders.items():
            if path.startswith(folder):
                same = self._by_name[folder].get(path.rpartition("/")[2], [])
                digest = digests.get(path.removeprefix(folder)) or (same[0] if len(same) == 1 else None)
                found |= {digest} if digest else set()
        return found.pop() if len(found) == 1 else None
