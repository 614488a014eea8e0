"""Queues entries for the log channels of servers, each in the transaction of the event that it reports.

So no entry is lost in a crash, and none reports what was rolled back. An entry only names its job, refusal or case: the
facts are read when the message is written. A server without a log channel has no entries.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.log_kinds import LogKind
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.matters import matters
from bot.storage.engine.tables.moderation import log_entries, log_posts, policies
from bot.storage.engine.tables.remixes import UtcTime, jobs


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of `log_entries`. `subject`: the number of a job, refusal or case."""

    id: int
    guild_id: int
    kind: LogKind
    at: datetime
    subject: int | None
    details: str | None


_HAS_CHANNEL = policies.c.log_channel.is_not(None)
_FIND_CHANNEL = PreparedStatement(
    sa.select(policies.c.guild_id).where(policies.c.guild_id == sa.bindparam("guild"), _HAS_CHANNEL)
)
_ADD = PreparedStatement(sa.insert(log_entries))


def add(
    connection: Connection,
    guild_id: int,
    kind: LogKind,
    now: datetime,
    *,
    subject: int | None = None,
    details: str | None = None,
    due_at: datetime | None = None,
) -> None:
    """Queue an entry, if the server has a log channel."""
    if _FIND_CHANNEL.first(connection, {"guild": guild_id}) is not None:
        values = {"guild_id": guild_id, "kind": kind, "at": now, "due_at": due_at or now}
        _ADD.change(connection, {"subject": subject, "details": details, **values})


_NOW = sa.bindparam("now", type_=UtcTime)
_ADD_JOB = PreparedStatement(
    sa.insert(log_entries).from_select(
        ("guild_id", "kind", "at", "due_at", "subject"),
        sa.select(jobs.c.guild_id, sa.bindparam("of_kind", type_=sa.Text), _NOW, _NOW, jobs.c.id).where(
            jobs.c.id == sa.bindparam("job"), policies.c.guild_id == jobs.c.guild_id, _HAS_CHANNEL
        ),
    )
)


def add_job(connection: Connection, job_id: int, kind: LogKind, now: datetime) -> None:
    """Queue an entry that a job has ended, if its server has a log channel."""
    # One statement instead of three (find the server, its channel, insert): this runs for every remix.
    _ADD_JOB.change(connection, {"job": job_id, "of_kind": kind, "now": now})


def add_open_matters(connection: Connection, guild_id: int, now: datetime) -> None:
    """Queue the cards of all that is open for a log channel that was chosen just now, except those that it shows."""
    kind, subject = LogKind.MATTER, matters.c.id
    in_channel = (log_posts.c.guild_id == guild_id, log_posts.c.channel_id == policies.c.log_channel)
    shown = sa.exists().where(*in_channel, log_posts.c.kind == kind, log_posts.c.subject == subject)
    of_server = (log_entries.c.guild_id == guild_id, log_entries.c.kind == kind)
    queued = sa.exists().where(*of_server, log_entries.c.subject == subject)
    missing = sa.select(matters.c.id).where(matters.c.guild_id == guild_id, matters.c.closed_at.is_(None))
    missing = missing.where(policies.c.guild_id == matters.c.guild_id, _HAS_CHANNEL, ~shown, ~queued).order_by(
        matters.c.id
    )
    for number in connection.scalars(missing).all():
        add(connection, guild_id, kind, now, subject=number)


_COLUMNS = tuple(log_entries.c[name] for name in ("id", "guild_id", "kind", "at", "subject", "details"))


def due_servers(connection: Connection, now: datetime, resting: Collection[int], limit: int) -> Sequence[int]:
    """Up to `limit` servers with due entries, those that have waited longest first; none of those in `resting`."""
    query = (
        sa.select(log_entries.c.guild_id)
        .where(log_entries.c.due_at <= now, log_entries.c.guild_id.not_in(resting))
        .group_by(log_entries.c.guild_id)
        .order_by(sa.func.min(log_entries.c.due_at))
    )
    return list(connection.scalars(query.limit(limit)))


def take(connection: Connection, guild_id: int, now: datetime, limit: int) -> Sequence[LogEntry]:
    """Up to `limit` entries for the server's next message. The id of the first one becomes the message's nonce.

    Returns the same entries until they are deleted. If a crash hides whether the message was sent, it is sent again
    with the same entries and the same nonce, and within some minutes Discord drops the second one.
    """
    of_server = (log_entries.c.guild_id == guild_id, log_entries.c.due_at <= now)
    entries = sa.select(*_COLUMNS).where(*of_server).order_by(log_entries.c.due_at, log_entries.c.id).limit(limit)
    first = connection.scalar(sa.select(sa.func.min(log_entries.c.message)).where(*of_server))
    if first is not None:
        entries = entries.where(log_entries.c.message == first)
    read = [LogEntry(**{**row, "kind": LogKind(row["kind"])}) for row in connection.execute(entries).mappings()]
    taken = _for_one_message(read)
    if taken and first is None:
        ids = [entry.id for entry in taken]
        connection.execute(sa.update(log_entries).where(log_entries.c.id.in_(ids)).values(message=taken[0].id))
    return taken


def _for_one_message(entries: Sequence[LogEntry]) -> Sequence[LogEntry]:
    """A card has pictures and buttons, and is drawn again later, so it is alone in its message."""
    for index, entry in enumerate(entries):
        if entry.kind is LogKind.MATTER:
            return entries[: index or 1]
    return entries


def delete(connection: Connection, entries: Sequence[LogEntry]) -> None:
    """Remove entries that are in the channel now, or never will be."""
    connection.execute(sa.delete(log_entries).where(log_entries.c.id.in_([entry.id for entry in entries])))


def forget_before(connection: Connection, guild_id: int, before: datetime) -> int:
    """Remove entries that are too old to be news. Returns how many. Cards stay: somebody has to decide them."""
    of_server = (log_entries.c.guild_id == guild_id, log_entries.c.kind != LogKind.MATTER)
    old = (*of_server, log_entries.c.due_at < before)
    return connection.execute(sa.delete(log_entries).where(*old)).rowcount


def forget_all(connection: Connection, guild_id: int) -> None:
    """Remove all entries of a server that no longer has a log channel."""
    connection.execute(sa.delete(log_entries).where(log_entries.c.guild_id == guild_id))
