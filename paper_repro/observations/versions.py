"""Which version of an image counts, by one rule for every instrument."""

from collections.abc import Iterable
from dataclasses import dataclass

Numbers = tuple[int, ...]


@dataclass(frozen=True)
class Version:
    """One file of an image. key: what all its versions share; rank: version numbers, those that decide first.

    geometry: the file that belongs to this very version, None where there is none.
    """

    key: str
    rank: Numbers
    image: str
    geometry: str | None


def by_folder(names: Iterable[str]) -> list[str]:
    """Relative posix paths, sorted folder by folder as the files of a folder are."""
    return sorted(names, key=lambda name: name.split("/"))


def newest(versions: Iterable[Version]) -> list[tuple[str, str | None]]:
    """The image that counts of each key, with its geometry; sorted.

    One with geometry comes before any without; then the highest version counts, its numbers compared as numbers (10 is
    above 9), the leftmost first; of equal ones (copies) the first by folder.
    """
    best: dict[str, Version] = {}
    for version in sorted(versions, key=lambda each: each.image.split("/")):
        known = best.get(version.key)
        if known is None or (version.geometry is not None, version.rank) > (known.geometry is not None, known.rank):
            best[version.key] = version
    return sorted((version.image, version.geometry) for version in best.values())
