"""An answer within a time, whatever a server does until then; what isn't waited for any more is cut off."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

POLL_S = 0.2
_asking = threading.local()  # .connections: those by which the thread's request goes


class Stopped(Exception):  # noqa: N818
    """The client was told to stop by another thread."""


class _Connection(HTTPConnection):
    """A connection that another thread can cut off, also in the middle of a handshake, which holds its socket."""

    _second: socket.socket | None = None  # the same socket once more

    def _new_conn(self) -> socket.socket:
        made = super()._new_conn()
        self._second = made.dup()
        self._enter()
        return made

    def request(self, *arguments: Any, **options: Any) -> None:
        """Send a request."""
        self._enter()
        super().request(*arguments, **options)

    def _enter(self) -> None:
        with contextlib.suppress(AttributeError):  # of a thread that isn't one of `within`
            _asking.connections.append(self)

    def close(self) -> None:
        """Close it."""
        if self._second is not None:
            self._second.close()
        super().close()

    def cut_off(self) -> None:
        """End all that a thread waits for."""
        if self._second is not None:
            with contextlib.suppress(OSError):
                self._second.shutdown(socket.SHUT_RDWR)


class _SecureConnection(_Connection, HTTPSConnection):
    """One with TLS."""


class _Pool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


POOLS = {"http": _Pool, "https": _SecurePool}  # for a manager's pool_classes_by_scheme


def within(seconds: float, send: Callable[[], urllib3.BaseHTTPResponse],
           stopped: threading.Event) -> urllib3.BaseHTTPResponse:
    """The result of `send`. Raises TimeoutError after `seconds`, Stopped when `stopped` is set meanwhile.

    A connection's own timeouts don't cover name resolution and start anew for each address of the server, each piece of
    a handshake and each line of an answer, of which a server may send interim ones (100 Continue) without end.
    """
    answer: queue.SimpleQueue[urllib3.BaseHTTPResponse | BaseException] = queue.SimpleQueue()
    too_late = threading.Event()
    connections: list[_Connection] = []

    def work() -> None:
        _asking.connections = connections
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
            outcome = answer.get(timeout=max(0.0, min(POLL_S, end - time.monotonic())))
        except queue.Empty:
            if stopped.is_set() or time.monotonic() >= end:
                too_late.set()
                for connection in connections:
                    connection.cut_off()
                raise Stopped if stopped.is_set() else TimeoutError(f"no answer within {seconds:g} s") from None
            continue
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome
