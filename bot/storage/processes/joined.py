"""This process among those that work on one PostgreSQL: it joins them, and beats in a thread of its own."""

import socket
import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import inf

import structlog
from sqlalchemy.engine import Connection

from bot.rules.request_shares import LEAST, share
from bot.rules.roles import Part
from bot.storage.engine.databases import postgresql
from bot.storage.engine.databases.errors import CannotConnectError, DatabaseAwayError, DatabaseInUseError
from bot.storage.engine.databases.own_connection import OwnConnection
from bot.storage.engine.databases.process_lock import require_no_command
from bot.storage.engine.databases.server_clock import correct_beats
from bot.storage.engine.migrations import DatabaseTooNewError, require_newest
from bot.storage.processes import rows
from bot.storage.processes.rows import Seen

_BEATS_IN_A_LEASE = 4
_ACTS_UP_TO = 3 / 4
_AFTER_DEATH_S = 0.02
"""So that a beat that comes to find a dead process does not come a moment too early."""
_AGAIN_AFTER_S = 1.0
_LONGEST_JOIN_S = 30.0
"""It waits for the other transactions, which a beat does not."""
_HOST = socket.gethostname()
_CLOCKS_MAY_DIFFER = timedelta(seconds=5)

log = structlog.get_logger(__name__)


def _elapsed() -> float:
    """Seconds, also those in which the machine was suspended. Linux leaves them out of its monotonic clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


class JoinedProcess:
    """A `Process` with a row in `processes`.

    It beats four times in a lease, and in the moment in which another one is dead unless that one has beaten again:
    free slots wait for what this beat finds. Three quarters of a lease after it sent the last beat that was stored, it
    may not act any more, and after a whole one the others take its work over. Should it still live, it joins again
    under the same lease: what it had in hand is with others, and the answers of its paid calls are taken as late ones.

    `taken` raises DatabaseInUseError once it cannot join again: another process has its shards, or a newer version of
    the bot has migrated the database.
    """

    def __init__(self, url: str, lease: str, part: Part, lease_s: int) -> None:
        """Raises ShardsTakenError, DatabaseInUseError, DatabaseTooNewError, CannotConnectError, DatabaseAwayError."""
        self.taken: Future[None] = Future()
        self._lease, self._part, self._lease_s = lease, part, lease_s
        self._seen: Seen | None = None
        self.name = ""
        self._sent_at = self._beats_since = float("-inf")
        self._is_warned = False
        self._count_requests: Callable[[], int] = lambda: 0
        self._heard: Callable[[], object] = lambda: None
        self._wanted = 0
        self._ended = threading.Event()
        self._connection = OwnConnection(url, max(1.0, lease_s / _BEATS_IN_A_LEASE))
        try:
            self._beat()
        except BaseException:
            self._connection.close()
            raise
        self._thread = threading.Thread(target=self._keep_beating, name="beat", daemon=True)
        self._thread.start()

    @property
    def may_act(self) -> bool:
        return self._seen is not None and _elapsed() - self._sent_at < self._lease_s * _ACTS_UP_TO

    @property
    def leads(self) -> bool:
        return self._seen is not None and self._seen.leads and self.may_act

    @property
    def workers(self) -> int:
        return 1 if self._seen is None else max(1, self._seen.workers)

    @property
    def count(self) -> int:
        return 1 if self._seen is None else self._seen.count

    @property
    def is_first_worker(self) -> bool:
        return self._seen is not None and self._seen.is_first_worker and self.may_act

    @property
    def others_died(self) -> bool:
        """After a gap in its own beats it waits for a lease: the others may have been cut off as well.

        So it does after a jump of the server's clock.
        """
        is_sure = self._sent_at - self._beats_since >= self._lease_s
        return self._seen is not None and self._seen.some_died and is_sure and self.may_act

    @property
    def requests_per_s(self) -> int:
        return LEAST if self._seen is None else share(self._wanted, self._seen.requests_per_s)

    def share_requests(self, wanted_per_s: Callable[[], int]) -> None:
        self._count_requests = wanted_per_s

    def after_beats(self, heard: Callable[[], object]) -> None:
        self._heard = heard

    def is_member(self, connection: Connection) -> bool:
        return rows.is_there(connection, self._lease)

    def remove_dead(self, connection: Connection) -> int:
        if not self.others_died:
            return 0
        dead = rows.delete_dead(connection)
        for each in dead:
            log.warning("another process is dead: takes its work over", process=each)
        return len(dead)

    def living(self, connection: Connection) -> Collection[str] | None:
        return rows.living(connection)

    def stop(self) -> None:
        """Stop beating. Its row stays until `leave`."""
        self._ended.set()
        self._thread.join()
        self._seen = None

    def leave(self, connection: Connection) -> None:
        """Delete the row, in the transaction that lets the others have its jobs. Call it after `stop`."""
        rows.leave(connection, self._lease)

    def close(self) -> None:
        """Also delete the row if nobody has, such as when the bot could not be built."""
        self.stop()
        with suppress(DatabaseAwayError, CannotConnectError):
            self._connection.run(self.leave)
        self._connection.close()

    def _keep_beating(self) -> None:
        pause_s, is_away = self._lease_s / _BEATS_IN_A_LEASE, False
        wait_s = self._next_beat_s()
        while not self._ended.wait(wait_s):
            try:
                self._beat()
            except (DatabaseInUseError, DatabaseTooNewError) as error:
                log.error("this process cannot join the others again: it stops", reason=str(error))
                with suppress(InvalidStateError):  # nobody waits for it any more: the bot stops anyway
                    self.taken.set_exception(DatabaseInUseError(str(error)))
                return
            except (DatabaseAwayError, CannotConnectError) as error:
                if not is_away:
                    log.error("the database server does not answer; trying again each second", reason=str(error))
                is_away, wait_s = True, min(_AGAIN_AFTER_S, pause_s)
            except Exception:  # without beats the bot would do nothing any more
                log.exception("a beat failed")
                wait_s = pause_s
            else:
                if is_away:
                    log.warning("the database server answers again")
                is_away, wait_s = False, self._next_beat_s()

    def _next_beat_s(self) -> float:
        next_death_s = inf if self._seen is None else self._seen.next_death_s
        return min(self._lease_s / _BEATS_IN_A_LEASE, next_death_s + _AFTER_DEATH_S)

    def _beat(self) -> None:
        is_first = self._sent_at == float("-inf")
        sent_at, asked_at = _elapsed(), datetime.now(UTC)
        self._wanted = wanted = self._count_requests()
        seen = None if is_first else self._connection.run(lambda own: rows.beat(own, self._lease, wanted))
        if seen is None:
            self._seen = None
            # By itself: if it cannot join now, that is undone.
            self._connection.run(correct_beats)
            sent_at, asked_at = _elapsed(), datetime.now(UTC)
            seen = self._connection.run(self._join, _LONGEST_JOIN_S)
            if not is_first:
                log.warning("this process was given up by the others, and joins them again", lease_s=self._lease_s)
        if sent_at - self._sent_at >= self._lease_s * _ACTS_UP_TO or self._is_set_forward(seen.at, sent_at):
            self._beats_since = sent_at
        # In this order: whoever asks in between sees the older time.
        self._seen, self._sent_at = seen, sent_at
        self._heard()
        self._compare_clocks(seen.at, asked_at)

    def _is_set_forward(self, server: datetime, sent_at: float) -> bool:
        """Whether the server's clock has jumped since the last beat: then every process looks dead until it beats."""
        if self._seen is None:
            return False
        ahead_s = (server - self._seen.at).total_seconds() - (sent_at - self._sent_at)
        return ahead_s > self._lease_s / 2

    def _join(self, connection: Connection) -> Seen:
        postgresql.one_at_a_time(connection)
        require_no_command(connection)
        require_newest(connection)
        rows.join(connection, self._lease, self._part, self._lease_s, _HOST)
        self.name = rows.name_of(connection, self._lease)
        seen = rows.beat(connection, self._lease)
        if seen is None:
            raise AssertionError("a row that was just added is not there")
        return seen

    def _compare_clocks(self, server: datetime, asked_at: datetime) -> None:
        """Jobs are due by this machine's clock, and the other processes claim them by theirs."""
        ahead = asked_at - server
        if abs(ahead) > _CLOCKS_MAY_DIFFER and not self._is_warned:
            self._is_warned = True
            log.warning(
                "this machine's clock differs from the database server's: set both by NTP",
                ahead_s=round(ahead.total_seconds(), 1),
            )
