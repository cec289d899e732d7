"""Standard streams that whatever is printed can go to."""

import io
import os
import sys


def prepare() -> None:
    """Let closed standard streams lead nowhere, and print what a stream has no characters for as an escape.

    The next file that is opened would take the place of a closed one, and what is printed would end in it.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            nowhere = os.open(os.devnull, os.O_RDWR)
            if nowhere != number:
                os.dup2(nowhere, number)
                os.close(nowhere)
            os.set_inheritable(number, True)
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8", closefd=False))
        elif isinstance(stream, io.TextIOWrapper) and number and stream.errors == "strict":
            stream.reconfigure(errors="backslashreplace")
