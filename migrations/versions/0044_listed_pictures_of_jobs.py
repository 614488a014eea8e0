"""Adds to a remix the listed pictures because of which it ended, so that its author can appeal.

Revision: 0044, after 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("listed", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "listed")
