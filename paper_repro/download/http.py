"""Requests to the archives: pooled connections, a polite number at once, tried again where that can help.

What to do is decided in `decisions`; here it is done. `file:` addresses (a local mirror) are asked the same way.
"""

import contextlib
import random
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from paper_repro.base.errors import UserError
from paper_repro.base.files import parse_json
from paper_repro.download import decisions
from paper_repro.download.connection import Answer, Connections, user_agent
from paper_repro.download.decisions import AgainError, GoneError, Head, Headers, Policy
from paper_repro.download.patience import Stopped

__all__ = ["Client", "FetchError", "Head", "Policy", "Stopped", "user_agent"]

T = TypeVar("T")
MOST_REDIRECTS = 5
MOST_TEXT_BYTES = 1 << 22  # of a listing, many times what the largest folders need
DOWN_AFTER = 5  # files in a row that a host failed to give


class FetchError(UserError):
    """Something that couldn't be fetched; `what` says what happened and begins with the address."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; run the same command again, which resumes where this one stopped.")
        self.what = what


class Client:
    """Talks to the archives; one for all threads, closed at the end of a `with` block.

    redirects: host[:port] -> hosts that a redirect from it may lead to; seed: of the jitter. `moved` counts the bytes
    of bodies received.
    """

    def __init__(self, policy: Policy = Policy(), redirects: Mapping[str, Collection[str]] | None = None,  # noqa: B008
                 seed: int = 0) -> None:
        self.policy, self.redirects = policy, redirects or {}
        self.moved = 0
        self.stopped = threading.Event()
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._open: set[Answer] = set()
        self._turns: defaultdict[str, threading.Semaphore] = defaultdict(lambda: threading.Semaphore(policy.per_host))
        self._not_before: dict[str, float] = {}  # host -> time.monotonic()
        self._failed: defaultdict[str, int] = defaultdict(int)
        self._down: dict[str, str] = {}  # host -> why it isn't asked any more
        self._answered: set[str] = set()  # hosts
        self._connections = Connections(self.policy, self._count, self.stopped)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._connections.close()

    def stop(self) -> None:
        """End all requests and waits of other threads, which get Stopped; the client is of no use after that."""
        self.stopped.set()
        for answer in list(self._open):
            answer.shut()

    def json(self, url: str) -> Any:
        """A list of files in JSON, as an API answers. Raises FetchError."""
        try:
            return parse_json(self.text(url))
        except ValueError as error:
            raise FetchError(f"{url}: expected a list of files in JSON, found something else") from error

    def text(self, url: str, most_bytes: int = MOST_TEXT_BYTES) -> str:
        """A listing, an API's answer or a checksum file, gzip-encoded or not. Raises FetchError."""
        def use() -> str:
            with self.ask(url) as answer:
                gzipped = decisions.content_encoding(answer.headers) in decisions.GZIP
                if not gzipped:
                    decisions.place(url, answer.status, answer.headers, 0, None, None)
                body = b"".join(self._blocks(answer, most_bytes + 1))
                if len(body) <= most_bytes and decisions.differ(decisions.length(answer.headers), len(body)):
                    raise AgainError(f"{url}: broke off, expected {decisions.length(answer.headers)} bytes, found "
                                     f"{len(body)}")
                text = _inflated(url, body, most_bytes + 1) if gzipped else body
                if max(len(body), len(text)) > most_bytes:
                    raise GoneError(f"{url}: expected a text of at most {most_bytes} bytes, found more")
                return text.decode(errors="replace")
        return self.tried(url, use)

    def first_bytes(self, url: str, count: int = 1 << 16) -> tuple[bytes, Head]:
        """The first `count` bytes of a file, fewer if it is shorter, and what the server says of it. Raises FetchError.

        Of a server that ignores the range, no more is read either.
        """
        def use() -> tuple[bytes, Head]:
            with self.ask(url, {"Range": f"bytes=0-{count - 1}"}) as answer:
                if answer.status == 416:  # there is no first byte
                    return b"", Head(url, 0, None, None, ranges=True)
                head = _head(url, answer)
                first = b"".join(self._blocks(answer, count))
                if decisions.web_page(url, answer.headers, first):
                    raise AgainError(f"{url}: expected a file, found a web page (a login, an error or a notice)")
                if head.size is not None and len(first) < min(count, head.size):
                    raise AgainError(f"{url}: broke off, expected {count} bytes, found {len(first)}")
                return first[:count], head
        return self.tried(url, use)

    def head(self, url: str) -> Head:
        """What the server says of a file, without its body. Raises FetchError."""
        def use() -> Head:
            with self.ask(url, method="HEAD") as answer:
                answer.read()  # nothing, but then the connection can be used again
                return _head(url, answer)
        return self.tried(url, use)

    def size(self, url: str) -> int:
        """Bytes of a file as the server states them, else counted as they come. Raises FetchError."""
        with contextlib.suppress(FetchError):  # some servers refuse HEAD
            size = self.head(url).size
            if size is not None:
                return size

        def use() -> int:
            with self.ask(url) as answer:
                size = _head(url, answer).size
                if size is None:
                    size = sum(map(len, self._blocks(answer, decisions.MOST_BYTES + 1)))
                    if size > decisions.MOST_BYTES:
                        raise GoneError(f"{url}: expected at most {decisions.MOST_BYTES} bytes, found more")
                return size
        return self.tried(url, use)

    @staticmethod
    def _blocks(answer: Answer, count: int) -> Iterator[bytes]:
        """The body until `count` bytes are there."""
        while count > 0 and (block := answer.read()):
            yield block
            count -= len(block)

    def tried(self, url: str, use: Callable[[], T], progressed: Callable[[], bool] = lambda: False) -> T:
        """The result of `use`, called as often as the policy allows; tries count anew after one that `progressed`.

        Raises FetchError if none succeeds.
        """
        tried = 0
        while True:
            try:
                result = use()
            except GoneError as failure:
                raise FetchError(str(failure)) from failure
            except AgainError as failure:
                self.sleep(0)
                tried = 0 if progressed() else tried + 1
                with self._lock:
                    jitter = self._random.random()
                stranger = failure.unreachable and urlsplit(url).netloc not in self._answered
                wait = decisions.pause(tried, failure.wait_s, self.policy, jitter, stranger=stranger)
                if wait is None:
                    self._give_up(url, failure)
                    wait_asked = f", which asks to wait {failure.wait_s:.0f} s" if failure.wait_s else ""
                    times = f" (tried {tried} times)" if tried > 1 else ""
                    raise FetchError(f"{failure}{wait_asked}{times}") from failure
                self.sleep(wait)
            else:
                self._failed[urlsplit(url).netloc] = 0
                return result

    def _give_up(self, url: str, failure: AgainError) -> None:
        """Count a host's failures, so that a long list isn't tried in vain file by file."""
        host = urlsplit(url).netloc
        self._failed[host] += 1
        if failure.unreachable or self._failed[host] >= DOWN_AFTER:
            self._down.setdefault(host, str(failure))

    def sleep(self, seconds: float) -> None:
        """Wait. Raises Stopped if the client is told to stop meanwhile, or was before."""
        if self.stopped.wait(seconds):
            raise Stopped

    @contextlib.contextmanager
    def ask(self, url: str, headers: Headers | None = None, method: str = "GET") -> Iterator[Answer]:
        """One try: a good answer, redirects followed. Raises AgainError or GoneError."""
        address = url
        for _ in range(MOST_REDIRECTS + 1):
            host = _host(address)
            with self._lock:
                turn = self._turns[host]
            with turn:
                self.sleep(max(0.0, self._not_before.get(host, 0.0) - time.monotonic()))
                if host in self._down:
                    raise GoneError(f"{url}: not asked for, since {host} failed before ({self._down[host]})")
                answer = self._connections.send(method, address, headers or {})
                answer.url = url
                self._answered.add(host)
                with contextlib.closing(answer.body):
                    if answer.status not in {301, 302, 303, 307, 308}:
                        refused = decisions.refusal(url, answer.status, answer.headers, datetime.now(UTC))
                        if refused is None:
                            self._open.add(answer)
                            try:
                                yield answer
                            finally:
                                self._open.discard(answer)
                            return
                        if isinstance(refused, AgainError) and 0 < (refused.wait_s or 0) <= self.policy.longest_wait_s:
                            self._not_before[host] = time.monotonic() + (refused.wait_s or 0)
                        raise refused
            address = decisions.redirected(address, answer.headers.get("location"), self.redirects)
        raise GoneError(f"{url}: redirects more than {MOST_REDIRECTS} times")

    def _count(self, received: int) -> None:
        with self._lock:
            self.moved += received


def _inflated(url: str, body: bytes, most_bytes: int) -> bytes:
    """The first `most_bytes` of gzip-encoded bytes. Raises AgainError if it is broken or cut off."""
    inflating = zlib.decompressobj(wbits=31)
    try:
        text = inflating.decompress(body, most_bytes)
    except zlib.error as error:
        raise AgainError(f"{url}: expected gzip, found something else ({error})") from error
    if not inflating.eof and len(text) < most_bytes:
        raise AgainError(f"{url}: broke off inside its gzip encoding")
    return text


def _host(url: str) -> str:
    """Host and port of an address. Raises GoneError for what is none."""
    with contextlib.suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme == "file" or (parts.scheme in {"http", "https"} and parts.hostname and decisions.port(parts)):
            return parts.netloc
    raise GoneError(f"{url}: is no address of a file")


def _head(url: str, answer: Answer) -> Head:
    """What an answer's headers say."""
    part = decisions.content_range(answer.headers)
    size = part[1] if part else decisions.length(answer.headers)
    ranges = answer.status == 206 or "bytes" in answer.headers.get("accept-ranges", "").lower()
    return Head(url, size, answer.headers.get("etag"), answer.headers.get("last-modified"), ranges)
