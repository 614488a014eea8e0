"""Finds what a person can appeal: blocks that hold, recent warnings, removed and hidden results, recent refusals."""

from collections.abc import Collection, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.appeals import REMOVALS
from bot.rules.cases import CaseKind
from bot.rules.refusals import Reason
from bot.storage.appeals.appeals import Appeal
from bot.storage.engine.tables.moderation import (
    IS_WARNING,
    case_jobs,
    cases,
    member_blocks,
    quota_uses,
    refusals,
)
from bot.storage.engine.tables.remixes import jobs
from bot.storage.moderation import cases as cases_by_number
from bot.storage.moderation.cases import Case, read_case

_SAME = sa.and_(cases.c.guild_id == case_jobs.c.guild_id, cases.c.number == case_jobs.c.case_number)
_ON_RESULTS = (*REMOVALS, CaseKind.HIDE)


def cases_of(
    connection: Connection, user_id: int, guild_id: int | None, since: datetime, now: datetime, limit: int
) -> Sequence[Case]:
    """Up to `limit` cases on that person or their results, newest first. `guild_id` None: in all servers."""
    block_holds = sa.or_(member_blocks.c.until.is_(None), member_blocks.c.until > now)
    of_block = sa.and_(cases.c.guild_id == member_blocks.c.guild_id, cases.c.number == member_blocks.c.case_number)
    queries = (
        sa.select(cases).join(member_blocks, of_block).where(member_blocks.c.user_id == user_id, block_holds),
        sa.select(cases).where(cases.c.target_id == user_id, IS_WARNING, cases.c.at > since),
        sa.select(cases)
        .distinct()
        .join(case_jobs, _SAME)
        .where(case_jobs.c.user_id == user_id, cases.c.kind.in_(_ON_RESULTS), cases.c.at > since),
    )
    found: dict[tuple[int, int], Case] = {}
    for query in queries:
        mine = query.where(cases.c.undone_at.is_(None), cases.c.actor_id != user_id)
        if guild_id is not None:
            mine = mine.where(cases.c.guild_id == guild_id)
        for row in connection.execute(mine.order_by(cases.c.at.desc()).limit(limit)).mappings():
            case = read_case(row)
            found[case.guild_id, case.number] = case
    return sorted(found.values(), key=lambda case: (case.at, case.number), reverse=True)[:limit]


def case_of(connection: Connection, appeal: Appeal) -> Case | None:
    """What is appealed. None: a refusal is, or the case is gone."""
    return cases_by_number.find(connection, appeal.guild_id, appeal.case_number) if appeal.case_number else None


def concerns(connection: Connection, case: Case, user_id: int) -> bool:
    """Whether the case is about that person, or acted on results of theirs."""
    if case.kind in _ON_RESULTS:
        theirs = (
            case_jobs.c.guild_id == case.guild_id,
            case_jobs.c.case_number == case.number,
            case_jobs.c.user_id == user_id,
        )
        return connection.execute(sa.select(case_jobs.c.job_id).where(*theirs).limit(1)).first() is not None
    return case.target_id == user_id


def count_lost(connection: Connection, case: Case, user_id: int) -> int:
    """How many results of that person the case acted on that still count against their quota.

    Those that were waiting, or being made, may have been given back when they ended.
    """
    theirs = (
        case_jobs.c.guild_id == case.guild_id,
        case_jobs.c.case_number == case.number,
        case_jobs.c.user_id == user_id,
    )
    counted = (
        sa.select(sa.func.count()).select_from(case_jobs).join(quota_uses, quota_uses.c.job_id == case_jobs.c.job_id)
    )
    return connection.scalar(counted.where(*theirs)) or 0


def was_refused(
    connection: Connection, guild_id: int, user_id: int, reasons: Collection[Reason], since: datetime
) -> bool:
    """Whether a rule of that server refused something of that person for one of these reasons."""
    theirs = (refusals.c.guild_id == guild_id, refusals.c.user_id == user_id, refusals.c.at > since)
    query = sa.select(refusals.c.id).where(*theirs, refusals.c.reason.in_(reasons)).limit(1)
    return connection.execute(query).first() is not None


def note_listed(connection: Connection, job_id: int, key: str) -> None:
    """Record the listed pictures, a `picture_key`, because of which a waiting remix is about to end."""
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(listed=key))


def was_stopped(connection: Connection, guild_id: int, user_id: int, key: str, since: datetime) -> bool:
    """Whether a waiting remix of that person ended because its picture was like those listed ones, a `picture_key`."""
    theirs = (jobs.c.guild_id == guild_id, jobs.c.user_id == user_id, jobs.c.finished_at > since)
    query = sa.select(jobs.c.id).where(*theirs, jobs.c.listed == key).limit(1)
    return connection.execute(query).first() is not None


def actors_since(connection: Connection, guild_id: int, since: datetime, limit: int) -> Sequence[int]:
    """The people who have moderated in that server, those who did so last first."""
    acted = sa.select(cases.c.actor_id).where(cases.c.guild_id == guild_id, cases.c.at > since)
    newest = acted.group_by(cases.c.actor_id).order_by(sa.func.max(cases.c.number).desc())
    return list(connection.scalars(newest.limit(limit)))
