"""Adds the number that the operating system gave each process.

Revision: 0039, after 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # NULL: a process of an earlier version.
    op.add_column("processes", sa.Column("pid", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("processes", "pid")
