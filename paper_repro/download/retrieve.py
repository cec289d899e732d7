"""One file to its final name: from the first address that gives it, in as many tries as it takes, verified."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from paper_repro.base.errors import UserError
from paper_repro.download import decisions
from paper_repro.download.connection import Answer, words
from paper_repro.download.decisions import AgainError, GoneError
from paper_repro.download.http import Client, FetchError
from paper_repro.download.partial import Partial, tidy

WRONG_AGAIN = 2  # how often a file that came whole but wrong is fetched anew

Report = Callable[[int, int | None], None]  # bytes of the file that are there, bytes it has


@dataclass(frozen=True)
class Item:
    """A file to fetch. urls: first choice, then fallbacks; path: final name; size in bytes and digest
    ("sha256" or "md5", hex digits) where known; check: a reader's check of a file (its partial, which has another
    name), which raises UserError with the reason.
    """  # noqa: D205

    urls: tuple[str, ...]
    path: Path
    size: int | None = None
    digest: tuple[str, str] | None = None
    check: Callable[[Path], None] | None = None


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
    found = path.stat().st_size
    size = item.size if size is None else size
    if decisions.differ(size, found):
        raise WrongError(f"expected {size} bytes, found {found}")
    kind, digest = item.digest or ("sha256", "")
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in {"sha256", kind}}
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            for one in hashes.values():
                one.update(block)
    sha256, found_digest = hashes["sha256"].hexdigest(), hashes[kind].hexdigest()
    if item.digest:
        if found_digest != digest.lower():
            raise WrongError(f"expected {kind} {digest.lower()}, found {found_digest}")
        return (kind if kind == "sha256" else f"{kind} {found_digest}"), sha256
    if item.check:
        try:
            item.check(path)
        except UserError as error:
            raise WrongError(f"is no such file ({error})") from error
    return ", ".join(["size"] * (size is not None) + ["reader"] * (item.check is not None)) or "nothing", sha256


def bring(client: Client, item: Item, report: Report | None) -> Whole:
    """See that the file is there. Raises FetchError, and UserError for what is wrong with its place."""
    try:
        return _found(item) or _from_first(client, item, report)
    except OSError as error:
        raise UserError(f"{item.path}: can't be written ({error}); free the place or choose another folder, then run "
                        "the same command again.") from error


def _found(item: Item) -> Whole | None:
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


def _from_first(client: Client, item: Item, report: Report | None) -> Whole:
    """Fetch the file from the first address that gives it."""
    failures = []
    with Partial(item.path, client.sleep) as partial:
        if partial.waited and (whole := _found(item)):  # another process has brought it meanwhile
            return whole
        for url in item.urls:
            try:
                return _from(client, url, item, partial, report)
            except FetchError as failure:
                failures.append(failure)
    raise FetchError("; ".join(failure.what for failure in failures)) from failures[0]


def _from(client: Client, url: str, item: Item, partial: Partial, report: Report | None) -> Whole:
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
    """Ask once and add what comes to the partial. Returns the file's size where it is known; all of it has come.

    Raises AgainError, GoneError; UserError if the disk has no room.
    """
    offset, headers = decisions.resume(partial.size, partial.known, url, hashed=item.digest is not None)
    with client.ask(url, headers) as answer:
        start, known = decisions.place(url, answer.status, answer.headers, offset, partial.known, item.size)
        total = item.size if known.size is None else known.size
        if total is None and not (decisions.chunked(answer.headers) or item.digest or item.check):
            raise GoneError(f"{url}: nothing says whether it came whole (no size, no hash)")
        block = _read(answer, url, start, total)
        while 0 < len(block) < decisions.SNIFFED_BYTES and (more := _read(answer, url, start + len(block), total)):
            block += more
        if decisions.web_page(url, answer.headers, b"" if start else block):
            raise AgainError(f"{url}: expected a file, found a web page (a login, an error or a notice)")
        partial.cut(start, known)
        partial.room(partial.size if total is None else total)
        while block:
            partial.write(block)
            if report:
                report(partial.size, total)
            if total is not None and partial.size > total:
                raise AgainError(f"{url}: expected {total} bytes, found more", fresh=True)
            client.sleep(0)
            block = _read(answer, url, partial.size, total)
    if decisions.differ(total, partial.size):
        raise AgainError(f"{url}: broke off, expected {total} bytes, found {partial.size}")
    return total


def _read(answer: Answer, url: str, done: int, total: int | None) -> bytes:
    """The next bytes of a body. Raises AgainError that says how far the file came."""
    try:
        return answer.read()
    except AgainError as error:
        of = "" if total is None else f" of {total}"
        raise AgainError(f"{url}: broke off after {done} bytes{of} ({words(error.__cause__ or error)})") from error
