"""A concurrency that finds a server's hidden limit, in simulated time."""

import asyncio

import pytest

from clients import client_of, requests_of, texts_of
from servers import serving
from simulated_servers import SimulatedLoop, SimulatedServer, rate_of
from synthworth.generation.generator.concurrency import FIRST, AdaptiveConcurrency, FixedConcurrency
from synthworth.generation.recording import Recording

KINDS = ("refuses", "queues", "batches")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("limit", [3, 20, 60])
def test_it_reaches_nine_tenths_of_the_best_fixed_setting_and_is_refused_little(limit, kind):
    count = 40 * limit + 500
    found, server, pace = rate_of(AdaptiveConcurrency, lambda: SimulatedServer(limit, kind), count)
    assert found >= 0.9 * server.best_rate
    assert server.refusals < 0.15 * count
    assert 0.8 * limit - 1 <= pace.limit <= 3 * max(limit, FIRST)


@pytest.mark.parametrize("kind", KINDS)
def test_the_best_fixed_setting_of_the_simulated_servers_is_their_limit(kind):
    at_limit, server, _ = rate_of(lambda _: FixedConcurrency(20), lambda: SimulatedServer(20, kind), 600)
    assert at_limit == pytest.approx(server.best_rate, rel=0.1)
    more, *_ = rate_of(lambda _: FixedConcurrency(40), lambda: SimulatedServer(20, kind), 600)
    assert more < 1.1 * server.best_rate


def test_never_more_are_under_way_than_the_limit_allows():
    seen = []

    class Watched(AdaptiveConcurrency):
        def answered(self, begun):
            seen.append((self.under_way, self.limit))
            super().answered(begun)

    _, server, _ = rate_of(Watched, lambda: SimulatedServer(20, "queues"), 300)
    most = max(limit for _, limit in seen)
    assert server.most <= most
    assert all(under_way < most for under_way, _ in seen)


def test_each_window_of_answers_doubles_the_limit_until_a_refusal_lowers_it_once():
    now = [0.0]
    pace = AdaptiveConcurrency(lambda: now[0])
    pace._was_full = True
    for _ in range(FIRST // 2):
        pace.answered(begun=0.0)
    assert pace.limit == 2 * FIRST
    pace.under_way = 2 * FIRST
    now[0] = 1.0
    for _ in range(5):  # all of them were sent before the first was refused
        pace.refused(begun=0.5)
    assert pace.limit == 1.5 * FIRST
    now[0] = 2.0
    pace.refused(begun=1.5)
    assert pace.limit == 0.9 * 1.5 * FIRST


def test_a_limit_that_is_not_used_up_does_not_grow():
    pace = AdaptiveConcurrency(lambda: 0.0)
    for _ in range(100):
        pace.answered(begun=0.0)
    assert pace.limit == FIRST


def test_a_limit_never_falls_below_one():
    now = [0.0]
    pace = AdaptiveConcurrency(lambda: now[0])
    for second in range(1, 200):
        now[0] = second
        pace.refused(begun=second - 0.5)
    assert pace.limit == 1


def test_one_that_is_cancelled_while_it_waits_holds_up_no_other():
    async def work():
        pace = AdaptiveConcurrency()
        pace.limit = 1.0
        done = []

        async def one(name):
            async with pace.slot():
                await asyncio.sleep(1)
                done.append(name)

        tasks = [asyncio.ensure_future(one(name)) for name in "abcd"]
        await asyncio.sleep(0.5)
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return done, pace.under_way

    loop = SimulatedLoop()
    assert loop.run_until_complete(work()) == (["a", "c", "d"], 0)
    loop.close()


def test_a_client_that_finds_its_concurrency_gets_every_answer(tmp_path):
    with serving() as (url, came), client_of(url, Recording(tmp_path / "a.jsonl", "missing"), concurrency=0) as client:
        made = client.complete(requests_of(60))
    assert texts_of(made) == [f"text {i}" for i in range(60)]
    assert len(came) == 60
