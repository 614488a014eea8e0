"""Stores the words that servers do not allow in prompts, and counts how often a server's lists have changed."""

from collections.abc import Mapping, Sequence
from secrets import randbits

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.reviews import ReviewReason
from bot.rules.words.entries import Action, Entries, EntryKey, EntryKind, WordEntry
from bot.storage.engine.prepared import PreparedStatement
from bot.storage.engine.tables.remixes import jobs
from bot.storage.engine.tables.words import word_entries, word_versions

_VERSION_BITS = 40

_VERSION = PreparedStatement(
    sa.select(word_versions.c.version).where(word_versions.c.guild_id == sa.bindparam("guild"))
)
_COLUMNS = (word_entries.c.text, word_entries.c.action, word_entries.c.kind)


def version(connection: Connection, guild_id: int) -> int:
    """0: the server has never had a list."""
    return _VERSION.scalar(connection, {"guild": guild_id}) or 0


def count_change(connection: Connection, guild_id: int) -> None:
    """Call it with every change of what `version` counts, in the same transaction."""
    counted = sa.update(word_versions).where(word_versions.c.guild_id == guild_id)
    if connection.execute(counted.values(version=word_versions.c.version + 1)).rowcount == 0:
        # Not from 1: a server that was erased and comes back must not get a version that a process still has ready.
        connection.execute(sa.insert(word_versions).values(guild_id=guild_id, version=1 + randbits(_VERSION_BITS)))


def read(connection: Connection, guild_id: int) -> Sequence[WordEntry]:
    """All entries of the server, in alphabetical order of their keys."""
    found = sa.select(*_COLUMNS).where(word_entries.c.guild_id == guild_id).order_by(word_entries.c.key)
    return [WordEntry(row.text, Action(row.action), EntryKind(row.kind)) for row in connection.execute(found)]


def read_by_key(connection: Connection, guild_id: int) -> Entries:
    found = sa.select(*_COLUMNS, word_entries.c.key).where(word_entries.c.guild_id == guild_id)
    return {
        (EntryKind(row.kind), row.key): WordEntry(row.text, Action(row.action), EntryKind(row.kind))
        for row in connection.execute(found)
    }


def search(connection: Connection, guild_id: int, part: str, limit: int) -> Sequence[WordEntry]:
    """Up to `limit` entries whose key has that part."""
    found = sa.select(*_COLUMNS).where(
        word_entries.c.guild_id == guild_id, sa.func.lower(word_entries.c.key).contains(part, autoescape=True)
    )
    rows = connection.execute(found.order_by(word_entries.c.key).limit(limit))
    return [WordEntry(row.text, Action(row.action), EntryKind(row.kind)) for row in rows]


def count(connection: Connection, guild_id: int) -> Mapping[tuple[EntryKind, Action], int]:
    """How many entries there are of each sort."""
    columns = (word_entries.c.kind, word_entries.c.action)
    of_server = sa.select(*columns, sa.func.count()).where(word_entries.c.guild_id == guild_id).group_by(*columns)
    return {(EntryKind(kind), Action(action)): number for kind, action, number in connection.execute(of_server)}


def write(connection: Connection, guild_id: int, changes: Mapping[EntryKey, WordEntry | None]) -> None:
    """Replace the entries with these keys; None removes one."""
    if not changes:
        return
    deleted = sa.delete(word_entries).where(
        word_entries.c.guild_id == guild_id,
        word_entries.c.kind == sa.bindparam("of_kind"),
        word_entries.c.key == sa.bindparam("of_key"),
    )
    connection.execute(deleted, [{"of_kind": kind, "of_key": key} for kind, key in changes])
    added = [
        {"guild_id": guild_id, "kind": kind, "key": key, "text": entry.text, "action": entry.action}
        for (kind, key), entry in changes.items()
        if entry is not None
    ]
    if added:
        connection.execute(sa.insert(word_entries), added)
    count_change(connection, guild_id)


def note_asked(
    connection: Connection, job_id: int, version: int, review_word: str | None, review: ReviewReason | None
) -> None:
    """Record about which version a job was asked, and why moderators look at it first: for which word, if for one."""
    values = {"words_version": version, "review_word": review_word, "review": review}
    connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(values))
