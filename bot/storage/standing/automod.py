"""Stores what Discord last said about a server's AutoMod rules."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.words.automod import AutoModRule, from_raw_rule, to_raw_rule
from bot.storage.engine.tables.words import automod_rules
from bot.storage.standing import words


@dataclass(frozen=True, slots=True)
class AutoModRead:
    """`rules` None: the bot may not read them. `presets`: how many of Discord's own lists are used there."""

    read_at: datetime
    rules: Sequence[AutoModRule] | None
    presets: int = 0


def find(connection: Connection, guild_id: int) -> AutoModRead | None:
    """None: they were never asked for."""
    row = connection.execute(sa.select(automod_rules).where(automod_rules.c.guild_id == guild_id)).first()
    if row is None:
        return None
    rules = None if row.rules is None else [from_raw_rule(raw) for raw in json.loads(row.rules)]
    return AutoModRead(row.read_at, rules, row.presets)


def write(connection: Connection, guild_id: int, read: AutoModRead) -> bool:
    """Returns whether they have changed, so that prompts are to be asked about again."""
    before = find(connection, guild_id)
    connection.execute(sa.delete(automod_rules).where(automod_rules.c.guild_id == guild_id))
    rules = None if read.rules is None else json.dumps([to_raw_rule(rule) for rule in read.rules])
    values = {"read_at": read.read_at, "rules": rules, "presets": read.presets}
    connection.execute(sa.insert(automod_rules).values(guild_id=guild_id, **values))
    changed = list(read.rules or ()) != list((before.rules if before else None) or ())
    if changed:
        words.count_change(connection, guild_id)
    return changed
