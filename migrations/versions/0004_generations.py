"""Adds the generation that a job has at Ideogram, so that a later start can go on polling it.

Revision: 0004, after 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("generation_api", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("generation_id", sa.Text(), nullable=True))
    op.add_column("jobs", sa.Column("submitted_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    for name in ("submitted_at", "generation_id", "generation_api"):
        op.drop_column("jobs", name)
