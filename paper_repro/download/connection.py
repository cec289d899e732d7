"""One request and its answer: pooled connections, or a file of a local mirror. Nothing is tried twice here."""

import contextlib
import email.utils
import functools
import queue
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

import urllib3

from paper_repro.download.decisions import AgainError, GoneError, Headers, Policy

BLOCK_BYTES = 1 << 18
POLL_S = 0.2


class Stopped(Exception):  # noqa: N818
    """The client was told to stop, from another thread."""


class Body(Protocol):
    """What a body is read from; urllib3's response, or an open file."""

    def read1(self, amt: int, /) -> bytes:
        """What has arrived, at most `amt` bytes; none at the end."""

    def close(self) -> None:
        """Give up what is left."""


class Answer:
    """An answer, its body not read yet. headers: names in lower case."""

    def __init__(self, url: str, status: int, headers: Headers, body: Body, count: Callable[[int], None]) -> None:
        self.url, self.status, self.headers, self.body, self.count = url, status, headers, body, count

    def read(self) -> bytes:
        """The next bytes of the body, none at its end. Raises AgainError if the connection fails."""
        try:
            block = self.body.read1(BLOCK_BYTES)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            raise AgainError(f"{self.url}: broke off ({words(error)})") from error
        self.count(len(block))
        return block

    def shut(self) -> None:
        """End a read that another thread waits in."""
        if isinstance(self.body, urllib3.BaseHTTPResponse):
            with contextlib.suppress(ValueError, RuntimeError, OSError):  # read to its end meanwhile
                self.body.shutdown()


class Connections:
    """Connections to all hosts, for all threads. count: told the bytes of bodies that arrive; stopped: ends waits."""

    def __init__(self, policy: Policy, count: Callable[[int], None], stopped: threading.Event) -> None:
        self.policy, self.count, self.stopped = policy, count, stopped
        self._lock = threading.Lock()
        self._pools: dict[str | None, urllib3.PoolManager] = {}  # by proxy

    def close(self) -> None:
        """Close all that are idle."""
        for pool in self._pools.values():
            pool.clear()

    def send(self, method: str, url: str, headers: Headers) -> Answer:
        """The answer to one request, of whatever status; within the policy's time, looking up the name included.

        Raises AgainError if there is none, GoneError if there can't be.
        """
        parts = urlsplit(url)
        if parts.scheme == "file":
            return self._local(url, headers)
        try:
            request = functools.partial(
                self._pool(url).request, method, url, preload_content=False, decode_content=False, redirect=False,
                headers={"User-Agent": user_agent(), "Accept-Encoding": "identity", **headers})
            response = within(self.policy.timeout_s, request, self.stopped)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            lost = isinstance(error, urllib3.exceptions.NewConnectionError | urllib3.exceptions.ConnectTimeoutError)
            raise AgainError(f"{url}: can't be fetched ({words(error)})", unreachable=lost) from error
        said = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url, response.status, said, response, self.count)

    def _local(self, url: str, headers: Headers) -> Answer:
        """A file of a local mirror, answered as a server would. Raises GoneError if there is none."""
        path = Path(urllib.request.url2pathname(urlsplit(url).path))
        try:
            body = path.open("rb")
        except OSError as error:
            raise GoneError(f"{url}: can't be read ({error.strerror})") from error
        about = path.stat()
        etag = f'"{about.st_size:x}-{about.st_mtime_ns:x}"'
        said = {"content-length": str(about.st_size), "etag": etag, "accept-ranges": "bytes",
                "last-modified": email.utils.formatdate(about.st_mtime, usegmt=True)}
        part = re.fullmatch(r"bytes=([0-9]+)-[0-9]*", headers.get("Range", ""))
        if part is None or headers.get("If-Range", etag) != etag or about.st_size == 0:
            return Answer(url, 200, said, body, self.count)
        first = int(part[1])
        body.seek(first)
        said |= {"content-range": f"bytes {first}-{about.st_size - 1}/{about.st_size}",
                 "content-length": str(about.st_size - first)}
        return Answer(url, 206 if first < about.st_size else 416, said, body, self.count)

    def _pool(self, url: str) -> urllib3.PoolManager:
        """The connections that lead to an address: direct, or through the proxy that the environment names."""
        parts = urlsplit(url)
        bypass = urllib.request.proxy_bypass(parts.hostname or "")
        proxy = None if bypass else urllib.request.getproxies().get(parts.scheme)
        with self._lock:
            if proxy not in self._pools:
                timeout = urllib3.Timeout(connect=min(self.policy.connect_s, self.policy.timeout_s),
                                          read=self.policy.timeout_s)
                make = functools.partial(urllib3.ProxyManager, proxy) if proxy else urllib3.PoolManager
                self._pools[proxy] = make(num_pools=32, maxsize=self.policy.per_host, timeout=timeout, retries=False)
            return self._pools[proxy]


def within(seconds: float, send: Callable[[], urllib3.BaseHTTPResponse],
           stopped: threading.Event) -> urllib3.BaseHTTPResponse:
    """What `send` gives, or TimeoutError after `seconds`; Stopped when `stopped` is set meanwhile.

    Timeouts of connections leave out the name's resolution and count anew for each address of the server and each
    line of its answer, so that a network that swallows everything would hold the caller for minutes.
    """
    answer: queue.SimpleQueue[urllib3.BaseHTTPResponse | BaseException] = queue.SimpleQueue()
    too_late = threading.Event()

    def work() -> None:
        try:
            response = send()
        except BaseException as error:
            answer.put(error)
            return
        answer.put(response)
        if too_late.is_set():
            response.close()

    threading.Thread(target=work, name="download", daemon=True).start()
    end = time.monotonic() + seconds
    while True:
        try:
            found = answer.get(timeout=max(0.0, min(POLL_S, end - time.monotonic())))
        except queue.Empty:
            if stopped.is_set() or time.monotonic() >= end:
                too_late.set()
                raise Stopped if stopped.is_set() else TimeoutError(f"no answer within {seconds:g} s") from None
            continue
        if isinstance(found, BaseException):
            raise found
        return found


def words(error: BaseException) -> str:
    """What an error says, in one line, without the library's wrapping."""
    inner = error.__cause__
    if isinstance(error, urllib3.exceptions.HTTPError) and inner is not None:
        return words(inner)
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache
def user_agent() -> str:
    """How the project names itself to a server."""
    try:
        number = version("paper-repro")
    except PackageNotFoundError:  # run from a checkout that isn't installed
        number = "0"
    return f"paper_repro/{number} (reproduction of Mittendorf et al. 2024, clouds of Venus)"
