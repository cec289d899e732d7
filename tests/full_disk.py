"""A disk that is full at any byte of any file, without one: a limit on files' size, which all writers meet."""

import contextlib
import resource
from collections.abc import Iterator
from pathlib import Path

WITHOUT = {".lock", "spent.csv", ".hashes.json"}  # which tell of a run, not of what it makes


@contextlib.contextmanager
def full_at(size: int) -> Iterator[None]:
    """Within the block no file of this process can have more than `size` bytes (EFBIG; Python ignores the signal)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def contents(folder: Path) -> dict[str, bytes]:
    """All files below a folder, also hidden ones."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*"))
            if path.is_file() and path.name not in WITHOUT}


def places(size: int) -> list[int]:
    """Bytes of a file at which the disk may be full: its first and last ones, and some between."""
    return sorted({place for place in (0, 1, size // 3, size * 2 // 3, size - 4096, size - 1) if 0 <= place < size})
