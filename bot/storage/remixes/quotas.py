"""Which remixes count towards a person's quotas in a server, and what was granted beyond."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import Period, begins_at
from bot.storage.engine.moderation_tables import grants, quota_uses
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.remixes.jobs import Job

_COUNT = PreparedStatement(
    sa.select(sa.func.count()).where(
        quota_uses.c.guild_id == sa.bindparam("guild"),
        quota_uses.c.user_id == sa.bindparam("user"),
        quota_uses.c.at >= sa.bindparam("since"),
        quota_uses.c.grant_id.is_(None),
    )
)
_LEFT = PreparedStatement(
    sa.select(sa.func.coalesce(sa.func.sum(grants.c.remixes - grants.c.used), 0)).where(
        grants.c.guild_id == sa.bindparam("guild"),
        grants.c.user_id == sa.bindparam("user"),
        grants.c.ends_at > sa.bindparam("now"),
    )
)
_USE = PreparedStatement(sa.insert(quota_uses))


@dataclass(frozen=True, slots=True)
class Grant:
    """Remixes beyond the quota, and until when they can be used."""

    id: int
    guild_id: int
    user_id: int
    remixes: int
    used: int
    granted_at: datetime
    ends_at: datetime


def count(connection: Connection, guild_id: int, user_id: int, period: Period, now: datetime) -> int:
    """Remixes that count in the day or month of `now`; those that a grant paid for do not."""
    values = {"guild": guild_id, "user": user_id, "since": begins_at(period, now)}
    counted: int = _COUNT.scalar(connection, values)
    return counted


def grants_left(connection: Connection, guild_id: int, user_id: int, now: datetime) -> int:
    """Remixes that the person's grants have left."""
    left: int = _LEFT.scalar(connection, {"guild": guild_id, "user": user_id, "now": now})
    return left


def _open(guild_id: int, user_id: int, now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (grants.c.guild_id == guild_id, grants.c.user_id == user_id, grants.c.ends_at > now)


def use(connection: Connection, job: Job, now: datetime, *, from_grant: bool) -> None:
    """Count a remix, on the grant that ends first where it is beyond the quota."""
    grant_id = None
    if from_grant:
        left = (*_open(job.guild_id, job.user_id, now), grants.c.used < grants.c.remixes)
        first = sa.select(grants.c.id).where(*left).order_by(grants.c.ends_at, grants.c.id).limit(1)
        grant_id = connection.scalar(first)
        connection.execute(sa.update(grants).where(grants.c.id == grant_id).values(used=grants.c.used + 1))
    row = {"job_id": job.id, "guild_id": job.guild_id, "user_id": job.user_id, "at": now, "grant_id": grant_id}
    _USE.change(connection, row)


def uncount(connection: Connection, job_id: int) -> None:
    """The remix does not count."""
    used = sa.select(quota_uses.c.grant_id).where(quota_uses.c.job_id == job_id)
    connection.execute(sa.update(grants).where(grants.c.id.in_(used)).values(used=grants.c.used - 1))
    connection.execute(sa.delete(quota_uses).where(quota_uses.c.job_id == job_id))


def add_grant(
    connection: Connection, guild_id: int, user_id: int, remixes: int, now: datetime, ends_at: datetime
) -> None:
    row = {"guild_id": guild_id, "user_id": user_id, "remixes": remixes, "granted_at": now, "ends_at": ends_at}
    connection.execute(sa.insert(grants).values(row))


def open_grants(connection: Connection, guild_id: int, now: datetime, user_id: int | None = None) -> list[Grant]:
    """All that can still be used in the server, or by one of its members; those that end first before the others."""
    where = [grants.c.guild_id == guild_id, grants.c.ends_at > now, grants.c.used < grants.c.remixes]
    if user_id is not None:
        where.append(grants.c.user_id == user_id)
    query = sa.select(grants).where(*where).order_by(grants.c.ends_at, grants.c.id)
    return [Grant(**row) for row in connection.execute(query).mappings()]
