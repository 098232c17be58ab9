"""Train on this machine: in this process, or in worker processes with a GPU or some cores each."""

import contextlib
import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from synthworth.core import Progress, blocked, opened, unreported
from synthworth.training.cell import Cell, train
from synthworth.training.environment import gpus
from synthworth.training.recipes import Predicted

MEMORY = 3 * 1024**3  # bytes that one process may need, with torch loaded
LOOK_EVERY_S = 0.5
ATTEMPTS = 3  # of a cell whose process was killed

_for_good = contextlib.ExitStack()  # what a process keeps open until it ends


class Here:
    """Train in this process, as soon as the predictions are needed."""

    ahead = False

    def __init__(self, progress: Progress = unreported) -> None:
        self._progress = progress

    def submit(self, cell: Cell, keep: Callable[[Predicted], None]) -> Callable[[], Predicted]:
        """Return a function that trains the cell."""

        def wait() -> Predicted:
            predicted = train(cell, self._progress)
            keep(predicted)
            return predicted

        return wait

    def close(self) -> None:
        """Do nothing: no training is under way."""


class Processes:
    """Train in `count` worker processes of this machine; cells without an encoder are trained in this process.

    Each worker has a GPU of its own, if there are any; raises ValueError if there are too few. A cell whose worker is
    killed is tried again in a new one, the third time alone; raises RuntimeError if that one is killed too. `offline`
    blocks the network of the workers.
    """

    ahead = True

    def __init__(self, count: int, *, offline: bool, progress: Progress = unreported) -> None:
        self.count = count
        self._devices = gpus()
        if self._devices and count > len(self._devices):
            raise ValueError(f"{count} processes for {len(self._devices)} GPU(s), one each; lower --synth-processes")
        self._offline = offline
        self._progress = progress
        self._here = Here(progress)
        self._folder = TemporaryDirectory(prefix="synthworth-")
        self._pool: Any = None
        self._under_way: dict[str, _UnderWay] = {}

    def submit(self, cell: Cell, keep: Callable[[Predicted], None]) -> Callable[[], Predicted]:
        """Hand the cell to a worker."""
        if not cell.recipe.encoder:
            return self._here.submit(cell, keep)
        self._hand_over(_UnderWay(cell, keep, Path(self._folder.name) / f"{cell.key}.begun"))
        return lambda: self._wait(cell.key)

    def close(self) -> None:
        """Kill the workers."""
        self._end()
        self._folder.cleanup()

    def _end(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, kill_workers=True)
            self._pool = None

    def _hand_over(self, one: "_UnderWay") -> None:
        from loky import ProcessPoolExecutor
        from loky.backend import get_context

        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.count,
                context=get_context("loky"),
                initializer=_begin,
                initargs=(os.getpid(), Path(self._folder.name), self._devices, self._offline),
            )
        try:
            with opened():  # what is started here lays the block, if there is one, by itself, and can lift it
                one.future = self._pool.submit(_train, one.cell, one.begun)
        except BrokenExecutor as error:  # a process was killed just now: whoever waits hands over again
            one.future = Future()
            one.future.set_exception(error)
        one.future.add_done_callback(lambda future: None if _failed(future) else one.keep(future.result()))
        self._under_way[one.cell.key] = one

    def _wait(self, key: str) -> Predicted:
        while True:
            one = self._under_way[key]
            if not wait([one.future], LOOK_EVERY_S).done:
                done = sum(other.future.done() for other in self._under_way.values())
                self._progress("training", done, len(self._under_way))
            elif not one.was_killed:
                return one.future.result()
            elif one.attempts < ATTEMPTS:
                self._begin_again()
            else:
                raise RuntimeError(
                    f"the process that trains {one.cell.name} was killed {ATTEMPTS} times, at last alone, perhaps for "
                    "lack of memory; free some, or leave this classifier out"
                ) from one.future.exception()

    def _begin_again(self) -> None:
        """Hand over again what was under way when a worker was killed, which ends all of them.

        Any of the cells that had begun may be the cause; a last attempt is made alone, so that no cell is blamed for
        another.
        """
        self._end()
        left = [one for one in self._under_way.values() if one.was_killed and one.attempts < ATTEMPTS]
        for one in [one for one in left if one.begun.exists()] or left:
            one.begun.unlink(missing_ok=True)
            one.attempts += 1
        for one in left:
            if one.attempts == ATTEMPTS - 1:
                self._hand_over(one)
                wait([one.future])
                if one.was_killed:
                    one.attempts = ATTEMPTS
                    self._end()
        for one in left:
            if one.was_killed and one.attempts < ATTEMPTS:
                self._hand_over(one)


class _UnderWay:
    """A cell in the hands of a worker; the file `begun` exists once its training has begun."""

    future: "Future[Predicted]"

    def __init__(self, cell: Cell, keep: Callable[[Predicted], None], begun: Path) -> None:
        self.cell = cell
        self.keep = keep
        self.begun = begun
        self.attempts = 0

    @property
    def was_killed(self) -> bool:
        return self.future.done() and isinstance(self.future.exception(), BrokenExecutor)


def _failed(future: "Future[Predicted]") -> bool:
    return future.cancelled() or future.exception() is not None


def _train(cell: Cell, begun: Path) -> Predicted:
    begun.touch()
    return train(cell)


def _begin(parent: int, taken: Path, devices: Sequence[str], offline: bool) -> None:
    """Prepare a worker: take a GPU, block the network, and end when the process `parent` does."""
    from loky import process_executor

    # Loky would replace a process that has come to need more memory; large encoders do.
    process_executor._MAX_MEMORY_LEAK_SIZE = float("inf")
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that waits, and it ends this one
    if devices:
        os.environ["CUDA_VISIBLE_DEVICES"] = take(taken, devices)
    if offline:
        _for_good.enter_context(blocked())


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY_S)
    os._exit(1)


def take(taken: Path, devices: Sequence[str]) -> str:
    """Take the first GPU that no other living process has taken, until this process ends.

    Each is a locked file in `taken`: a lock ends with its process, however that ends. Raises RuntimeError if none is
    left.
    """
    for device in devices:
        file = os.open(taken / device.replace("/", "_"), os.O_CREAT | os.O_RDWR)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
        else:
            return device
    raise RuntimeError(f"all GPUs ({', '.join(devices)}) are taken; train fewer at once with --synth-processes")


def processes(threads: int) -> int:
    """Return how many cells this machine can train at once: one per GPU, else as cores and memory allow."""
    if count := len(gpus()):
        return count
    from loky import cpu_count

    return max(1, min(int(cpu_count()) // threads, _memory() // MEMORY))


def _memory() -> int:
    return int(os.sysconf("SC_PAGE_SIZE")) * int(os.sysconf("SC_PHYS_PAGES"))
