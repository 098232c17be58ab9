"""No network: while it is blocked, whoever tries to connect gets an error that says so."""

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
NOWHERE = "http://127.0.0.1:9"  # the port of `discard`: programs that heed a proxy fail at once
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
STARTUP = Path(__file__).parent / "offline"


class NetworkBlocked(OSError):
    """Something tried to reach the network in a run that replays recordings."""


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Refuses connections and look-ups through Python's socket module, in this process and those it starts.

    Unix sockets stay open. Children that are Python refuse as this process does (not under -I or -S); others are
    given a proxy that is not there. What is connected already, and native code that heeds no proxy, is not stopped.
    """
    restore = refuse_connections()
    kept = {name: os.environ.get(name) for name in ("PYTHONPATH", "no_proxy", "NO_PROXY", *PROXIES)}
    os.environ |= dict.fromkeys(PROXIES, NOWHERE)
    for name in ("no_proxy", "NO_PROXY"):
        os.environ.pop(name, None)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(STARTUP), kept["PYTHONPATH"]]))
    try:
        yield
    finally:
        restore()
        for name, value in kept.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def refuse_connections() -> Any:
    """Makes the socket module refuse; what it returns makes it as it was."""
    kept = socket.socket.connect, socket.socket.connect_ex, socket.socket.sendto
    lookups = {name: getattr(socket, name) for name in LOOKUPS}

    def refuse(what: str) -> Any:
        raise NetworkBlocked(f"the network is blocked, and something {what}; --synth-record missing opens it")

    def refusing(kept: Any) -> Any:
        def connect(self: socket.socket, *arguments: Any) -> Any:
            return kept(self, *arguments) if self.family == socket.AF_UNIX else refuse(f"wants {arguments[-1]}")

        return connect

    def refuse_lookup(host: Any, *rest: Any, **options: Any) -> Any:
        refuse(f"looks up {host}")

    patched: Any = socket.socket
    patched.connect, patched.connect_ex, patched.sendto = (refusing(one) for one in kept)
    for name in LOOKUPS:
        setattr(socket, name, refuse_lookup)

    def restore() -> None:
        patched.connect, patched.connect_ex, patched.sendto = kept
        for name, lookup in lookups.items():
            setattr(socket, name, lookup)

    return restore
