"""What to do next, as a command that repeats what the user asked for: profile, folders, place of the results."""

import shlex
from collections.abc import Sequence

_options: list[str] = []


def repeat(options: Sequence[str]) -> None:
    """From here on hints carry these options of the command line (`--profile paper --uvi FOLDER`)."""
    _options[:] = options


def command(*words: str) -> str:
    """`python -m paper_repro WORDS` with the options that the user gave, quoted for a shell."""
    return shlex.join(["python", "-m", "paper_repro", *words, *_options])
