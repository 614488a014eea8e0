"""Adds how many paid calls a process lets run at once, and since when a brake and a lost call count.

Revision: 0027, after 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("processes", sa.Column("max_in_flight", sa.Integer(), nullable=True))
    for name in ("brakes", "lost_calls"):
        op.add_column(name, sa.Column("since", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in ("brakes", "lost_calls"):
        op.drop_column(name, "since")
    op.drop_column("processes", "max_in_flight")
