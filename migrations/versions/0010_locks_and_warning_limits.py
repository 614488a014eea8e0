"""Lets moderators lock channels, and servers block members who have been warned often.

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("policies", sa.Column("warning_limit", sa.Text()))
    op.add_column("policies", sa.Column("warning_block_s", sa.Integer()))
    op.create_table(
        "channel_locks",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("locked_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_channel_locks")),
    )


def downgrade() -> None:
    op.drop_table("channel_locks")
    # Cases of kinds that the earlier version does not know would stop its lists.
    op.execute("DELETE FROM cases WHERE kind IN ('note', 'unnote', 'lock', 'unlock')")
    op.drop_column("policies", "warning_block_s")
    op.drop_column("policies", "warning_limit")
