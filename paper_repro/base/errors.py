"""Errors that a user can act on: one clear sentence, never a traceback."""

import errno
from pathlib import Path

# What the system says where there is no room for a byte more
NO_ROOM = {errno.ENOSPC: "its disk is full", errno.EDQUOT: "your share of its disk (quota) is used up",
           errno.EFBIG: "the system allows no file as large as that (`ulimit -f`, or the kind of disk)"}


class UserError(Exception):
    """A mistake in the input or the call: names the file, what was expected, what was found, what to do next.

    The command line prints the sentence and exits with status 2.
    """


def sentence_of(error: OSError | MemoryError, folder: Path) -> str:
    """What to say where the system is in the way of reading or writing, or has no memory left.

    Names `folder` where the error has no file.
    """
    if isinstance(error, MemoryError):
        said = f" ({error})" if str(error) else ""
        return (f"{folder}: making it takes more memory than is free{said}; name fewer images, or end other programs, "
                "then run the same command again.")
    if error.errno in NO_ROOM:
        return (f"{error.filename or folder}: can't be written, {NO_ROOM[error.errno]}; make room, then run the same "
                "command again: it goes on from here.")
    return (f"{error.filename or folder}: can't be read or written ({error.strerror or error}); check the folder, its "
            "permissions and the space left, then run the same command again.")
