"""One request and its answer: pooled connections, or a file of a local mirror. Nothing is tried twice here."""

import contextlib
import email.utils
import functools
import re
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import urllib3

from paper_repro.download.decisions import AgainError, GoneError, Headers, Policy, chunked
from paper_repro.download.patience import POOLS, within

BLOCK_BYTES = 1 << 18


class Body(Protocol):
    """What a body is read from: urllib3's response or an open file."""

    def read1(self, amt: int, /) -> bytes:
        """What has arrived, at most `amt` bytes; none at the end."""

    def close(self) -> None:
        """Give up the rest."""


class Answer:
    """An answer, its body not read yet. headers: names in lower case; count: is told the bytes that arrive."""

    def __init__(self, url: str, status: int, headers: Headers, body: Body, policy: Policy,
                 count: Callable[[int], None]) -> None:
        self.url, self.status, self.headers, self.body, self.policy = url, status, headers, body, policy
        self.count = count
        self._window_bytes, self._window_s = 0, 0.0  # received since the rate was last checked, and waited for that
        self._is_shut = False

    def read(self, progress: str = "") -> bytes:
        """The next bytes of the body, none at its end.

        Raises AgainError, with `progress` in the sentence, if the connection fails or is slower than the policy allows.
        """
        start, block = time.monotonic(), b""
        failure: Exception | None = None
        try:
            with self._limited():
                block = self.body.read1(BLOCK_BYTES)
        except (OSError, urllib3.exceptions.HTTPError) as error:
            failure = error
        self.count(len(block))
        reason = self._too_slow(len(block), time.monotonic() - start) or (error_text(failure) if failure else "")
        if reason:
            raise AgainError(f"{self.url}: broke off{progress} ({reason})") from failure
        return block

    def _too_slow(self, received: int, waited_s: float) -> str:
        """Why a body is too slow; "" if it isn't, as far as is known yet."""
        if self._is_shut:
            return f"too slow: waited {waited_s:.3g} s for the next bytes"
        self._window_bytes += received
        self._window_s += waited_s
        if self._window_s < self.policy.slow_window_s:
            return ""
        window_bytes, window_s = self._window_bytes, self._window_s
        self._window_bytes, self._window_s = 0, 0.0
        if window_bytes >= self.policy.slow_bytes_s * window_s:
            return ""
        return f"too slow: {window_bytes} bytes in {window_s:.3g} s, expected {self.policy.slow_bytes_s:g} a second"

    @contextlib.contextmanager
    def _limited(self) -> Iterator[None]:
        """End a read after a whole window: lines about chunks may come byte by byte, or be without number."""
        if not chunked(self.headers):
            yield
            return
        timer = threading.Timer(self.policy.slow_window_s, self.shut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def shut(self) -> None:
        """End a read that another thread waits in; the body is of no use after that."""
        self._is_shut = True
        if isinstance(self.body, urllib3.BaseHTTPResponse):
            with contextlib.suppress(ValueError, RuntimeError, OSError):  # read to its end meanwhile
                self.body.shutdown()


class Connections:
    """Connections to all hosts, for all threads. count: is told the bytes that arrive; stopped: ends waits."""

    def __init__(self, policy: Policy, count: Callable[[int], None], stopped: threading.Event) -> None:
        self.policy, self.count, self.stopped = policy, count, stopped
        self._lock = threading.Lock()
        self._pools: dict[str | None, urllib3.PoolManager] = {}  # by proxy

    def close(self) -> None:
        """Close those that are idle."""
        for pool in self._pools.values():
            pool.clear()

    def send(self, method: str, url: str, headers: Headers) -> Answer:
        """The answer to one request, whatever its status, within the policy's time, name resolution included.

        Raises AgainError if none comes, GoneError if none can.
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
            raise AgainError(f"{url}: can't be fetched ({error_text(error)})", unreachable=lost) from error
        answered = {name.lower(): value for name, value in response.headers.items()}
        return Answer(url, response.status, answered, response, self.policy, self.count)

    def _local(self, url: str, headers: Headers) -> Answer:
        """A file of a local mirror, answered as a server would. Raises GoneError if there is none."""
        path = Path(urllib.request.url2pathname(urlsplit(url).path))
        try:
            body = path.open("rb")
        except OSError as error:
            raise GoneError(f"{url}: can't be read ({error.strerror})") from error
        stat = path.stat()
        size, etag = stat.st_size, f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'
        answered = {"content-length": str(size), "etag": etag, "accept-ranges": "bytes",
                    "last-modified": email.utils.formatdate(stat.st_mtime, usegmt=True)}
        part = re.fullmatch(r"bytes=([0-9]+)-[0-9]*", headers.get("Range", ""))
        if part is None or headers.get("If-Range", etag) != etag or size == 0:
            return Answer(url, 200, answered, body, self.policy, self.count)
        first = int(part[1])
        body.seek(first)
        answered |= {"content-range": f"bytes {first}-{size - 1}/{size}", "content-length": str(size - first)}
        return Answer(url, 206 if first < size else 416, answered, body, self.policy, self.count)

    def _pool(self, url: str) -> urllib3.PoolManager:
        """The connections that lead to an address: direct, or through the proxy that the environment names."""
        parts = urlsplit(url)
        bypass = urllib.request.proxy_bypass(parts.hostname or "")
        proxy = None if bypass else urllib.request.getproxies().get(parts.scheme)
        with self._lock:
            if proxy not in self._pools:
                timeout = urllib3.Timeout(connect=min(self.policy.connect_s, self.policy.timeout_s),
                                          read=self.policy.timeout_s)
                make = through(proxy) if proxy else urllib3.PoolManager
                self._pools[proxy] = make(num_pools=32, maxsize=self.policy.per_host, timeout=timeout, retries=False)
                self._pools[proxy].pool_classes_by_scheme = POOLS
            return self._pools[proxy]


def through(proxy: str) -> Callable[..., urllib3.PoolManager]:
    """The maker of connections through a proxy that is named as for curl: `[scheme://][user:password@]host:port`."""
    address = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    user, at, host = address.netloc.rpartition("@")
    headers = urllib3.make_headers(proxy_basic_auth=unquote(user)) if at else None
    return functools.partial(urllib3.ProxyManager, f"{address.scheme}://{host}", proxy_headers=headers)


def error_text(error: BaseException) -> str:
    """What an error says, in one line, without the library's wrapping."""
    inner = error.__cause__ or next((each for each in error.args if isinstance(each, Exception)), None)
    if isinstance(error, urllib3.exceptions.HTTPError) and inner is not None:
        return error_text(inner)
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache
def user_agent() -> str:
    """How the project names itself to a server."""
    try:
        number = version("paper-repro")
    except PackageNotFoundError:  # run from a checkout that isn't installed
        number = "0"
    return f"paper_repro/{number} (reproduction of Mittendorf et al. 2024, clouds of Venus)"
