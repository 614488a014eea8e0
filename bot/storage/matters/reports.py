"""Records which results members reported and why, and which of them have yet to hear how it ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.cases import BY_RULE
from bot.rules.matters import MatterKind
from bot.rules.reports import ReportOutcome, ReportReason
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.matters import MATTER_IS_OPEN, REPORT_IS_TO_TELL, REPORT_IS_UNREAD, matters, reports
from bot.storage.matters import matters as stored_matters
from bot.storage.matters.matters import Matter


@dataclass(frozen=True, slots=True)
class Report:
    """`reporter_id` None: they asked to be forgotten. `counts`: towards hiding the result."""

    reporter_id: int | None
    at: datetime
    reason: ReportReason
    text: str | None
    counts: bool


@dataclass(frozen=True, slots=True)
class EndedReport:
    """A report whose reporter has yet to hear how it ended."""

    id: int
    guild_id: int
    reporter_id: int
    job_id: int
    outcome: ReportOutcome


def add(connection: Connection, matter: Matter, report: Report) -> None:
    values = {
        "guild_id": matter.guild_id,
        "matter_id": matter.id,
        "job_id": matter.job_id,
        "reporter_id": report.reporter_id,
        "at": report.at,
        "reason": report.reason,
        "text": report.text,
        "counts": report.counts,
    }
    connection.execute(sa.insert(reports).values(values))


def of_matter(connection: Connection, matter_id: int) -> Sequence[Report]:
    """Oldest first."""
    names = ("reporter_id", "at", "reason", "text", "counts")
    query = sa.select(*(reports.c[name] for name in names)).where(reports.c.matter_id == matter_id)
    rows = connection.execute(query.order_by(reports.c.id)).mappings()
    return [Report(**{**row, "reason": ReportReason(row["reason"])}) for row in rows]


def is_reported_by(connection: Connection, job_id: int, user_id: int) -> bool:
    theirs = (reports.c.job_id == job_id, reports.c.reporter_id == user_id)
    return connection.execute(sa.select(reports.c.id).where(*theirs)).first() is not None


def times_of(connection: Connection, user_id: int, since: datetime) -> Sequence[datetime]:
    """When that person reported something, in all servers."""
    theirs = (reports.c.reporter_id == user_id, reports.c.at > since)
    return list(connection.scalars(sa.select(reports.c.at).where(*theirs)))


def count_false(connection: Connection, guild_id: int, user_id: int) -> int:
    """How many reports of that person moderators of the server called abuse, of those that are kept."""
    theirs = (reports.c.reporter_id == user_id, reports.c.guild_id == guild_id)
    query = sa.select(sa.func.count()).select_from(reports).join(matters, matters.c.id == reports.c.matter_id)
    return connection.scalar(query.where(*theirs, matters.c.outcome == ReportOutcome.FALSE)) or 0


def of_reporter(connection: Connection, guild_id: int, user_id: int) -> tuple[datetime | None, bool]:
    """When that person last reported something there, but as illegal, and whether any of that has yet to be decided."""
    theirs = (
        reports.c.reporter_id == user_id,
        reports.c.guild_id == guild_id,
        reports.c.reason != ReportReason.ILLEGAL,
    )
    query = sa.select(sa.func.max(reports.c.at), sa.func.count().filter(matters.c.closed_at.is_(None)))
    row = connection.execute(query.join(matters, matters.c.id == reports.c.matter_id).where(*theirs)).one()
    return row[0], bool(row[1])


def count_illegal(connection: Connection, since: datetime, *, user_id: int) -> int:
    """How often that person reported something as illegal since then, in all servers."""
    recent = (reports.c.reason == ReportReason.ILLEGAL, reports.c.at > since, reports.c.reporter_id == user_id)
    return connection.scalar(sa.select(sa.func.count()).select_from(reports).where(*recent)) or 0


def count_illegal_by_strangers(connection: Connection, since: datetime, guild_id: int) -> int:
    """In that server, by people whose reports do not count."""
    recent = (reports.c.reason == ReportReason.ILLEGAL, reports.c.at > since, reports.c.guild_id == guild_id)
    query = sa.select(sa.func.count()).select_from(reports)
    return connection.scalar(query.where(*recent, reports.c.counts.is_(False))) or 0


def count_false_illegal(connection: Connection, user_id: int) -> int:
    """How many such reports of that person turned out to be abuse, in all servers, of those that are kept."""
    theirs = (reports.c.reporter_id == user_id, reports.c.reason == ReportReason.ILLEGAL)
    query = sa.select(sa.func.count()).select_from(reports).join(matters, matters.c.id == reports.c.matter_id)
    return connection.scalar(query.where(*theirs, matters.c.outcome == ReportOutcome.FALSE)) or 0


_ENDED = sa.select(*(reports.c[name] for name in ("id", "guild_id", "reporter_id", "job_id")), matters.c.outcome).join(
    matters, matters.c.id == reports.c.matter_id
)
# Prepared, because every command of every member looks for it first.
_FIND_UNREAD = PreparedStatement(
    _ENDED.where(reports.c.guild_id == sa.bindparam("guild"), reports.c.reporter_id == sa.bindparam("user"))
    .where(REPORT_IS_UNREAD, matters.c.outcome.is_not(None))
    .order_by(reports.c.id)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)


def was_illegal(connection: Connection, job_id: int) -> bool:
    """Whether that remix was reported as illegal, also if the report has ended, as long as it is kept."""
    theirs = (reports.c.job_id == job_id, reports.c.reason == ReportReason.ILLEGAL)
    return connection.execute(sa.select(reports.c.id).where(*theirs).limit(1)).first() is not None


def find_unread(connection: Connection, guild_id: int, user_id: int, limit: int) -> Sequence[EndedReport]:
    """What a direct message could not tell the person of their reports in that server, oldest first."""
    rows = _FIND_UNREAD.rows(connection, {"guild": guild_id, "user": user_id, "limit": limit})
    return [_read_ended(row._asdict()) for row in rows]


def to_tell(connection: Connection, limit: int) -> Sequence[EndedReport]:
    """Those that have ended, and whose reporters were not sent a message about it yet."""
    untold = _ENDED.where(REPORT_IS_TO_TELL, reports.c.reporter_id.is_not(None), matters.c.outcome.is_not(None))
    rows = connection.execute(untold.order_by(reports.c.matter_id).limit(limit)).mappings()
    return [_read_ended(row) for row in rows]


def _read_ended(row: "Mapping[str, Any] | sa.RowMapping") -> EndedReport:
    return EndedReport(**{**row, "outcome": ReportOutcome(row["outcome"])})


def mark_unreachable(connection: Connection, report_id: int, now: datetime) -> None:
    """No message reaches its reporter, so they read it at their next use."""
    connection.execute(sa.update(reports).where(reports.c.id == report_id).values(unreachable_at=now))


def mark_read(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    connection.execute(sa.update(reports).where(reports.c.id.in_(ids)).values(read_at=now))


def expire(connection: Connection, opened_before: datetime, now: datetime, limit: int) -> int:
    """Close some that no moderator has decided. Returns how many; call again until it is 0."""
    old = (MATTER_IS_OPEN, matters.c.kind == MatterKind.REPORT, matters.c.opened_at < opened_before)
    numbers = connection.scalars(sa.select(matters.c.id).where(*old).limit(limit)).all()
    for number in numbers:
        stored_matters.close(connection, number, now, by=BY_RULE, outcome=ReportOutcome.EXPIRED)
    return len(numbers)


def forget_of_matters(connection: Connection, matter_ids: Sequence[int]) -> None:
    """Before these matters are deleted."""
    connection.execute(sa.delete(reports).where(reports.c.matter_id.in_(matter_ids)))


def forget_reporter(connection: Connection, user_id: int, now: datetime) -> None:
    """The reports of that person stay for the moderators, without their name and their words.

    The name stays where reports were abuse, and where one removed a result and no moderator has decided yet: the limits
    would begin again with each erasure otherwise.
    """
    theirs = reports.c.reporter_id == user_id
    for matter_id in connection.scalars(sa.select(reports.c.matter_id).where(theirs)).all():
        stored_matters.mark_changed(connection, matter_id, now)
    connection.execute(sa.update(reports).where(theirs).values(text=None))
    abuse = sa.select(matters.c.id).where(matters.c.outcome == ReportOutcome.FALSE)
    undecided = sa.select(matters.c.id).where(MATTER_IS_OPEN)
    named = sa.or_(
        reports.c.matter_id.in_(abuse),
        sa.and_(reports.c.reason == ReportReason.ILLEGAL, reports.c.matter_id.in_(undecided)),
    )
    connection.execute(sa.update(reports).where(theirs, ~named).values(reporter_id=None))
