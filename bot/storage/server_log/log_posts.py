"""Remembers which message of a log channel shows which entry, so that the entry can be changed later."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.log_kinds import LogKind
from bot.storage.engine.tables.moderation import case_jobs, log_posts
from bot.storage.engine.tables.remixes import jobs
from bot.storage.server_log.log_entries import LogEntry


@dataclass(frozen=True, slots=True)
class LogPost:
    """A message in a server's log channel."""

    guild_id: int
    channel_id: int
    message_id: int


def add(connection: Connection, post: LogPost, entries: Sequence[LogEntry], now: datetime) -> None:
    """Record what the message shows."""
    where = {"guild_id": post.guild_id, "channel_id": post.channel_id, "message_id": post.message_id, "at": now}
    rows = [{**where, "kind": entry.kind, "subject": entry.subject} for entry in entries if entry.subject is not None]
    if rows:
        connection.execute(sa.insert(log_posts), rows)


def of_remixes(connection: Connection, guild_id: int, job_ids: Collection[int]) -> Sequence[LogPost]:
    """The messages with the entries of these remixes, each once."""
    columns = (log_posts.c.guild_id, log_posts.c.channel_id, log_posts.c.message_id)
    about = (log_posts.c.guild_id == guild_id, log_posts.c.kind == LogKind.REMIX, log_posts.c.subject.in_(job_ids))
    return [LogPost(*row) for row in connection.execute(sa.select(*columns).where(*about).distinct())]


def jobs_of_case(connection: Connection, guild_id: int, case_number: int, job_id: int | None) -> Mapping[int, bool]:
    """The remixes that a case is about, and whether each is hidden now. `job_id`: the one that it names itself."""
    numbers = sa.select(case_jobs.c.job_id).where(
        case_jobs.c.guild_id == guild_id, case_jobs.c.case_number == case_number
    )
    about = sa.or_(jobs.c.id == job_id, jobs.c.id.in_(numbers))
    rows = connection.execute(sa.select(jobs.c.id, jobs.c.hidden).where(about, jobs.c.guild_id == guild_id))
    return {row.id: row.hidden for row in rows}
