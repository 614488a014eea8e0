"""Finds whose private replies this process edits, and takes over those of gateways that are gone."""

from collections.abc import Collection
from datetime import datetime
from itertools import islice

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.storage.engine.tables.processes import processes
from bot.storage.engine.tables.remixes import IS_OPEN, jobs

_AT_ONCE = 10_000
"""A statement takes 65,535 parameters: https://www.postgresql.org/docs/15/limits.html"""

_HAS_REPLY = jobs.c.reply_token.is_not(None)


def of_process(connection: Connection, job_ids: Collection[int], lease: str) -> set[int]:
    """Those of the jobs whose private reply that process edits. Only the first job of a set has one."""
    first = jobs.alias()
    is_first = first.c.id == sa.func.coalesce(jobs.c.set_id, jobs.c.id)
    theirs = sa.select(jobs.c.id).join(first, is_first).where(first.c.accepted_by == lease)
    found: set[int] = set()
    asked = iter(job_ids)
    while some := list(islice(asked, _AT_ONCE)):
        found.update(connection.scalars(theirs.where(jobs.c.id.in_(some))))
    return found


def adopt(connection: Connection, lease: str, reachable_since: datetime, *, also_old: bool) -> list[int]:
    """Give that process the replies of all processes that are gone. Returns the jobs, in order.

    They can still be edited, or belong to jobs that are not over. `also_old`: and those of jobs that ended badly at any
    time, whose authors do not know yet.
    """
    is_gone = sa.or_(
        jobs.c.accepted_by.is_(None),
        sa.and_(jobs.c.accepted_by != lease, jobs.c.accepted_by.not_in(sa.select(processes.c.lease))),
    )
    # In queries of their own, so that each has its index.
    wanted: list[sa.ColumnElement[bool] | sa.TextClause] = [jobs.c.accepted_at >= reachable_since, IS_OPEN]
    if also_old:
        wanted.append(jobs.c.state == JobState.FAILED)
    found = sa.union(*(sa.select(jobs.c.id).where(_HAS_REPLY, is_gone, each) for each in wanted))
    change = sa.update(jobs).where(jobs.c.id.in_(found)).values(accepted_by=lease)
    return sorted(connection.scalars(change.returning(jobs.c.id)))
