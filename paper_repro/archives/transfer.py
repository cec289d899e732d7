"""One file from the network to the disk: temporary name, hash, rename."""

import contextlib
import functools
import hashlib
import http.client
import queue
import threading
import urllib.error
import urllib.request
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from paper_repro.profiles.errors import UserError
from paper_repro.profiles.files import atomic, sha256_file
from paper_repro.profiles.progress import Progress

BLOCK_BYTES = 1 << 18
HTML = (b"<!doctype html", b"<html")


class DownloadError(UserError):
    """A download that came to nothing; `what` says what happened, the message also what to do."""

    def __init__(self, what: str, path: Path, sha256: str) -> None:
        super().__init__(f"{what}; try again, or put the file there by hand as {path} (sha256 {sha256}).")
        self.what = what


class _FetchError(Exception):
    """What happened, in words that begin with the address."""


def download(url: str, path: Path, sha256: str, *, timeout_s: float = 5.0, progress: bool = True) -> None:
    """Fetch `url` to `path`, which exists afterwards only if its SHA-256 is `sha256` (64 hex digits).

    A file that is already there with that hash is left alone, without a request; one with another hash is replaced,
    but only by the right one. `timeout_s` bounds the time until the server answers (names, addresses and redirects
    included) and each silence after that. `progress` reports on standard error.
    Raises DownloadError, and leaves `path` as it was, if the server can't be reached or refuses, if the body is
    a web page, breaks off or has another hash; UserError if `path` can't be written.
    """
    try:
        if path.is_file() and sha256_file(path) == sha256:
            return
        with contextlib.closing(_open(url, timeout_s)) as response, atomic(path) as temporary:
            with temporary.open("wb") as target:
                found = _copy(response, target, url, progress)
            if found != sha256:
                raise _FetchError(f"{url}: expected sha256 {sha256}, found {found}")
    except _FetchError as failure:
        raise DownloadError(str(failure), path, sha256) from failure
    except OSError as error:
        raise UserError(f"{path}: can't be written ({error}); free the place or choose another folder.") from error


def _open(url: str, timeout_s: float) -> http.client.HTTPResponse:
    """Ask for `url`. Raises _FetchError if there is no good answer within `timeout_s`."""
    request = urllib.request.Request(url, headers={"User-Agent": user_agent()})
    try:
        return _within(request, timeout_s)
    except urllib.error.HTTPError as error:
        error.close()
        reason = f"the server answered {error.code} {error.reason}"
    except urllib.error.URLError as error:
        reason = str(error.reason)
    except (OSError, http.client.HTTPException) as error:
        reason = _words(error)
    raise _FetchError(f"{url}: can't be fetched ({reason})")


def _within(request: urllib.request.Request, timeout_s: float) -> http.client.HTTPResponse:
    """`urlopen` with a bound on the whole of it.

    urllib's own timeout leaves out the name's resolution and counts anew for each address of the server,
    so that a network that swallows everything would hold the caller for minutes.
    """
    answer: queue.SimpleQueue[http.client.HTTPResponse | Exception] = queue.SimpleQueue()
    too_late = threading.Event()

    def ask() -> None:
        try:
            response = urllib.request.urlopen(request, timeout=timeout_s)
        except Exception as error:
            answer.put(error)
            return
        answer.put(response)
        if too_late.is_set():
            response.close()

    threading.Thread(target=ask, name="download", daemon=True).start()
    try:
        found = answer.get(timeout=timeout_s)
    except queue.Empty:
        too_late.set()
        raise TimeoutError(f"no answer within {timeout_s:g} s") from None
    if isinstance(found, Exception):
        raise found
    return found


def _copy(response: http.client.HTTPResponse, target: IO[bytes], url: str, progress: bool) -> str:
    """Write the body to `target` and return its SHA-256. Raises _FetchError if it is a web page or breaks off."""
    expected = response.length
    report = Progress(f"download {url.rsplit('/', 1)[-1]}", expected, "bytes") if progress and expected else None
    digest, done = hashlib.sha256(), 0
    web_page = response.headers.get_content_type() == "text/html"
    while not web_page and (block := _read(response, url, done)):
        web_page = done == 0 and block.lstrip()[:20].lower().startswith(HTML)
        target.write(block)
        digest.update(block)
        done += len(block)
        if report:
            report.step(len(block))
    if web_page:
        raise _FetchError(f"{url}: expected a file, found a web page (a login, an error or a notice)")
    if expected is not None and done != expected:
        raise _FetchError(f"{url}: broke off, expected {expected} bytes, found {done}")
    return digest.hexdigest()


def _read(response: http.client.HTTPResponse, url: str, done: int) -> bytes:
    """The next bytes of the body, none at its end. Raises _FetchError if the connection fails."""
    try:
        return response.read1(BLOCK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _FetchError(f"{url}: broke off after {done} bytes ({_words(error)})") from error


def _words(error: Exception) -> str:
    """What an error says, in one line (an answer that isn't HTTP comes with its own line feed)."""
    return " ".join(str(error).split()) or type(error).__name__


@functools.cache
def user_agent() -> str:
    """`paper_repro/<version>`: how the project names itself to a server."""
    try:
        return f"paper_repro/{version('paper-repro')}"
    except PackageNotFoundError:  # run from a checkout that isn't installed
        return "paper_repro/0"
