"""Adds the styles of servers, and which style a remix was made with.

Revision: 0022, after 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "styles",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("ending", sa.Text(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=True),
        sa.Column("speed", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("guild_id", "key", name="pk_styles"),
    )
    op.add_column("jobs", sa.Column("style_name", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("style_ending", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "style_ending")
    op.drop_column("jobs", "style_name")
    op.drop_table("styles")
