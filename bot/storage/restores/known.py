"""Reads what a database knows, so that a restored one can learn what the replaced one knew and it does not."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.erasures import ErasureKind
from bot.rules.job_states import JobState
from bot.rules.removals import Removal
from bot.storage.engine.databases.row_numbers import read_row_numbers
from bot.storage.engine.databases.utc_text import utc_text
from bot.storage.engine.tables.moderation import servers
from bot.storage.engine.tables.privacy import erasures, opt_outs
from bot.storage.engine.tables.remixes import job_events, jobs, ledger_entries, reservations
from bot.storage.engine.tables.restores import NEXT_JOB_NUMBER, gap_spending
from bot.storage.remixes.spending import COUNTED

Spent = Mapping[tuple[str, int | None], int]
"""Micro-dollars by UTC day, such as `2026-05-31`, and server; None where nobody knows the server."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a database knows that must not be forgotten with it.

    `until`: its newest time; None if nothing has happened in it. `last_job`: the highest number that a job has had, or
    that was left out. `last_cases`: the last case number of each server.
    `row_numbers`: the last number of tables whose numbers must not return. `removed`: who took which job down.
    """

    until: datetime | None
    last_job: int
    last_cases: Mapping[int, int]
    row_numbers: Mapping[str, int]
    removed: Mapping[int, Removal]
    erasures: Sequence[tuple[ErasureKind, int, datetime]]
    opt_outs: Mapping[int, datetime]


def read(connection: Connection) -> Known:
    asked = sa.select(erasures.c.kind, erasures.c.subject_id, sa.func.max(erasures.c.asked_at).label("asked_at"))
    removed = sa.select(jobs.c.id, jobs.c.removal).where(jobs.c.removed_at.is_not(None))
    return Known(
        until=_until(connection),
        last_job=connection.execute(sa.select(NEXT_JOB_NUMBER)).scalar_one() - 1,
        last_cases={
            row.guild_id: row.last_case
            for row in connection.execute(sa.select(servers.c.guild_id, servers.c.last_case))
            if row.last_case
        },
        row_numbers=read_row_numbers(connection),
        removed={row.id: Removal(row.removal or Removal.MODERATOR) for row in connection.execute(removed)},
        erasures=[
            (ErasureKind(row.kind), row.subject_id, row.asked_at)
            for row in connection.execute(asked.group_by(erasures.c.kind, erasures.c.subject_id))
        ],
        opt_outs={row.user_id: row.since for row in connection.execute(sa.select(opt_outs))},
    )


def _until(connection: Connection) -> datetime | None:
    # By number, which has an index. The clock may have been set back by then, but not by much.
    events = sa.select(job_events.c.at).order_by(job_events.c.id.desc()).limit(1)
    entries = sa.select(ledger_entries.c.at).order_by(ledger_entries.c.id.desc()).limit(1)
    newest = [at for at in (connection.scalar(events), connection.scalar(entries)) if at is not None]
    return max(newest, default=None)


ByJob = Mapping[tuple[str, int | None, int], int]


def spent(connection: Connection, apart: Collection[int]) -> ByJob:
    """What was paid, and what may have been, by day, server, and job (0 for all that are not `apart`).

    A waiting remix has only cost what its earlier calls did.
    """
    counted = sa.case((jobs.c.state == JobState.QUEUED, reservations.c.unsure_micros), else_=COUNTED)
    of_jobs = (
        sa.select(
            utc_text(reservations.c.opened_at, "%Y-%m-%d").label("day"),
            reservations.c.guild_id,
            sa.case((jobs.c.id.in_(apart), jobs.c.id), else_=0).label("job"),
            sa.func.sum(counted).label("micros"),
        )
        .join(jobs, jobs.c.id == reservations.c.job_id)
        .group_by("day", reservations.c.guild_id, "job")
    )
    of_gaps = sa.select(
        utc_text(gap_spending.c.spent_at, "%Y-%m-%d").label("day"),
        gap_spending.c.guild_id,
        sa.literal(0).label("job"),
        gap_spending.c.micros,
    )
    found: Counter[tuple[str, int | None, int]] = Counter()
    for query in (of_jobs, of_gaps):
        for row in connection.execute(query):
            found[row.day, row.guild_id, row.job] += row.micros
    return found


def not_in(old: ByJob, backup: ByJob) -> Spent:
    """What the replaced database has spent and the backup does not count."""
    more: Counter[tuple[str, int | None]] = Counter()
    for key, micros in old.items():
        if (missing := micros - backup.get(key, 0)) > 0:
            more[key[:2]] += missing
    return more


def raise_case_numbers(connection: Connection, least: Mapping[int, int]) -> None:
    """The next case of each of these servers gets a higher number."""
    for guild_id, number in least.items():
        row = servers.c.guild_id == guild_id
        if connection.execute(
            sa.update(servers).where(row, servers.c.last_case < number).values(last_case=number)
        ).rowcount:
            continue
        if connection.scalar(sa.select(servers.c.guild_id).where(row)) is None:
            connection.execute(sa.insert(servers).values(guild_id=guild_id, last_case=number))
