"""The number of requests under way at once: a fixed number, or one that finds the server's own limit.

The rule is TCP's: additive increase, multiplicative decrease (Chiu and Jain 1989), after a start that doubles. Two
things show that the server is full: it refuses (429, 503), or the time of an answer grows as fast as the number under
way, so that more of them bring no more answers in a second. Not the time alone: on a server that batches it grows, and
the rate grows as well.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass

FIRST, MOST = 8, 512
FIRST_BACKOFF = 0.75  # between what it had room for and twice that
BACKOFF = 0.9  # of the limit after a refusal: the mean between two refusals is then 95 % of the server's own
STEPS = 4  # increases from one size of the window to twice that, until the second sign that the server is full
FEWEST = 10  # answers in a window, once the server was full: one with room for 1 is not asked for 2 all the time
WORTHWHILE = 0.2  # of a growth of the window, that the rate has to grow to call it worth it
JUDGED = 1.25  # growth of the window after which its rate is compared


@dataclass
class Ticket:
    """One request under way, and what became of it."""

    begun: float
    refused: bool = False
    answered: bool = False


class FixedConcurrency:
    """A limit that the user has set: as many workers as requests may be under way keep to it by themselves."""

    def __init__(self, limit: int) -> None:
        self.workers = limit

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[Ticket]:
        """Go ahead."""
        yield Ticket(begun=0.0)


class AdaptiveConcurrency:
    """A limit that grows until the server is full, and keeps near that.

    A window is half as many answers to requests sent in it as the limit allows under way. Each window in which the
    limit was used up makes it grow. `clock` counts seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.workers = MOST
        self.limit = float(FIRST)
        self.under_way = 0
        self._clock = clock
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._doubling, self._signs = True, 0
        self._begun = clock()  # of this window
        self._answered, self._seconds, self._was_full = 0, 0.0, False
        self._reference = (0.0, 0.0)  # a limit, and the answers in a second that it brought
        self._decreased = float("-inf")

    @contextlib.asynccontextmanager
    async def slot(self) -> AsyncIterator[Ticket]:
        """Wait until one more request may be under way; set on the ticket what became of it."""
        while self.under_way >= int(self.limit):
            await self._turn()
        self.under_way += 1
        self._was_full = self._was_full or self.under_way >= int(self.limit)
        ticket = Ticket(begun=self._clock())
        try:
            yield ticket
        finally:
            self.under_way -= 1
            if ticket.refused:
                self.refused(ticket.begun)
            elif ticket.answered:
                self.answered(ticket.begun)
            self._wake()

    async def _turn(self) -> None:
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            await waiter
        except asyncio.CancelledError:
            self._wake()  # its turn goes to another
            raise

    def _wake(self) -> None:
        free = int(self.limit) - self.under_way
        while self._waiting and free > 0:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(None)
                free -= 1

    def refused(self, begun: float) -> None:
        """Decrease after the refusal of a request sent at `begun`, once for all that were sent before the decrease."""
        if begun > self._decreased:
            less = self.limit * (FIRST_BACKOFF if self._doubling else BACKOFF)
            self._decrease(min(less, self.under_way))  # it has room for the others, and not for one more

    def answered(self, begun: float) -> None:
        """Count the answer to a request sent at `begun`; at the end of a window, increase, or go back.

        The rate follows from the time of an answer (Little's law): counted in a window, answers that come in bursts
        would show any rate.
        """
        if begun < self._begun:
            return
        self._answered += 1
        self._seconds += self._clock() - begun
        if self._answered < max(int(self.limit) / 2, 0 if self._doubling else FEWEST):
            return
        rate, full = int(self.limit) * self._answered / max(self._seconds, 1e-9), self._was_full
        self._new_window()
        if not full:
            return
        limit, before = self._reference
        if not limit or self.limit <= limit:
            self._reference = self.limit, rate
        elif self.limit >= JUDGED * limit:
            if rate < before * (1 + WORTHWHILE * (self.limit / limit - 1)):
                self._reference = limit, (before + rate) / 2  # a lucky window is not for ever what others are held to
                self._decrease(limit)
                return
            self._reference = self.limit, rate
        self._increase()

    def _new_window(self) -> None:
        self._begun = self._clock()
        self._answered, self._seconds, self._was_full = 0, 0.0, False

    def _increase(self) -> None:
        step = self.limit if self._doubling else max(1.0, self.limit / STEPS) if self._signs < 2 else 1.0
        self.limit = min(self.limit + step, float(MOST))

    def _decrease(self, limit: float) -> None:
        self._doubling = False
        self._signs += 1
        self._decreased = self._clock()
        self.limit = max(1.0, limit)
        if self.limit < self._reference[0]:
            self._reference = (0.0, 0.0)
        self._new_window()
