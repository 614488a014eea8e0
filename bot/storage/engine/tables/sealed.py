"""Tables of what was reported as illegal and is kept for the operator alone, and of what the operator did with it."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

sealed_evidence = sa.Table(
    "sealed_evidence",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    # Not `guild_id`: erasing a server, which its admins can ask for, must not erase what was reported there.
    sa.Column("server_id", sa.BigInteger, nullable=False),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), nullable=False, index=True),
    sa.Column("author_id", sa.BigInteger, nullable=False),
    sa.Column("taken_at", UtcTime, nullable=False),
    # The file with the sealed pictures and facts; NULL before it is sealed, and after the end.
    sa.Column("sealed", sa.Text),
    # When it is destroyed.
    sa.Column("until", UtcTime),
    # How it ended, a value of rules.reports.EvidenceEnd, and when.
    sa.Column("ended", sa.Text),
    sa.Column("ended_at", UtcTime),
    sqlite_autoincrement=True,
)
EVIDENCE_IS_PENDING = sa.text("sealed IS NULL AND ended IS NULL")
partial_index("ix_sealed_evidence_pending", sealed_evidence.c.id, where=EVIDENCE_IS_PENDING)
partial_index(
    "ix_sealed_evidence_sealed",
    sealed_evidence.c.sealed,
    sealed_evidence.c.until,
    where=sa.text("sealed IS NOT NULL"),
)

# The pictures of pending evidence, as they are stored. Deleted in the transaction that records the sealed file.
unsealed_pictures = sa.Table(
    "unsealed_pictures",
    metadata,
    sa.Column("evidence_id", sa.ForeignKey("sealed_evidence.id"), primary_key=True),
    # Of a result: its position. -1: the source.
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.Text, nullable=False, index=True),
)

# Who did what with it. Rows are only added.
evidence_events = sa.Table(
    "evidence_events",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("evidence_id", sa.ForeignKey("sealed_evidence.id"), nullable=False, index=True),
    sa.Column("at", UtcTime, nullable=False),
    # A value of rules.reports.EvidenceAct, and the account of the operating system, or `bot`.
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)
