"""A polite end: work in any thread of this process stops at its next step once the user has asked for it."""

import threading

_asked = threading.Event()


class Stopped(KeyboardInterrupt):
    """Raised where work stops because the user interrupted the run."""


def ask() -> None:
    """Ask all threads to stop at their next `check`."""
    _asked.set()


def asked() -> bool:
    """Whether the user has asked for an end."""
    return _asked.is_set()


def check() -> None:
    """Raise Stopped if the user has asked for an end. Called by progress reports, so by all long work."""
    if _asked.is_set():
        raise Stopped


def forget() -> None:
    """Begin anew, for the next run in this process."""
    _asked.clear()
