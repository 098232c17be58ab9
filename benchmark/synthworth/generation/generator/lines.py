"""The servers of one generator, side by side: which one is asked next, and which one is left out."""

import contextlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from synthworth.generation.generator.replies import FIRST_SERVER_ERROR, Fault
from synthworth.generation.generator.transport import Transport

MOST_FAILURES = 3  # in a row, of a server that has others beside it
FAILS = ("unreachable", "slow", "too large", "no completion")
TRIED_AGAIN_S = 60.0  # after a server was left out that may come back


@dataclass(eq=False)
class Line:
    """One server: the way to it, the requests under way there, its failures in a row, and until when it is left out."""

    transport: Transport
    under_way: int = 0
    failures: int = 0
    out_until: float = -math.inf

    @contextlib.contextmanager
    def asked(self) -> Iterator[None]:
        """While open, one request more is under way."""
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1

    @property
    def shown(self) -> str:
        """The address as a message shows it."""
        return self.transport.address.shown


class Lines:
    """The servers that have one model. A question goes to the one with the fewest under way.

    One that fails time after time is left out as long as there are others, and tried again after a minute; one that
    refuses for good (a wrong key, no such model) is left out to the end.
    """

    def __init__(self, transports: Sequence[Transport], clock: Callable[[], float] = time.monotonic) -> None:
        self._lines = [Line(transport) for transport in transports]
        self._clock = clock

    @property
    def all(self) -> Sequence[Line]:
        """All of them, in the order given."""
        return self._lines

    def least_busy(self) -> Line:
        """The line of the next question."""
        return min(self._open() or self._lines, key=lambda line: line.under_way)

    def leaves_out(self, line: Line, fault: Fault, *, given_up: bool = False) -> bool:
        """Tell whether a server that failed is left out, now or before, so that its question goes to another.

        `given_up` tells that it failed as often as any server may.
        """
        others = [one for one in self._open() if one is not line]
        if not others:
            return False
        if line.out_until > self._clock():
            return True
        for_good = fault.retries == 0
        line.failures += for_good or fault.kind in FAILS or _is_its_own(fault.kind)
        if not (for_good or given_up) and line.failures < MOST_FAILURES:
            return False
        line.failures = MOST_FAILURES - 1  # the next one is enough
        line.out_until = math.inf if for_good else self._clock() + TRIED_AGAIN_S
        return True

    async def close(self) -> None:
        """Close the connections."""
        for line in self._lines:
            await line.transport.close()

    def _open(self) -> list[Line]:
        now = self._clock()
        return [line for line in self._lines if line.out_until <= now]


def _is_its_own(kind: str) -> bool:
    return kind.isdecimal() and int(kind) >= FIRST_SERVER_ERROR
