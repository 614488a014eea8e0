"""Defines the tables of appeals, and of what moderators allowed once because of one."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, metadata, partial_index

appeals = sa.Table(
    "appeals",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # A value of rules.appeals.Appealed.
    sa.Column("appealed", sa.Text, nullable=False),
    # Which one: rules.appeals.prompt_key, the number of a remembered picture, of a case, or
    # of the result that was held back (of a set: of its first job).
    sa.Column("key", sa.Text, nullable=False),
    # What the person wrote, and the refused prompt that they handed in with it. NULL: erased, or there was none.
    sa.Column("text", sa.Text),
    sa.Column("prompt", sa.Text),
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
    # The moderator who did what is appealed. NULL: a rule did.
    sa.Column("acted_by", sa.BigInteger),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    # A value of rules.appeals.Outcome. NULL: it is open.
    sa.Column("outcome", sa.Text),
    sa.Column("ended_at", UtcTime),
    # What the moderator says to the person. Who decided is in `matters`.
    sa.Column("answer", sa.Text),
    # When its author heard how it ended, and when a direct message was tried that did not reach them.
    sa.Column("told_at", UtcTime),
    sa.Column("unreachable_at", UtcTime),
    sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    # Custom ids name an appeal, so the number of a deleted one is not given again: https://www.sqlite.org/autoinc.html
    sqlite_autoincrement=True,
)
APPEAL_IS_OPEN = sa.text("outcome IS NULL")
APPEAL_IS_UNTOLD = sa.text("outcome IS NOT NULL AND told_at IS NULL")
APPEAL_IS_TO_TELL = sa.text("outcome IS NOT NULL AND told_at IS NULL AND unreachable_at IS NULL")
sa.Index(
    "uq_appeals_open",
    appeals.c.user_id,
    appeals.c.guild_id,
    appeals.c.appealed,
    appeals.c.key,
    unique=True,
    sqlite_where=APPEAL_IS_OPEN,
    postgresql_where=APPEAL_IS_OPEN,
)
sa.Index("ix_appeals_person", appeals.c.guild_id, appeals.c.user_id, appeals.c.made_at)
partial_index("ix_appeals_ends", appeals.c.ends_at, where=APPEAL_IS_OPEN)
# Every command of a member looks for it.
partial_index("ix_appeals_untold", appeals.c.user_id, appeals.c.guild_id, appeals.c.ended_at, where=APPEAL_IS_UNTOLD)
partial_index("ix_appeals_to_tell", appeals.c.ended_at, where=APPEAL_IS_TO_TELL)
sa.Index("ix_appeals_ended", appeals.c.ended_at)

# What a moderator allowed a person once although a rule refuses it.
allowances = sa.Table(
    "allowances",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("guild_id", sa.BigInteger, nullable=False),
    sa.Column("user_id", sa.BigInteger, nullable=False),
    # A value of rules.appeals.Appealed, and the key of the appeal.
    sa.Column("appealed", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    # The case that undoing withdraws.
    sa.Column("case_number", sa.Integer, nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("ends_at", UtcTime, nullable=False),
    # The remix that used it: the first one of a set. If that was not made, the allowance can be used again.
    sa.Column("job_id", sa.ForeignKey("jobs.id"), index=True),
)
sa.Index("ix_allowances_person", allowances.c.user_id, allowances.c.guild_id, allowances.c.key)
sa.Index("ix_allowances_ends", allowances.c.ends_at)
