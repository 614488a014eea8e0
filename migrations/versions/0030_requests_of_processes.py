"""Adds how many requests a second each process wants to send to Discord, which allows 50 to all of them together.

Revision: 0030, after 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("processes", sa.Column("requests_per_s", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    op.drop_column("processes", "requests_per_s")
