"""A block on the network: while it is on, an attempt to connect is an error that says so."""

import contextlib
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
NOWHERE = "http://127.0.0.1:9"  # the port of `discard`: programs that heed a proxy fail at once
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
DIRECT = ("no_proxy", "NO_PROXY")
STARTUP = Path(__file__).parent / "offline"

_before: list[Callable[[], None]] = []  # for each block that is on, the function that ends it


class NetworkBlocked(OSError):
    """An attempt to reach the network in a run that replays recordings."""


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Refuse connections and look-ups through Python's socket module, in this process and those it starts.

    Unix sockets stay open. Children that are Python refuse as this process does (not under -I or -S, nor in an
    environment that is not this one's); others are given a proxy that is not there. Open connections, and native code
    that heeds no proxy, are not stopped.
    """
    restore = _restorer()
    _before.append(restore)
    refuse_connections()
    os.environ |= dict.fromkeys(PROXIES, NOWHERE)
    for name in DIRECT:
        os.environ.pop(name, None)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(STARTUP), os.environ.get("PYTHONPATH")]))
    try:
        yield
    finally:
        _before.remove(restore)
        restore()


@contextlib.contextmanager
def opened() -> Iterator[None]:
    """Lift the block, if there is one: for what the user has named, such as data of the hub."""
    block_again = _restorer()
    if _before:
        _before[0]()
    try:
        yield
    finally:
        block_again()


def refuse_connections() -> None:
    """Make the socket module refuse, for good."""
    patched: Any = socket.socket

    def refuse(what: str) -> Any:
        raise NetworkBlocked(f"network access is blocked during replay ({what}); --synth-record missing allows it")

    def refusing(kept: Any) -> Any:
        def connect(self: socket.socket, *arguments: Any) -> Any:
            return kept(self, *arguments) if self.family == socket.AF_UNIX else refuse(f"connect to {arguments[-1]}")

        return connect

    def refuse_lookup(host: Any, *rest: Any, **options: Any) -> Any:
        refuse(f"look up {host}")

    for name in ("connect", "connect_ex", "sendto"):
        setattr(patched, name, refusing(getattr(patched, name)))
    for name in LOOKUPS:
        setattr(socket, name, refuse_lookup)


def _restorer() -> Callable[[], None]:
    """A function that makes the socket module and the environment as they are now."""
    patched: Any = socket.socket
    methods = patched.connect, patched.connect_ex, patched.sendto
    lookups = {name: getattr(socket, name) for name in LOOKUPS}
    environment = {name: os.environ.get(name) for name in ("PYTHONPATH", *DIRECT, *PROXIES)}

    def restore() -> None:
        patched.connect, patched.connect_ex, patched.sendto = methods
        for name, lookup in lookups.items():
            setattr(socket, name, lookup)
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

    return restore
