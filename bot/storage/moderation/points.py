"""Stores the points that count against members, and finds those that the ladders have not been asked about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.points import FOLD_WITHIN, POINTS, PointKind
from bot.storage.engine.tables.oversight import POINTS_ARE_NEW, points


@dataclass(frozen=True, slots=True)
class Pointed:
    """A member who has got points, in one server."""

    guild_id: int
    user_id: int


@dataclass(frozen=True, slots=True)
class Total:
    """A member's points: those that the ladders have been asked about, and those that came since."""

    before: int
    new: int

    @property
    def all(self) -> int:
        return self.before + self.new


def add(
    connection: Connection, kind: PointKind, guild_id: int, user_id: int, now: datetime, *, job_id: int | None = None
) -> bool:
    """Record what was refused or reported, in the transaction of the refusal. The watch of the ladders does the rest.

    False: it adds nothing, because the same kind about the same remix, or without one in the last minute, did. Tell the
    news of a job, a case or a refusal after the commit, as the rest of the transaction asks for anyway.
    """
    if connection.execute(_same(kind, guild_id, user_id, now, job_id).limit(1)).first() is not None:
        return False
    row = {
        "kind": kind,
        "at": now,
        "guild_id": guild_id,
        "user_id": user_id,
        "points": POINTS[kind],
        "job_id": job_id,
    }
    connection.execute(sa.insert(points).values(row))
    return True


def _same(kind: PointKind, guild_id: int, user_id: int, now: datetime, job_id: int | None) -> "sa.Select[tuple[int]]":
    theirs = (points.c.user_id == user_id, points.c.guild_id == guild_id, points.c.kind == kind)
    if job_id is not None:
        return sa.select(points.c.id).where(*theirs, points.c.job_id == job_id)
    # A row from later than now was stored before the clock was set back.
    recent = (points.c.job_id.is_(None), points.c.at > now - FOLD_WITHIN, points.c.at <= now)
    return sa.select(points.c.id).where(*theirs, *recent)


def find_new(connection: Connection, limit: int) -> Sequence[Pointed]:
    """Members whose newest points have not been looked at."""
    columns = (points.c.guild_id, points.c.user_id)
    query = sa.select(*columns).where(POINTS_ARE_NEW).distinct().order_by(*columns).limit(limit)
    return [Pointed(row.guild_id, row.user_id) for row in connection.execute(query)]


def mark_seen(connection: Connection, member: Pointed) -> bool:
    """The ladders have been asked. False: another process was first."""
    theirs = (points.c.user_id == member.user_id, points.c.guild_id == member.guild_id, POINTS_ARE_NEW)
    return connection.execute(sa.update(points).where(*theirs).values(is_new=False)).rowcount > 0


def total(connection: Connection, user_id: int, since: datetime, *, guild_id: int | None = None) -> Total:
    """What counts of the member's points, in that server or in all. `since`: older ones no longer do."""
    counted = [points.c.user_id == user_id, points.c.at > since, points.c.cleared_case.is_(None)]
    if guild_id is not None:
        counted.append(points.c.guild_id == guild_id)
    of_old = sa.func.coalesce(sa.func.sum(sa.case((points.c.is_new, 0), else_=points.c.points)), 0)
    of_new = sa.func.coalesce(sa.func.sum(sa.case((points.c.is_new, points.c.points), else_=0)), 0)
    row = connection.execute(sa.select(of_old.label("before"), of_new.label("new")).where(*counted)).one()
    return Total(int(row.before), int(row.new))


def by_kind(connection: Connection, guild_id: int, user_id: int, since: datetime) -> Mapping[PointKind, int]:
    counted = (points.c.user_id == user_id, points.c.guild_id == guild_id, points.c.at > since)
    query = sa.select(points.c.kind, sa.func.sum(points.c.points).label("points"))
    rows = connection.execute(query.where(*counted, points.c.cleared_case.is_(None)).group_by(points.c.kind))
    return {PointKind(row.kind): int(row.points) for row in rows}


def by_server(connection: Connection, user_id: int, since: datetime) -> Mapping[int, int]:
    counted = (points.c.user_id == user_id, points.c.at > since, points.c.cleared_case.is_(None))
    query = sa.select(points.c.guild_id, sa.func.sum(points.c.points).label("points")).where(*counted)
    return {row.guild_id: int(row.points) for row in connection.execute(query.group_by(points.c.guild_id))}


def clear(connection: Connection, guild_id: int, user_id: int, case_number: int, since: datetime) -> None:
    """Let what counts at the moment count no longer."""
    theirs = (points.c.user_id == user_id, points.c.guild_id == guild_id, points.c.cleared_case.is_(None))
    connection.execute(sa.update(points).where(*theirs, points.c.at > since).values(cleared_case=case_number))


def count_again(connection: Connection, guild_id: int, user_id: int, case_number: int) -> int:
    """What that case has cleared counts again, as long as it would have. Returns how many rows that were."""
    theirs = (points.c.user_id == user_id, points.c.guild_id == guild_id, points.c.cleared_case == case_number)
    # Seen: what the ladder did about them was done then.
    return connection.execute(sa.update(points).where(*theirs).values(cleared_case=None, is_new=False)).rowcount


def most_pointed(connection: Connection, since: datetime, limit: int) -> Sequence[tuple[int, int, int]]:
    """The people with the most points over all servers: who, how many, in how many servers."""
    counted = (points.c.at > since, points.c.cleared_case.is_(None))
    count = sa.func.sum(points.c.points).label("points")
    servers = sa.func.count(points.c.guild_id.distinct()).label("servers")
    query = sa.select(points.c.user_id, count, servers).where(*counted).group_by(points.c.user_id)
    rows = connection.execute(query.order_by(count.desc(), points.c.user_id).limit(limit))
    return [(row.user_id, int(row.points), row.servers) for row in rows]


def forget(connection: Connection, now: datetime, time: timedelta, longer: Mapping[int, timedelta]) -> int:
    """Delete what counts nowhere any more: older than `time`, or in these servers than theirs. Returns how many."""
    others = sa.delete(points).where(points.c.at <= now - time, points.c.guild_id.not_in(sorted(longer)))
    deleted = connection.execute(others).rowcount
    for guild_id, of_server in longer.items():
        theirs = (points.c.guild_id == guild_id, points.c.at <= now - of_server)
        deleted += connection.execute(sa.delete(points).where(*theirs)).rowcount
    return deleted
