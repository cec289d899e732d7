"""Servers that answer without end before the body begins: given up in time, and nothing of them is read on."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from paper_repro.download.http import Client, FetchError, Policy

Talk = Callable[[socket.socket], None]
WAIT_S = 0.5
POLICY = Policy(tries=2, timeout_s=WAIT_S, backoff_s=0.001)


def again(piece: bytes, start: bytes = b"", pause_s: float = 0.0) -> Talk:
    """An answer of `start` and then `piece` without end."""
    def talk(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(start)
        while True:
            connection.sendall(piece)
            time.sleep(pause_s)

    return talk


@pytest.fixture
def ports() -> Iterator[Callable[[Talk], int]]:
    """Starts servers, each of which treats every connection the same way; gives their ports."""
    servers: list[socket.socket] = []

    def serve(talk: Talk) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)

        def one(connection: socket.socket) -> None:
            with connection:
                try:
                    talk(connection)
                except OSError:  # the client has gone
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # closed
                    return
                threading.Thread(target=one, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return int(server.getsockname()[1])

    yield serve
    for server in servers:
        server.close()


def asking() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "download"]


@pytest.mark.attack("interim-answers")
@pytest.mark.parametrize(("scheme", "talk", "reason"), [
    ("http", again(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "no answer within 0.5 s"),
    ("http", again(b"HTTP/1.1 100 Continue\r\nA: b\r\n\r\n", pause_s=0.02), "no answer within 0.5 s"),
    ("http", again(b"A: b\r\n" * 1000, b"HTTP/1.1 100 Continue\r\n"), "got more than 100 headers"),
    ("http", again(b"A: b\r\n" * 1000, b"HTTP/1.1 200 OK\r\n"), "got more than 100 headers"),
    ("http", again(b"A: b\r\n", b"HTTP/1.1 200 OK\r\n", 0.1), "no answer within 0.5 s"),
    ("http", again(b"x" * 65536, b"HTTP/1.1 200 OK\r\nA: "), "got more than 65536 bytes when reading header line"),
    ("http", again(b"x" * 65536), "got more than 65536 bytes when reading status line"),
    ("https", again(b"\x02", b"\x16\x03\x03\x3f\xff", 0.02), "no answer within 0.5 s"),
], ids=["interim", "interim, slowly", "headers of an interim one", "headers", "headers, slowly", "a header", "a status",
        "handshake, slowly"])
def test_what_goes_on_before_the_body_is_given_up(ports: Callable[[Talk], int], scheme: str, talk: Talk, reason: str,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with Client(POLICY) as client:
        start = time.monotonic()
        with pytest.raises(FetchError) as caught:
            client.text(f"{scheme}://127.0.0.1:{ports(talk)}/x")
        assert time.monotonic() - start < 10 * WAIT_S
    assert caught.value.what.endswith(f"/x: can't be fetched ({reason}) (tried 2 times)")
    end = time.monotonic() + 5
    while asking() and time.monotonic() < end:  # cut off, they end at once
        time.sleep(0.01)
    assert not asking()


def test_a_few_interim_answers_are_passed_over(ports: Callable[[Talk], int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")

    def talk(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n" * 3 + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")

    with Client(POLICY) as client:
        assert client.text(f"http://127.0.0.1:{ports(talk)}/x") == "hi"
