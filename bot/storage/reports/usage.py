"""Sums up money by day, server, person and speed. A remix counts on the UTC day on which it was accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.usage_days import Grouping
from bot.storage.engine.databases.utc_text import utc_text
from bot.storage.engine.tables.remixes import reservations
from bot.storage.engine.tables.restores import gap_spending

NOT_KNOWN = "gap"
"""The server, person and speed of what was spent between a backup and its restore, where nobody knows them."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The micro-dollars of one group of remixes: spent, reserved for unfinished remixes, and unresolved."""

    group: tuple[str, ...]
    remixes: int
    spent: int
    reserved: int
    unresolved: int


def sums(connection: Connection, by: Sequence[Grouping], begin: datetime, end: datetime) -> Sequence[Sum]:
    """Sum up what was accepted from `begin` until before `end`. Ordered by day, then by money, highest first.

    What was spent between a backup and its restore counts too, with no remix.
    """
    counted = _counted(begin, end)
    grouped_by: Mapping[Grouping, sa.ColumnElement[Any]] = MappingProxyType(
        {
            Grouping.DAY: utc_text(counted.c.opened_at, "%Y-%m-%d"),
            Grouping.SERVER: counted.c.guild_id,
            Grouping.PERSON: counted.c.user_id,
            Grouping.SPEED: counted.c.speed,
        }
    )
    groups = [grouped_by[grouping].label(grouping) for grouping in by]
    money = [_sum(counted, name, status) for name, status in _STATUSES.items()]
    days = [group for grouping, group in zip(by, groups, strict=True) if grouping is Grouping.DAY]
    total = sum(money[1:], start=money[0].element).desc()
    query = sa.select(*groups, sa.func.sum(counted.c.remixes).label("remixes"), *money)
    query = query.group_by(*groups).order_by(*days, total, *groups)
    return [_read(row, by) for row in connection.execute(query).mappings()]


_STATUSES = {"spent": "settled", "reserved": "reserved", "unresolved": "unresolved"}


def _counted(begin: datetime, end: datetime) -> sa.Subquery:
    money, gap = reservations.c, gap_spending.c
    micros = sa.case((money.status == "settled", money.settled_micros), else_=money.reserved_micros)
    of_remixes = sa.select(
        money.opened_at, money.guild_id, money.user_id, money.speed, money.status, micros.label("micros")
    ).add_columns(sa.literal(1).label("remixes"))
    of_gaps = sa.select(
        gap.spent_at, gap.guild_id, sa.null(), sa.null(), sa.literal("settled"), gap.micros, sa.literal(0)
    )
    return sa.union_all(
        of_remixes.where(money.opened_at >= begin, money.opened_at < end),
        of_gaps.where(gap.spent_at >= begin, gap.spent_at < end),
    ).subquery()


def _sum(counted: sa.Subquery, name: str, status: str) -> sa.Label[int]:
    return sa.func.sum(sa.case((counted.c.status == status, counted.c.micros), else_=0)).label(name)


def _read(row: sa.RowMapping, by: Sequence[Grouping]) -> Sum:
    group = tuple(NOT_KNOWN if row[grouping] is None else str(row[grouping]) for grouping in by)
    return Sum(group, row["remixes"], row["spent"], row["reserved"], row["unresolved"])
