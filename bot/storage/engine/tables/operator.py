"""Defines the table of alarms, which the operator hears of."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import UtcTime, metadata

alarms = sa.Table(
    "alarms",
    metadata,
    # See rules.alarms: a row lives until the end of its alarm is announced.
    sa.Column("alarm", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("facts", sa.JSON, nullable=False),
    sa.Column("began_at", UtcTime, nullable=False),
    sa.Column("seen_at", UtcTime, nullable=False),
    sa.Column("over_at", UtcTime),
    # The latest message about it, and the facts in it.
    sa.Column("announced_at", UtcTime),
    sa.Column("announced", sa.JSON(none_as_null=True)),
)
