"""Adds the number that the operating system gave each process.

Revision: 0038, after 0037
"""

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL: a process of an earlier version.
    op.add_column("processes", sa.Column("pid", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("processes", "pid")
