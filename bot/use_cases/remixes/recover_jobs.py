"""Takes over the jobs of processes that are gone, and parks those whose call may have been paid."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.engine.isolated import isolated
from bot.storage.processes import call_slots
from bot.storage.remixes import claims, jobs
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.fetch_results import try_after_start
from bot.use_cases.remixes.unknown_outcomes import record_unknown_outcome
from bot.use_cases.surely import until_known

_CAUSE = "restart"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Recovered:
    """`voided`: jobs that were in the hands of a process that is gone. `parked`: those with an unknown outcome."""

    voided: int
    resumed: int
    parked: tuple[int, ...]


async def recover_jobs(core: Core, rules: OperatorRules) -> None:
    """Take over what an earlier process left. Run once, before the worker claims anything."""

    def recover(connection: Connection) -> _Recovered:
        recovered = _take_over(connection, core, rules)
        try_after_start(connection, core.clock(), rules.image_hosts)
        return recovered

    _log("an earlier process left unfinished work", await until_known(lambda: core.database.transaction(recover)))


async def adopt_jobs(core: Core, rules: OperatorRules) -> None:
    """Take over what the processes had in hand that are dead by now. Raises DatabaseUnavailableError."""

    def adopt(connection: Connection) -> _Recovered:
        core.process.remove_dead(connection)
        return _take_over(connection, core, rules)

    recovered = await until_known(lambda: core.database.transaction(adopt))
    _log("a dead process left unfinished work", recovered)
    for job_id in recovered.parked:
        core.news.job_changed(job_id)
    # Also if nothing was left: all processes find a dead one at the same moment, and another one was faster.
    core.news.look_at_anything()


async def leave_jobs(core: Core, rules: OperatorRules, leave: Callable[[Connection], None]) -> None:
    """Let the others have what this process still has in hand, in the transaction in which it leaves them.

    Raises DatabaseUnavailableError.
    """

    def give_up(connection: Connection) -> _Recovered:
        leave(connection)
        return _take_over(connection, core, rules)

    _log("this process left unfinished work", await until_known(lambda: core.database.transaction(give_up)))


def _take_over(connection: Connection, core: Core, rules: OperatorRules) -> _Recovered:
    """All of it in one transaction: a process whose row is gone has nothing in hand any more."""
    now, living = core.clock(), core.process.living(connection)
    voided = claims.void_leases(connection, but=[core.lease] if living is None else living)
    resumed = claims.resume_submitted(connection)
    # Their paid call was made, and there is no id to poll, so nobody knows whether it was executed.
    unanswered = call_slots.unanswered(connection)
    for begun in unanswered:
        if living is not None:
            call_slots.keep_lost(connection, begun, rules.longest_call)
        _give_up(connection, begun.job_id, rules, now)
    return _Recovered(voided, resumed, tuple(begun.job_id for begun in unanswered))


def _give_up(connection: Connection, job_id: int, rules: OperatorRules, now: datetime) -> None:
    """A row that cannot be read or booked must not keep all others from being taken over, at each start again."""

    def record() -> None:
        record_unknown_outcome(connection, jobs.get(connection, job_id), _CAUSE, now, rules, by_restart=True)

    def only_park() -> None:
        unknown = (JobState.GENERATING, JobState.OUTCOME_UNKNOWN)
        jobs.move(connection, job_id, unknown, cause=_CAUSE, now=now, in_log=False)

    if (error := isolated(connection, record)) is None:
        return
    left = isolated(connection, only_park)
    log.error(
        "the row of a remix is damaged and could not be booked",
        job=job_id,
        parked=left is None,
        reason=type(error).__name__,
    )


def _log(event: str, recovered: _Recovered) -> None:
    if recovered.voided or recovered.parked:
        log.warning(
            event,
            leases_voided=recovered.voided,
            generations_resumed=recovered.resumed,
            outcomes_unknown=len(recovered.parked),
        )
