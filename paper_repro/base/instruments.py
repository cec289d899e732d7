"""Which instruments there are, read from the text of `observations/`: to name one, no reader is loaded.

An instrument is a camera with one of its filters, since images of different light are never mixed. A camera is a file.
"""

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from paper_repro.base.code import parsed
from paper_repro.base.errors import UserError

FOLDER = Path(__file__).resolve().parents[1] / "observations"
SINGLE, SEVERAL = "INSTRUMENT", "INSTRUMENTS"  # what a camera's file calls its record, or its records by name
# What no camera can be called: other sets (photos-colour) and steps begin so, or it is an option's name.
TAKEN = frozenset({
    "photos", "effects", "duplicates", "scan", "truth", "clusters",
    "profile", "out", "images", "splits", "instrument", "scale", "classes", "weights", "encoders", "base", "recipe",
    "switch", "checkpoints", "device", "jobs", "dask", "mirror"})


@dataclass(frozen=True)
class Entry:
    """What a camera's file says of an instrument in plain text (`observations.instrument.Instrument`).

    path: that file. name: the instrument's. title, archive and files are the record's, those of all its filters.
    """

    path: Path
    name: str
    title: str
    archive: str
    files: str

    @property
    def camera(self) -> str:
        """Name of the camera's file and of the option that names its folder."""
        return self.path.stem


def entries() -> dict[str, Entry]:
    """Every instrument by its name, camera by camera: of each file of FOLDER with `INSTRUMENT = ...` or `INSTRUMENTS`.

    Raises UserError for a record that doesn't say in plain text what an Entry holds, or has a name that isn't free.
    """
    return _entries(FOLDER)


def cameras() -> dict[str, Entry]:
    """One entry for each camera by its name. Raises UserError."""
    found: dict[str, Entry] = {}
    for each in entries().values():
        found.setdefault(each.camera, each)
    return found


def entry(name: str) -> Entry:
    """The instrument of a name. Raises UserError where there is none."""
    if name not in (known := entries()):
        raise UserError(f"There is no instrument {name!r}; choose one of: {', '.join(known)}.")
    return known[name]


def of_set(name: str) -> str:
    """The instrument of a set of patches by the set's name, `ir2-226-3000km-flat`. Raises UserError for none."""
    return entry(max((each for each in entries() if name.startswith(f"{each}-")), key=len, default=name)).name


@functools.cache
def _entries(folder: Path) -> dict[str, Entry]:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    return {each.name: each for path, text in texts.items() if f"\n{SINGLE} = " in text or f"\n{SEVERAL} = " in text
            for each in _of_file(path, text)}


def _of_file(path: Path, text: str) -> Iterator[Entry]:
    """Of the call that makes a camera's records, the arguments that are plain text, and the names of `filters`."""
    for statement in parsed(text).body:
        if not isinstance(statement, ast.Assign) or ast.unparse(statement.targets[0]) not in {SINGLE, SEVERAL}:
            continue
        assert isinstance(statement.value, ast.Call)
        given = {each.arg: each.value for each in statement.value.keywords if each.arg}
        found = {name: value.value for name, value in given.items()
                 if isinstance(value, ast.Constant) and isinstance(value.value, str)}
        names = [field.name for field in fields(Entry) if field.name != "path"]
        missing = [name for name in names if name not in found]
        if missing:
            raise UserError(f"{path}: expected {SINGLE} = Instrument(...) with {missing[0]}=\"...\" as plain text.")
        if found["name"] != path.stem:
            raise UserError(f"{path}: the instrument {found['name']!r} is in a file of another name; call the file "
                            f"{found['name']}.py.")
        if path.stem in TAKEN:
            raise UserError(f"{path}: expected a name that nothing else has, found {path.stem!r}, which is that of an "
                            "option, a step or other sets; rename the file and its record.")
        filters = given.get("filters")
        of_filters = [str(key.value) for key in filters.keys if isinstance(key, ast.Constant)] if (
            isinstance(filters, ast.Dict)) else [path.stem]
        for name in of_filters:
            if name != path.stem and not name.startswith(f"{path.stem}-"):
                raise UserError(f"{path}: expected an instrument called {path.stem} or {path.stem}-..., found "
                                f"{name!r}; rename it.")
            yield Entry(path, name, *(found[each] for each in names[1:]))
