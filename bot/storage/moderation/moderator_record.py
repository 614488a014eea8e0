"""Counts what each moderator of a server did: actions by kind, which were undone, and what they decided on cards."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import BY_RULE, CaseKind
from bot.rules.matters import MatterKind
from bot.storage.engine.tables.matters import matters
from bot.storage.engine.tables.moderation import cases


@dataclass(frozen=True, slots=True)
class Actions:
    """Of one kind by one moderator. `undone`: of these, how many anybody has undone since."""

    user_id: int
    kind: CaseKind
    count: int
    undone: int


@dataclass(frozen=True, slots=True)
class Decision:
    """One matter that a moderator decided, and how long it had waited for that."""

    user_id: int
    kind: MatterKind
    waited: timedelta


def actions(connection: Connection, guild_id: int, since: datetime) -> Sequence[Actions]:
    """Without what the bot did by a rule."""
    undone = sa.func.sum(sa.case((cases.c.undone_at.is_not(None), 1), else_=0)).label("undone")
    query = (
        sa.select(cases.c.actor_id, cases.c.kind, sa.func.count().label("made"), undone)
        .where(cases.c.guild_id == guild_id, cases.c.at > since, cases.c.actor_id != BY_RULE)
        .group_by(cases.c.actor_id, cases.c.kind)
        .order_by(cases.c.actor_id, cases.c.kind)
    )
    rows = connection.execute(query)
    return [Actions(row.actor_id, CaseKind(row.kind), row.made, int(row.undone)) for row in rows]


def decisions(connection: Connection, guild_id: int, since: datetime, limit: int) -> Sequence[Decision]:
    """The newest of them, that many at most."""
    query = (
        sa.select(matters.c.closed_by, matters.c.kind, matters.c.opened_at, matters.c.closed_at)
        .where(matters.c.guild_id == guild_id, matters.c.closed_at > since, matters.c.closed_by != BY_RULE)
        .order_by(matters.c.closed_at.desc())
        .limit(limit)
    )
    return [
        Decision(row.closed_by, MatterKind(row.kind), row.closed_at - row.opened_at)
        for row in connection.execute(query)
    ]
