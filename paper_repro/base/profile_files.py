"""Files of profiles: which one a choice means, and what it and those that it extends say."""

import json
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from paper_repro.base import regular
from paper_repro.base.errors import UserError

FOLDER = Path(__file__).resolve().parents[1] / "profiles"
FOLDERS = "classify"  # the profile of `classify FOLDER` and `encode FOLDER`, which choose it by themselves
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
RESERVED = ("readme.md",)  # is in data/, figures/ and tables/; not every disk tells small letters from capitals
MOST_LAYERS = 8  # files that extend one another
MOST_BYTES = 1_000_000
MARKS = {b"\xef\xbb\xbf": "UTF-8 with a byte-order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}

SHOWN = 60  # characters of a value in a sentence

Layer = tuple[Path, dict[str, Any]]


def names() -> list[str]:
    """Names of the profiles that come with the project."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def is_own(path: Path) -> bool:
    """Whether a profile's file is one of those that come with the project."""
    return os.path.realpath(path) == str(FOLDER / path.name)


def layers_of(choice: str) -> list[Layer]:
    """Path and content of the file of a profile, then of those that it extends, nearest first.

    choice: the name of a profile of the project, or the path of the user's own file: what ends in .toml or has a
    separator is a path. `extends` in a file is such a choice too, a path relative to the file.
    Raises UserError for a choice without a file, a file that can't be read, has a name that can't be a profile's, or
    extends itself.
    """
    path = _file(choice, Path())
    if not is_own(path):
        _check_name(path)
    return _layers(path)


def _file(choice: str, folder: Path) -> Path:
    """The file of a profile's name, or of a path relative to `folder`. Raises UserError for neither."""
    if os.sep not in choice and not choice.endswith(".toml"):
        if choice not in names():
            raise UserError(f"There is no profile {choice!r}; choose one of: {', '.join(names())}, or the path of a "
                            "TOML file of your own (name.toml).")
        return FOLDER / f"{choice}.toml"
    if not choice.endswith(".toml"):
        raise UserError(f"{choice}: expected the path of a profile's file, which ends in .toml, or one of the names: "
                        f"{', '.join(names())}; name another.")
    try:
        return folder / Path(choice).expanduser()
    except RuntimeError as error:
        raise UserError(f"{choice}: expected the path of a profile's file, found a home folder that isn't known; "
                        "name another.") from error


def _check_name(path: Path) -> None:
    """Raise UserError if a profile of the user's can't be named after its file."""
    if not NAME.fullmatch(path.stem) or path.stem in RESERVED:
        raise UserError(f"{path}: expected a file name of at most 64 of a-z, 0-9, '.', '_' and '-', a letter or digit "
                        f"first, before .toml, found {path.stem!r}, and results go into folders of that name; rename "
                        "the file.")
    if path.stem in names():
        raise UserError(f"{path}: expected a file name that no profile of the project has, found {path.stem!r}, and "
                        "results would go into that one's folders; rename the file.")


def _layers(path: Path, above: tuple[str, ...] = ()) -> list[Layer]:
    """A profile's file and those that it extends, nearest first. Raises UserError for one that extends itself."""
    table = read(path)
    if os.path.realpath(path) in above:
        raise UserError(f"{path}: expected a file that doesn't extend itself, found a circle; end it with a profile "
                        f"of the project ({', '.join(names())}) or a file without `extends`.")
    above = (*above, os.path.realpath(path))
    if "extends" not in table:
        return [(path, table)]
    try:
        if len(above) == MOST_LAYERS:
            raise UserError(f"expected at most {MOST_LAYERS} files that extend one another, found more; join some.")
        if not isinstance(table["extends"], str):
            raise UserError(f"expected a profile's name or the path of its file, found {shown(table['extends'])}; "
                            "correct it.")
        return [(path, table), *_layers(_file(table["extends"], path.parent), above)]
    except UserError as error:
        raise UserError(f"{path}: extends: {error}") from error


def read(path: Path) -> dict[str, Any]:
    """The content of a TOML file. Raises UserError if it can't be read, or isn't TOML in plain UTF-8."""
    expected = f"{path}: expected a profile's TOML file"
    try:
        if not path.is_file():
            raise UserError(f"{expected}, found {regular.kind_found(path)}; check the path.")
        with path.open("rb") as handle:
            data = handle.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"{expected}, but it can't be read ({error.strerror}); check the path and its permissions."
                        ) from error
    if len(data) > MOST_BYTES:
        raise UserError(f"{expected}, found more than {MOST_BYTES} bytes; check the path.")
    again = "save it as UTF-8 without a byte-order mark"
    for mark, encoding in MARKS.items():
        if data.startswith(mark):
            raise UserError(f"{path}: expected plain UTF-8 text, found {encoding}; {again}.")
    try:
        return tomllib.loads(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UserError(f"{path}: expected plain UTF-8 text, found byte 0x{data[error.start]:02x} of another encoding "
                        f"in line {line}; {again}.") from error
    except ValueError as error:
        raise UserError(f"{path}: expected TOML, found a mistake: {error}; correct it.") from error
    except RecursionError as error:
        raise UserError(f"{path}: expected TOML, found brackets nested too deep; correct it.") from error


def shown(value: Any) -> str:
    """A value much as it stands in a file, shortened; "nothing" for None, which TOML doesn't have."""
    try:
        text = "nothing" if value is None else json.dumps(value, default=str, ensure_ascii=False)
    except (ValueError, RecursionError):  # thousands of digits, or of brackets
        return "something too large to show"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
