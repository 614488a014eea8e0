"""Keeps Ideogram's limit and its waits for all processes, in the transactions that begin and end paid calls."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

from bot.rules.failures import ProviderProblem
from bot.rules.generations import IdeogramApi
from bot.rules.retries import Decision, RetryAt, WaitForSlot
from bot.rules.shared_limit import SHORTEST_WAIT_S, SharedLimit
from bot.storage.engine.database import Connection, DatabaseUnavailableError
from bot.storage.processes import brakes, call_slots
from bot.storage.processes.brakes import Brake
from bot.storage.processes.call_slots import BegunCall, Look
from bot.storage.remixes.jobs import Job
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules


@dataclass(frozen=True, slots=True)
class NoSlot:
    """The call may not begin now. Its job stays as it was; ask again after so many seconds, or when a slot is free."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Asked:
    """What a call that may begin was allowed by, in the same transaction."""

    look: Look
    shared: SharedLimit
    stored: Mapping[str, object]


class SharedCalls:
    """`limit` and `in_flight`: of all processes, when this one last looked.

    The methods that take a connection belong into the transaction that records what they are about.
    """

    def __init__(self, core: Core, rules: OperatorRules, api: IdeogramApi) -> None:
        self._core = core
        self._api = api
        self._most = self.limit = rules.slots
        self._longest_call = rules.longest_call
        self.in_flight = 0
        self._brakes = dict.fromkeys(Brake, 0.0)

    async def forget_limit(self) -> None:
        """At the start of the only worker: find the limit out again, because Ideogram may have raised it."""
        with suppress(DatabaseUnavailableError):
            await self._core.database.transaction(call_slots.forget_limit, self._api)

    def wait_s(self, brake: Brake) -> float:
        """For how long these calls have to wait, as far as this process knows."""
        return max(0.0, self._brakes[brake] - monotonic())

    def ask(self, connection: Connection, images: int) -> Asked | NoSlot:
        """Whether a call for so many images may begin."""
        look = self._look(connection)
        if look.submits_wait_s > 0:
            return NoSlot(look.submits_wait_s)
        shared, stored = self._limit(look.limit, look.most, look.now)
        seconds = shared.ask(self._core.lease, images, look.in_flight, _seconds(look.now))
        self.limit = shared.limit.limit
        if seconds is None:
            return Asked(look, shared, stored)
        self._store(connection, shared, stored, look.now)
        # No process tells that a lost call has ended.
        return NoSlot(min(seconds, max(SHORTEST_WAIT_S, look.lost_end_s)))

    def begun(self, connection: Connection, asked: Asked, images: int) -> None:
        """Count a call that begins in this transaction."""
        self.in_flight = asked.look.in_flight + images
        asked.shared.began(self._core.lease, self.in_flight, _seconds(asked.look.now))
        self._store(connection, asked.shared, asked.stored, asked.look.now)

    def taken(self, connection: Connection) -> None:
        """Ideogram took a call and answered it."""
        look = self._look(connection)
        shared, stored = self._limit(look.limit, look.most, look.now)
        shared.limit.taken()
        self._store(connection, shared, stored, look.now)

    def failed(self, connection: Connection, decision: Decision, problem: ProviderProblem, now: datetime) -> None:
        """What a failure means for all. `now`: when `decision` was made, by the clock of this process."""
        # Ideogram may be out of reach of this machine alone: then the others go on.
        if isinstance(decision, RetryAt) and decision.for_all and problem is ProviderProblem.RATE_LIMITED:
            brakes.pull(connection, Brake.SUBMIT, (decision.at - now).total_seconds())
        if not isinstance(decision, WaitForSlot):
            return
        look = self._look(connection)
        shared, stored = self._limit(look.limit, look.most, look.now)
        shared.limit.refused(look.in_flight, _seconds(look.now), decision.told)
        self._store(connection, shared, stored, look.now)

    async def delay_polls(self, seconds: float) -> None:
        """Let the polls of all processes wait. Without the database only those of this process do."""
        # All generations that are polled at the moment get the same answer, and the first one tells it all processes.
        if self.wait_s(Brake.POLL) >= seconds / 2:
            return
        self._brakes[Brake.POLL] = monotonic() + seconds
        with suppress(DatabaseUnavailableError):
            await self._core.database.transaction(brakes.pull, Brake.POLL, seconds)

    def still_runs(self, connection: Connection, job: Job) -> None:
        """Count a call that was given up for longer, because it turns out that Ideogram has only begun with it."""
        if call_slots.forget_lost(connection, job):
            call_slots.keep_lost(connection, BegunCall.of(job), self._longest_call)

    def _look(self, connection: Connection) -> Look:
        look = call_slots.look(connection, self._api, self._core.lease, self._most)
        if not look.is_known:
            call_slots.announce(connection, self._core.lease, self._most)
        self.in_flight = look.in_flight
        for brake, seconds in ((Brake.SUBMIT, look.submits_wait_s), (Brake.POLL, look.polls_wait_s)):
            self._brakes[brake] = monotonic() + seconds
        return look

    def _limit(
        self, state: Mapping[str, object] | None, most: int, now: datetime
    ) -> tuple[SharedLimit, Mapping[str, object]]:
        shared = SharedLimit.from_json(state, most, _seconds(now))
        return shared, shared.as_json(0.0) if state is None else {**state, "at": 0.0}

    def _store(self, connection: Connection, shared: SharedLimit, stored: Mapping[str, object], now: datetime) -> None:
        # Most calls change nothing that is not known already, and then nothing is written.
        if shared.as_json(0.0) != stored:
            call_slots.write_limit(connection, self._api, shared.as_json(_seconds(now)))


def _seconds(now: datetime) -> float:
    return now.timestamp()
