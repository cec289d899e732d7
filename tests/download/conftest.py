"""A web server on this machine that misbehaves on demand, and a client that asks it."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from paper_repro.download.http import Client, Policy
from tests.download.server import ArchiveServer

Answer = Callable[[BaseHTTPRequestHandler], None]


class Server(ThreadingHTTPServer):
    """Answers each path as `answers` says and keeps the headers of all requests."""

    daemon_threads = True

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up early is no news here."""

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"

    def serve(self, path: str, body: bytes, **headers: str) -> str:
        """Answer `path` with `body`; returns its address."""
        length = headers.pop("Content_Length", str(len(body)))
        self.answers[path] = respond(200, body, {"Content-Length": length, **headers})
        return self.url(path)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, dict(self.headers)))
        self.server.answers.get(self.path, respond(404, b"", {}))(self)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Keep the tests' output clean."""


def respond(status: int, body: bytes, headers: dict[str, str]) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for key, value in headers.items():
            handler.send_header(key.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "*")
    with Server() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[ArchiveServer]:
    """A server of a small archive below /pub/: data/file.fit, data/empty.fit, md5sum.txt."""
    root = tmp_path / "tree"
    (root / "data").mkdir(parents=True)
    (root / "data" / "file.fit").write_bytes(bytes(range(256)) * 1000)
    (root / "data" / "empty.fit").write_bytes(b"")
    (root / "md5sum.txt").write_text("grün\n", encoding="utf-8")
    with ArchiveServer(root, "/pub/") as running:
        yield running


@pytest.fixture
def client() -> Iterator[Client]:
    """One that loses no time between its three tries."""
    with Client(Policy(tries=3, timeout_s=5.0, backoff_s=0.001, longest_wait_s=2.0)) as one:
        yield one
