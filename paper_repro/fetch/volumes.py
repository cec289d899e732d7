"""The tree of an archive of spacecraft images: volumes or data sets, orbits, files; looked through by their listings.

What an orbit's folder had is kept, and is asked for again only when its date in the listing above it has changed.
"""

import re
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
from paper_repro.observations.observation import Header, Start

THREADS = 8  # more than the client sends to one host at once, so that none of its turns is lost
A = TypeVar("A")
B = TypeVar("B")


@dataclass(frozen=True)
class Shape:
    """How an archive lays out its files; paths are relative to its base and end with `/`.

    roots: folders whose listings have the volumes; volume: name of one; down: names (lower case) of the folders that
    lead from a volume to its orbits; leaf: name of an orbit's folder; bundle: name of a file of a root that holds a
    whole volume, whose name is its group 1.
    """

    roots: tuple[str, ...]
    volume: re.Pattern[str]
    down: frozenset[str]
    leaf: re.Pattern[str]
    bundle: re.Pattern[str] | None = None


@dataclass(frozen=True)
class Archive:
    """What fetching an instrument's files goes by; `ARCHIVE` of its own file.

    first_bytes: of a file, within which its header ends, nearly always. header_of: what the first bytes of an image
    and of its geometry (None: not asked for) say; raises ReaderError.
    """

    shape: Shape
    first_bytes: int
    header_of: Callable[[Start, Start | None], Header]


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
        self._known: dict[str, dict[str, Any]] = {kind: stored.get(kind, {}) for kind in ("folders", "sums")}
        self._changed = False
        self._lock = threading.Lock()

    def urls(self, path: str) -> tuple[str, ...]:
        """Addresses of a file, the one that answered last first."""
        return (*(base + listings.quoted(path) for base in self._bases), *self.source.copies(path))

    def first_bytes(self, path: str, count: int) -> tuple[bytes, Head]:
        """The first `count` bytes of a file. Raises FetchError."""
        return self._first(path, lambda url: self.client.first_bytes(url, count))

    def head(self, path: str) -> Head:
        """What the server says of a file. Raises FetchError."""
        return self._first(path, self.client.head)

    def _first(self, path: str, ask: Callable[[str], A]) -> A:
        """What the first address gives that gives anything. Raises FetchError of the first one."""
        failure: FetchError | None = None
        bases = self._bases  # other threads may change their order meanwhile
        urls = (*(base + listings.quoted(path) for base in bases), *self.source.copies(path))
        for place, url in enumerate(urls):
            try:
                answer = ask(url)
            except FetchError as error:
                failure = failure or error
                continue
            if failure is not None and place < len(bases):
                self._bases = (bases[place], *(one for one in bases if one != bases[place]))
            return answer
        assert failure is not None
        raise failure

    def folder(self, path: str) -> list[Entry]:
        """What is in a folder. Raises FetchError."""
        return self._first(path, lambda url: listings.listing(self.client, url))

    def leaf(self, path: str, stamp: str, wanted: Callable[[str], bool]) -> list[Entry]:
        """The wanted files of an orbit's folder, as kept if its stamp says that it is the same. Raises FetchError."""
        old = self._known["folders"].get(path)
        if old and stamp and old[0] == stamp:
            return [Entry(*one) for one in old[1]]
        found = [one for one in self.folder(path) if wanted(one.name)]
        self._keep("folders", path, [stamp, [[one.name, one.stamp] for one in found]])
        return found

    def sums(self, path: str, stamp: str, wanted: Callable[[str], bool]) -> dict[str, str]:
        """MD5 of the wanted files below the folder of a file of checksums, by path. Raises FetchError."""
        old = self._known["sums"].get(path)
        if not (old and stamp and old[0] == stamp):
            text = self._first(path, lambda url: self.client.text(url, 1 << 27))
            old = [stamp, {name: one for name, one in checksums.parse(text).items() if wanted(name.rpartition("/")[2])}]
            self._keep("sums", path, old)
        return dict(old[1])

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
        for root in shape.roots:
            entries = self.folder(root)
            for one in entries:
                if shape.volume.fullmatch(one.name):
                    volumes[f"{root}{one.name}/"] = one.stamp
                elif shape.bundle and (match := shape.bundle.fullmatch(one.name)):
                    found.bundles.setdefault(f"{root}{match[1]}/", []).append(root + one.name)
            found.sums |= self._sums(root, entries)
            if not any(path.startswith(root) for path in (*volumes, *found.bundles)):
                names = ", ".join(one.name for one in entries[:5]) or "nothing"
                found.failed.append(f"{self.urls(root)[0]}: expected folders whose names are as "
                                    f"{shape.volume.pattern}, found {names}")
        leaves = self._leaves(shape, volumes, wanted, found)
        progress = Progress(f"{self.source.name} folders", len(leaves), "folders")
        for path, entries in self._each(lambda path: self.leaf(path, leaves[path], wanted), leaves, found):
            found.files |= {path + one.name: one.stamp for one in entries}
            progress.step()
        for volume in sorted({*volumes, *found.bundles}):
            if not any(name.startswith(volume) for name in found.files):
                only = " as single files, only as a bundle" if volume in found.bundles else ""
                found.notes.append(f"{volume}: no file that is wanted was found{only}")
        return found

    def _leaves(self, shape: Shape, volumes: dict[str, str], wanted: Callable[[str], bool], found: Found
                ) -> dict[str, str]:
        """Folders of orbits below volumes, with their stamps; files on the way are put into `found`."""
        leaves: dict[str, str] = {}
        level: Collection[str] = volumes
        while level:
            below: list[str] = []
            for path, entries in self._each(self.folder, level, found):
                if path in volumes:
                    found.sums |= self._sums(path, entries)
                for one in entries:
                    if one.name.lower() in shape.down:
                        below.append(f"{path}{one.name}/")
                    elif shape.leaf.fullmatch(one.name):
                        leaves[f"{path}{one.name}/"] = one.stamp
                    elif wanted(one.name):
                        found.files[path + one.name] = one.stamp
            level = below
        return leaves

    def _sums(self, path: str, entries: Iterable[Entry]) -> dict[str, str]:
        return {path + one.name: one.stamp for one in entries if one.name in self.source.checksums}

    def _each(self, listed: Callable[[str], list[Entry]], paths: Iterable[str], found: Found
              ) -> Iterator[tuple[str, list[Entry]]]:
        """What is in each folder; of one that can't be listed, what was there when it last could."""
        def work(path: str) -> tuple[list[Entry], str]:
            try:
                return listed(path), ""
            except FetchError as error:
                old = self._known["folders"].get(path)
                return [Entry(*one) for one in old[1]] if old else [], error.what

        for path, (entries, failed) in at_once(self.client, work, paths):
            if failed:
                found.failed.append(failed)
            yield path, entries


def at_once(client: Client, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
    """Each item with what `work` makes of it, several at a time, as they are done.

    Whatever stops the caller ends the waiting of all threads, too.
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
