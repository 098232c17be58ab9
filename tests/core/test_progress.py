"""A bar on a terminal, which leaves nothing behind; now and then a line where there is none."""

import contextlib
import io
import math
import re
import sys

import pytest

from synthworth.core import progress
from synthworth.core.progress import Bar, status


class Terminal(io.StringIO):
    """A file that says it is a terminal."""

    def isatty(self):
        return True


class Guarded(Terminal):
    """A terminal that may be written to only while it is open, as pytest's capturing demands."""

    is_open = False

    @contextlib.contextmanager
    def opened(self):
        self.is_open = True
        yield
        self.is_open = False

    def write(self, text):
        assert self.is_open
        return super().write(text)


@pytest.fixture(autouse=True)
def _always_due(monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY_S", 0)
    monkeypatch.setattr(progress, "DRAW_EVERY_S", 0)
    monkeypatch.setenv("TERM", "xterm")


def shown(file, *steps):
    """What the steps write to the file, as long as the bar is not closed."""
    bar = Bar(file, contextlib.nullcontext)
    for step in steps:
        bar(*step)
    text = file.getvalue()
    bar.close()
    return text


def left(text):
    """What can still be read once the escape sequences of the terminal have erased their line."""
    return re.sub(r"\x1b\[[?\d]*[A-Za-z]", "", text.rpartition("\x1b[2K")[2]).strip()


def test_a_file_gets_a_line_with_stage_done_and_total():
    assert shown(io.StringIO(), ("training sms", 3, 60)) == "\ntraining sms: 3 of 60\n"


def test_a_file_gets_a_line_without_a_total_that_is_unknown():
    assert shown(io.StringIO(), ("recording sms", 3, 0)) == "\nrecording sms: 3\n"


@pytest.mark.parametrize(
    ("done", "total", "rate", "line"),
    [
        (21, 200, 1.3, "21 of 200, 1.3/s, 2 min left"),
        (21, 200, 0.0, "21 of 200"),
        (5, 0, 2.0, "5, 2.0/s"),
        (1, 10_000, 0.05, "1 of 10,000, 3/min, 55.5 h left"),
        (190, 200, 0.5, "190 of 200, 30/min, 20 s left"),
        (200, 200, 2.0, "200 of 200, 2.0/s"),
    ],
)
def test_a_status_has_counts_rate_and_time_left_as_far_as_they_are_known(done, total, rate, line):
    assert status(done, total, rate) == line


@pytest.mark.parametrize("kind", [io.StringIO, Terminal])
def test_rate_and_time_left_are_those_since_the_stage_began(kind):
    file, now = kind(), 100.0
    bar = Bar(file, contextlib.nullcontext, clock=lambda: now)
    for stage, done, later in [("a", 50, 0), ("b", 10, 0), ("b", 20, 5)]:
        now += later
        bar(stage, done, 100)
    text = file.getvalue()
    bar.close()
    assert "20 of 100, 2.0/s, 40 s left" in " ".join(text.split())


def test_a_stage_that_comes_again_is_timed_from_its_second_beginning():
    file, now = io.StringIO(), 100.0
    bar = Bar(file, contextlib.nullcontext, clock=lambda: now)
    for done, later in [(0, 0), (100, 1), (0, 1000), (20, 10)]:
        now += later
        bar("auditing", done, 100)
    assert "20 of 100, 2.0/s, 40 s left" in file.getvalue()


def test_a_file_gets_no_line_before_the_time(monkeypatch):
    monkeypatch.setattr(progress, "LINE_EVERY_S", math.inf)
    assert shown(io.StringIO(), ("training sms", 3, 60), ("training sms", 60, 60)) == ""


def test_a_terminal_shows_stage_done_and_total():
    assert re.search(r"training sms.*3 of 60", shown(Terminal(), ("training sms", 3, 60)))


def test_a_terminal_shows_a_total_that_is_unknown():
    assert re.search(r"recording sms.* 3\b", shown(Terminal(), ("recording sms", 3, 0)))


def test_a_terminal_is_not_drawn_on_before_the_time(monkeypatch):
    monkeypatch.setattr(progress, "DRAW_EVERY_S", math.inf)
    assert shown(Terminal(), ("training sms", 3, 60)) == ""


def test_the_end_of_a_stage_is_drawn_at_any_time(monkeypatch):
    monkeypatch.setattr(progress, "DRAW_EVERY_S", math.inf)
    assert "60 of 60" in shown(Terminal(), ("training sms", 3, 60), ("training sms", 60, 60))


def test_a_bar_in_progress_can_be_read():
    assert "3 of 60" in left(shown(Terminal(), ("training sms", 3, 60)))


def test_a_finished_stage_leaves_nothing_on_the_terminal():
    assert left(shown(Terminal(), ("training sms", 3, 60), ("training sms", 60, 60))) == ""


def test_closing_takes_an_unfinished_bar_away():
    file = Terminal()
    shown(file, ("training sms", 3, 60))
    assert left(file.getvalue()) == ""


def test_another_stage_takes_the_bar_of_the_first_away():
    before, _, after = shown(Terminal(), ("training sms", 3, 60), ("training imdb", 1, 9)).partition("imdb")
    assert "sms" not in left(before) + after


def test_a_stage_can_come_again():
    assert "5 of 60" in left(shown(Terminal(), ("training", 60, 60), ("training", 5, 60)))


def test_closing_twice_writes_nothing_more():
    file = Terminal()
    bar = Bar(file, contextlib.nullcontext)
    bar("training sms", 3, 60)
    bar.close()
    once = file.getvalue()
    bar.close()
    assert file.getvalue() == once


@pytest.mark.parametrize("steps", [[("a", 3, 60)], [("a", 60, 60)], [("a", 3, 60), ("b", 1, 0)]])
def test_the_terminal_is_written_to_only_while_it_is_open(steps):
    file = Guarded()
    bar = Bar(file, file.opened)
    for step in steps:
        bar(*step)
    bar.close()
    assert file.getvalue()


def test_what_is_printed_goes_its_own_way_once_the_bar_is_closed():
    before = sys.stdout
    shown(Terminal(), ("training sms", 3, 60))
    assert sys.stdout is before
