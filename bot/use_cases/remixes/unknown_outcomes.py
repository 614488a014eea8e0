"""Parks a job whose paid call has an unknown outcome, or queues it once more; books the answer if it comes late."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from bot.rules.failures import FailureKind
from bot.rules.job_states import FINAL, JobState
from bot.rules.late_answers import NOT_MADE, TAKEN_LATE, CallState, late_cause, state_of_call
from bot.rules.origins import Origin
from bot.rules.prices import COST_REPORTED
from bot.rules.unknown_outcomes import RETRY_ONCE_AFTER, should_retry
from bot.storage.engine.database import Connection
from bot.storage.processes import call_slots
from bot.storage.remixes import jobs, ledger, parked, results
from bot.storage.remixes.jobs import Job
from bot.storage.remixes.results import Result
from bot.storage.sets import sets
from bot.use_cases.operator_rules import OperatorRules
from bot.use_cases.remixes.endings import fail_job, give_back, uncount

log = structlog.get_logger(__name__)


def record_unknown_outcome(
    connection: Connection, job: Job, cause: str, now: datetime, rules: OperatorRules, *, by_restart: bool = False
) -> datetime | None:
    """Park the job or queue it once more. Returns when it is due again. None: it is parked.

    `by_restart`: this process or its machine was stopped, which no picture can cause.
    """
    asked_before = parked.was_asked_again(connection, job.id)
    if not should_retry(rules.on_unknown_outcome, asked_again_before=asked_before):
        park(connection, job, cause, now, by_restart=by_restart)
        return None
    _mark_unknown(connection, job, cause, now)
    due_at = now + RETRY_ONCE_AFTER
    queue_until = now + rules.queue_age
    jobs.requeue(connection, job, "asked again once", due_at=due_at, queue_until=queue_until, now=now)
    ledger.reserve_again(connection, job.id, now)
    log.error("a paid call has an unknown outcome: asking again once", job=job.id, cause=cause)
    return due_at


def park(connection: Connection, job: Job, cause: str, now: datetime, *, by_restart: bool = False) -> None:
    """Leave the job to the operator. Its money stays reserved. The first ones do not count against their author."""
    _mark_unknown(connection, job, cause, now)
    sets.make_due(connection, job, now)
    if by_restart:
        uncount(connection, job.id)
    else:
        give_back(connection, job, now)
    log.error("a paid call has an unknown outcome: parked", job=job.id, cause=cause)


def _mark_unknown(connection: Connection, job: Job, cause: str, now: datetime) -> None:
    unknown = (JobState.GENERATING, JobState.OUTCOME_UNKNOWN)
    jobs.move(connection, job.id, unknown, cause=cause, now=now, holder=job)
    ledger.mark_unresolved(connection, job.id)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a paid call brought. `by_list`: whether it cost what the price list says."""

    results: Sequence[Result]
    cost_micros: int
    by_list: bool


def record_results(connection: Connection, running: Job, answer: Answer, now: datetime, *, cause: str) -> None:
    """Store the links and the cost of the answer, and move the job on. All of its pictures may be withheld."""
    results.add(connection, running.id, answer.results)
    if not answer.by_list:
        jobs.record_event(connection, running, COST_REPORTED, now)
    ledger.settle(connection, running.id, answer.cost_micros, now)
    if any(result.safe for result in answer.results):
        move, got = (running.state, JobState.GENERATED), {"due_at": now, "generated_at": now}
        jobs.move(connection, running.id, move, cause=cause, now=now, holder=running, changes=got)
    else:
        fail_job(connection, running, FailureKind.ALL_WITHHELD, now)


def record_late_answer(connection: Connection, job: Job, answer: Answer, now: datetime) -> None:
    """Book the answer of a call that somebody has given up meanwhile. `job`: as it was when the call was made.

    The pictures are shown if the job still has none. If it has those of another call, or is over, only the cost counts.
    """
    current = _still_open(connection, job, now)
    if current is None:
        return
    if not _takes(current, job, answer):
        ledger.correct(connection, job.id, answer.cost_micros, now)
        return
    if current.state is JobState.QUEUED:
        # The money for making it again was reserved on top, and it will not be made again.
        ledger.correct(connection, job.id, 0, now)
    record_results(connection, current, answer, now, cause=TAKEN_LATE)


def _takes(current: Job, job: Job, answer: Answer) -> bool:
    """Whether the late answer is now the answer of the whole job."""
    if current.state in FINAL | {JobState.GENERATED, JobState.IN_REVIEW}:
        return False
    is_last_word = current.state is JobState.OUTCOME_UNKNOWN and current.calls == job.calls
    return is_last_word or any(result.safe for result in answer.results)


def record_late_failure(
    connection: Connection, job: Job, kind: FailureKind | None, now: datetime, *, cost_micros: int = 0
) -> None:
    """Book that a call which somebody has given up failed. `kind` None: it was certainly not executed."""
    current = _still_open(connection, job, now)
    if current is None:
        return
    if current.state is not JobState.OUTCOME_UNKNOWN or current.calls != job.calls:
        ledger.correct(connection, job.id, cost_micros, now)
    elif kind is not None:
        fail_job(connection, current, kind, now, cost_micros=cost_micros)
    elif current.origin is Origin.AGAIN and jobs.find_active_repeat(connection, current.user_id, current.parent_id):
        # The database allows one open repeat, and the author has pressed Again meanwhile. The operator still decides.
        log.warning("a parked remix was not made, and is being made again already", job=job.id)
    else:
        jobs.requeue(connection, current, NOT_MADE, due_at=now, queue_until=max(now, current.queue_until), now=now)
        ledger.keep_reserved(connection, job.id)


def _still_open(connection: Connection, job: Job, now: datetime) -> Job | None:
    """The job as it is now, with an event that the call's answer came late. None: there is nothing to book.

    Its answer is on record already, or another process has adopted the call by its id and will record it.
    """
    # It takes no slot any more.
    call_slots.forget_lost(connection, job)
    current, state = jobs.get(connection, job.id), state_of_call(parked.events_of(connection, job.id), job.calls)
    is_adopted = current.state is JobState.GENERATING and current.calls == job.calls
    if state is CallState.OVER or is_adopted:
        return None
    jobs.record_event(connection, current, late_cause(job.calls), now)
    log.error("a paid call was answered after it was given up", job=job.id, call=job.calls, state=current.state)
    return current
