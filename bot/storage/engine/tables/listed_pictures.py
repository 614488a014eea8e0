"""Tables of the pictures that servers and the operator do not allow, and of how often these lists have changed."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

# Fingerprints, and no pictures.
listed_pictures = sa.Table(
    "listed_pictures",
    metadata,
    sa.Column("number", Id, primary_key=True, autoincrement=True),
    # 0: the operator's list, which holds in all servers.
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    # The SHA-256 of the file: the same file is found even if there is too little in the picture for a fingerprint.
    sa.Column("hash", sa.Text, nullable=False),
    # The fingerprints (images.likeness.prints.pack) in base64. NULL: they have yet to be made, from the stored file.
    sa.Column("prints", sa.Text),
    # A value of rules.picture_memory.ListedBecause.
    sa.Column("because", sa.Text, nullable=False),
    sa.Column("listed_at", UtcTime, nullable=False),
    # The case that listed it, and the remix that it was part of.
    sa.Column("case_number", sa.Integer),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    # What the operator wrote about it.
    sa.Column("note", sa.Text),
    # It was taken off the list. The row stays while there is room, so that this can be undone.
    sa.Column("is_off", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("guild_id", "hash"),
    # AUTOINCREMENT: admins name entries by their numbers.
    sqlite_autoincrement=True,
)
PRINTS_ARE_MISSING = sa.text("prints IS NULL")
partial_index("ix_listed_pictures_missing", listed_pictures.c.hash, where=PRINTS_ARE_MISSING)

# Counts the changes of a list. Every process keeps the pictures of a version ready.
picture_versions = sa.Table(
    "picture_versions",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("version", sa.BigInteger, nullable=False),
)
