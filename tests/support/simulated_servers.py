"""Servers with a hidden limit in simulated time: an hour of answers in a second, the same in each run."""

import asyncio
import contextlib
import random
from collections.abc import Callable


class SimulatedLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer instead of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        select = self._selector.select
        self._selector.select = lambda timeout=None: self._jump(timeout) or select(0)

    def time(self) -> float:
        return self._now

    def _jump(self, timeout: float | None) -> None:
        self._now += timeout or 0.0


class SimulatedServer:
    """A server with room for `limit` requests at once, each of which takes about `answer_s`.

    `kind` says what becomes of more: "refuses" (an error at once) or "queues" (they wait). One that "batches" makes
    more wait as well, and answers fewer at once sooner: the rate grows with their number, and so does their time.
    """

    def __init__(self, limit: int, kind: str, answer_s: float = 1.0, seed: int = 0) -> None:
        self.limit, self.kind, self.answer_s = limit, kind, answer_s
        self.under_way = self.answering = self.most = self.refusals = 0
        self._room = asyncio.Semaphore(limit)
        self._random = random.Random(seed)

    @property
    def best_rate(self) -> float:
        """The most answers in a second that any fixed number of requests under way can bring."""
        return self.limit / self.answer_s / (2 if self.kind == "batches" else 1)

    async def answers(self) -> bool:
        """Answer one request; False if it is refused."""
        if self.kind == "refuses" and self.under_way >= self.limit:
            self.refusals += 1
            return False
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            async with self._room if self.kind != "refuses" else contextlib.nullcontext():
                self.answering += 1
                crowd = 1 + self.answering / self.limit if self.kind == "batches" else 1
                await asyncio.sleep(crowd * self.answer_s * self._random.uniform(0.8, 1.2))
                self.answering -= 1
        finally:
            self.under_way -= 1
        return True


def rate_of(concurrency: Callable[[Callable[[], float]], object], server_of: Callable[[], SimulatedServer], count: int):
    """The answers in a simulated second to `count` questions, and what was asked: (rate, server, concurrency)."""
    loop = SimulatedLoop()
    try:
        return loop.run_until_complete(_all(concurrency(loop.time), server_of(), count, loop.time))
    finally:
        loop.close()


async def _all(pace, server, count, clock):
    left = iter(range(count))

    async def work():
        for _ in left:
            while True:
                async with pace.slot() as ticket:
                    ticket.answered = await server.answers()
                    ticket.refused = not ticket.answered
                if ticket.answered:
                    break
                await asyncio.sleep(0.5)

    await asyncio.gather(*(work() for _ in range(min(pace.workers, count))))
    return count / clock(), server, pace
