"""What to do next, as a command that repeats what the user asked for: profile, folders, place of the results."""

import shlex
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

# That of `.venv` where it is the one that runs: it need not be on the user's path.
PYTHON = ".venv/bin/python" if Path(sys.executable) == Path(".venv/bin/python").absolute() else "python"
Taken = Callable[[Sequence[str]], Collection[str]]
_options: dict[str, Sequence[str]] = {}
_taken: list[Taken] = []


def repeat(options: Mapping[str, Sequence[str]], taken: Taken | None = None) -> None:
    """From here on hints carry these options, by their names in words (`profile`: `--profile paper`).

    taken: the names of those that a command, given as words, has a use for; without it any.
    """
    _options.clear()
    _options.update(options)
    _taken[:] = [taken] if taken else []


def command(*words: str) -> str:
    """`python -m paper_repro WORDS` with the options that the user gave and WORDS take, quoted for a shell."""
    taken = _taken[0](words) if _taken and _options else _options
    given = [word for name, option in _options.items() if name in taken for word in option]
    return shlex.join([PYTHON, "-m", "paper_repro", *words, *given])
