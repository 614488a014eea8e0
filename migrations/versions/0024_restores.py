"""Remembers restores, and what was spent between a backup and its restore.

Revision: 0024, after 0023
"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "restores",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("restored_at", sa.BigInteger(), nullable=False),
        sa.Column("backup_at", sa.BigInteger(), nullable=False),
        sa.Column("known_until", sa.BigInteger()),
        sa.Column("last_job", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_restores"),
    )
    op.create_table(
        "gap_spending",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("restore_id", _ID, nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger()),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["restore_id"], ["restores.id"], name="fk_gap_spending_restore_id"),
        sa.PrimaryKeyConstraint("id", name="pk_gap_spending"),
    )
    op.create_index("ix_gap_spending_restore_id", "gap_spending", ["restore_id"])
    op.create_index("ix_gap_spending_spent_at", "gap_spending", ["spent_at"])


def downgrade() -> None:
    op.drop_table("gap_spending")
    op.drop_table("restores")
