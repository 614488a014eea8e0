"""Refusals by a rule that a server's moderators govern: who, where, when, why. Never the prompt."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.refusals import Reason
from bot.storage.moderation_tables import refusals


def add(connection: Connection, guild_id: int, channel_id: int, user_id: int, reason: Reason, now: datetime) -> None:
    row = {"guild_id": guild_id, "channel_id": channel_id, "user_id": user_id, "reason": reason, "at": now}
    connection.execute(sa.insert(refusals).values(row))


def forget_before(connection: Connection, before: datetime) -> int:
    """Returns how many."""
    return connection.execute(sa.delete(refusals).where(refusals.c.at < before)).rowcount
