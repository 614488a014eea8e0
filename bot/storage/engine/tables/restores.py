"""Defines the tables of restores: when a backup took the place of the database, and what was spent in between."""

import sqlalchemy as sa

from bot.storage.engine.tables.remixes import Id, UtcTime, jobs, metadata

restores = sa.Table(
    "restores",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("restored_at", UtcTime, nullable=False),
    # What happened after that moment is not in this database.
    sa.Column("backup_at", UtcTime, nullable=False),
    # The newest time in the replaced database. NULL: there was none, or it could not be read.
    sa.Column("known_until", UtcTime),
    # No job gets this number or a lower one again: the cards and buttons of the lost remixes name theirs.
    sa.Column("last_job", sa.BigInteger, nullable=False),
)

# What was spent after the backup and before the restore, on remixes that are not in this database.
gap_spending = sa.Table(
    "gap_spending",
    metadata,
    sa.Column("id", Id, primary_key=True, autoincrement=True),
    sa.Column("restore_id", sa.ForeignKey("restores.id"), nullable=False, index=True),
    # It counts in the UTC day and month of this time.
    sa.Column("spent_at", UtcTime, nullable=False, index=True),
    # NULL: the operator entered it, and nobody knows in which server it was spent.
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("micros", sa.BigInteger, nullable=False),
)

# SQLite alone would take the highest number + 1, and after a restore that is one which the buttons on the cards of lost
# remixes name. `restores` has hardly any rows, so this costs next to nothing.
_numbers = sa.union_all(
    sa.select(sa.func.max(jobs.c.id).label("number")), sa.select(sa.func.max(restores.c.last_job))
).subquery()
NEXT_JOB_NUMBER = sa.select(sa.func.coalesce(sa.func.max(_numbers.c.number), 0) + 1).scalar_subquery()
