"""Defines the table of drafts: what members typed for remixes that were refused or failed."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

drafts = sa.Table(
    "drafts",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # False: it was refused. True: it is the job that failed, whose inputs are in `jobs`.
    sa.Column("is_failed", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("until", UtcTime, nullable=False, index=True),
    # As typed, so that what was wrong can be corrected: rules.remix_request.RawOptions as a JSON object. NULL: as in
    # the job that it goes on from.
    sa.Column("options", sa.Text),
    sa.Column("spoiler", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    # The speed that the refusal by a budget named.
    sa.Column("cheaper_speed", sa.Text),
    # Of an attachment. The link is signed, so it is a secret: anyone can fetch the picture with it.
    sa.Column("url", sa.Text),
    sa.Column("bytes", sa.BigInteger),
    # Otherwise the remix that it goes on from: see use_cases.remixes.starting_points.Start.
    sa.Column("origin", sa.Text),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("is_private", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    sa.Column("channel_id", sa.BigInteger),
    sa.Column("position", sa.Integer),
    # Only of a failed job: its source, which is kept for as long as the draft is.
    sa.Column("source_hash", sa.Text),
    # A newer one takes the place of the one before, so a member cannot fill the disk.
    sa.UniqueConstraint("guild_id", "user_id", "is_failed"),
    # Buttons name a draft, so the number of a deleted one is not given again: https://www.sqlite.org/autoinc.html
    sqlite_autoincrement=True,
)
partial_index("ix_drafts_source", drafts.c.source_hash, where=sa.text("source_hash IS NOT NULL"))
