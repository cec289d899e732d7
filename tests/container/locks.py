"""The lock files as data, and what installed packages say that they need."""

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
ENTRY = re.compile(
    r"(?P<name>[\w.-]+)==(?P<version>[\w.+!]+)(?: ; (?P<marker>[^\\\n]+?))?(?P<hashes>(?: \\\n    --hash=\S+)+)\n",
)
COMMENT = re.compile(r"^ *#.*\n", re.MULTILINE)


HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def fits(marker: Marker | None, python: str) -> bool:
    """Whether a marker holds on this system with such a Python ("3.13")."""
    return marker is None or marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"})


@dataclass(frozen=True)
class Locked:
    """One line of a lock file: a package at a version, for the systems its marker names."""

    name: str
    version: str
    marker: str | None
    hashes: tuple[str, ...]

    def fits(self, python: str) -> bool:
        """Whether this system installs it with such a Python ("3.13")."""
        return self.marker is None or fits(Marker(self.marker), python)

    @property
    def here(self) -> bool:
        """Whether this system installs it."""
        return self.fits(HERE)


def read(name: str) -> tuple[list[Locked], str]:
    """Entries of a lock file, and what is neither entry nor comment (nothing, in a whole one)."""
    text = COMMENT.sub("", (ROOT / name).read_text(encoding="utf-8"))
    entries = [Locked(one["name"], one["version"], one["marker"], tuple(one["hashes"].replace("\\", " ").split()))
               for one in ENTRY.finditer(text)]
    return entries, ENTRY.sub("", text)


def pins(name: str, python: str = HERE) -> dict[str, str]:
    """Versions that a file of requirements asks for with such a Python, those it takes from another one left out."""
    lines = (line.partition("#")[0].strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    asked = [Requirement(line) for line in lines if line and not line.startswith("-r ")]
    return {canonicalize_name(one.name): str(one.specifier).removeprefix("==") for one in asked
            if fits(one.marker, python)}


def needed(name: str, extra: str = "") -> set[tuple[str, str]]:
    """Packages, each with the extra asked for or "", that an installed one needs here; of one not installed none."""
    try:
        asked = [Requirement(line) for line in metadata.requires(name) or []]
    except metadata.PackageNotFoundError:
        return set()
    asked = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {(canonicalize_name(one.name), wanted) for one in asked for wanted in ("", *one.extras)}


def closure(names: Iterable[str]) -> set[str]:
    """These packages, what they need, what that needs, and so on."""
    found: set[tuple[str, str]] = set()
    todo = {(name, "") for name in names}
    while todo:
        one = todo.pop()
        found.add(one)
        todo |= needed(*one) - found
    return {name for name, _ in found}
