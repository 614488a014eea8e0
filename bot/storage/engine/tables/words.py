"""Tables of the words that servers do not allow, of their AutoMod rules, and of how often these have changed."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import UtcTime, metadata

word_entries = sa.Table(
    "word_entries",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    # A value of rules.words.entries.EntryKind.
    sa.Column("kind", sa.Text, primary_key=True),
    # The text without its case (WordEntry.key), which makes it unique.
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    # A value of rules.words.entries.Action.
    sa.Column("action", sa.Text, nullable=False),
)

# Counts the changes of a server's lists, those of AutoMod included. Every process keeps the lists of a version ready.
word_versions = sa.Table(
    "word_versions",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)

# What Discord last said about a server's AutoMod.
automod_rules = sa.Table(
    "automod_rules",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("read_at", UtcTime, nullable=False),
    # A JSON array of rules.words.automod.AutoModRule. NULL: the bot may not read them.
    sa.Column("rules", sa.Text),
    # How many of Discord's own lists the server uses, which no bot can read.
    sa.Column("presets", sa.Integer, nullable=False, server_default="0"),
)
