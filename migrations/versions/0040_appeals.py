"""Adds appeals, what moderators allowed once because of one, and indexes to find what a person can appeal.

Revision: 0040, after 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _add_appeals()
    _add_allowances()
    op.create_index("ix_member_blocks_user", "member_blocks", ["user_id"])
    op.create_index("ix_case_jobs_user", "case_jobs", ["user_id"])
    where = sa.text("kind = 'warn' AND undone_at IS NULL")
    op.create_index("ix_cases_warned", "cases", ["target_id", "at"], sqlite_where=where, postgresql_where=where)


def _add_appeals() -> None:
    op.create_table(
        "appeals",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("appealed", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("prompt", sa.Text()),
        sa.Column("job_id", _ID),
        sa.Column("acted_by", sa.BigInteger()),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text()),
        sa.Column("ended_at", sa.BigInteger()),
        sa.Column("answer", sa.Text()),
        sa.Column("told_at", sa.BigInteger()),
        sa.Column("unreachable_at", sa.BigInteger()),
        sa.CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_appeals_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appeals"),
        sqlite_autoincrement=True,
    )
    is_open, is_untold = sa.text("outcome IS NULL"), sa.text("outcome IS NOT NULL AND told_at IS NULL")
    one = ["user_id", "guild_id", "appealed", "key"]
    op.create_index("uq_appeals_open", "appeals", one, unique=True, sqlite_where=is_open, postgresql_where=is_open)
    op.create_index("ix_appeals_person", "appeals", ["guild_id", "user_id", "made_at"])
    op.create_index("ix_appeals_ends", "appeals", ["ends_at"], sqlite_where=is_open, postgresql_where=is_open)
    theirs = ["user_id", "guild_id", "ended_at"]
    op.create_index("ix_appeals_untold", "appeals", theirs, sqlite_where=is_untold, postgresql_where=is_untold)
    to_tell = sa.text("outcome IS NOT NULL AND told_at IS NULL AND unreachable_at IS NULL")
    op.create_index("ix_appeals_to_tell", "appeals", ["ended_at"], sqlite_where=to_tell, postgresql_where=to_tell)
    op.create_index("ix_appeals_ended", "appeals", ["ended_at"])
    op.create_index("ix_appeals_job_id", "appeals", ["job_id"])


def _add_allowances() -> None:
    op.create_table(
        "allowances",
        sa.Column("id", _ID, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("appealed", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("job_id", _ID),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_allowances_job_id"),
        sa.PrimaryKeyConstraint("id", name="pk_allowances"),
    )
    op.create_index("ix_allowances_person", "allowances", ["user_id", "guild_id", "key"])
    op.create_index("ix_allowances_ends", "allowances", ["ends_at"])
    op.create_index("ix_allowances_job_id", "allowances", ["job_id"])


def downgrade() -> None:
    op.drop_index("ix_cases_warned", "cases")
    op.drop_index("ix_case_jobs_user", "case_jobs")
    op.drop_index("ix_member_blocks_user", "member_blocks")
    op.drop_table("allowances")
    op.drop_table("appeals")
