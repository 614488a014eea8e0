"""Lets a cooldown begin without a job: three broken pictures start one too.

Revision: 0008, after 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _make_again(job_is_optional=True)


def downgrade() -> None:
    op.execute("DELETE FROM cooldowns WHERE job_id IS NULL")
    _make_again(job_is_optional=False)


def _make_again(*, job_is_optional: bool) -> None:
    """SQLite cannot change a column. The new table is created under its own name, because renaming would quote it."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("cooldowns", "job_id", nullable=job_is_optional)
        return
    op.drop_index("ix_cooldowns_job_id", "cooldowns")
    op.rename_table("cooldowns", "old_cooldowns")
    op.create_table(
        "cooldowns",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("job_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=job_is_optional),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name=op.f("fk_cooldowns_job_id")),
        sa.PrimaryKeyConstraint("guild_id", "user_id", name=op.f("pk_cooldowns")),
    )
    op.execute("INSERT INTO cooldowns SELECT guild_id, user_id, job_id, started_at FROM old_cooldowns")
    op.drop_table("old_cooldowns")
    op.create_index("ix_cooldowns_job_id", "cooldowns", ["job_id"])
