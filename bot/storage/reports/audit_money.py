"""Audits the money: each query checks one invariant over all jobs and returns the violations."""

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.audit import (
    ALLOWED_MONEY,
    Finding,
    Invariant,
    PeriodKey,
    Violation,
    money_violation,
    total_violations,
)
from bot.rules.budgets import Period
from bot.rules.job_states import JobState
from bot.storage.engine.databases.utc_text import utc_text
from bot.storage.engine.tables.moderation import server_spending
from bot.storage.engine.tables.remixes import jobs, ledger_entries, reservations, spending
from bot.storage.engine.tables.restores import gap_spending
from bot.storage.remixes.spending import COUNTED

_PATTERNS = {Period.DAY: "%Y-%m-%d", Period.MONTH: "%Y-%m"}


def one_reservation(connection: Connection) -> Iterator[Violation]:
    """Each job has a reservation. It cannot have two: the job's id is the primary key."""
    without = sa.select(jobs.c.id).where(jobs.c.id.not_in(sa.select(reservations.c.job_id)))
    for job_id in connection.scalars(without):
        yield Violation(Invariant.ONE_RESERVATION, Finding.NO_RESERVATION, job_id)
    foreign = sa.select(reservations.c.job_id).where(reservations.c.job_id.not_in(sa.select(jobs.c.id)))
    for job_id in connection.scalars(foreign):
        yield Violation(Invariant.ONE_RESERVATION, Finding.NO_JOB, job_id)


def entries_add_up(connection: Connection) -> Iterator[Violation]:
    for row in connection.execute(_sums_that_differ()):
        figures = {"entries_micros": row.booked, "reservation_micros": row.counted}
        yield Violation(Invariant.ENTRIES_ADD_UP, Finding.OTHER_SUM, row.job_id, figures)


@cache
def _sums_that_differ() -> sa.Select[Any]:
    entry = ledger_entries.c
    booked = sa.select(entry.job_id, sa.func.sum(entry.micros).label("micros")).group_by(entry.job_id).subquery()
    total = sa.func.coalesce(booked.c.micros, 0)
    return (
        sa.select(reservations.c.job_id, total.label("booked"), COUNTED.label("counted"))
        .outerjoin(booked, booked.c.job_id == reservations.c.job_id)
        .where(total != COUNTED)
    )


def totals_add_up(connection: Connection) -> Iterator[Violation]:
    """Checks the totals of all servers together, and of each server."""
    queries = [query for period in Period for query in (_sums_of(period), _gaps_of(period))]
    sums: Counter[PeriodKey] = Counter()
    for row in (row for query in queries for row in connection.execute(query)):
        sums[row.period, None] += row.micros
        if row.guild_id is not None:
            sums[row.period, row.guild_id] += row.micros
    totals: dict[PeriodKey, int] = {
        (row.period, None): row.micros for row in connection.execute(sa.select(spending))
    } | {(row.period, row.guild_id): row.micros for row in connection.execute(sa.select(server_spending))}
    yield from total_violations(sums, totals)


@cache
def _sums_of(period: Period) -> sa.Select[Any]:
    name = utc_text(reservations.c.opened_at, _PATTERNS[period])
    micros: sa.Label[Any] = sa.func.sum(COUNTED).label("micros")
    server = reservations.c.guild_id
    return sa.select(name.label("period"), server, micros).group_by(name, server)


@cache
def _gaps_of(period: Period) -> sa.Select[Any]:
    """What was spent between a backup and its restore: it counts, although its remixes are not in the database."""
    name = utc_text(gap_spending.c.spent_at, _PATTERNS[period])
    return sa.select(name.label("period"), gap_spending.c.guild_id, gap_spending.c.micros)


def within_budget(connection: Connection) -> Iterator[Violation]:
    for period in Period:
        for row in connection.execute(_over_the_ceiling(period)):
            figures = {"period": row.name, "counted_micros": row.running, "ceiling_micros": row.ceiling}
            yield Violation(Invariant.WITHIN_BUDGET, Finding.OVER_BUDGET, row.job_id, figures)


@cache
def _over_the_ceiling(period: Period) -> sa.Select[Any]:
    """Entries are numbered in the order in which they were booked, so a running sum repeats the check at acceptance."""
    name = utc_text(reservations.c.opened_at, _PATTERNS[period])
    ceiling = ledger_entries.c[f"{period}_ceiling_micros"]
    running = sa.func.sum(ledger_entries.c.micros).over(partition_by=name, order_by=ledger_entries.c.id)
    columns = (ledger_entries.c.job_id, name.label("name"), ceiling.label("ceiling"), running.label("running"))
    entries = sa.select(*columns).join(reservations, reservations.c.job_id == ledger_entries.c.job_id).subquery()
    return sa.select(entries).where(entries.c.running > entries.c.ceiling)


def states_and_money(connection: Connection) -> Iterator[Violation]:
    for row in connection.execute(_states_with_other_money()):
        yield money_violation(row.id, JobState(row.state), row.status)


@cache
def _states_with_other_money() -> sa.Select[Any]:
    fits = [
        sa.and_(jobs.c.state == state, reservations.c.status.in_(allowed)) for state, allowed in ALLOWED_MONEY.items()
    ]
    return (
        sa.select(jobs.c.id, jobs.c.state, reservations.c.status)
        .join(reservations, reservations.c.job_id == jobs.c.id)
        .where(sa.not_(sa.or_(*fits)))
    )
