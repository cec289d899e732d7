"""Which instruments there are, read from the text of `observations/`: to name one, no reader is loaded."""

import ast
import functools
from dataclasses import dataclass, fields
from pathlib import Path

from paper_repro.base.code import parsed
from paper_repro.base.errors import UserError

FOLDER = Path(__file__).resolve().parents[1] / "observations"


@dataclass(frozen=True)
class Entry:
    """What an instrument's file says of it in plain text, as its record has it (`observations.instrument.Instrument`).

    path: that file. name, title, archive and files are the record's.
    """

    path: Path
    name: str
    title: str
    archive: str
    files: str


def entries() -> dict[str, Entry]:
    """Every instrument by its name, in the order of the names: each file of FOLDER that has a line `INSTRUMENT = ...`.

    Raises UserError for a record that doesn't say in plain text what an Entry holds, or has another name than its file.
    """
    return _entries(FOLDER)


def entry(name: str) -> Entry:
    """The instrument of a name. Raises UserError where there is none."""
    if name not in (known := entries()):
        raise UserError(f"There is no instrument {name!r}; choose one of: {', '.join(known)}.")
    return known[name]


@functools.cache
def _entries(folder: Path) -> dict[str, Entry]:
    texts = {path: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    return {path.stem: _entry(path, text) for path, text in texts.items() if "\nINSTRUMENT = " in text}


def _entry(path: Path, text: str) -> Entry:
    """The record's arguments that are plain text."""
    found: dict[str, str] = {}
    for statement in parsed(text).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "INSTRUMENT":
            assert isinstance(statement.value, ast.Call)
            found = {each.arg: each.value.value for each in statement.value.keywords
                     if each.arg and isinstance(each.value, ast.Constant) and isinstance(each.value.value, str)}
    names = [field.name for field in fields(Entry) if field.name != "path"]
    missing = [name for name in names if name not in found]
    if missing:
        raise UserError(f"{path}: expected INSTRUMENT = Instrument(...) with {missing[0]}=\"...\" as plain text.")
    if found["name"] != path.stem:
        raise UserError(f"{path}: the instrument {found['name']!r} is in a file of another name; call the file "
                        f"{found['name']}.py.")
    return Entry(path, *(found[name] for name in names))
