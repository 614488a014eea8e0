"""Tables of what waits for a moderator's decision, and of the cards in log channels that show it."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

matters = sa.Table(
    "matters",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    # A value of rules.matters.MatterKind, and the number of what it is about, as its kind counts: a job, an appeal.
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.BigInteger, nullable=False),
    # The remix that it concerns.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    # The person whose matter it is, who decides it only if it is a report and nobody else is known who could.
    sa.Column("about_id", sa.BigInteger),
    # It is about a moderator, so other moderators neither read nor decide it.
    sa.Column("admins_only", sa.Boolean(create_constraint=False), nullable=False, server_default=sa.false()),
    sa.Column("opened_at", UtcTime, nullable=False),
    sa.Column("claimed_by", sa.BigInteger),
    sa.Column("claimed_at", UtcTime),
    sa.Column("closed_at", UtcTime),
    # 0: the bot, by a rule. The outcome is a code of its kind.
    sa.Column("closed_by", sa.BigInteger),
    sa.Column("outcome", sa.Text),
    # The case of the decision.
    sa.Column("case_number", sa.Integer),
    # When its card has to be drawn again; NULL: it is up to date. `drawings` as in `posts`.
    sa.Column("redraw_at", UtcTime),
    sa.Column("redraw_attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("drawings", sa.Integer, nullable=False, server_default="0"),
    sa.CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
    # The number is in the custom ids of buttons on messages, so it must never return (row_numbers.py).
    sqlite_autoincrement=True,
)
MATTER_IS_OPEN = sa.text("closed_at IS NULL")
CARD_IS_OUTDATED = sa.text("redraw_at IS NOT NULL")
sa.Index(
    "uq_matters_open",
    matters.c.kind,
    matters.c.subject,
    unique=True,
    sqlite_where=MATTER_IS_OPEN,
    postgresql_where=MATTER_IS_OPEN,
)
partial_index("ix_matters_open", matters.c.guild_id, matters.c.id, where=MATTER_IS_OPEN)
partial_index("ix_matters_redraw", matters.c.redraw_at, where=CARD_IS_OUTDATED)
sa.Index("ix_matters_closed", matters.c.closed_at)

reports = sa.Table(
    "reports",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("matter_id", sa.ForeignKey("matters.id"), nullable=False, index=True),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), nullable=False),
    # NULL: they asked to be forgotten. Only moderators read who it is.
    sa.Column("reporter_id", sa.BigInteger),
    sa.Column("at", UtcTime, nullable=False),
    # A value of rules.reports.ReportReason, and what they wrote.
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("text", sa.Text),
    # Whether it counts towards hiding the result: its reporter was no stranger then.
    sa.Column("counts", sa.Boolean(create_constraint=False), nullable=False),
    # When the reporter heard how it ended; or when no message reached them, so that they read it at their next use.
    sa.Column("read_at", UtcTime),
    sa.Column("unreachable_at", UtcTime),
    sa.UniqueConstraint("job_id", "reporter_id"),
)
sa.Index("ix_reports_reporter", reports.c.reporter_id, reports.c.at)
REPORT_IS_UNREAD = sa.text("read_at IS NULL AND unreachable_at IS NOT NULL")
REPORT_IS_TO_TELL = sa.text("read_at IS NULL AND unreachable_at IS NULL")
partial_index("ix_reports_unread", reports.c.guild_id, reports.c.reporter_id, where=REPORT_IS_UNREAD)
# Nearly only those that are still open.
partial_index("ix_reports_to_tell", reports.c.matter_id, where=REPORT_IS_TO_TELL)
