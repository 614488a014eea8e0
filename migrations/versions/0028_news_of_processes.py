"""Adds what several processes need to know of each other: new cases, drawings of a post, and trouble at Ideogram.

Revision: 0028, after 0027
"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_at", "cases", ["at"])
    op.add_column("posts", sa.Column("drawings", sa.Integer(), server_default="0", nullable=False))
    op.add_column("queue", sa.Column("trouble", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("queue", "trouble")
    op.drop_column("posts", "drawings")
    op.drop_index("ix_cases_at", "cases")
