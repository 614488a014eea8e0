"""Reads which jobs have changed, and which cases were added, since an earlier look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.tables.moderation import case_jobs, cases
from bot.storage.engine.tables.remixes import job_events
from bot.storage.moderation.cases import Case, read_case

_MOST_EVENTS = 10_000


@dataclass(frozen=True, slots=True)
class Changed:
    """`newest`: the last event that was read. `more`: there are further ones."""

    job_ids: Sequence[int]
    newest: int
    more: bool


def jobs_since(connection: Connection, event_id: int) -> Changed:
    """The jobs with an event after that one, each once, in order."""
    after = sa.select(job_events.c.id, job_events.c.job_id).where(job_events.c.id > event_id)
    rows = connection.execute(after.order_by(job_events.c.id).limit(_MOST_EVENTS)).all()
    newest = rows[-1].id if rows else event_id
    return Changed([*dict.fromkeys(row.job_id for row in rows)], newest, len(rows) == _MOST_EVENTS)


def cases_since(connection: Connection, moment: datetime) -> Sequence[Case]:
    """In the order of their times, which are by the clocks of the processes that added them."""
    query = sa.select(cases).where(cases.c.at >= moment).order_by(cases.c.at, cases.c.guild_id, cases.c.number)
    return [read_case(row) for row in connection.execute(query).mappings()]


def jobs_of_cases(connection: Connection, found: Sequence[Case]) -> Sequence[int]:
    """The jobs that these cases are about: a moderator's action may leave no event of the job."""
    ids = {case.job_id for case in found if case.job_id is not None}
    for case in found:
        about = (case_jobs.c.guild_id == case.guild_id, case_jobs.c.case_number == case.number)
        ids.update(connection.scalars(sa.select(case_jobs.c.job_id).where(*about)))
    return sorted(ids)
