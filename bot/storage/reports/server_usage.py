"""Sums up who used how much in a server, by the UTC day on which a remix was accepted."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.job_states import JobState
from bot.rules.prices import Speed
from bot.rules.usage import Outcome, UsageRow
from bot.storage.engine.tables.remixes import jobs, reservations
from bot.storage.remixes.spending import COUNTED

_DAY = timedelta(days=1)
_OUTCOME = sa.case(
    (jobs.c.state.in_((JobState.GENERATED, JobState.IN_REVIEW, JobState.DELIVERED)), Outcome.MADE),
    (jobs.c.state == JobState.FAILED, Outcome.FAILED),
    (jobs.c.state == JobState.CANCELLED, Outcome.CANCELLED),
    else_=Outcome.OPEN,
).label("outcome")


def of_day(connection: Connection, guild_id: int, day: date, user_id: int | None = None) -> Sequence[UsageRow]:
    """Sum up one day by person, speed and outcome; with `user_id`, for that person only."""
    # A range of accepted_at instead of a function of it, so that ix_jobs_server can be used.
    begins = datetime(day.year, day.month, day.day, tzinfo=UTC)
    query = (
        sa.select(
            jobs.c.user_id,
            jobs.c.speed,
            _OUTCOME,
            sa.func.count().label("remixes"),
            sa.func.sum(COUNTED).label("micros"),
        )
        .join(reservations, reservations.c.job_id == jobs.c.id)
        .where(jobs.c.guild_id == guild_id, jobs.c.accepted_at >= begins, jobs.c.accepted_at < begins + _DAY)
        .group_by(jobs.c.user_id, jobs.c.speed, _OUTCOME.name)
    )
    if user_id is not None:
        query = query.where(jobs.c.user_id == user_id)
    return [
        UsageRow(day, row.user_id, Speed(row.speed), Outcome(row.outcome), row.remixes, row.micros)
        for row in connection.execute(query)
    ]
