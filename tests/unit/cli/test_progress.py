"""Bars on a terminal, and elsewhere a line now and then, so that a timer's mail stays empty."""

from io import StringIO

from bot.cli.kit.progress import shown_progress
from bot.rules.progress import Step


class Terminal(StringIO):
    def isatty(self):
        return True


def test_short_work_prints_no_line():
    stream = StringIO()
    with shown_progress(stream, lambda: 0.0) as progress:
        for done in range(1000):
            progress(Step.COPY_PICTURES, done, 1000)
    assert stream.getvalue() == ""


def test_long_work_prints_a_line_now_and_then():
    now, stream = 0.0, StringIO()
    with shown_progress(stream, lambda: now) as progress:
        progress(Step.COPY_DATABASE, 0, None)
        for done in range(0, 100_000, 1000):
            now += 1
            progress(Step.COPY_PICTURES, done, 100_000)
    lines = stream.getvalue().splitlines()
    assert lines == [f"Copying pictures: {done:,} of 100,000" for done in (9000, 39_000, 69_000, 99_000)]


def test_a_terminal_shows_each_step_as_a_bar_and_clears_it():
    stream = Terminal()
    with shown_progress(stream) as progress:
        progress(Step.COPY_DATABASE, 0, None)
        progress(Step.COPY_PICTURES, 3, 4)
    shown = stream.getvalue()
    assert "Copying the database" in shown
    assert "3/4" in shown
