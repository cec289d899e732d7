"""What to do next while fetching: decisions alone, without a connection, a clock or a disk.

Status codes, Range, If-Range, Content-Range and Retry-After are RFC 9110's.
"""

import email.utils
import re
import urllib.parse
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

Headers = Mapping[str, str]  # names in lower case

STEP_BYTES = 1 << 19  # what is on disk for sure ends at a multiple of this; so much can be lost by a kill
MOST_BYTES = 1 << 30  # of a file whose size isn't known beforehand
TEMPORARY = {408, 425, 429, 500, 502, 503, 504}
PORTS = {"http": 80, "https": 443}
HTML = (b"<!doctype html", b"<html")
GZIP = {"gzip", "x-gzip"}
PACKED = {".gz", ".tgz", ".xz", ".txz", ".bz2", ".z"}  # some servers call these an encoding
SNIFFED_BYTES = 64


class AgainError(Exception):
    """It didn't work this time. wait_s: what the server asks for; fresh: what was kept of the file is of no use."""

    def __init__(self, what: str, *, wait_s: float | None = None, fresh: bool = False,
                 unreachable: bool = False) -> None:
        super().__init__(what)
        self.wait_s, self.fresh, self.unreachable = wait_s, fresh, unreachable


class GoneError(Exception):
    """It won't work however often it is tried."""


@dataclass(frozen=True)
class Policy:
    """How to behave towards a server, and what it may do.

    per_host: answers at once; tries: without progress; first_tries: of a host that never answered and can't be reached;
    timeout_s: until an answer begins, and for each silence in it; connect_s: until there is a connection; backoff_s:
    first pause, doubled each time; longest_wait_s: for any pause; slow_bytes_s: rate below which a body is given up,
    as the mean over each slow_window_s of waiting for it.
    """

    per_host: int = 4
    tries: int = 6
    first_tries: int = 2
    timeout_s: float = 30.0
    connect_s: float = 5.0
    backoff_s: float = 1.0
    longest_wait_s: float = 120.0
    slow_bytes_s: float = 1000.0
    slow_window_s: float = 60.0


@dataclass(frozen=True)
class Head:
    """What a server says of a file. size in bytes, None where it isn't stated; ranges: whether parts can be had."""

    url: str
    size: int | None
    etag: str | None
    modified: str | None
    ranges: bool


@dataclass(frozen=True)
class Kept:
    """What is known of a partial file: its source, and which version of the file it belongs to."""

    url: str
    size: int | None
    etag: str | None
    modified: str | None

    @property
    def validator(self) -> str | None:
        """What If-Range can be asked with: a strong ETag, else the date."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def kept(record: Mapping[str, Any] | None) -> Kept | None:
    """The `Kept` that a record stands for; None for anything else."""
    fields: dict[str, type | tuple[type, ...]] = {"url": str, "size": (int, type(None)), "etag": (str, type(None)),
                                                  "modified": (str, type(None))}
    if record is None or set(record) != set(fields) or not all(isinstance(record[k], fields[k]) for k in fields):
        return None
    return Kept(**record)


def resume(have: int, known: Kept | None, url: str, *, hashed: bool) -> tuple[int, dict[str, str]]:
    """From which byte to resume a partial of `have` bytes, and the headers that ask for the rest.

    Only from the same address, and only if the server can be asked for the same version, or if a hash (`hashed`) is
    checked at the end. Bytes after the last full step may not have reached the disk if the machine crashed.
    """
    offset = (have - 1) // STEP_BYTES * STEP_BYTES if have > 0 else 0
    if offset == 0 or known is None or known.url != url or not (known.validator or hashed):
        return 0, {}
    headers = {"Range": f"bytes={offset}-"}
    return offset, headers | ({"If-Range": known.validator} if known.validator else {})


def place(url: str, status: int, headers: Headers, offset: int, known: Kept | None,
          size: int | None) -> tuple[int, Kept]:
    """Where in the file the body of a good answer belongs, and what the answer says of the file.

    `offset` was asked for; `size` is known from elsewhere. Raises AgainError where the answer doesn't fit.
    """
    stated = Kept(url, length(headers), headers.get("etag"), headers.get("last-modified"))
    start = 0
    encoding = content_encoding(headers)
    if encoding != "identity" and PurePosixPath(urllib.parse.urlsplit(url).path).suffix.lower() not in PACKED:
        raise AgainError(f"{url}: expected the file as it is, found it {encoding}-encoded", fresh=True)
    if status == 416:
        raise AgainError(f"{url}: the server has less than the {offset} bytes that were there before", fresh=True)
    if status == 206:
        part = content_range(headers)
        if part is None or offset == 0 or part[0] != offset:
            raise AgainError(f"{url}: expected the part from byte {offset} on, found Content-Range "
                        f"{headers.get('content-range')!r}", fresh=True)
        start, stated = offset, replace(stated, size=part[1])
        if known is not None and (differ(known.size, stated.size) or differ(known.etag, stated.etag)):
            raise AgainError(f"{url}: the file at the server changed while it was fetched", fresh=True)
    if differ(size, stated.size):
        raise AgainError(f"{url}: expected {size} bytes, the server has {stated.size}", fresh=True)
    return start, stated


def differ(first: object, second: object) -> bool:
    """Whether two things that are both known differ."""
    return first is not None and second is not None and first != second


def refusal(url: str, status: int, headers: Headers, now: datetime) -> AgainError | GoneError | None:
    """What a status other than a good answer (200, 206, 416) means. None for a good one."""
    if status in {200, 206, 416}:
        return None
    what = f"{url}: can't be fetched (the server answered {status})"
    return AgainError(what, wait_s=retry_after(headers, now)) if status in TEMPORARY else GoneError(what)


def retry_after(headers: Headers, now: datetime) -> float | None:
    """Seconds the server asks to wait, given as seconds or as a date; None where it doesn't, or not clearly.

    A date counts from the answer's own Date, if it has one: the server's clock may differ from ours (`now`).
    """
    value = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    until = http_date(value)
    return None if until is None else max(0.0, (until - (http_date(headers.get("date", "")) or now)).total_seconds())


def http_date(value: str) -> datetime | None:
    """The time that a date in a header stands for; None for what is none."""
    try:
        when = email.utils.parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return when.replace(tzinfo=when.tzinfo or UTC)


def pause(tried: int, asked: float | None, policy: Policy, jitter: float, *, stranger: bool = False) -> float | None:
    """Seconds until the next try, after `tried` tries without progress; None: give up.

    stranger: a host that never answered and can't be reached; most often there is no network, which should be noticed
    within seconds.

    Doubled each time, times 0.5 to 1.5 (`jitter`: 0 to 1, so that clients don't come back all at once); never less than
    the server asks for, and not at all if it asks for more than the policy allows.
    """
    most = min(policy.first_tries, policy.tries) if stranger else policy.tries
    if tried >= most or (asked or 0) > policy.longest_wait_s:
        return None
    own = min(policy.backoff_s * 2.0 ** (tried - 1) * (0.5 + jitter), policy.longest_wait_s)
    return max(own, (asked or 0) + policy.backoff_s * jitter)


def redirected(url: str, location: str | None, listed: Mapping[str, Collection[str]]) -> str:
    """The address a redirect leads to. Raises GoneError unless it stays at the host or leads to one that is listed.

    The scheme stays the same, or becomes https.
    """
    if not location:
        raise GoneError(f"{url}: the server redirects without saying where")
    try:
        target = urllib.parse.urljoin(url, location)
        old, new = urllib.parse.urlsplit(url), urllib.parse.urlsplit(target)
        same = (old.hostname, port(old)) == (new.hostname, port(new))
        upgrade = (old.scheme, new.scheme, old.hostname) == ("http", "https", new.hostname) and (
            port(old), port(new)) == (80, 443)
    except ValueError:
        raise GoneError(f"{url}: redirects to {location!r}, which is no address") from None
    if new.scheme not in {old.scheme, "https"}:
        raise GoneError(f"{url}: redirects to {target}, from {old.scheme} to {new.scheme}, which is refused")
    if new.username is not None or not (same or upgrade or new.netloc in listed.get(old.netloc, ())):
        raise GoneError(f"{url}: redirects to {target}; {new.netloc} is not among the hosts listed for {old.netloc}")
    return target


def port(parts: urllib.parse.SplitResult) -> int | None:
    """Port of an address, stated or implied. Raises ValueError for one that is none."""
    return parts.port or PORTS.get(parts.scheme)


def length(headers: Headers) -> int | None:
    """Content-Length in bytes; None where it isn't stated or doesn't count (chunks)."""
    value = headers.get("content-length", "")
    return int(value) if re.fullmatch(r"[0-9]{1,18}", value) and not chunked(headers) else None


def content_encoding(headers: Headers) -> str:
    """How a body is packed on its way, in lower case; "identity" where it isn't."""
    return headers.get("content-encoding", "").strip().lower() or "identity"


def chunked(headers: Headers) -> bool:
    """Whether the body comes in chunks, so that its end is marked."""
    return "chunked" in headers.get("transfer-encoding", "").lower()


def content_range(headers: Headers) -> tuple[int, int | None] | None:
    """First byte of a part and size of the whole file (None: not stated); None where there is no part."""
    part = re.fullmatch(r"bytes ([0-9]{1,18})-[0-9]{1,18}/([0-9]{1,18}|\*)", headers.get("content-range", "").strip())
    return (int(part[1]), None if part[2] == "*" else int(part[2])) if part else None


def web_page(url: str, headers: Headers, first: bytes) -> bool:
    """Whether a body that begins with `first` is a web page where a file was asked for (a login, an error)."""
    if PurePosixPath(urllib.parse.urlsplit(url).path).suffix.lower() in {".html", ".htm"}:
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind == "text/html" or first.lstrip()[:20].lower().startswith(HTML)
