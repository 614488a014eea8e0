"""Defines the tables of requests to erase a person's or a server's data."""

import sqlalchemy as sa

# The module that Alembic reads, so it must know all tables.
from bot.storage.engine import moderation_tables as moderation_tables  # noqa: PLC0414 - see above
from bot.storage.engine.tables import Id, UtcTime, partial_index
from bot.storage.engine.tables import metadata as metadata  # noqa: PLC0414 - see above

erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject_id", sa.BigInteger, nullable=False),
    sa.Column("asked_at", UtcTime, nullable=False),
    # The newest job at that time. Later remixes are not erased.
    sa.Column("last_job", sa.BigInteger, nullable=False),
    # Jobs up to this one are done, apart from those that were being made.
    sa.Column("erased_up_to", sa.BigInteger, nullable=False, server_default="0"),
    # A value of rules.erasures.ErasureStage, and when to go on with it.
    sa.Column("stage", sa.Text, nullable=False),
    sa.Column("due_at", UtcTime, nullable=False),
    sa.Column("finished_at", UtcTime),
    # Messages that could not be reached within the time for it.
    sa.Column("unreached", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("kind IN ('person', 'server')", name="kind"),
)
ERASURE_IS_OPEN = sa.text("finished_at IS NULL")
# One at a time for each subject: asking twice is asking once.
sa.Index(
    "uq_erasures_open",
    erasures.c.kind,
    erasures.c.subject_id,
    unique=True,
    sqlite_where=ERASURE_IS_OPEN,
    postgresql_where=ERASURE_IS_OPEN,
)
partial_index("ix_erasures_due", erasures.c.due_at, where=ERASURE_IS_OPEN)
