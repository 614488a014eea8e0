"""Running totals of money by day and month: a check against a budget reads two rows, however long the history."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.budgets import BudgetWarning, Period, Spending, name_of
from bot.storage.moderation_tables import server_spending
from bot.storage.tables import spending

_READ = sa.select(spending).where(spending.c.period.in_(sa.bindparam("periods", expanding=True)))
_COUNT = (
    sa.update(spending)
    .where(spending.c.period == sa.bindparam("name"))
    .values(micros=spending.c.micros + sa.bindparam("more"))
)
_BEGIN = sa.insert(spending)
_OF_SERVER = server_spending.c.guild_id == sa.bindparam("guild")
_READ_SERVER = sa.select(server_spending).where(
    _OF_SERVER, server_spending.c.period.in_(sa.bindparam("periods", expanding=True))
)
_COUNT_SERVER = (
    sa.update(server_spending)
    .where(_OF_SERVER, server_spending.c.period == sa.bindparam("name"))
    .values(micros=server_spending.c.micros + sa.bindparam("more"))
)
_BEGIN_SERVER = sa.insert(server_spending)


def read(connection: Connection, now: datetime) -> Mapping[Period, Spending]:
    """What counts in the day and the month of that moment."""
    return _read(connection, _READ, {}, now)


def read_server(connection: Connection, guild_id: int, now: datetime) -> Mapping[Period, Spending]:
    """As `read`, of one server."""
    return _read(connection, _READ_SERVER, {"guild": guild_id}, now)


def _read(
    connection: Connection, totals: sa.Select[Any], whose: Mapping[str, int], now: datetime
) -> Mapping[Period, Spending]:
    names = {name_of(period, now): period for period in Period}
    rows = connection.execute(totals, {**whose, "periods": list(names)})
    found = {names[row.period]: Spending(row.micros, row.warned_percent, row.warned_ceiling_micros) for row in rows}
    return {period: found.get(period, Spending()) for period in Period}


def add(connection: Connection, guild_id: int, moment: datetime, micros: int) -> None:
    """Count micro-dollars, or take them back, in the periods of that moment: of all, and of the server."""
    for period in Period:
        name = name_of(period, moment)
        if connection.execute(_COUNT, {"name": name, "more": micros}).rowcount == 0:
            connection.execute(_BEGIN, {"period": name, "micros": micros})
        of_server = {"guild": guild_id, "name": name, "more": micros}
        if connection.execute(_COUNT_SERVER, of_server).rowcount == 0:
            connection.execute(_BEGIN_SERVER, {"guild_id": guild_id, "period": name, "micros": micros})


def mark_warned(connection: Connection, warning: BudgetWarning, now: datetime) -> None:
    """The operator is told of it, and not again."""
    row = spending.c.period == name_of(warning.period, now)
    connection.execute(sa.update(spending).where(row).values(_warned(warning)))


def mark_server_warned(connection: Connection, guild_id: int, warning: BudgetWarning, now: datetime) -> None:
    """The server's moderators are told of it, and not again."""
    row = (server_spending.c.guild_id == guild_id, server_spending.c.period == name_of(warning.period, now))
    connection.execute(sa.update(server_spending).where(*row).values(_warned(warning)))


def _warned(warning: BudgetWarning) -> Mapping[str, int]:
    return {"warned_percent": warning.percent, "warned_ceiling_micros": warning.ceiling}
