"""No test talks to any machine but this one: whoever tries, in whatever process, gets a NetworkInTestError.

Installed by tests/conftest.py; processes that tests start do so by themselves, since its folder is in their
PYTHONPATH and Python looks for a module of this name when it starts. An audit hook sees each connection, datagram and
look-up of a name that Python makes, from whatever library, and can't be taken away again.
"""

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

EVENTS = {"socket.connect": 1, "socket.sendto": 1, "socket.sendmsg": 1,  # where in its arguments the address is
          "socket.getaddrinfo": 0, "socket.gethostbyname": 0, "socket.gethostbyaddr": 0}
PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")


class NetworkInTestError(AssertionError):
    """A test wanted to leave the machine. No OSError, so that nothing takes it for a network that is down."""


def is_loopback(host: object) -> bool:
    """Whether a name or address is this machine's own; None and "" are, when asked for by name."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def guard(event: str, arguments: tuple[object, ...]) -> None:
    """The audit hook: refuses what would leave the machine. Sockets of the file system have no tuple as address."""
    place = EVENTS.get(event)
    if place is None:
        return
    where = arguments[place]
    if place == 1:
        if not isinstance(where, tuple):
            return
        where = where[0]
    if not is_loopback(where):
        raise NetworkInTestError(f"a test wanted to reach {where!r}; tests reach no host but the loopback one")


def install() -> None:
    """Guard this process and those it starts, for good."""
    if hasattr(sys, "network_guard"):
        return
    sys.network_guard = True  # type: ignore[attr-defined]  # an audit hook can't be taken away: one is enough
    sys.addaudithook(guard)
    for name in ("connect", "connect_ex"):  # a name given instead of an address is looked up before the hook hears
        setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
    for proxy in PROXIES:  # a proxy on this machine would lead outside
        os.environ.pop(proxy, None)
        os.environ.pop(proxy.upper(), None)
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parent), *filter(None, [os.environ.get("PYTHONPATH")])])


def guarded(method: Any) -> Any:
    """A method of sockets that asks the guard first."""
    def asked(self: socket.socket, address: object) -> Any:
        guard("socket.connect", (self, address))
        return method(self, address)
    return asked


if __name__ == "sitecustomize":
    install()
