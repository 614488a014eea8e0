"""Adds what servers set about reviews: for which channels and new members, for how long, and how many may wait.

Revision: 0041, after 0040
"""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Ids, separated by commas.
    op.add_column("policies", sa.Column("review_channels", sa.Text(), server_default=sa.text("''"), nullable=False))
    for name in ("review_newcomers_s", "review_time_s", "review_limit"):
        op.add_column("policies", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    for name in ("review_limit", "review_time_s", "review_newcomers_s", "review_channels"):
        op.drop_column("policies", name)
