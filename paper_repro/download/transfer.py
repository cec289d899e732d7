"""Files from the network to the disk: each is whole and verified under its final name, or not there.

What has come of a file stays beside it (`partial`), for the next try or the next command.
"""

import itertools
import shutil
import threading
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from paper_repro.base.errors import UserError
from paper_repro.base.progress import Progress
from paper_repro.download.http import Client, FetchError, Policy
from paper_repro.download.ledger import Entry, Ledger
from paper_repro.download.partial import partial_of
from paper_repro.download.retrieve import Item, Report, retrieve

__all__ = ["DownloadError", "FetchError", "Item", "download", "fetch", "fetch_all", "trusted"]

MOST_WORKERS = 16


class DownloadError(UserError):
    """A download that came to nothing; `what` says what happened, the message also what to do."""

    def __init__(self, what: str, path: Path, sha256: str) -> None:
        super().__init__(f"{what}; try again, or put the file there by hand as {path} (sha256 {sha256}).")
        self.what = what


def fetch(client: Client, item: Item, ledger: Ledger, report: Report | None = None) -> Entry:
    """Leave the whole, verified file at its final name, and enter it in the ledger.

    A file that is there is trusted if the ledger has it with its size and time, else verified; one that is wrong is
    replaced, but only by the right one. Raises FetchError if it can't be had, UserError if it can't be written.
    """
    entry = trusted(item, ledger)
    if entry is not None:
        return entry
    whole = retrieve(client, item, report)
    stat = item.path.stat()
    entry = Entry(whole.url, ledger.name(item.path), stat.st_size, whole.sha256, whole.verified,
                  f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", stat.st_mtime_ns)
    ledger.add(entry)
    return entry


def trusted(item: Item, ledger: Ledger) -> Entry | None:
    """The ledger's entry of a file that is as it was entered and fits the item; None without one."""
    entry = ledger.get(item.path)
    if entry is None or not item.path.is_file():
        return None
    stat = item.path.stat()
    kind, digest = item.digest or ("", "")
    fits = {"": True, "sha256": entry.sha256 == digest.lower(), "md5": entry.verified == f"md5 {digest.lower()}"}[kind]
    same = (stat.st_size, stat.st_mtime_ns) == (entry.bytes, entry.mtime_ns)
    return entry if same and fits and item.size in {None, entry.bytes} else None


def fetch_all(client: Client, items: Sequence[Item], ledger: Ledger, label: str) -> list[tuple[Item, FetchError]]:
    """Fetch many files at once, as many from each host as the client's policy says; failures come back.

    Progress is reported in bytes, where all sizes are known, else in files. Raises UserError before anything is
    fetched if the disk has no room for all, and as soon as a file can't be written; an interrupt stops all.
    """
    if not items:
        return []
    room(items)
    count = _Count(label, items)

    def fetch_counted(item: Item) -> FetchError | None:
        try:
            entry = fetch(client, item, ledger, count.of(item))
        except FetchError as failure:
            count.ended(item, None)
            return failure
        count.ended(item, entry.bytes)
        return None

    hosts = {urlsplit(item.urls[0]).netloc for item in items}
    workers = min(len(items), MOST_WORKERS, client.policy.per_host * len(hosts))
    with ThreadPoolExecutor(workers, thread_name_prefix="fetch") as pool:
        futures = {pool.submit(fetch_counted, item): item for item in _in_turn(items)}
        try:
            done, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failed = {id(futures[future]): future.result() for future in done}
        except BaseException:
            client.stop()
            pool.shutdown(cancel_futures=True)
            raise
    return [(item, failure) for item in items if (failure := failed[id(item)]) is not None]


def room(items: Sequence[Item]) -> None:
    """Raise UserError if a disk has less space than the files that are missing on it need, as far as that is known."""
    needed: defaultdict[int, int] = defaultdict(int)
    places: dict[int, Path] = {}
    for item in items:
        if item.size is None or item.path.is_file():
            continue
        place = next(folder for folder in item.path.absolute().parents if folder.is_dir())
        partial = partial_of(item.path)
        needed[place.stat().st_dev] += max(0, item.size - (partial.stat().st_size if partial.is_file() else 0))
        places[place.stat().st_dev] = place
    for device, size in needed.items():
        free = shutil.disk_usage(places[device]).free
        if size > free:
            raise UserError(f"{places[device]}: {size / 1e9:.3f} GB are to be fetched ({size} bytes), but only "
                            f"{free / 1e9:.3f} GB are free on its disk ({free} bytes); free some space or choose "
                            "another folder with OUT=.")


def _in_turn(items: Sequence[Item]) -> list[Item]:
    """The items, hosts taking turns, so that none waits until another is done."""
    hosts: defaultdict[str, list[Item]] = defaultdict(list)
    for item in items:
        hosts[urlsplit(item.urls[0]).netloc].append(item)
    return [item for turn in itertools.zip_longest(*hosts.values()) for item in turn if item is not None]


class _Count:
    """The progress of many files, counted by many threads."""

    def __init__(self, label: str, items: Sequence[Item]) -> None:
        self.lock = threading.Lock()
        self.in_bytes = all(item.size is not None for item in items)
        self.counted: dict[int, int] = {}
        total = sum(item.size or 0 for item in items) if self.in_bytes else len(items)
        self.progress = Progress(label, total, "bytes" if self.in_bytes else "files")

    def of(self, item: Item) -> Report:
        """The callable that counts the bytes of one file."""
        def report(done: int, _total: int | None) -> None:
            if self.in_bytes:
                self._to(item, done)
        return report

    def ended(self, item: Item, size: int | None) -> None:
        """Count a file as there, with `size` bytes, or (None) as failed."""
        if self.in_bytes:
            self._to(item, 0 if size is None else size)
        elif size is not None:
            self._to(item, 1)

    def _to(self, item: Item, done: int) -> None:
        with self.lock:
            fresh = done - self.counted.get(id(item), 0)
            self.counted[id(item)] = done
            if fresh:
                self.progress.step(fresh)


def download(url: str, path: Path, sha256: str, *, timeout_s: float = 5.0, progress: bool = True) -> None:
    """Fetch `url` to `path`, which exists afterwards only if its SHA-256 is `sha256` (64 hex digits).

    A file that is already there with that hash is left alone, without a request; one with another hash is replaced,
    but only by the right one. `timeout_s` bounds the time until the server answers (names and addresses included) and
    each silence after that. `progress` reports on standard error.
    Raises DownloadError, and leaves `path` as it was, if the server can't be reached or refuses, if the body is
    a web page, breaks off (the next call resumes there) or has another hash; UserError if `path` can't be written.
    """
    shown: list[Progress] = []

    def report(done: int, total: int | None) -> None:
        if total is not None:
            if not shown:
                shown.append(Progress(f"download {url.rsplit('/', 1)[-1]}", total, "bytes"))
            shown[0].step(done - shown[0].done)

    with Client(Policy(tries=1, timeout_s=timeout_s, connect_s=timeout_s)) as client:
        try:
            retrieve(client, Item((url,), path, digest=("sha256", sha256)), report if progress else None)
        except FetchError as failure:
            raise DownloadError(failure.what, path, sha256) from failure
