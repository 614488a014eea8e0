"""Adds the mark of the store that has the pictures.

Revision: 0034, after 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Empty: the next start takes the store that it finds.
    op.create_table("picture_store", sa.Column("mark", sa.Text(), nullable=False))


def downgrade() -> None:
    op.drop_table("picture_store")
