"""Tells apart the claims and the paid calls of a job, and marks each commit, so that an unsure one can be looked up.

Revision: 0023, after 0022
"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CALLS = """
UPDATE jobs SET calls = (
    SELECT count(*) FROM job_events
    WHERE job_events.job_id = jobs.id AND from_state = 'queued' AND to_state = 'generating'
)
WHERE state NOT IN ('delivered', 'failed', 'cancelled')
"""


def upgrade() -> None:
    op.add_column("jobs", sa.Column("claim", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("jobs", sa.Column("calls", sa.Integer(), server_default="0", nullable=False))
    op.add_column("reservations", sa.Column("late_micros", sa.BigInteger(), server_default="0", nullable=False))
    # Of the others nothing is asked any more.
    op.execute(_CALLS)
    op.create_table(
        "commit_marks",
        sa.Column("writer", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("writer", name="pk_commit_marks"),
    )


def downgrade() -> None:
    op.drop_table("commit_marks")
    op.drop_column("reservations", "late_micros")
    op.drop_column("jobs", "calls")
    op.drop_column("jobs", "claim")
