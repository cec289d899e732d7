"""A web server on this machine that serves a folder tree as the archives do, counts what it sends, and fails on demand.

    with ArchiveServer(folder, "/pub/pds3/") as server:
        server.base            # http://127.0.0.1:<port>/pub/pds3/
        server.fault = lambda request: Fault(status=503) if request.number == 1 else None

Folders are listed as Apache does; files have ETag and Last-Modified, and can be asked for in parts.
"""

import email.utils
import html
import os
import re
import socket
import struct
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

BLOCK = 1 << 16


@dataclass(frozen=True)
class Request:
    """What a client asks for. path: below the prefix, decoded, beginning with `/`; number: of this path's requests."""

    method: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    number: int


@dataclass(frozen=True)
class Fault:
    """How an answer differs from the right one.

    status, headers, body replace those of the answer (a header of value None is left out); cut: the connection is
    closed after so many bytes of the body, with `reset` by a reset; stall_s: silence at that place first (with no cut:
    before the answer); flip: place in the file of a byte with a flipped bit; ignore_range: the whole file is sent
    whatever is asked for; shift: parts begin so much later than asked for; no_length: neither length nor chunks, the
    end is where the connection ends; chunked: chunks; rate: bytes a second, from `rate_from` in the file on.
    """

    status: int | None = None
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes | None = None
    cut: int | None = None
    reset: bool = False
    stall_s: float = 0.0
    flip: int | None = None
    ignore_range: bool = False
    shift: int = 0
    no_length: bool = False
    chunked: bool = False
    rate: float | None = None
    rate_from: int = 0


class ArchiveServer(ThreadingHTTPServer):
    """Serves `root` below `prefix` on a free port of 127.0.0.1, in its own threads, while in a `with` block."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, root: Path, prefix: str = "/") -> None:
        self.root, self.prefix = root, prefix
        self.fault: Callable[[Request], Fault | None] = lambda request: None
        self.log: list[Request] = []
        self.requests: Counter[str] = Counter()  # by path below the prefix
        self.bytes: Counter[str] = Counter()  # of bodies, by path below the prefix
        self.at_once = self.most_at_once = 0  # answers being given
        self.lock = threading.Lock()
        self.closing = threading.Event()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def base(self) -> str:
        """Address of the tree's root, with a slash at its end."""
        return f"http://127.0.0.1:{self.server_port}{self.prefix}"

    def url(self, path: str) -> str:
        """Address of a file or folder, named relative to the root."""
        return self.base + urllib.parse.quote(path.lstrip("/"))

    def __enter__(self) -> Self:
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.closing.set()
        self.shutdown()
        self.thread.join()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is no news here."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: ArchiveServer
    timeout = 60
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the tests' output clean."""

    def answer(self) -> None:
        server = self.server
        asked = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path)
        path = "/" + asked.removeprefix(server.prefix).lstrip("/")
        with server.lock:
            server.requests[path] += 1
            server.at_once += 1
            server.most_at_once = max(server.most_at_once, server.at_once)
            headers = {name.lower(): value for name, value in self.headers.items()}
            request = Request(self.command, path, headers, server.requests[path])
            server.log.append(request)
        try:
            self.give(request, server.fault(request) or Fault(), inside=asked.startswith(server.prefix))
        except (ConnectionError, TimeoutError):
            self.close_connection = True
        finally:
            with server.lock:
                server.at_once -= 1

    def give(self, request: Request, fault: Fault, *, inside: bool) -> None:
        """Work out the answer, let the fault change it, send it."""
        place = (self.server.root / request.path.lstrip("/")).resolve()
        status, headers, body, start = 404, {"Content-Type": "text/html"}, b"<html><h1>Not Found</h1></html>", 0
        if inside and place.is_relative_to(self.server.root.resolve()):
            address = self.server.prefix + request.path[1:]
            if place.is_dir() and request.path.endswith("/"):
                status, body = 200, listing(place, address)
            elif place.is_dir():
                status, body = 301, b""
                headers["Location"] = urllib.parse.quote(address + "/")
            elif place.is_file():
                wanted = dict(request.headers)
                wanted["range"] = "" if fault.ignore_range else re.sub(
                    r"\d+", lambda found: str(int(found[0]) + fault.shift), wanted.get("range", ""), count=1)
                status, headers, body, start = part(place, wanted)
        if fault.flip is not None and start <= fault.flip < start + len(body):
            body = body[: fault.flip - start] + bytes([body[fault.flip - start] ^ 4]) + body[fault.flip - start + 1 :]
        body = body if fault.body is None else fault.body
        headers["Content-Length"] = str(len(body))
        if fault.no_length or fault.chunked:
            del headers["Content-Length"]
            headers |= {"Connection": "close"} if fault.no_length else {"Transfer-Encoding": "chunked"}
        if fault.cut is None and fault.stall_s:
            self.server.closing.wait(fault.stall_s)
        self.send_response(fault.status or status)
        for name, value in {**headers, **fault.headers}.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if request.method != "HEAD":
            self.send(request.path, body, start, fault)
        self.close_connection = self.close_connection or fault.no_length

    def send(self, path: str, body: bytes, start: int, fault: Fault) -> None:
        """Send the body, which stands at `start` in the file, up to where the fault cuts it."""
        end = len(body) if fault.cut is None else min(fault.cut, len(body))
        at = 0
        while at < end:
            block = body[at : min(end, at + BLOCK)]
            if fault.rate and start + at >= fault.rate_from:
                time.sleep(len(block) / fault.rate)
            with self.server.lock:  # counted first, so that a client that has them finds them counted
                self.server.bytes[path] += len(block)
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block) if fault.chunked else block)
            at += len(block)
        if fault.cut is None:
            if fault.chunked:
                self.wfile.write(b"0\r\n\r\n")
            return
        self.wfile.flush()
        if fault.stall_s:
            self.server.closing.wait(fault.stall_s)
        if fault.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
        self.close_connection = True


def part(place: Path, asked: Mapping[str, str]) -> tuple[int, dict[str, str], bytes, int]:
    """Status, headers and body of a file, or of the part asked for, and where the body stands in the file."""
    with place.open("rb") as file:
        about, whole = os.fstat(file.fileno()), file.read()
    modified = email.utils.formatdate(int(about.st_mtime), usegmt=True)
    etag = f'"{about.st_size:x}-{about.st_mtime_ns:x}"'
    kind = {".html": "text/html", ".txt": "text/plain"}.get(place.suffix.lower(), "application/octet-stream")
    headers = {"Content-Type": kind, "ETag": etag, "Last-Modified": modified, "Accept-Ranges": "bytes"}
    found = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.get("range", ""))
    if not found or asked.get("if-range", etag) not in {etag, modified}:
        return 200, headers, whole, 0
    first = int(found[1])
    last = min(int(found[2] or about.st_size), about.st_size - 1)
    if first > last:
        return 416, {"Content-Range": f"bytes */{about.st_size}"}, b"", 0
    headers["Content-Range"] = f"bytes {first}-{last}/{about.st_size}"
    return 206, headers, whole[first : last + 1], first


def listing(folder: Path, path: str) -> bytes:
    """A folder as Apache lists it: links to sort by, the parent, folders with a slash, times and rounded sizes."""
    rows = []
    for entry in sorted(folder.iterdir()):
        name = entry.name + "/" * entry.is_dir()
        when = time.strftime("%Y-%m-%d %H:%M", time.gmtime(entry.stat().st_mtime))
        size = "  - " if entry.is_dir() else rounded(entry.stat().st_size)
        shown = html.escape(name if len(name) <= 23 else name[:20] + "..>")  # Apache cuts long names
        rows.append(f'<img src="/icons/x.gif" alt="[   ]"> <a href="{urllib.parse.quote(name)}">{shown}</a>'
                    f'{" " * (24 - min(len(name), 23))}{when}  {size}  \n')
    sort = "".join(f'<a href="?C={key};O=A">{title}</a> ' for key, title in
                   (("N", "Name"), ("M", "Last modified"), ("S", "Size"), ("D", "Description")))
    parent = urllib.parse.quote(path.rstrip("/").rpartition("/")[0] + "/")
    return (f'<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html>\n <head>\n  <title>Index of '
            f'{html.escape(path)}</title>\n </head>\n <body>\n<h1>Index of {html.escape(path)}</h1>\n<pre>{sort}<hr>'
            f'<img src="/icons/back.gif" alt="[PARENTDIR]"> <a href="{parent}">Parent Directory</a>   -   \n'
            f'{"".join(rows)}<hr></pre>\n</body></html>\n').encode()


def rounded(size: int) -> str:
    """A size as Apache writes it: 4.0M, 23K, 512."""
    for unit in ("", "K", "M"):
        if size < 1000:
            return f"{size:4d}{unit}" if not unit or size >= 10 else f"{size:.1f}{unit}"
        size = round(size / 1024)
    return f"{size:.1f}G"


def first(count: int, fault: Fault) -> Callable[[Request], Fault | None]:
    """The first `count` requests get a fault."""
    left = [count]

    def give(request: Request) -> Fault | None:
        left[0] -= 1
        return fault if left[0] >= 0 else None

    return give
