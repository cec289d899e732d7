"""What the files of a profile say, merged and checked against types: a mistake is one sentence with file and key."""

import dataclasses
import functools
import json
import re
from collections.abc import Collection, Sequence
from typing import Any, TypeVar, get_type_hints

import msgspec
from msgspec import inspect

from paper_repro.base.errors import UserError
from paper_repro.base.profile_files import Layer, shown

T = TypeVar("T")
Keys = tuple[str, ...]
Table = dict[str, Any]
ODD = "odd"  # beside a Meta in an Annotated type: no even number, which msgspec has no word for


class Document:
    """A profile's file merged with those that it extends: tables key by key, anything else is replaced whole.

    layers: path and content of each, the profile's own first; each decides over those after it.
    """

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = layers
        self._merged = functools.reduce(_merged, (table for _, table in reversed(self.layers)))

    def has(self, *keys: str) -> bool:
        """Whether there is such a key."""
        return _at(self._merged, keys) is not None

    def value(self, wanted: type[T], keys: Keys) -> T:
        """What stands at `keys`. Raises UserError if it isn't of the type wanted."""
        return self._checked(wanted, keys, _at(self._merged, keys))

    def table(self, keys: Keys, known: Collection[str] | None = None) -> Table:
        """The table at `keys`. Raises UserError if there is none, or it has a key that isn't one of the `known`."""
        value = _at(self._merged, keys)
        if not isinstance(value, dict):
            raise self.error(keys, f"expected a table, found {shown(value)}; {'add' if value is None else 'correct'} "
                             "it.", heading=True)
        for key in value:
            if known is not None and key not in known:
                raise self.error((*keys, key), f"there is no such key; expected some of: {', '.join(known)}; correct "
                                 "or remove it.")
        return value

    def section(self, kind: type[T], keys: Keys, **given: Any) -> T:
        """The table at `keys` as a dataclass or TypedDict; values `given` have been read already.

        Raises UserError for an unknown or missing key, or a value that isn't of its type.
        """
        types = get_type_hints(kind, include_extras=True)
        table = self.table(keys, types)
        made = {key: self._checked(types[key], (*keys, key), value) for key, value in table.items() if key not in given}
        made |= given
        for field in dataclasses.fields(kind) if dataclasses.is_dataclass(kind) else ():
            needed = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if needed and field.name not in made:
                raise self.missing(kind, keys, field.name)
        return kind(**made)

    def missing(self, kind: type, keys: Keys, name: str) -> UserError:
        """The sentence about the field `name` of `kind`, which the table at `keys` should have."""
        wanted = get_type_hints(kind, include_extras=True)[name]
        return self.error((*keys, name), f"expected {in_words(wanted)}, found nothing; add it.")

    def wrong(self, keys: Keys, expected: str, value: Any) -> UserError:
        """The sentence about a value that should be another."""
        return self.error(keys, f"expected {expected}, found {shown(value)}; correct it.")

    def error(self, keys: Keys, what: str, *, heading: bool = False) -> UserError:
        """The sentence about the key `keys` of the file that it comes from, else of the first; `heading`: of a table.

        The key is written as below its table's heading: `[venus.sets] uvi-500km.scale_km`.
        """
        path = next((path for path, table in self.layers if _at(table, keys) is not None), self.layers[0][0])
        names = [key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key) for key in keys]
        depth = min(2, len(names) - (not heading))
        parts = [*([f"[{'.'.join(names[:depth])}]"] if depth else []), ".".join(names[depth:])]
        return UserError(f"{path}: {' '.join(part for part in parts if part)}: {what}")

    def _checked(self, wanted: Any, keys: Keys, value: Any) -> Any:
        """A value as its type. Raises UserError."""
        try:
            made = msgspec.convert(value, wanted)
        except msgspec.ValidationError as error:
            raise self.wrong(keys, in_words(wanted), value) from error
        even = _is_odd(wanted) and made % 2 == 0
        repeats = isinstance(inspect.type_info(wanted), inspect.VarTupleType) and len(set(made)) < len(made)
        if even or repeats:
            raise self.wrong(keys, in_words(wanted), value)
        return made


def _merged(base: Table, over: Table) -> Table:
    """`base` with what `over` says otherwise."""
    both = {key: _merged(base[key], value) for key, value in over.items()
            if isinstance(value, dict) and isinstance(base.get(key), dict)}
    return base | over | both


def _at(table: Any, keys: Keys) -> Any:
    """What stands at `keys`; None, which TOML doesn't have, where nothing does."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table


def _is_odd(wanted: Any) -> bool:
    return ODD in getattr(wanted, "__metadata__", ())


def in_words(wanted: Any) -> str:
    """What a type asks for: `a whole number from 32 to 4096`."""
    kind = inspect.type_info(wanted)
    if isinstance(kind, inspect.VarTupleType):
        return f"a list, not empty and without repetition, of {_in_words(kind.item_type, 'many')}"
    if isinstance(kind, inspect.TupleType):
        return f"a list of {len(kind.item_types)} {_in_words(kind.item_types[0], 'many')}"
    return _in_words(kind, "an odd" if _is_odd(wanted) else "a")


def _in_words(kind: inspect.Type, article: str) -> str:
    """The words for a single value of a type; with the article `many` for several."""
    if isinstance(kind, inspect.LiteralType):
        return " or ".join(json.dumps(value) for value in kind.values)
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        noun = "whole number" if isinstance(kind, inspect.IntType) else "number"
        bounds = f"above {kind.gt} and at most {kind.le}" if kind.gt is not None else f"from {kind.ge} to {kind.le}"
        return f"{noun}s {bounds}" if article == "many" else f"{article} {noun} {bounds}"
    return "true or false" if isinstance(kind, inspect.BoolType) else "text"
