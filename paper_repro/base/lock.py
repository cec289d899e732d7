"""One run at a time in a folder: whoever comes second is told who is at work."""

import contextlib
import fcntl
import json
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.base.files import read_json

NAME = ".lock"


@contextlib.contextmanager
def held(folder: Path, command: str) -> Iterator[None]:
    """Hold the lock of `folder` (made if need be) while the block runs; it ends with the process, however that ends.

    Raises UserError that says which process holds it, since when, and for what.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    with path.open("a+b") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            owner = read_json(path) or {}
            raise UserError(
                f"{folder}: expected no other run at work here, found process {owner.get('process', 'unknown')} on "
                f"{owner.get('host', 'this machine')} (`{owner.get('command', 'unknown')}`, since "
                f"{owner.get('since', 'unknown')}); wait until it ends, stop it, or choose another place with OUT= "
                "(--out).") from None
        about = {"process": os.getpid(), "host": socket.gethostname(), "command": command,
                 "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")}
        try:
            handle.truncate(0)
            handle.write(json.dumps(about).encode())
            handle.flush()
        except OSError as error:
            error.filename = error.filename or str(path)
            raise
        yield
