"""Takes over the jobs of processes that are gone, and parks those whose call may have been paid."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from bot.rules.job_states import JobState
from bot.storage.engine.database import Connection
from bot.storage.processes import call_slots
from bot.storage.remixes import claims, jobs
from bot.use_cases.core import Core
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.fetch_results import try_after_start
from bot.use_cases.remixes.unknown_outcomes import record_unknown_outcome
from bot.use_cases.surely import until_known

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
    if recovered.voided or recovered.resumed:
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
    unanswered = [
        job for job in jobs.in_state(connection, JobState.GENERATING) if job.generation is None and job.lease is None
    ]
    for job in unanswered:
        if living is not None:
            call_slots.keep_lost(connection, job, rules.longest_call)
        record_unknown_outcome(connection, job, "restart", now, rules, by_restart=True)
    return _Recovered(voided, resumed, tuple(job.id for job in unanswered))


def _log(event: str, recovered: _Recovered) -> None:
    if recovered.voided or recovered.parked:
        log.warning(
            event,
            leases_voided=recovered.voided,
            generations_resumed=recovered.resumed,
            outcomes_unknown=len(recovered.parked),
        )
