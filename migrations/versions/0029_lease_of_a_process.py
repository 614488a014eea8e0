"""Adds the time after which the others take a process's work over. Each process says its own.

Revision: 0029, after 0028
"""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("processes", sa.Column("lease_s", sa.Integer(), nullable=False, server_default="20"))


def downgrade() -> None:
    op.drop_column("processes", "lease_s")
