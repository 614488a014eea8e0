"""Stores the styles that a server offers its members."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.rules.prices import Speed
from bot.rules.styles import Style, style_key
from bot.storage.engine.tables.moderation import styles


def read(connection: Connection, guild_id: int) -> dict[str, Style]:
    """All styles of the server by key, in alphabetical order."""
    rows = connection.execute(sa.select(styles).where(styles.c.guild_id == guild_id).order_by(styles.c.key))
    return {row.key: _style(row) for row in rows}


def find(connection: Connection, guild_id: int, name: str) -> Style | None:
    """By its name in any case."""
    this = (styles.c.guild_id == guild_id, styles.c.key == style_key(name))
    row = connection.execute(sa.select(styles).where(*this)).first()
    return None if row is None else _style(row)


def write(connection: Connection, guild_id: int, key: str, style: Style | None) -> None:
    """Replace the style with that key; None removes it."""
    connection.execute(sa.delete(styles).where(styles.c.guild_id == guild_id, styles.c.key == key))
    if style is not None:
        values = {"name": style.name, "ending": style.ending, "weight": style.weight, "speed": style.speed}
        connection.execute(sa.insert(styles).values(guild_id=guild_id, key=key, **values))


def _style(row: "sa.Row[tuple[object, ...]]") -> Style:
    return Style(row.name, row.ending, row.weight, Speed(row.speed) if row.speed else None)
