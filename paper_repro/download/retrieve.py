"""One file to its final name: from the first address that gives it, tried again as needed, and verified."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.download import decisions
from paper_repro.download.connection import Answer
from paper_repro.download.decisions import AgainError, GoneError
from paper_repro.download.http import Client, FetchError
from paper_repro.download.partial import Partial, tidy

WRONG_AGAIN = 2  # how often a file that came whole but wrong is fetched anew

Report = Callable[[int, int | None], None]  # bytes of the file that are there, bytes it has


@dataclass(frozen=True)
class Item:
    """A file to fetch.

    urls: first choice, then fallbacks; path: final name; size: in bytes, and digest: ("sha256" or "md5", hex digits),
    where known; check: a reader's check of a file (its partial, which has another name), which raises UserError with
    the reason; most_bytes: what the file may have where its size isn't known.
    """

    urls: tuple[str, ...]
    path: Path
    size: int | None = None
    digest: tuple[str, str] | None = None
    check: Callable[[Path], None] | None = None
    most_bytes: int = decisions.MOST_BYTES


@dataclass(frozen=True)
class Whole:
    """A file that is there: where from, against what it was verified, its hash."""

    url: str
    verified: str
    sha256: str


class WrongError(Exception):
    """A file is not what it should be; says in what."""


def verify(path: Path, item: Item, size: int | None = None) -> tuple[str, str]:
    """Against what a file was verified, and its SHA-256. Raises WrongError."""
    actual_size = path.stat().st_size
    size = item.size if size is None else size
    if decisions.differ(size, actual_size):
        raise WrongError(f"expected {size} bytes, found {actual_size}")
    kind, digest = item.digest or ("sha256", "")
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in {"sha256", kind}}
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            for hashing in hashes.values():
                hashing.update(block)
    sha256, actual_digest = hashes["sha256"].hexdigest(), hashes[kind].hexdigest()
    if item.digest:
        if actual_digest != digest.lower():
            raise WrongError(f"expected {kind} {digest.lower()}, found {actual_digest}")
        return (kind if kind == "sha256" else f"{kind} {actual_digest}"), sha256
    if item.check:
        try:
            item.check(path)
        except UserError as error:
            raise WrongError(f"is no such file ({error})") from error
    return ", ".join(["size"] * (size is not None) + ["reader"] * (item.check is not None)) or "nothing", sha256


def retrieve(client: Client, item: Item, report: Report | None) -> Whole:
    """Leave the whole, verified file at its final name, as it is there or as a server gives it.

    Raises FetchError if it can't be had, UserError for what is wrong with its place.
    """
    try:
        return _present(item) or _from_first_url(client, item, report)
    except OSError as error:
        raise UserError(f"{item.path}: can't be written ({error}); free the place or choose another folder, then run "
                        "the same command again.") from error


def _present(item: Item) -> Whole | None:
    """The file if it is there and right."""
    if item.path.is_dir():
        raise IsADirectoryError(f"{item.path} is a folder")
    if not item.path.is_file():
        return None
    try:
        whole = Whole(item.urls[0], *verify(item.path, item))
    except WrongError:
        return None
    tidy(item.path)
    return whole


def _from_first_url(client: Client, item: Item, report: Report | None) -> Whole:
    """Fetch the file from the first address that gives it."""
    failures = []
    with Partial(item.path, client.sleep) as partial:
        if partial.waited and (whole := _present(item)):  # another process has fetched it meanwhile
            return whole
        for url in item.urls:
            try:
                return _from_url(client, url, item, partial, report)
            except FetchError as failure:
                failures.append(failure)
    raise FetchError("; ".join(failure.what for failure in failures)) from failures[0]


def _from_url(client: Client, url: str, item: Item, partial: Partial, report: Report | None) -> Whole:
    """Fetch the file from one address, in as many tries as the policy allows."""
    furthest, wrong = partial.size, 0

    def progressed() -> bool:
        nonlocal furthest
        far = partial.size >= furthest + decisions.STEP_BYTES
        furthest = max(furthest, partial.size) if far else furthest
        return far

    def once() -> Whole:
        nonlocal wrong
        size = _body(client, url, item, partial, report)
        try:
            whole = Whole(url, *verify(partial.path, item, size))
        except WrongError as error:
            wrong += 1
            partial.discard()
            if wrong > WRONG_AGAIN:
                raise GoneError(f"{url}: {error}, each of {wrong} times") from error
            raise AgainError(f"{url}: {error}", fresh=True) from error
        partial.finish()
        return whole

    def use() -> Whole:
        before = partial.size
        try:
            return once()
        except AgainError as failure:
            if not failure.fresh:
                raise
            partial.discard()
            if not before:
                raise
        return once()  # what had been kept may have been to blame

    return client.tried(url, use, progressed)


def _body(client: Client, url: str, item: Item, partial: Partial, report: Report | None) -> int | None:
    """Ask once and append what comes to the partial; all has come. Returns the file's size where it is known.

    Raises AgainError, GoneError; UserError if the disk has no room.
    """
    offset, headers = decisions.resume(partial.size, partial.known, url, hashed=item.digest is not None)
    with client.ask(url, headers) as answer:
        start, known = decisions.place(url, answer.status, answer.headers, offset, partial.known, item.size)
        total = item.size if known.size is None else known.size
        most = item.most_bytes if item.size is None else item.size
        if total is not None and total > most:
            raise GoneError(f"{url}: expected at most {most} bytes, the server has {total}")
        if total is None and not (decisions.chunked(answer.headers) or item.digest or item.check):
            raise GoneError(f"{url}: nothing says whether it came whole (no size, no hash)")
        block = _read(answer, start, total)
        while 0 < len(block) < decisions.SNIFFED_BYTES and (more := _read(answer, start + len(block), total)):
            block += more
        if decisions.web_page(url, answer.headers, b"" if start else block):
            raise AgainError(f"{url}: expected a file, found a web page (a login, an error or a notice)")
        partial.cut(start, known)
        partial.room(partial.size if total is None else total)
        while block:
            if total is not None and partial.size + len(block) > total:
                raise AgainError(f"{url}: expected {total} bytes, found more", fresh=True)
            if partial.size + len(block) > most:
                partial.discard()
                raise GoneError(f"{url}: expected at most {most} bytes, found more")
            partial.write(block)
            if report:
                report(partial.size, total)
            client.sleep(0)
            block = _read(answer, partial.size, total)
    if decisions.differ(total, partial.size):
        raise AgainError(f"{url}: broke off, expected {total} bytes, found {partial.size}")
    return total


def _read(answer: Answer, done: int, total: int | None) -> bytes:
    """The next bytes of a body. Raises AgainError that says how far the file came."""
    return answer.read(f" after {done} bytes{'' if total is None else f' of {total}'}")
