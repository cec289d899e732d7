"""Files that are either whole or absent: temporary name, fsync, rename; and their hashes."""

import contextlib
import hashlib
import json
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from paper_repro.base import regular

if TYPE_CHECKING:
    import pandas as pd  # slow to import, and most that write files have no table of it


@contextlib.contextmanager
def atomic(path: Path, *, sync: bool = True) -> Iterator[Path]:
    """Yield a temporary path in the folder of `path` that becomes `path` when the block succeeds.

    On any exception, an interrupt included, the temporary file is removed and `path` stays as it was. sync: wait until
    the disk has it; not needed for small pieces whose damage by a crash of the system would be noticed and mended.
    The suffix is kept, so that writers that look at it (matplotlib, numpy) behave.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        yield temporary
        if sync:
            with temporary.open("rb") as handle:
                os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` in one step (UTF-8, line feeds)."""
    with atomic(path) as temporary:
        temporary.write_bytes(text.encode())


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write `value` as indented JSON with sorted keys, in one step."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n")


def parse_json(text: str | bytes) -> Any:
    """The value that a text in JSON stands for. Raises ValueError for any other text, and for one nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply to be read") from None


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None where the file is absent or is no JSON object (then it counts as not there)."""
    try:
        with regular.opened(path) as handle:
            value = parse_json(handle.read().decode())
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def csv_text(table: "pd.DataFrame") -> str:
    """A table without its index as text; floats as the shortest that reads back the same."""
    return str(table.to_csv(index=False, lineterminator="\n"))


def write_csv(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as `csv_text` has it, in one step."""
    write_text(path, csv_text(table))


def sha256_file(path: Path) -> str:
    """SHA-256 of a file's bytes, as 64 hex digits."""
    with regular.opened(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_files(paths: Iterable[Path], root: Path) -> str:
    """One SHA-256 over files: their names relative to `root` and their bytes, in the order of the names."""
    digest = hashlib.sha256()
    for path in sorted(paths, key=lambda p: p.relative_to(root).as_posix()):
        digest.update(f"{path.relative_to(root).as_posix()}\0{sha256_file(path)}\n".encode())
    return digest.hexdigest()
