"""Remembers which cards of matters have to be drawn again, so that neither a restart nor an outage loses one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.log_kinds import LogKind
from bot.storage.engine.tables.matters import CARD_IS_OUTDATED, matters
from bot.storage.engine.tables.moderation import log_posts
from bot.storage.matters.matters import Matter, outdated, read_matter
from bot.storage.server_log.log_posts import LogPost


@dataclass(frozen=True, slots=True)
class Drawing:
    """A matter as it is to be drawn now, and the messages that show it."""

    matter: Matter
    attempts: int
    posts: Sequence[LogPost]


def due(connection: Connection, now: datetime, limit: int) -> Sequence[int]:
    """The numbers of matters to draw now, one of each server; the servers that have waited longest first."""
    first, since = sa.func.min(matters.c.id), sa.func.min(matters.c.redraw_at)
    query = sa.select(first).where(CARD_IS_OUTDATED, matters.c.redraw_at <= now).group_by(matters.c.guild_id)
    return list(connection.scalars(query.order_by(since).limit(limit)))


def mark_open_in_server(connection: Connection, guild_id: int, now: datetime) -> bool:
    """All its open cards have to be drawn again. False: there are none."""
    about = (log_posts.c.guild_id == guild_id, log_posts.c.kind == LogKind.MATTER, log_posts.c.subject == matters.c.id)
    of_server = (matters.c.guild_id == guild_id, matters.c.closed_at.is_(None), sa.exists().where(*about))
    return connection.execute(sa.update(matters).where(*of_server).values(outdated(now))).rowcount > 0


def begin(connection: Connection, matter_id: int) -> Drawing | None:
    """None: it is up to date, or gone."""
    outdated = (matters.c.id == matter_id, CARD_IS_OUTDATED)
    begun = sa.update(matters).where(*outdated).values(drawings=matters.c.drawings + 1).returning(matters)
    row = connection.execute(begun).mappings().first()
    if row is None:
        return None
    columns = (log_posts.c.guild_id, log_posts.c.channel_id, log_posts.c.message_id)
    about = (
        log_posts.c.guild_id == row["guild_id"],
        log_posts.c.kind == LogKind.MATTER,
        log_posts.c.subject == matter_id,
    )
    posts = [LogPost(*each) for each in connection.execute(sa.select(*columns).where(*about))]
    return Drawing(read_matter(row), row["redraw_attempts"], posts)


def done(connection: Connection, drawing: Drawing, now: datetime) -> bool:
    """False: it changed, or somebody else began to draw it meanwhile, so it has to be drawn once more."""
    this = matters.c.id == drawing.matter.id
    newest = (this, matters.c.drawings == drawing.matter.drawings)
    values = {"redraw_at": None, "redraw_attempts": 0}
    if connection.execute(sa.update(matters).where(*newest).values(values)).rowcount:
        return True
    # Two drawings were on their way at once, and nobody knows which of them Discord took last.
    again = {"redraw_at": now, "drawings": matters.c.drawings + 1}
    return connection.execute(sa.update(matters).where(this).values(again)).rowcount == 0


def put_off(connection: Connection, drawing: Drawing, until: datetime | None) -> None:
    """Try it again then. None: only with its next change. One that came meanwhile is drawn as soon as possible."""
    values = {
        "redraw_at": until,
        "redraw_attempts": drawing.attempts + 1,
        "drawings": matters.c.drawings + 1,
    }
    newest = (matters.c.id == drawing.matter.id, matters.c.drawings == drawing.matter.drawings)
    connection.execute(sa.update(matters).where(*newest).values(values))
