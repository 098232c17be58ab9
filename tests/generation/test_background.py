"""Coroutines in a thread of their own: they run inside of another event loop too."""

import asyncio
import signal
import threading

import pytest

from synthworth.generation.generator.background import Background


async def doubled(number):
    await asyncio.sleep(0)
    return 2 * number


def test_work_runs_inside_of_a_running_event_loop():
    async def notebook():
        background = Background()
        found = [background.run(doubled(i)) for i in range(3)]
        background.close()
        return found

    assert asyncio.run(notebook()) == [0, 2, 4]


def test_an_error_of_the_work_is_the_caller_s():
    async def fail():
        raise LookupError("gone")

    background = Background()
    with pytest.raises(LookupError, match="gone"):
        background.run(fail())
    assert background.run(doubled(2)) == 4
    background.close()


def test_an_interrupt_cancels_the_work_and_waits_for_its_end():
    steps = []

    async def long():
        try:
            threading.Timer(0.05, signal.raise_signal, [signal.SIGINT]).start()
            await asyncio.sleep(60)
        finally:
            steps.append("ended")

    background = Background()
    with pytest.raises(KeyboardInterrupt):
        background.run(long())
    assert steps == ["ended"]
    background.close()


def test_the_thread_ends_with_close_and_closing_twice_does_nothing():
    before, background = threading.active_count(), Background()
    background.run(doubled(1))
    assert threading.active_count() == before + 1
    background.close()
    background.close()
    assert threading.active_count() == before
