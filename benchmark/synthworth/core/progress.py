"""How far a long step is: a bar on a terminal, and a plain line now and then where there is none."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, TextIO

LINE_EVERY_S = 15.0
DRAW_EVERY_S = 0.1


class Bar:
    """Reports `(stage, done, total)`; total 0 is unknown. `suspended` opens the way to the screen while drawing."""

    def __init__(self, file: TextIO, suspended: Callable[[], contextlib.AbstractContextManager[Any]]) -> None:
        self._file = file
        self._suspended = suspended
        self._stage = ""
        self._last = 0.0
        self._live: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Shows how far the stage is; a new stage ends the one before."""
        now, ended = time.monotonic(), bool(total) and done >= total
        if stage != self._stage:
            self.close()
            self._stage, self._last = stage, now
        if self._file.isatty():
            if now - self._last >= DRAW_EVERY_S or ended:
                self._last = now
                self._draw(stage, done, total)
            if ended:
                self.close()
        elif now - self._last >= LINE_EVERY_S:
            self._last = now
            with self._suspended():
                self._file.write(f"\n{stage}: {done} of {total}\n" if total else f"\n{stage}: {done}\n")
                self._file.flush()

    def close(self) -> None:
        """Removes the bar."""
        if self._live is not None:
            with self._suspended():
                self._live.stop()
            self._live = None

    def _draw(self, stage: str, done: int, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        with self._suspended():
            if self._live is None:
                columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
                console = Console(file=self._file)
                self._live = Progress(*columns, console=console, transient=True, auto_refresh=False)
                self._live.start()
                self._live.add_task(stage, total=total or None)
            self._live.update(self._live.task_ids[0], completed=done, refresh=True)
