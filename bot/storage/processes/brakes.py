"""Delays the calls of all processes, after Ideogram has asked one of them to wait."""

from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.engine.databases.server_clock import server_now
from bot.storage.engine.tables.processes import brakes
from bot.storage.engine.tables.remixes import UtcTime

_NOW = sa.type_coerce(server_now(), UtcTime).label("now")


class Brake(StrEnum):
    """Ideogram has a limit of its own for each."""

    SUBMIT = "submit"
    POLL = "poll"


def seconds_left(since: datetime | None, until: datetime | None, now: datetime) -> float:
    """0: it is off. A brake that seems to have been pulled later than now is from before the clock was set back."""
    if since is None or until is None or now < since:
        return 0.0
    return max(0.0, (until - now).total_seconds())


def pull(connection: Connection, brake: Brake, seconds: float) -> None:
    """Delay these calls for so many seconds. An earlier pull that lasts longer stays in force."""
    is_it = brakes.c.name == brake
    columns = (_NOW, brakes.c.since, brakes.c.until)
    found = connection.execute(sa.select(*columns).where(is_it)).one_or_none()
    if found is None:
        now = connection.execute(sa.select(_NOW)).scalar_one()
        values = {"since": now, "until": now + timedelta(seconds=seconds)}
        connection.execute(sa.insert(brakes).values(name=brake, **values))
    elif seconds_left(found.since, found.until, found.now) < seconds:
        values = {"since": found.now, "until": found.now + timedelta(seconds=seconds)}
        connection.execute(sa.update(brakes).where(is_it).values(values))
