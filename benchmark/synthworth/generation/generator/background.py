"""An event loop in a separate thread: it works inside of another running loop, as in a notebook."""

import asyncio
import concurrent.futures
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

WAKE_EVERY_S = 0.2
Result = TypeVar("Result")


class Background:
    """A thread that runs coroutines one after the other, from the first until `close`."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """The result of the coroutine; an interrupt from the keyboard cancels it, and waits until it has ended."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="synthworth", daemon=True)
            self._thread.start()
        ended = threading.Event()

        async def whole() -> Result:
            try:
                return await work
            finally:
                ended.set()

        future = asyncio.run_coroutine_threadsafe(whole(), self._loop)
        try:
            # Not in one go: a signal that another thread receives does not wake one that waits for a lock.
            while not concurrent.futures.wait([future], timeout=WAKE_EVERY_S).done:
                pass
            return future.result()
        except concurrent.futures.CancelledError:
            raise RuntimeError("the work was cancelled from outside") from None
        except BaseException:
            if not future.done():
                future.cancel()
                ended.wait()
            raise

    def pending(self) -> set[Any]:
        """The tasks that have not ended."""
        return asyncio.all_tasks(self._loop) if self._loop else set()

    def close(self) -> None:
        """End the thread."""
        if self._loop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
        self._loop = self._thread = None
