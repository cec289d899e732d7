"""The image files of a folder, and what its subfolders mean: classes, splits of one set, or masks beside images."""

import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from paper_repro import paper
from paper_repro.base.cleaning import made_by_run
from paper_repro.base.errors import UserError
from paper_repro.base.folders import files_below, hidden
from paper_repro.patches.image_files import NAMES, SUFFIXES, natural, refuse_odd_names

# Both data sets start their folders' names with letters, but not the same ones (C is "thick dark" in SWIMCAT only):
# the words decide, all of them, so that "Cloudy sky" isn't taken for a clear one.
KNOWN = {
    "Clear sky": ({"clear"}, {"sky"}, {"clear", "sky"}),
    "Patterned": ({"pattern"}, {"patterned"}),
    "Veil": ({"veil"},),
    "Thin white": ({"thin", "white"},),
    "Thick white": ({"thick", "white"},),
    "Thick dark": ({"thick", "dark"},),
}
# A name with such a word is a split's if another one says the same with another such word (`seg_train`, `seg_test`).
SPLIT = re.compile(r"(train(?:ing)?|test(?:ing)?|val(?:id(?:ation)?)?|dev|eval(?:uation)?)(?:sets?|data|images?)?")
FILLERS = {"set", "sets", "data", "dataset", "image", "images", "img", "imgs", "split"}
PICTURES = {"image", "images", "img", "imgs", "picture", "pictures", "photo", "photos"}
MASKS = {"mask", "masks", "gt", "gtmap", "gtmaps", "groundtruth", "annotation", "annotations", "label", "labels",
         "segmentation", "segmentations"}
Parts = tuple[str, ...]


@dataclass(frozen=True)
class Images:
    """The image files of a folder.

    top: the folder below which they part; paths: in order, class by class; labels: the class of each, () where there
    are no classes; classes: their names in order; others: the files that are no images, by their suffix; deeper: how
    many of the images lie in folders below the folder of their class.
    """

    top: Path
    paths: tuple[Path, ...]
    labels: tuple[str, ...]
    classes: tuple[str, ...]
    others: Counter[str]
    deeper: int = 0


def tell(folder: Path, others: Counter[str], deeper: int) -> None:
    """Say on standard error how many files were left out for their names, by suffix, and how deeper ones were taken."""
    if deeper:
        print(f"{folder}: images in folders below the folders of the classes: {deeper}; each counts as one of the "
              "class whose folder it is in", file=sys.stderr)
    if others:
        print(f"{folder}: files left out, for their names aren't those of images: {others.total()} "
              f"({_counted(others)})", file=sys.stderr)


def find_images(folder: Path, *, join: bool = False) -> Images:
    """Find the images below `folder`, links followed once each: one class for each subfolder, or all without classes.

    The class folders, or the images, may stand below further folders that hold nothing else, and the images of a class
    in further folders. What `files_below` skips doesn't count. Classes of the paper come first, in its order and
    under its names, others alphabetically under their own; images in natural order of their names. join: splits
    (`train/<class>/`, `test/<class>/`) are joined by class.
    Raises UserError for no images, images both beside and in subfolders, splits that aren't to be joined, images beside
    their masks, two folders of one class, a class with fewer than two images or a link to another's, a name that isn't
    in UTF-8.
    """
    again: list[tuple[Path, Path]] = []
    files = files_below(folder, again)
    paths = [path for path in files if path.suffix.lower() in SUFFIXES]
    others = Counter(path.suffix.lower() or "no suffix" for path in files if path.suffix.lower() not in SUFFIXES)
    if not paths:
        among = f" among the files ({_counted(others)})" if others else ""
        raise UserError(f"{folder}: expected images ({NAMES}), found none{among}; name the folder that holds them.")
    refuse_odd_names(paths)
    paths.sort(key=lambda path: natural(path.relative_to(folder).as_posix()))
    parents = [path.relative_to(folder).parts[:-1] for path in paths]
    top = folder.joinpath(*_common(parents))
    parents = _below_common(parents)
    _refuse_masks(top, parents)
    parents, splits = _without_splits(top, parents, join)
    parents = _below_common(parents)
    if splits:
        _refuse_masks(top, parents)
    bare = [path for path, parts in zip(paths, parents, strict=True) if not parts]
    if bare and len(bare) < len(paths):
        inner = next(path for path, parts in zip(paths, parents, strict=True) if parts)
        raise UserError(f"{top}: expected images either in the folder itself or in one subfolder per class, found "
                        f"{bare[0].relative_to(top)} and {inner.relative_to(top)}; move one or the other away.")
    if bare:
        return Images(top, tuple(paths), (), (), others)
    found = _by_class(top, paths, parents, splits, others)
    _refuse_two_classes(again, found)
    return found


def _by_class(top: Path, paths: Sequence[Path], parents: Sequence[Parts], splits: Sequence[str],
              others: Counter[str]) -> Images:
    """The images by class, which is what their first folder means. Raises UserError where that can't be."""
    names: dict[str, str] = {}  # of classes -> of their folders
    members: dict[str, list[Path]] = {}
    for path, parts in zip(paths, parents, strict=True):
        name, own = class_name(parts[0]), unicodedata.normalize("NFC", parts[0])
        if names.setdefault(name, own) != own:
            raise UserError(f"{members[name][0].parent} and {path.parent} both hold the class {name!r}; put their "
                            "images together or rename one.")
        members.setdefault(name, []).append(path)
    for each in () if splits else subfolders(top):
        if class_name(each.name) not in members:
            raise UserError(f"{each}: the class holds no image of its own ({NAMES}); put images there or remove the "
                            "folder.")
    for found in members.values():
        if len(found) < 2:
            raise UserError(f"{found[0]}: is the only image of its class, and a class needs at least two; "
                            f"add images to {found[0].parent} or remove the folder.")
    classes = (*(name for name in paper.CLASS_NAMES if name in members),
               *sorted((name for name in members if name not in paper.CLASS_NAMES), key=natural))
    labels = tuple(name for name in classes for _ in members[name])
    return Images(top, tuple(path for name in classes for path in members[name]), labels, classes, others,
                  sum(len(parts) > 1 for parts in parents))


def _refuse_two_classes(again: Sequence[tuple[Path, Path]], found: Images) -> None:
    """Raise UserError where a link in the folder of one class leads to what counts as another's. again: as found."""
    classes: dict[Path, set[str]] = {}
    if again:
        for path, name in zip(found.paths, found.labels, strict=True):
            for place in (path, *path.parents):
                classes.setdefault(place, set()).add(name)
    for link, counts in again:
        own = next((classes[place] for place in link.parents if place in classes), set[str]())
        others = classes.get(counts, set[str]()) - own
        if others and len(own) == 1:
            raise UserError(f"{link}: expected images of the class {min(own)!r} alone, found a link to {counts}, which "
                            f"counts as {_listed([repr(name) for name in sorted(others)])}; remove it, or what it "
                            "links to.")


def _common(parents: Sequence[Parts]) -> Parts:
    """The folders that all images stand in."""
    shortest = min(parents, key=len)
    level = next((level for level in range(len(shortest)) if len({each[level] for each in parents}) > 1), len(shortest))
    return shortest[:level]


def _below_common(parents: Sequence[Parts]) -> list[Parts]:
    common = len(_common(parents))
    return [each[common:] for each in parents]


def _refuse_masks(top: Path, parents: Sequence[Parts]) -> None:
    """Raise UserError where the first folders are one of images and those of masks or labels that belong to them."""
    named = {re.sub(r"[^a-z]", "", each[0].lower()): each[0] for each in parents if each}
    pictures, others = sorted(named.keys() & PICTURES), named.keys() - PICTURES
    if pictures and others and others <= MASKS:
        raise UserError(f"{top}: {_listed([named[key] for key in (*pictures, *sorted(others))])} hold images and their "
                        f"masks or labels, no classes; name the folder of images, {top / named[pictures[0]]}.")


def _without_splits(top: Path, parents: Sequence[Parts], join: bool) -> tuple[list[Parts], list[str]]:
    """The folders of each image without that of its split, and the splits. Raises UserError as `find_images` does."""
    for level in range(max(map(len, parents))):
        names = sorted({each[level] for each in parents if len(each) > level}, key=natural)
        meant = {name: found for name in names if (found := _split_of(name))}
        alike = Counter(rest for _, rest in set(meant.values()))
        splits = [name for name, (_, rest) in meant.items() if alike[rest] > 1]
        if not splits and level == 0 and len(names) > 1:
            splits = _with_classes(meant, parents)
        if not splits:
            continue
        divided = set(splits)
        beside = [name for name in names if name not in divided]
        if beside or any(len(each) <= level for each in parents):
            raise UserError(f"{top}: expected images by class, found {_listed(splits)}, which "
                            f"{'are splits' if len(splits) > 1 else 'is a split'} of a set, beside "
                            f"{_listed(beside) if beside else 'images in no split'}; name the folder of one of them.")
        if not join:
            one = ", or name the folder of one of them" if level == 0 else ""
            raise UserError(f"{top}: expected images by class, found the splits {_listed(splits)}; join them with "
                            f"--splits join (SPLITS=join for make){one}.")
        inner, _ = _without_splits(top, [each[:level] + each[level + 1:] for each in parents], join)
        return inner, splits
    return list(parents), []


def _with_classes(names: Iterable[str], parents: Sequence[Parts]) -> list[str]:
    """Those of the first folders `names` whose images all stand in folders below it, and in more than one."""
    below: dict[str, set[Parts]] = {name: set() for name in names}
    for each in parents:
        if each and each[0] in below:
            below[each[0]].add(each[1:2])
    return [name for name, found in below.items() if () not in found and len(found) > 1]


def _split_of(name: str) -> tuple[str, Parts] | None:
    """Which split a folder's name means, by its first two letters, and its other words; None where it means none."""
    words = [word for word in _words(name) if word not in FILLERS]
    found = [match[1][:2] for word in words if (match := SPLIT.fullmatch(word))]
    return (found[0], tuple(word for word in words if not SPLIT.fullmatch(word))) if len(found) == 1 else None


def _words(name: str) -> list[str]:
    """The words of a name in small letters: `ThickDark-clouds 2` has thick, dark, clouds."""
    return [word.lower() for word in re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))]


def _counted(others: Counter[str]) -> str:
    return ", ".join(f"{suffix} {count}" for suffix, count in others.most_common())


def _listed(names: Sequence[str]) -> str:
    """The names as words of a sentence, of very many the first."""
    if len(names) > 6:
        names = (*names[:3], f"{len(names) - 3} others")
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def subfolders(folder: Path) -> list[Path]:
    """The subfolders of `folder` that may hold images, in natural order."""
    found = (path for path in folder.iterdir() if path.is_dir() and not hidden(path.name) and not made_by_run(path))
    return sorted(found, key=lambda path: natural(path.name))


def class_name(folder_name: str) -> str:
    """The paper's name of the class that a folder's name means ("C-Thin White Clouds"), else the folder's name.

    Of two ways in which Unicode can write a letter with an accent the composed one.
    """
    words = {word for word in _words(folder_name) if len(word) > 1} - {"cloud", "clouds"}
    own = unicodedata.normalize("NFC", folder_name)
    return next((name for name, meanings in KNOWN.items() if words in meanings), own)
