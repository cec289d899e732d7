"""Errors that a user can act on: one clear sentence, never a traceback."""

from pathlib import Path


class UserError(Exception):
    """A mistake in the input or the call: names the file, what was expected, what was found, what to do next.

    The command line prints the sentence and exits with status 2.
    """


def sentence_of(error: OSError, folder: Path) -> str:
    """What to say where the system is in the way of reading or writing; names `folder` where the error has no file."""
    return (f"{error.filename or folder}: can't be read or written ({error.strerror or error}); check the folder, its "
            "permissions and the space left, then run the same command again.")
