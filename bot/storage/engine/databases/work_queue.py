"""The queue of transactions that wait for the threads of the database."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.engine import Connection

from bot.storage.engine.databases.errors import DatabaseUnavailableError

NOTHING_STORED = "nothing was stored: "


@dataclass(slots=True)
class Work:
    """One transaction that waits to be run, and its outcome.

    `first`: before all others. `alone`: outside of any transaction. `reads`: it writes nothing. `long`: others should
    not wait for it.
    """

    run: Callable[[Connection], Any]
    first: bool = False
    alone: bool = False
    reads: bool = False
    long: bool = False
    done: "Future[Any]" = field(default_factory=Future)
    result: Any = None
    error: Exception | None = None


class WorkQueue:
    """The transactions that wait for the database's threads. Urgent ones (`first`) go before all others.

    Long ones are only for threads that take them.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._first: deque[Work] = deque()
        self._others: deque[Work] = deque()
        self._long: deque[Work] = deque()
        self._closed = False

    def put(self, work: Work) -> None:
        with self._changed:
            if self._closed:
                raise DatabaseUnavailableError("the database is closed")
            (self._first if work.first else self._long if work.long else self._others).append(work)
            # Of those that wait, some may not take it.
            self._changed.notify_all() if work.long else self._changed.notify()

    def put_back(self, batch: Sequence[Work]) -> None:
        """Put transactions that were taken but not run back at the head of the queue."""
        with self._changed:
            self._others.extendleft(reversed(batch))

    def close(self) -> None:
        """Accept no more work."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def next_batch(self, most: int, *, takes_long: bool = False) -> list[Work]:
        """Wait for work and take up to `most`. Empty once the queue is closed and nothing is left.

        `takes_long`: also the long ones, and those sooner than others, because nobody else takes them.
        """
        with self._changed:
            while not (waiting := self._first or (self._long if takes_long else None) or self._others):
                if self._closed:
                    return []
                self._changed.wait()
            return [waiting.popleft() for _ in range(min(len(waiting), most))]

    def take_first(self) -> list[Work]:
        """Take the urgent ones, without waiting."""
        with self._changed:
            return [self._first.popleft() for _ in range(len(self._first))]


def first_write_error(batch: Sequence[Work]) -> str | None:
    errors = [str(work.error) for work in batch if isinstance(work.error, DatabaseUnavailableError)]
    return errors[0].removeprefix(NOTHING_STORED) if errors else None


def driver_message(error: Exception) -> str:
    """The driver's message without the statement and its parameters, which contain prompts."""
    return str(getattr(error, "orig", None) or error).split("\n", maxsplit=1)[0]


def finish(work: Work, error: Exception | None) -> None:
    """Answer the caller, unless it was cancelled before the work began."""
    if not work.done.set_running_or_notify_cancel():
        return
    if error is not None:
        work.done.set_exception(error)
    else:
        work.done.set_result(work.result)
