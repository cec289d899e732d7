"""What to do next, as a command that repeats what the user asked for: profile, folders, place of the results."""

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

# That of `.venv` where it is the one that runs: it need not be on the user's path.
PYTHON = ".venv/bin/python" if Path(sys.executable) == Path(".venv/bin/python").absolute() else "python"
_options: list[str] = []


def repeat(options: Sequence[str]) -> None:
    """From here on hints carry these options of the command line (`--profile paper --uvi FOLDER`)."""
    _options[:] = options


def command(*words: str) -> str:
    """`python -m paper_repro WORDS` with the options that the user gave, quoted for a shell."""
    return shlex.join([PYTHON, "-m", "paper_repro", *words, *_options])
