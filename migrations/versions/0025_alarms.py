"""Adds the alarms that the operator hears of, and the host because of which the queue is held.

Revision: 0025, after 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("alarm", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("over_at", sa.BigInteger(), nullable=True),
        sa.Column("announced_at", sa.BigInteger(), nullable=True),
        sa.Column("announced", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("alarm", "subject", name="pk_alarms"),
    )
    op.add_column("queue", sa.Column("hold_host", sa.Text(), nullable=True))


def downgrade() -> None:
    # An older version knows no such hold, and pays on as it did.
    op.execute("UPDATE queue SET hold = NULL, next_trial_at = NULL, trial_job_id = NULL WHERE hold = 'host_refused'")
    op.drop_column("queue", "hold_host")
    op.drop_table("alarms")
