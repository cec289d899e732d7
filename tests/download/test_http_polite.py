"""How politely requests are made, and when they are given up."""

import contextlib
import email.utils
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from paper_repro.download import http
from paper_repro.download.http import Client, FetchError, Policy, Stopped
from paper_repro.download.ledger import Ledger
from paper_repro.download.transfer import Item, fetch
from tests.download.server import ArchiveServer, Fault, first

BODY = bytes(range(256)) * 1000


@pytest.mark.parametrize("status", [404, 403, 410])
def test_what_is_not_there_is_asked_for_once(archive: ArchiveServer, client: Client, status: int) -> None:
    archive.fault = lambda request: Fault(status=status)
    with pytest.raises(FetchError, match=f"the server answered {status}") as caught:
        client.text(archive.url("data/file.fit"))
    assert archive.requests["/data/file.fit"] == 1
    assert str(caught.value).endswith("which resumes where this one stopped.")


def test_waits_as_long_as_it_is_asked_to_and_so_does_everybody(archive: ArchiveServer, client: Client) -> None:
    archive.fault = first(1, Fault(status=429, headers={"Retry-After": "1"}))
    start = time.monotonic()
    others = [threading.Thread(target=client.text, args=(archive.url("data/"),)) for _ in range(2)]
    for thread in others:
        threading.Timer(0.2, thread.start).start()
    client.text(archive.url("md5sum.txt"))
    assert time.monotonic() - start >= 1
    time.sleep(0.1)
    for thread in others:
        thread.join()
    assert [request.path for request in archive.log[:1]] == ["/md5sum.txt"]
    assert archive.requests["/data/"] == 2


def test_a_date_to_come_back_at(archive: ArchiveServer, client: Client) -> None:
    when = email.utils.formatdate(time.time() + 2, usegmt=True)
    archive.fault = first(1, Fault(status=503, headers={"Retry-After": when}))
    start = time.monotonic()
    client.text(archive.url("md5sum.txt"))
    assert 0.5 < time.monotonic() - start < 6


def test_too_long_a_wait_is_said(archive: ArchiveServer, client: Client) -> None:
    archive.fault = lambda request: Fault(status=429, headers={"Retry-After": "86400"})
    with pytest.raises(FetchError, match="asks to wait 86400 s"):
        client.text(archive.url("md5sum.txt"))
    assert archive.requests["/md5sum.txt"] == 1


def test_jitter_is_seeded(archive: ArchiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[list[float]] = []
    monkeypatch.setattr(Client, "sleep", lambda self, seconds: waits[-1].append(seconds) if seconds else None)
    archive.fault = lambda request: Fault(status=503)
    for seed in (1, 1, 2):
        waits.append([])
        with Client(Policy(tries=5), seed=seed) as client, pytest.raises(FetchError):
            client.text(archive.url("md5sum.txt"))
    assert len(waits[0]) == 4
    assert waits[0] == waits[1] != waits[2]
    assert all(0.5 * 2**n <= wait <= 1.5 * 2**n for n, wait in enumerate(waits[0]))


def test_no_more_at_once_than_allowed(archive: ArchiveServer) -> None:
    archive.fault = lambda request: Fault(stall_s=0.02)
    with Client(Policy(per_host=3)) as client:
        threads = [threading.Thread(target=client.text, args=(archive.url("md5sum.txt"),)) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert archive.requests["/md5sum.txt"] == 12
    assert 2 <= archive.most_at_once <= 3


def test_a_host_that_answered_before_is_tried_longer_than_a_stranger(tmp_path: Path, client: Client) -> None:
    (tmp_path / "a.txt").write_text("here")
    with ArchiveServer(tmp_path) as server:
        url = server.url("a.txt")
        assert client.text(url) == "here"
        client.close()  # lest the next request goes over the connection that is still open
    with pytest.raises(FetchError, match=r"refused.*tried 3 times"):
        client.text(url)


def test_a_host_that_cannot_be_reached_is_tried_once_for_many_files(client: Client) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/"
        with pytest.raises(FetchError, match=r"refused.*tried 2 times"):
            client.text(url + "1")
        start = time.monotonic()
        for i in range(1000):
            with pytest.raises(FetchError, match="not asked for, since"):
                client.text(f"{url}{i}")
        assert time.monotonic() - start < 2


def test_a_host_that_fails_file_after_file_is_given_up(archive: ArchiveServer, client: Client) -> None:
    archive.fault = lambda request: Fault(status=500)
    said = []
    for i in range(http.DOWN_AFTER + 2):
        with pytest.raises(FetchError) as caught:
            client.text(archive.url(str(i)))
        said.append("not asked for" in str(caught.value))
    assert said == [False] * http.DOWN_AFTER + [True] * 2


def test_a_host_that_fails_now_and_then_is_not_given_up(archive: ArchiveServer, client: Client) -> None:
    archive.fault = lambda request: Fault(status=500) if request.path == "/data/file.fit" else None
    for _ in range(2 * http.DOWN_AFTER):
        with pytest.raises(FetchError, match="answered 500"):
            client.text(archive.url("data/file.fit"))
        client.text(archive.url("md5sum.txt"))


@pytest.mark.parametrize("fault", [Fault(stall_s=30), Fault(cut=5, stall_s=30), Fault(status=503)], ids=str)
def test_stop_ends_every_wait_of_other_threads(archive: ArchiveServer, fault: Fault) -> None:
    archive.fault = lambda request: fault
    ended: list[BaseException] = []

    def work() -> None:
        try:
            stopping.text(archive.url("data/file.fit"))
        except BaseException as error:
            ended.append(error)

    with Client(Policy(backoff_s=60)) as stopping:
        thread = threading.Thread(target=work)
        thread.start()
        while not archive.at_once and not archive.requests:
            time.sleep(0.01)
        time.sleep(0.1)
        start = time.monotonic()
        stopping.stop()
        thread.join()
    assert time.monotonic() - start < 2
    assert isinstance(ended[0], Stopped)


def drip(start: bytes, drop: bytes, headers: dict[str, str]) -> Callable[[BaseHTTPRequestHandler], None]:
    """An answer whose body begins with `start`, then is `drop` again and again, 20 times a second, for 20 s at most."""
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        with contextlib.suppress(OSError):  # the client has gone
            handler.wfile.write(start)
            for _ in range(400):
                handler.wfile.write(drop)
                time.sleep(0.05)
    return answer


CHUNKED = {"Transfer-Encoding": "chunked"}


@pytest.mark.attack("slow-body")
@pytest.mark.parametrize(("start", "drop", "headers"), [
    (b"", b"x", {"Content-Length": "400"}), (b"", b"x", {}), (b"y" * 5000, b"x", {"Content-Length": "9000"}),
    (b"", b"1\r\nx\r\n", CHUNKED), (b"1;", b"x", CHUNKED),
    (b"2\r\nxy\r\n0\r\n", b"x: y\r\n" * 20, CHUNKED),  # 2 kB a second, but not of the body
], ids=["length", "no length", "after a good start", "chunks", "in a chunk's first line", "behind the last chunk"])
def test_a_body_that_drips_is_given_up(server: Any, start: bytes, drop: bytes, headers: dict[str, str]) -> None:
    server.answers["/a"] = drip(start, drop, headers)
    with Client(Policy(tries=1, slow_bytes_s=1000, slow_window_s=0.3)) as client:
        started = time.monotonic()
        with pytest.raises(FetchError, match=r"/a: broke off \(too slow: .*"):
            client.text(server.url("/a"))
        assert time.monotonic() - started < 2


def test_a_body_that_is_slow_but_not_too_slow_is_waited_for(server: Any) -> None:
    server.answers["/a"] = drip(b"", b"x" * 100, {"Content-Length": "1000"})
    with Client(Policy(tries=1, slow_bytes_s=1000, slow_window_s=0.2)) as client:
        assert client.text(server.url("/a")) == "x" * 1000


@pytest.mark.attack("slow-body")
def test_a_file_that_drips_is_resumed_elsewhere_or_said(server: Any, tmp_path: Path) -> None:
    server.answers["/a"] = drip(b"y" * 3000, b"x", {"Content-Length": "9000"})
    item = Item((server.url("/a"), server.serve("/b", b"z" * 9000)), tmp_path / "raw" / "a", size=9000)
    with Client(Policy(tries=2, backoff_s=0.01, slow_bytes_s=20_000, slow_window_s=0.2)) as client:
        assert fetch(client, item, Ledger(tmp_path)).url == item.urls[1]
        with pytest.raises(FetchError, match=r"broke off after 30\d\d bytes of 9000 \(too slow: 30\d\d bytes in 0\."):
            fetch(client, replace(item, urls=item.urls[:1], path=tmp_path / "b"), Ledger(tmp_path))
