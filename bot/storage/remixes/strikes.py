"""Counts for a day what people do too often: cancelled remixes, failures that cost nothing, safety refusals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.strikes import StrikeKind
from bot.storage.engine.tables.moderation import STRIKE_HAS_PICTURE, STRIKE_IS_NEW, strikes
from bot.storage.remixes.jobs import Job


def add(connection: Connection, kind: StrikeKind, job: Job, now: datetime) -> None:
    """Only failures remember their picture. Safety refusals are new until they have been looked at."""
    row = {
        "kind": kind,
        "at": now,
        "guild_id": job.guild_id,
        "user_id": job.user_id,
        "picture": job.source_hash if kind is StrikeKind.GIVEN_BACK else None,
        "is_new": kind is StrikeKind.SAFETY,
    }
    connection.execute(sa.insert(strikes).values(row))


_COUNT = sa.select(sa.func.count()).select_from(strikes)


def count_cancelled(connection: Connection, guild_id: int, user_id: int, since: datetime) -> int:
    """How many remixes the member has cancelled in that server since then."""
    theirs = (*_of_person(user_id, StrikeKind.CANCELLED, since), strikes.c.guild_id == guild_id)
    return connection.scalar(_COUNT.where(*theirs)) or 0


def count_failures(connection: Connection, user_id: int, since: datetime) -> int:
    """How many of the person's remixes were rejected, or have an unknown outcome, in all servers."""
    return connection.scalar(_COUNT.where(*_of_person(user_id, StrikeKind.GIVEN_BACK, since))) or 0


def count_failures_of_picture(connection: Connection, picture: str | None, since: datetime) -> int:
    """The same of everybody's remixes of that picture."""
    such = (STRIKE_HAS_PICTURE, strikes.c.picture == picture, strikes.c.at > since)
    return connection.scalar(_COUNT.where(*such)) or 0


def _of_person(user_id: int, kind: StrikeKind, since: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return strikes.c.user_id == user_id, strikes.c.kind == kind, strikes.c.at > since


@dataclass(frozen=True, slots=True)
class RefusedMember:
    """A person with safety refusals in a server."""

    guild_id: int
    user_id: int


def take_new(connection: Connection) -> Sequence[RefusedMember]:
    """Whose safety refusals have not been looked at. They count as looked at from now on."""
    columns = (strikes.c.guild_id, strikes.c.user_id)
    found = connection.execute(sa.select(*columns).where(STRIKE_IS_NEW).distinct().order_by(*columns)).all()
    if found:
        connection.execute(sa.update(strikes).where(STRIKE_IS_NEW).values(is_new=False))
    return [RefusedMember(row.guild_id, row.user_id) for row in found]


def count_safety(connection: Connection, member: RefusedMember, since: datetime) -> int:
    """Safety refusals of the member in that server that have not led to a block there."""
    theirs = _of_person(member.user_id, StrikeKind.SAFETY, since)
    here = (strikes.c.guild_id == member.guild_id, ~strikes.c.spent_in_server)
    return connection.scalar(_COUNT.where(*theirs, *here)) or 0


def count_safety_by_server(connection: Connection, user_id: int, since: datetime) -> dict[int, int]:
    """Safety refusals of the person that have not led to a block in all servers, by server."""
    theirs = (*_of_person(user_id, StrikeKind.SAFETY, since), ~strikes.c.spent_everywhere)
    query = sa.select(strikes.c.guild_id, sa.func.count().label("refusals")).where(*theirs).group_by(strikes.c.guild_id)
    return {row.guild_id: row.refusals for row in connection.execute(query)}


def spend_in_server(connection: Connection, member: RefusedMember) -> None:
    """They have led to a block there, so they lead to no second one after moderators have undone it."""
    theirs = (strikes.c.user_id == member.user_id, strikes.c.kind == StrikeKind.SAFETY)
    here = strikes.c.guild_id == member.guild_id
    connection.execute(sa.update(strikes).where(*theirs, here).values(spent_in_server=True))


def spend_everywhere(connection: Connection, user_id: int) -> None:
    theirs = (strikes.c.user_id == user_id, strikes.c.kind == StrikeKind.SAFETY)
    connection.execute(sa.update(strikes).where(*theirs).values(spent_in_server=True, spent_everywhere=True))


def forget_pictures_of(connection: Connection, user_id: int) -> None:
    """Their strikes go on counting against them, but no longer recognise their pictures."""
    connection.execute(sa.update(strikes).where(strikes.c.user_id == user_id).values(picture=None))


def forget(connection: Connection, before: datetime) -> int:
    """Delete those that no longer count. Returns how many."""
    return connection.execute(sa.delete(strikes).where(strikes.c.at <= before)).rowcount
