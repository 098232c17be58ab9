"""Train on a Ray cluster, or on one that is started on this machine for the session."""

import logging
import os
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from synthworth.core import Progress, opened, unreported
from synthworth.training.cell import Cell, train
from synthworth.training.recipes import Predicted, Untrainable

RETRIES = 3  # of a cell whose machine or process is gone
LOOK_EVERY_S = 0.5
ANSWER_S = 10.0  # that a cluster may take to accept a connection
KEEP_S = 10.0  # that a disk may take to keep predictions


class OnRay:
    """Hand every cell to Ray, which finds it a GPU (for recipes that need one) or as many cores as it has threads.

    `address` is that of a running cluster whose machines have synthworth installed; "" starts one on this machine, on
    loopback. Raises ValueError if Ray is not installed or the cluster does not answer.
    """

    ahead = True

    def __init__(self, address: str, progress: Progress = unreported) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        if address:  # one attempt of 40 seconds at something that answers and is no Ray; by itself it makes 20
            os.environ.setdefault("RAY_gcs_server_port_wait_time_s", "1")
        else:  # or it listens on all interfaces, and whoever reaches it may run code here
            os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        try:
            import ray
        except ImportError:
            raise ValueError("Ray is not installed; install it with: pip install 'synthworth[ray]'") from None
        self._ray: Any = ray
        self._progress = progress
        self._texts: dict[str, Any] = {}
        self._pending: set[Any] = set()
        self._handed_over = 0
        try:
            with opened():
                _knock(address)
                place = address or "local"  # "" would be any cluster that Ray finds
                ray.init(place, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except Exception as error:  # Ray's own are of many kinds, and some are of none
            ray.shutdown()
            reason = (str(error) or repr(error)).splitlines()[0]
            raise ValueError(f"no Ray at {address or 'this machine'} ({reason}); check --synth-executor") from None
        self._train = ray.remote(max_retries=RETRIES)(_train)

    def submit(self, cell: Cell, keep: Callable[[Predicted], None]) -> Callable[[], Predicted]:
        """Hand the cell over; the test texts travel once for all cells of a task."""
        wants = {"num_gpus": 1} if cell.recipe.gpu else {"num_cpus": cell.threads}
        if problem := self._nowhere(cell):

            def refuse() -> Predicted:
                raise Untrainable(problem)

            return refuse
        with opened():
            if cell.test_version not in self._texts:
                self._texts[cell.test_version] = self._ray.put(cell.texts)
            texts = self._texts[cell.test_version]
            promised = self._train.options(name=cell.name, **wants).remote(replace(cell, texts=()), texts)
        self._handed_over += 1
        self._pending.add(promised)
        stored = threading.Event()

        def store(future: Any) -> None:
            if future.exception() is None:
                keep(future.result())
            stored.set()

        promised.future().add_done_callback(store)

        def wait() -> Predicted:
            predicted = self._wait(promised, cell.name)
            stored.wait(KEEP_S)  # or the end of the session comes before it
            return predicted

        return wait

    def close(self) -> None:
        """Leave the cluster; one that was started here ends."""
        self._ray.shutdown()

    def _nowhere(self, cell: Cell) -> str:
        """Return why no machine of the cluster can ever train the cell, or "" if one can."""
        name, wanted = ("GPU", 1) if cell.recipe.gpu else ("CPU", cell.threads)
        with opened():
            most = max((node["Resources"].get(name, 0) for node in self._ray.nodes() if node["Alive"]), default=0)
        if most >= wanted:
            return ""
        return (
            f"{cell.name} needs {wanted} {name} of one machine; the largest of the Ray cluster has {most:g}: "
            f"{'start a machine with a GPU first' if cell.recipe.gpu else 'take fewer --synth-threads'}"
        )

    def _wait(self, promised: Any, name: str) -> Predicted:
        from ray.exceptions import RayError, RayTaskError

        with opened():
            while not self._ray.wait([promised], timeout=LOOK_EVERY_S)[0]:
                ready, _ = self._ray.wait(list(self._pending), num_returns=len(self._pending), timeout=0)
                self._pending.difference_update(ready)
                self._progress("training", self._handed_over - len(self._pending), self._handed_over)
            try:
                predicted: Predicted = self._ray.get(promised)
            except RayTaskError as error:
                if isinstance(error.cause, Untrainable):
                    raise error.cause from error
                raise  # a bug: it prints its traceback from over there
            except RayError as error:
                reason = str(error).splitlines()[0]
                raise RuntimeError(f"{name} failed {1 + RETRIES} times on Ray: {reason}") from error
        self._pending.discard(promised)
        return predicted


def _knock(address: str) -> None:
    """Raise OSError if nothing listens at HOST:PORT: Ray itself would try for a quarter of an hour."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), ANSWER_S).close()


def _train(cell: Cell, texts: tuple[str, ...]) -> Predicted:
    return train(replace(cell, texts=texts))
