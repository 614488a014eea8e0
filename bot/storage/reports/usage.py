"""Sums up money by day, server, person and speed. A remix counts on the UTC day on which it was accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.usage_days import Grouping
from bot.storage.engine.database import utc_text
from bot.storage.engine.tables import reservations

_GROUPED_BY: Mapping[Grouping, sa.ColumnElement[Any]] = MappingProxyType(
    {
        Grouping.DAY: utc_text(reservations.c.opened_at, "%Y-%m-%d"),
        Grouping.SERVER: reservations.c.guild_id,
        Grouping.PERSON: reservations.c.user_id,
        Grouping.SPEED: reservations.c.speed,
    }
)


@dataclass(frozen=True, slots=True)
class Sum:
    """The micro-dollars of one group of remixes: spent, reserved for unfinished remixes, and unresolved."""

    group: tuple[str, ...]
    remixes: int
    spent: int
    reserved: int
    unresolved: int


def sums(connection: Connection, by: Sequence[Grouping], begin: datetime, end: datetime) -> Sequence[Sum]:
    """Sum up what was accepted from `begin` until before `end`. Ordered by day, then by money, highest first."""
    groups = [_GROUPED_BY[grouping].label(grouping) for grouping in by]
    money = [
        _sum("spent", reservations.c.settled_micros, "settled"),
        _sum("reserved", reservations.c.reserved_micros, "reserved"),
        _sum("unresolved", reservations.c.reserved_micros, "unresolved"),
    ]
    of_days = (reservations.c.opened_at >= begin, reservations.c.opened_at < end)
    days = [group for grouping, group in zip(by, groups, strict=True) if grouping is Grouping.DAY]
    total = sum(money[1:], start=money[0].element).desc()
    query = sa.select(*groups, sa.func.count().label("remixes"), *money).where(*of_days)
    query = query.group_by(*groups).order_by(*days, total, *groups)
    return [_read(row, by) for row in connection.execute(query).mappings()]


def _sum(name: str, micros: sa.ColumnElement[int], status: str) -> sa.Label[int]:
    return sa.func.sum(sa.case((reservations.c.status == status, micros), else_=0)).label(name)


def _read(row: sa.RowMapping, by: Sequence[Grouping]) -> Sum:
    group = tuple(str(row[grouping]) for grouping in by)
    return Sum(group, row["remixes"], row["spent"], row["reserved"], row["unresolved"])
