"""Stores the alarms, so that a restart announces none of them twice."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.alarms import Alarm, OpenAlarm
from bot.storage.engine.tables.operator import alarms


def read(connection: Connection) -> Sequence[OpenAlarm]:
    """All of them, oldest first, also those that are over and whose end is not announced yet."""
    rows = connection.execute(sa.select(alarms).order_by(alarms.c.began_at, alarms.c.alarm, alarms.c.subject))
    return [
        OpenAlarm(
            Alarm(row.alarm),
            row.subject,
            row.facts,
            row.began_at,
            row.seen_at,
            row.over_at,
            row.announced_at,
            row.announced,
        )
        for row in rows
    ]


def read_open(connection: Connection) -> Sequence[OpenAlarm]:
    """Those that are not over, oldest first."""
    return [each for each in read(connection) if each.over_at is None]


def write(connection: Connection, changed: Mapping[tuple[Alarm, str], OpenAlarm | None]) -> None:
    """Store alarms by their key; None deletes one."""
    for (alarm, subject), now in changed.items():
        connection.execute(sa.delete(alarms).where(alarms.c.alarm == alarm, alarms.c.subject == subject))
        if now is not None:
            connection.execute(
                sa.insert(alarms).values(
                    alarm=alarm,
                    subject=subject,
                    facts=dict(now.facts),
                    began_at=now.began_at,
                    seen_at=now.seen_at,
                    over_at=now.over_at,
                    announced_at=now.announced_at,
                    announced=None if now.announced is None else dict(now.announced),
                )
            )
