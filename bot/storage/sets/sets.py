"""Finds and steers the jobs of a set: those that were asked for together and are shown together."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.failures import FailureKind
from bot.rules.job_states import JobState
from bot.rules.limits import MemberUsage
from bot.rules.origins import Origin
from bot.rules.remix_request import RemixRequest
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import quota_uses
from bot.storage.engine.tables.remixes import IS_IN_SET, IS_WAITING_IN_SET, UtcTime, cooldowns, jobs
from bot.storage.remixes.jobs import Job, NewJob, add, prepared_jobs
from bot.storage.standing import servers

_SET = sa.bindparam("set", type_=sa.BigInteger)
_OF_SET = PreparedStatement(sa.select(jobs).where(IS_IN_SET, jobs.c.set_id == _SET).order_by(jobs.c.set_position))


def jobs_of(connection: Connection, set_id: int) -> list[Job]:
    """In the order in which they are shown."""
    return prepared_jobs(connection, _OF_SET, {"set": set_id})


def with_siblings(connection: Connection, job: Job) -> list[Job]:
    """All jobs of its set, or the job alone."""
    return [job] if job.set_id is None else jobs_of(connection, job.set_id)


def failures_of_others(connection: Connection, job: Job) -> set[FailureKind]:
    """Why other jobs of its set have failed so far."""
    others = [] if job.set_id is None else jobs_of(connection, job.set_id)
    return {each.failure_kind for each in others if each.failure_kind is not None and each.id != job.id}


def one_of_each(found: Iterable[Job]) -> list[Job]:
    """The first job of each set, and all jobs without one."""
    first: dict[tuple[int, bool], Job] = {}
    for job in found:
        key = (job.id, False) if job.set_id is None else (job.set_id, True)
        first.setdefault(key, job)
    return list(first.values())


_WAITING = PreparedStatement(
    sa.select(
        jobs.c.guild_id,
        jobs.c.user_id,
        (sa.func.count() - 1).label("more"),
        jobs.c.guild_id.in_(servers.IS_PAUSED).label("is_paused"),
    )
    .where(IS_WAITING_IN_SET)
    .group_by(jobs.c.set_id, jobs.c.guild_id, jobs.c.user_id)
)


def with_sets_as_one(connection: Connection, usage: MemberUsage, guild_id: int, user_id: int) -> MemberUsage:
    """The usage with each waiting set counted as one, however many of its jobs still wait."""
    rows = _WAITING.rows(connection)
    of_server = sum(row.more for row in rows if row.guild_id == guild_id)
    elsewhere = sum(row.more for row in rows if row.guild_id != guild_id and not row.is_paused)
    return replace(
        usage,
        waiting_of_person=usage.waiting_of_person - sum(row.more for row in rows if row.user_id == user_id),
        waiting=usage.waiting - of_server - elsewhere,
        waiting_of_server=usage.waiting_of_server - of_server,
    )


def add_together(connection: Connection, new: NewJob, requests: Sequence[RemixRequest], now: datetime) -> list[Job]:
    """Queue a job for each request; several are a set. They take one turn after the other, as if asked for so."""
    if len(requests) == 1:
        return [add(connection, replace(new, request=requests[0]), now)]
    first = add(connection, replace(new, request=requests[0]), now)
    _BEGIN.change(connection, {"job": first.id})
    for position, request in enumerate(requests[1:], 1):
        further = replace(
            new,
            # An interaction has one job. The others have a number that is unique too and that Discord never gives.
            interaction_id=-(first.id + position),
            # What becomes of the whole set is in the one private reply.
            reply_token=None,
            request=request,
            root_id=first.root,
            set_id=first.id,
            set_position=position,
        )
        add(connection, further, now)
    return jobs_of(connection, first.id)


_BEGIN = PreparedStatement(
    sa.update(jobs).where(jobs.c.id == sa.bindparam("job")).values(set_id=sa.bindparam("job"), set_position=0)
)


def is_ladder_waiting(connection: Connection, user_id: int, parent_id: int) -> bool:
    """Whether the member has a ladder of that remix that is queued or being made."""
    theirs = (jobs.c.user_id == user_id, jobs.c.parent_id == parent_id, jobs.c.origin == Origin.LADDER)
    return connection.scalar(sa.select(jobs.c.id).where(IS_WAITING_IN_SET, *theirs).limit(1)) is not None


_WAITS_FOR_OTHERS = (
    IS_IN_SET,
    jobs.c.state == JobState.GENERATED,
    jobs.c.lease.is_(None),
    # One that was tried in vain waits for its next attempt, and one without a due time for its author.
    jobs.c.due_at.is_not(None),
    jobs.c.attempts == 0,
)
_DUE_NOW = {"due_at": sa.bindparam("now", type_=UtcTime)}
_MAKE_DUE = PreparedStatement(sa.update(jobs).where(*_WAITS_FOR_OTHERS, jobs.c.set_id == _SET).values(_DUE_NOW))


def make_due(connection: Connection, job: Job, now: datetime) -> None:
    """Another job of its set has changed, so those that wait for it look again."""
    if job.set_id is not None:
        _MAKE_DUE.change(connection, {"set": job.set_id, "now": now})


_MAKE_ONE_DUE = PreparedStatement(
    sa.update(jobs).where(*_WAITS_FOR_OTHERS, jobs.c.id == sa.bindparam("job")).values(_DUE_NOW)
)


def make_one_due(connection: Connection, job_id: int, now: datetime) -> None:
    """The job is to show the pictures of its set, so it looks at once."""
    _MAKE_ONE_DUE.change(connection, {"job": job_id, "now": now})


_KEEP = PreparedStatement(
    sa.update(jobs)
    .where(IS_IN_SET, jobs.c.set_id == _SET, jobs.c.state == JobState.GENERATED, jobs.c.lease.is_(None))
    .values(due_at=None)
)


def keep(connection: Connection, set_id: int) -> None:
    """What is made waits for its author."""
    _KEEP.change(connection, {"set": set_id})


def pass_cooldown_on(connection: Connection, job_id: int) -> None:
    """The set's cooldown is that of its first job. If only that one is uncounted, another one carries it on."""
    set_id = connection.scalar(sa.select(jobs.c.set_id).where(jobs.c.id == job_id))
    if set_id is None:
        return
    counted = (IS_IN_SET, jobs.c.set_id == set_id, jobs.c.id != job_id, jobs.c.id.in_(sa.select(quota_uses.c.job_id)))
    other = connection.scalar(sa.select(sa.func.min(jobs.c.id)).where(*counted))
    if other is not None:
        connection.execute(sa.update(cooldowns).where(cooldowns.c.job_id == job_id).values(job_id=other))
