"""How much work something is, counted in calls: unlike seconds, the same on any machine."""

import sys
from collections.abc import Callable


def calls_of(do: Callable[[], object]) -> int:
    """Calls of functions, Python's and C's, while something is done."""
    count = 0

    def counted(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        do()
    finally:
        sys.setprofile(None)
    return count


class Name(str):
    """A name whose comparisons with others are calls, too."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other)

    def __lt__(self, other: str) -> bool:
        return str.__lt__(self, other)
