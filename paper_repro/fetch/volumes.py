"""The tree of an archive of spacecraft images: volumes or data sets, orbits, files; looked through by their listings.

What an orbit's folder had is kept, and is asked for again only when its date in the listing above it has changed.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from paper_repro.base.files import read_json, write_json
from paper_repro.base.progress import Progress
from paper_repro.download import checksums, listings
from paper_repro.download.http import Client, FetchError, Head
from paper_repro.download.listings import Entry
from paper_repro.download.source import Source
from paper_repro.fetch.layout import Shape

THREADS = 8  # more than the client sends to one host at once, so that none of its turns is lost
# Of one archive, many times what the known ones have, lest one that lists folders without end is followed forever
MOST_LEVELS, MOST_FOLDERS, MOST_ENTRIES = 6, 100_000, 5_000_000
MOST_SUMS_BYTES = 1 << 25  # of one file of checksums
A = TypeVar("A")
B = TypeVar("B")


@dataclass
class Found:
    """What an archive has.

    files: path -> stamp; bundles: volume -> files that hold the whole of it; sums: path of each file of checksums ->
    stamp; failed: sentences about listings that couldn't be had; notes: about volumes without a file that is wanted.
    """

    files: dict[str, str] = field(default_factory=dict)
    bundles: dict[str, list[str]] = field(default_factory=dict)
    sums: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class Tree:
    """One archive, asked at the first of its addresses that answers; `kept`: file of earlier listings."""

    def __init__(self, client: Client, source: Source, kept: Path) -> None:
        self.client, self.source, self.kept = client, source, kept
        self._bases = source.bases
        stored = read_json(kept) or {}
        self._known: dict[str, dict[str, Any]] = {
            kind: value if isinstance(value := stored.get(kind), dict) else {} for kind in ("folders", "md5")}
        self._changed = False
        self._lock = threading.Lock()
        self._folders = self._entries = 0  # that were listed

    def urls(self, path: str) -> tuple[str, ...]:
        """Addresses of a file, the one that answered last first."""
        return (*(base + listings.quoted(path) for base in self._bases), *self.source.copies(path))

    def first_bytes(self, path: str, count: int) -> tuple[bytes, Head]:
        """The first `count` bytes of a file. Raises FetchError."""
        return self._first(path, lambda url: self.client.first_bytes(url, count))

    def head(self, path: str) -> Head:
        """What the server says of a file. Raises FetchError."""
        return self._first(path, self.client.head)

    def size(self, path: str) -> int:
        """Bytes of a file, counted where the server doesn't say it. Raises FetchError."""
        return self._first(path, self.client.size)

    def _first(self, path: str, ask: Callable[[str], A]) -> A:
        """The answer of the first address that has one. Raises the first FetchError if none has."""
        failure: FetchError | None = None
        bases = self._bases  # other threads may change their order meanwhile
        urls = (*(base + listings.quoted(path) for base in bases), *self.source.copies(path))
        for number, url in enumerate(urls):
            try:
                answer = ask(url)
            except FetchError as error:
                failure = failure or error
                continue
            if failure is not None and number < len(bases):
                self._bases = (bases[number], *(base for base in bases if base != bases[number]))
            return answer
        assert failure is not None
        raise failure

    def folder(self, path: str) -> list[Entry]:
        """What is in a folder. Raises FetchError, also where more was listed than any known archive has."""
        with self._lock:
            self._folders += 1
            if self._folders > MOST_FOLDERS or self._entries > MOST_ENTRIES:
                raise FetchError(f"{self.source.base}: lists more than {MOST_FOLDERS} folders or {MOST_ENTRIES} "
                                 "entries, many times what the known archives have; the rest was not looked into")
        entries = self._first(path, lambda url: listings.listing(self.client, url))
        with self._lock:
            self._entries += len(entries)
        return entries

    def leaf(self, path: str, stamp: str, wanted: Callable[[str], bool]) -> list[Entry]:
        """The wanted files of an orbit's folder, as kept if its stamp says that it is the same. Raises FetchError."""
        old_stamp, old = self._kept_folder(path)
        if stamp and old_stamp == stamp:
            return old
        entries = [entry for entry in self.folder(path) if wanted(entry.name)]
        self._keep("folders", path, [stamp, [[entry.name, entry.stamp] for entry in entries]])
        return entries

    def _kept_folder(self, path: str) -> tuple[str, list[Entry]]:
        """Stamp and wanted files of an orbit's folder as kept; ("", []) where nothing valid is."""
        try:
            stamp, rows = self._known["folders"][path]
            return str(stamp), [Entry(str(name), str(its_stamp)) for name, its_stamp in rows]
        except (KeyError, TypeError, ValueError):
            return "", []

    def sums(self, path: str, stamp: str, wanted: Callable[[str], bool]) -> dict[str, tuple[str, ...]]:
        """What a file of checksums says of the wanted files (`checksums.parse`). Raises FetchError."""
        try:
            old_stamp, kept = self._known["md5"][path]
            old = {str(name): tuple(map(str, digests)) for name, digests in kept.items()}
        except (KeyError, TypeError, ValueError, AttributeError):
            old_stamp, old = "", {}
        if stamp and old_stamp == stamp:
            return old
        text = self._first(path, lambda url: self.client.text(url, MOST_SUMS_BYTES))
        digests = {name: md5 for name, md5 in checksums.parse(text).items() if wanted(name.rpartition("/")[2])}
        self._keep("md5", path, [stamp, digests])
        return digests

    def _keep(self, kind: str, path: str, value: object) -> None:
        with self._lock:
            self._known[kind][path] = value
            self._changed = True

    def save(self) -> None:
        """Write what is to be kept."""
        if self._changed:
            write_json(self.kept, self._known)

    def find(self, shape: Shape, wanted: Callable[[str], bool]) -> Found:
        """All files of the archive whose names are `wanted`. Raises FetchError if a root can't be listed."""
        found = Found()
        volumes: dict[str, str] = {}
        for root in (*shape.roots, *self._data_sets(shape, found)):
            entries = self.folder(root)
            for entry in entries:
                if shape.volume.fullmatch(entry.name):
                    volumes[f"{root}{entry.name}/"] = entry.stamp
                elif shape.bundle and (match := shape.bundle.fullmatch(entry.name)):
                    found.bundles.setdefault(f"{root}{match[1]}/", []).append(root + entry.name)
            found.sums |= self._sums(root, entries)
            if not any(path.startswith(root) for path in (*volumes, *found.bundles)):
                names = ", ".join(entry.name for entry in entries[:5]) or "nothing"
                found.failed.append(f"{self.urls(root)[0]}: expected folders whose names are as "
                                    f"{shape.volume.pattern}, found {names}")
        leaves = self._leaves(shape, volumes, wanted, found)
        progress = Progress(f"{self.source.name} folders", len(leaves), "folders")
        for path, entries in self._each(lambda path: self.leaf(path, leaves[path], wanted), leaves, found):
            found.files |= {path + entry.name: entry.stamp for entry in entries}
            progress.step()
        for volume in sorted({*volumes, *found.bundles}):
            if not any(name.startswith(volume) for name in found.files):
                only = " as single files, only as a bundle" if volume in found.bundles else ""
                found.notes.append(f"{volume}: no file that is wanted was found{only}")
        found.failed = list(dict.fromkeys(found.failed))
        return found

    def _data_sets(self, shape: Shape, found: Found) -> list[str]:
        """Folders of all versions of data sets whose names aren't known beforehand. Raises FetchError."""
        made = []
        for parent, pattern in shape.data_sets:
            names = [entry.name for entry in self.folder(parent)]
            made += [f"{parent}{name}/" for name in names if pattern.fullmatch(name)]
            if not any(map(pattern.fullmatch, names)):
                found.failed.append(f"{self.urls(parent)[0]}: expected a folder whose name is as {pattern.pattern}, "
                                    f"found none among {len(names)}")
        return made

    def _leaves(self, shape: Shape, volumes: dict[str, str], wanted: Callable[[str], bool], found: Found
                ) -> dict[str, str]:
        """Folders of orbits below volumes, with their stamps; files on the way are put into `found`."""
        leaves: dict[str, str] = {}
        level: Collection[str] = volumes
        for _ in range(MOST_LEVELS):
            below: list[str] = []
            for path, entries in self._each(self.folder, level, found):
                if path in volumes:
                    found.sums |= self._sums(path, entries)
                for entry in entries:
                    if entry.name.lower() in shape.down:
                        below.append(f"{path}{entry.name}/")
                    elif shape.leaf.fullmatch(entry.name):
                        leaves[f"{path}{entry.name}/"] = entry.stamp
                    elif wanted(entry.name):
                        found.files[path + entry.name] = entry.stamp
            level = below
        if level:
            others = f", as do {len(level) - 1} other folders" if len(level) > 1 else ""
            found.failed.append(f"{self.urls(next(iter(level)))[0]}: lies deeper than the {MOST_LEVELS} levels of "
                                f"folders that a volume may have{others}; not looked into")
        return leaves

    def _sums(self, path: str, entries: Iterable[Entry]) -> dict[str, str]:
        return {path + entry.name: entry.stamp for entry in entries if entry.name in self.source.checksums}

    def _each(self, listed: Callable[[str], list[Entry]], paths: Iterable[str], found: Found
              ) -> Iterator[tuple[str, list[Entry]]]:
        """The entries of each folder; of one that can't be listed, those it had when it last could."""
        def work(path: str) -> tuple[list[Entry], str]:
            try:
                return listed(path), ""
            except FetchError as error:
                return self._kept_folder(path)[1], error.what

        for path, (entries, failed) in at_once(self.client, work, paths):
            if failed:
                found.failed.append(failed)
            yield path, entries


def at_once(client: Client, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
    """Each item with the result of `work`, several at a time, in the order in which they finish.

    Whatever stops the caller also ends the waits of all threads.
    """
    with ThreadPoolExecutor(THREADS, "archive") as pool:
        todo = {pool.submit(work, item): item for item in items}
        try:
            for done in as_completed(todo):
                yield todo[done], done.result()
        except BaseException:
            client.stopped.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
