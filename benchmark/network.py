"""No network: while it is blocked, whoever tries to connect gets an error that says so."""

import contextlib
import socket
from collections.abc import Iterator
from typing import Any

LOOKUPS = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")


class NetworkBlocked(OSError):
    """Something tried to reach the network in a run that replays recordings."""


@contextlib.contextmanager
def blocked() -> Iterator[None]:
    """Refuses every connection of this process other than Unix sockets; name look-ups too."""

    def refuse(_: Any, address: Any, *rest: Any) -> Any:
        raise NetworkBlocked(f"the network is blocked, and something wants {address}; --synth-record missing opens it")

    def refuse_lookup(host: Any, *rest: Any, **options: Any) -> Any:
        raise NetworkBlocked(f"the network is blocked, and something looks up {host}; --synth-record missing opens it")

    kept = socket.socket.connect, socket.socket.connect_ex
    lookups = {name: getattr(socket, name) for name in LOOKUPS}

    def connect(self: socket.socket, address: Any) -> Any:
        return kept[0](self, address) if self.family == socket.AF_UNIX else refuse(self, address)

    def connect_ex(self: socket.socket, address: Any) -> Any:
        return kept[1](self, address) if self.family == socket.AF_UNIX else refuse(self, address)

    patched: Any = socket.socket
    patched.connect, patched.connect_ex = connect, connect_ex
    for name in LOOKUPS:
        setattr(socket, name, refuse_lookup)
    try:
        yield
    finally:
        patched.connect, patched.connect_ex = kept
        for name, lookup in lookups.items():
            setattr(socket, name, lookup)
