"""Records which remixes count towards a member's quotas in a server, and the extra remixes that admins granted."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import Period, begins_at
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import grants, quota_uses
from bot.storage.remixes.jobs import Job


@dataclass(frozen=True, slots=True)
class Grant:
    """Extra remixes for a member, to be used before `ends_at`."""

    id: int
    guild_id: int
    user_id: int
    remixes: int
    used: int
    granted_at: datetime
    ends_at: datetime


_COUNT = PreparedStatement(
    sa.select(sa.func.count()).where(
        quota_uses.c.guild_id == sa.bindparam("guild"),
        quota_uses.c.user_id == sa.bindparam("user"),
        quota_uses.c.at >= sa.bindparam("since"),
        quota_uses.c.grant_id.is_(None),
    )
)


def count(connection: Connection, guild_id: int, user_id: int, period: Period, now: datetime) -> int:
    """How many remixes count in the day or month of `now`. Those that used a grant do not."""
    values = {"guild": guild_id, "user": user_id, "since": begins_at(period, now)}
    counted: int = _COUNT.scalar(connection, values)
    return counted


_LEFT = PreparedStatement(
    sa.select(sa.func.coalesce(sa.func.sum(grants.c.remixes - grants.c.used), 0)).where(
        grants.c.guild_id == sa.bindparam("guild"),
        grants.c.user_id == sa.bindparam("user"),
        grants.c.ends_at > sa.bindparam("now"),
    )
)


def grants_left(connection: Connection, guild_id: int, user_id: int, now: datetime) -> int:
    """How many remixes the member's grants have left."""
    left: int = _LEFT.scalar(connection, {"guild": guild_id, "user": user_id, "now": now})
    return left


_USE = PreparedStatement(sa.insert(quota_uses))


def use(connection: Connection, job: Job, now: datetime, *, from_grant: bool) -> None:
    """Count a remix towards the quota, or, if it is beyond the quota, towards the grant that ends first."""
    grant_id = None
    if from_grant:
        mine = (grants.c.guild_id == job.guild_id, grants.c.user_id == job.user_id)
        left = (*mine, grants.c.ends_at > now, grants.c.used < grants.c.remixes)
        first = sa.select(grants.c.id).where(*left).order_by(grants.c.ends_at, grants.c.id).limit(1)
        grant_id = connection.scalar(first)
        connection.execute(sa.update(grants).where(grants.c.id == grant_id).values(used=grants.c.used + 1))
    row = {"job_id": job.id, "guild_id": job.guild_id, "user_id": job.user_id, "at": now, "grant_id": grant_id}
    _USE.change(connection, row)


def uncount(connection: Connection, job_id: int) -> None:
    """Stop counting a remix. If it used a grant, the grant gets it back."""
    used = sa.select(quota_uses.c.grant_id).where(quota_uses.c.job_id == job_id)
    connection.execute(sa.update(grants).where(grants.c.id.in_(used)).values(used=grants.c.used - 1))
    connection.execute(sa.delete(quota_uses).where(quota_uses.c.job_id == job_id))


_USE_OF_JOB = PreparedStatement(sa.select(quota_uses.c.job_id).where(quota_uses.c.job_id == sa.bindparam("job")))


def is_counted(connection: Connection, job_id: int) -> bool:
    """Whether the remix counts towards a quota or a grant."""
    return _USE_OF_JOB.scalar(connection, {"job": job_id}) is not None


def add_grant(
    connection: Connection, guild_id: int, user_id: int, remixes: int, now: datetime, ends_at: datetime
) -> None:
    row = {"guild_id": guild_id, "user_id": user_id, "remixes": remixes, "granted_at": now, "ends_at": ends_at}
    connection.execute(sa.insert(grants).values(row))


def open_grants(connection: Connection, guild_id: int, now: datetime, user_id: int | None = None) -> list[Grant]:
    """The grants of a server, or of one member, that have remixes left; those that end first come first."""
    where = [grants.c.guild_id == guild_id, grants.c.ends_at > now, grants.c.used < grants.c.remixes]
    if user_id is not None:
        where.append(grants.c.user_id == user_id)
    query = sa.select(grants).where(*where).order_by(grants.c.ends_at, grants.c.id)
    return [Grant(**row) for row in connection.execute(query).mappings()]
