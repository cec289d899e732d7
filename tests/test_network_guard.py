"""No test can reach another machine: not by name, not by address, not through a process of its own."""

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
import urllib3

from tests.guarded.sitecustomize import PROXIES, is_loopback

OUTSIDE = "192.0.2.1"  # kept for documentation: never anybody's address (RFC 5737)


def connect(address: tuple[str, int]) -> None:
    with socket.socket() as one:
        one.settimeout(0.1)
        one.connect(address)


def connect_ex() -> None:
    with socket.socket() as one:
        one.settimeout(0.1)
        one.connect_ex((OUTSIDE, 80))


def datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"x", (OUTSIDE, 9))


def sixth() -> None:
    with socket.socket(socket.AF_INET6) as one:
        one.settimeout(0.1)
        one.connect(("2001:db8::1", 80, 0, 0))


WAYS: dict[str, Callable[[], object]] = {
    "address": lambda: connect((OUTSIDE, 80)),
    "name": lambda: connect(("example.invalid", 80)),
    "connect_ex": connect_ex,
    "datagram": datagram,
    "IPv6": sixth,
    "getaddrinfo": lambda: socket.getaddrinfo("example.invalid", 80),
    "gethostbyname": lambda: socket.gethostbyname("example.invalid"),
    "create_connection": lambda: socket.create_connection((OUTSIDE, 80), timeout=0.1),
    "urllib": lambda: urllib.request.urlopen(f"http://{OUTSIDE}/", timeout=0.1),
    "urllib3": lambda: urllib3.PoolManager(timeout=0.1, retries=False).request("GET", f"http://{OUTSIDE}/"),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_out_is_closed(way: str) -> None:
    with pytest.raises(AssertionError, match="tests reach no host but the loopback one"):
        WAYS[way]()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            with socket.create_connection((host, server.getsockname()[1]), timeout=5) as connection:
                assert is_loopback(connection.getpeername()[0])


@pytest.mark.parametrize(("host", "inside"), [
    ("127.0.0.1", True), ("127.3.2.1", True), ("::1", True), ("localhost", True), (None, True), (b"localhost", True),
    ("0.0.0.0", False), ("8.8.8.8", False), ("::", False), ("fe80::1%eth0", False), ("localhost.example", False),
])
def test_what_counts_as_this_machine(host: object, inside: bool) -> None:
    assert is_loopback(host) is inside


def test_processes_that_tests_start_are_guarded_too(tmp_path: Path) -> None:
    program = f"import socket; socket.create_connection(({OUTSIDE!r}, 80), timeout=0.1)"
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert "NetworkInTestError" in ended.stderr


def test_no_proxy_leads_out() -> None:
    assert not set(urllib.request.getproxies()) - {"no"}
    assert all("_proxy" in name for name in PROXIES)
