"""Fetching the authors' trained encoders from Hugging Face: what the repository lists, each file held to its hash."""

import re
import urllib.parse
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paper_repro.base.errors import UserError
from paper_repro.download.decisions import MOST_BYTES
from paper_repro.download.http import Client, FetchError
from paper_repro.download.ledger import Ledger
from paper_repro.download.source import Source
from paper_repro.download.transfer import Item, fetch_all
from paper_repro.encoders.authors import REPOSITORY, Key, choose

LISTING, FILES = f"api/models/{REPOSITORY}?blobs=true", f"{REPOSITORY}/resolve/main/"
MOST_FILES, MOST_PATH = 10_000, 1000  # of a repository; characters of a path
SHOWN = 200  # characters of it in a sentence


@dataclass(frozen=True)
class Listed:
    """A file of the repository: path in it, size and SHA-256 where the listing has them."""

    path: str
    size: int | None = None
    sha256: str | None = None


def fetch_authors(client: Client, source: Source, root: Path, ledger: Ledger, wanted: Collection[Key] | None = None,
                  check: Callable[[Path], None] | None = None) -> dict[Key, Path]:
    """Fetch the authors' checkpoints (those `wanted`, default: all that fit) and return what is there of them.

    check: a reader's check. Says what is left out, and which of those wanted there are none of. Raises FetchError if
    the repository can't be asked, gives no list, or one of the files can't be had; UserError for one that has changed.
    """
    files = {file.path: file for file in _local(source) or _listed(client, source)}
    chosen, left_out = choose(files)
    for path, reason in left_out.items():
        print(f"checkpoints: left out {path}: {reason}")
    for model, name in sorted(set(wanted or ()) - chosen.keys()):
        print(f"checkpoints: the authors have none of {model} for {name}")
    chosen = {key: path for key, path in chosen.items() if wanted is None or key in wanted}
    items = [_item(files[path], source, root, ledger, check) for path in chosen.values()]
    failed = fetch_all(client, items, ledger, "checkpoints")
    if failed:
        raise FetchError("; ".join(failure.what for _, failure in failed))
    return {key: root / path for key, path in chosen.items()}


def _listed(client: Client, source: Source) -> list[Listed]:
    """The repository's files. Raises FetchError."""
    url = source.base + LISTING
    answer = client.json(url)
    siblings = answer.get("siblings") if isinstance(answer, dict) else None
    if not isinstance(siblings, list) or not all(isinstance(file, dict) for file in siblings):
        actual = f"a {type(answer).__name__}" if not isinstance(answer, dict) else f"the keys {sorted(answer)[:10]}"
        raise FetchError(f"{url}: expected a list `siblings` of files, found {actual[:SHOWN]}")
    if len(siblings) > MOST_FILES:
        raise FetchError(f"{url}: expected at most {MOST_FILES} files, found {len(siblings)}")
    return [_parsed(file, url) for file in siblings]


def _parsed(listed: Mapping[str, Any], url: str) -> Listed:
    """One file of the list. Raises FetchError for a path that leads elsewhere."""
    path = str(listed.get("rfilename"))
    if not path.isprintable() or "\\" in path or {"", ".", ".."} & set(path.split("/")) or len(path) > MOST_PATH:
        raise FetchError(f"{url}: expected names of files, found {path[:SHOWN]!a}")
    lfs = listed["lfs"] if isinstance(listed.get("lfs"), dict) else {}
    size, sha256 = lfs.get("size", listed.get("size")), str(lfs.get("sha256") or lfs.get("oid"))
    return Listed(path, size if isinstance(size, int) else None,
                  sha256.lower() if re.fullmatch(r"[0-9a-fA-F]{64}", sha256) else None)


def _local(source: Source) -> list[Listed]:
    """The files of a folder that stands for the repository; none for an address."""
    folder = source.folder
    return [] if folder is None else [Listed(path.relative_to(folder).as_posix(), path.stat().st_size)
                                      for path in folder.rglob("*") if path.is_file()]


def _item(listed: Listed, source: Source, root: Path, ledger: Ledger, check: Callable[[Path], None] | None) -> Item:
    """What to fetch. Raises UserError if the authors' file is another than the one seen before, or far too large."""
    if listed.size is not None and listed.size > MOST_BYTES:
        raise FetchError(f"{source.base}: expected checkpoints of at most {MOST_BYTES} bytes, found {listed.path} with "
                         f"{listed.size}")
    path, folder = root / listed.path, FILES if source.folder is None else ""
    url = source.base + folder + urllib.parse.quote(listed.path)
    known = ledger.get(path)
    if known and listed.sha256 not in {None, known.sha256}:
        raise UserError(f"{url}: expected sha256 {known.sha256}, as when it was first seen, but the list says "
                        f"{listed.sha256}: the authors have changed it; delete {path} and its line in {ledger.file} to "
                        "take the new one.")
    sha256 = listed.sha256 or (known.sha256 if known else None)
    return Item((url,), path, listed.size, ("sha256", sha256) if sha256 else None, check)
