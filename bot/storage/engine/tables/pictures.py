"""Defines the table that names the store of the pictures."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import metadata

picture_store = sa.Table(
    "picture_store",
    metadata,
    # One row with what the object `store.id` of the store says. None before the first start.
    sa.Column("mark", sa.Text, nullable=False),
)
