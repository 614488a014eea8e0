"""Keeps running totals of money by day and month, so that a budget check reads two rows, however long the history."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import BudgetWarning, Period, Spending, begins_at, ends_at, period_name
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.moderation import server_spending
from bot.storage.engine.tables.remixes import reservations, spending

COUNTED = sa.case(
    (reservations.c.status == "settled", reservations.c.settled_micros),
    (reservations.c.status == "released", 0),
    else_=reservations.c.reserved_micros,
)
"""The micro-dollars that a reservation counts."""

# Two parameters and no list: a prepared statement cannot have a list within IN.
_PERIODS: tuple[sa.BindParameter[str], ...] = (sa.bindparam("day"), sa.bindparam("month"))
_OF_SERVER = server_spending.c.guild_id == sa.bindparam("guild")

_READ = PreparedStatement(sa.select(spending).where(sa.or_(*(spending.c.period == name for name in _PERIODS))))


def read(connection: Connection, now: datetime) -> Mapping[Period, Spending]:
    """What counts in the UTC day and month of `now`."""
    return _read(connection, _READ, {}, now)


_READ_SERVER = PreparedStatement(
    sa.select(server_spending).where(_OF_SERVER, sa.or_(*(server_spending.c.period == name for name in _PERIODS)))
)


def read_server(connection: Connection, guild_id: int, now: datetime) -> Mapping[Period, Spending]:
    """Like `read`, for one server."""
    return _read(connection, _READ_SERVER, {"guild": guild_id}, now)


def _read(
    connection: Connection, totals: PreparedStatement, whose: Mapping[str, int], now: datetime
) -> Mapping[Period, Spending]:
    names = {period_name(period, now): period for period in Period}
    day, month = names
    rows = totals.rows(connection, {**whose, "day": day, "month": month})
    found = {names[row.period]: Spending(row.micros, row.warned_percent, row.warned_ceiling_micros) for row in rows}
    return {period: found.get(period, Spending()) for period in Period}


_OF_PERSON = PreparedStatement(
    sa.select(sa.func.coalesce(sa.func.sum(COUNTED), 0)).where(
        reservations.c.user_id == sa.bindparam("user"),
        reservations.c.opened_at >= sa.bindparam("since"),
        reservations.c.opened_at < sa.bindparam("until"),
    )
)


def of_person_today(connection: Connection, user_id: int, now: datetime) -> int:
    """The micro-dollars that count for that person in the UTC day of `now`, in all servers.

    Added up, because one person's day has few reservations (ix_reservations_person), and a total could be wrong.
    """
    values = {"user": user_id, "since": begins_at(Period.DAY, now), "until": ends_at(Period.DAY, now)}
    micros: int = _OF_PERSON.scalar(connection, values)
    return micros


_ADD = PreparedStatement(
    sa.update(spending)
    .where(spending.c.period == sa.bindparam("name"))
    .values(micros=spending.c.micros + sa.bindparam("more"))
)
_BEGIN = PreparedStatement(sa.insert(spending))
_ADD_SERVER = PreparedStatement(
    sa.update(server_spending)
    .where(_OF_SERVER, server_spending.c.period == sa.bindparam("name"))
    .values(micros=server_spending.c.micros + sa.bindparam("more"))
)
_BEGIN_SERVER = PreparedStatement(sa.insert(server_spending))


def add(connection: Connection, guild_id: int | None, moment: datetime, micros: int) -> None:
    """Add micro-dollars, possibly negative, to the totals of that moment's day and month: overall and of the server.

    `guild_id` None: nobody knows in which server they were spent.
    """
    for period in Period:
        name = period_name(period, moment)
        if _ADD.change(connection, {"name": name, "more": micros}) == 0:
            _BEGIN.change(connection, {"period": name, "micros": micros})
        if guild_id is None:
            continue
        of_server = {"guild": guild_id, "name": name, "more": micros}
        if _ADD_SERVER.change(connection, of_server) == 0:
            _BEGIN_SERVER.change(connection, {"guild_id": guild_id, "period": name, "micros": micros})


def mark_warned(connection: Connection, warning: BudgetWarning, now: datetime) -> None:
    """Record that the operator is warned, so that it happens once."""
    row = spending.c.period == period_name(warning.period, now)
    connection.execute(sa.update(spending).where(row).values(_warned(warning)))


def mark_server_warned(connection: Connection, guild_id: int, warning: BudgetWarning, now: datetime) -> None:
    """Record that the server's moderators are warned, so that it happens once."""
    row = (server_spending.c.guild_id == guild_id, server_spending.c.period == period_name(warning.period, now))
    connection.execute(sa.update(server_spending).where(*row).values(_warned(warning)))


def _warned(warning: BudgetWarning) -> Mapping[str, int]:
    return {"warned_percent": warning.percent, "warned_ceiling_micros": warning.ceiling}
