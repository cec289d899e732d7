"""The sources of raw files (`registry.toml`), and the mirrors that the user names in their place."""

import functools
import os
import tomllib
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from paper_repro.base import regular
from paper_repro.base.errors import UserError
from paper_repro.download.source import Source

FILE = Path(__file__).with_name("registry.toml")


def load(mirrors: Mapping[str, str] = {}) -> dict[str, Source]:
    """The sources by name: darts, psa, mendeley, weights, checkpoints.

    A mirror (address or folder) is the only place where its source is looked for. Raises UserError for a mirror of an
    unknown source, or one that is neither an http address nor a folder.
    """
    sources = {name: Source(name=name, **values) for name, values in _table().items()}
    for name, place in mirrors.items():
        if name not in sources:
            raise UserError(f"--mirror {name}={place}: there is no archive {name!r}; expected one of: "
                            f"{', '.join(sources)}.")
        sources[name] = replace(sources[name], base=_base(name, place), fallbacks=(), redirects=(),
                                parts=())
    return sources


@functools.cache
def _table() -> dict[str, dict[str, Any]]:
    table = tomllib.loads(FILE.read_text(encoding="utf-8"))
    made: dict[str, dict[str, Any]] = {}
    for name, values in table.items():
        made[name] = {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}
        made[name]["parts"] = tuple(values.get("parts", {}).items())
    return made


def _base(name: str, place: str) -> str:
    """An address that ends with `/`; a folder's begins with file://. Raises UserError."""
    address = urllib.parse.urlsplit(place)
    if address.scheme in {"http", "https"} and address.netloc:
        if address.query or address.fragment or "@" in address.netloc:
            raise UserError(f"--mirror {name}={place}: expected the plain address of a folder.")
        return place.rstrip("/") + "/"
    folder = Path(os.path.expanduser(place))  # noqa: PTH111  # which leaves the home of an unknown user as it is
    if not folder.is_dir():
        raise UserError(f"--mirror {name}={place}: expected an http(s) address or a folder, found "
                        f"{regular.kind_found(folder)}; name the folder or address that has what "
                        f"{_table()[name]['base']} has.")
    return folder.resolve().as_uri().rstrip("/") + "/"


def parse_mirrors(words: Iterable[str]) -> dict[str, str]:
    """`NAME=ADDRESS` or `NAME=FOLDER` as a mapping. Raises UserError for another form, or for a name given twice."""
    found: dict[str, str] = {}
    for word in words:
        name, equals, place = word.partition("=")
        if not (name and equals and place):
            raise UserError(f"--mirror {word}: expected NAME=ADDRESS or NAME=FOLDER, as darts=/data/darts.")
        if name in found:
            raise UserError(f"--mirror {name} is given twice; name one place for each archive.")
        found[name] = place
    return found


def allowed_redirects(sources: Iterable[Source]) -> dict[str, set[str]]:
    """For each host (with port, if the address has one) the other hosts that its answers may send us on to."""
    allowed: dict[str, set[str]] = {}
    for source in sources:
        for base in source.bases:
            if host := urllib.parse.urlsplit(base).netloc:
                allowed.setdefault(host, set()).update(source.redirects)
        for _, base in source.parts:
            allowed.setdefault(urllib.parse.urlsplit(base).netloc, set())
    return allowed
