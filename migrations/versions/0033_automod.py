"""Adds whether the AutoMod rules of a server hold for prompts.

Revision: 0033, after 0032
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL: they do, where they can be read.
    op.add_column("policies", sa.Column("automod", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("policies", "automod")
