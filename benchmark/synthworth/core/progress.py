"""Progress of a long step: a bar on a terminal, and a plain line each minute if the output goes elsewhere."""

import contextlib
import time
from collections.abc import Callable
from typing import Any, TextIO

LINE_EVERY_S = 60.0
DRAW_EVERY_S = 0.1
MINUTE_S, HOUR_S = 60, 3600

Progress = Callable[[str, int, int], None]  # stage, done, total; a total of 0 is unknown


def unreported(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def status(done: int, total: int, per_second: float = 0.0) -> str:
    """The counts of a step with its rate and the time left, as far as they are known.

    >>> status(21, 200, 1.3)
    '21 of 200, 1.3/s, 2 min left'
    """
    parts = [f"{done:,} of {total:,}" if total else f"{done:,}"]
    if per_second > 0:
        per_minute = per_second * MINUTE_S
        parts.append(f"{per_second:.1f}/s" if per_second >= 1 else f"{per_minute:.2g}/min")
        if total > done:
            parts.append(f"{_duration((total - done) / per_second)} left")
    return ", ".join(parts)


class Bar:
    """A display of how far a step is, used as a `Progress`. `suspended` opens the way to the screen while it draws."""

    def __init__(
        self,
        file: TextIO,
        suspended: Callable[[], contextlib.AbstractContextManager[Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._file = file
        self._suspended = suspended
        self._clock = clock
        self._stage = ""
        self._begun = (0.0, 0)  # when, and how much was done by then
        self._ended = False
        self._last = 0.0
        self._live: Any = None

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show how far the stage is; a new stage ends the one before."""
        now, ended = self._clock(), bool(total) and done >= total
        if stage != self._stage or done < self._begun[1]:
            self.close()
            self._stage, self._last, self._begun = stage, now, (now, done)
        elif self._ended:  # the same stage again, of something else: its rate is its own
            self._begun = now, done
        self._ended = ended
        if self._file.isatty():
            if now - self._last >= DRAW_EVERY_S or ended:
                self._last = now
                self._draw(done, total, self._status(now, done, total))
            if ended:
                self.close()
        elif now - self._last >= LINE_EVERY_S:
            self._last = now
            with self._suspended():
                self._file.write(f"\n{stage}: {self._status(now, done, total)}\n")
                self._file.flush()

    def close(self) -> None:
        """Remove the bar."""
        if self._live is not None:
            with self._suspended():
                self._live.stop()
            self._live = None

    def _status(self, now: float, done: int, total: int) -> str:
        when, before = self._begun
        return status(done, total, (done - before) / (now - when) if now > when else 0.0)

    def _draw(self, done: int, total: int, line: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        with self._suspended():
            if self._live is None:
                columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[line]}"))
                console = Console(file=self._file)
                self._live = Progress(*columns, console=console, transient=True, auto_refresh=False)
                self._live.start()
                self._live.add_task(self._stage, total=total or None, line=line)
            task = self._live.task_ids[0]
            self._live.update(task, completed=done, total=total or None, line=line, refresh=True)


def _duration(seconds: float) -> str:
    if seconds < MINUTE_S:
        return f"{seconds:.0f} s"
    return f"{seconds / MINUTE_S:.0f} min" if seconds < 2 * HOUR_S else f"{seconds / HOUR_S:.1f} h"
