"""How an archive lays out the files of a camera: volumes or data sets, orbits, files."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """How an archive lays out its files; paths are relative to its base and end with `/`.

    roots: folders whose listings have the volumes; data_sets: where such a folder's name isn't known, the folder that
    it is in and a pattern of its name, which ends with a version; volume: name of one; down: names (lower case) of the
    folders that lead from a volume to its orbits; leaf: name of an orbit's folder; bundle: name of a file of a root
    that holds a whole volume, whose name is its group 1.
    """

    volume: re.Pattern[str]
    down: frozenset[str]
    leaf: re.Pattern[str]
    roots: tuple[str, ...] = ()
    data_sets: tuple[tuple[str, re.Pattern[str]], ...] = ()
    bundle: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Archive:
    """What fetching a camera's files goes by, as `archive_of` of the archive's own file says.

    first_bytes: of a file, within which its header ends, nearly always.
    """

    shape: Shape
    first_bytes: int
